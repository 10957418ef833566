# SPDX-License-Identifier: Apache-2.0
"""Reference functions of the operators that remember: their outputs, then what their states become."""

from __future__ import annotations

import numpy as np

from edgekit.ir.arithmetic import EVERY, INTEGERS
from edgekit.ir.attributes import SvdfAttrs
from edgekit.ir.fixed_point import Ints, Rescale, reduced_multiplier, requantize, requantize_wide, wrap32
from edgekit.ir.graph import Graph, Op
from edgekit.ir.reference import Array, Operands, centered, evaluates
from edgekit.ir.rescale import INT8_MAX, INT8_MIN, quantization, svdf_rescales
from edgekit.ir.rescale_state import BIAS, CELL, GATES, HIDDEN, HIDDEN_WEIGHTS, INPUT_WEIGHTS, lstm_rescales
from edgekit.ir.sigmoid import logistic16, tanh16


@evaluates("READ_VARIABLE", arithmetics=EVERY)
def _read_variable(graph: Graph, op: Op, operands: Operands) -> tuple[Array, Array]:
    (state,) = operands
    assert state is not None
    return state.copy(), state


@evaluates("ASSIGN_VARIABLE", arithmetics=EVERY)
def _assign_variable(graph: Graph, op: Op, operands: Operands) -> Array:
    (value,) = operands
    assert value is not None
    return value.copy()


@evaluates("SVDF")
def _svdf(graph: Graph, op: Op, operands: Operands) -> tuple[Array, Array]:
    assert isinstance(op.attrs, SvdfAttrs)
    features, times, bias, state = (operands[position] for position in (1, 2, 3, 4))
    assert features is not None and times is not None and state is not None
    rescales = svdf_rescales(graph, op)
    limits = np.iinfo(state.dtype)
    # The oldest value of every filter falls out, the newest comes in behind.
    memory = np.roll(state.astype(np.int64).reshape(times.shape), -1, axis=1)
    newest = features.astype(np.int64) @ centered(graph, op, operands, 0)[0]
    memory[:, -1] = np.clip(requantize(newest, *rescales.feature), limits.min, limits.max)
    sums = (times.astype(np.int64) * memory).sum(axis=1).reshape(-1, op.attrs.rank).sum(axis=1)
    if bias is not None:
        sums = sums + bias.astype(np.int64)
    output = requantize(wrap32(sums), *rescales.output) + quantization(graph.output_tensor(op)).zero_point
    return np.clip(output, INT8_MIN, INT8_MAX), memory


# Products of two numbers with 15 fractional bits, or of one and a cell.
_BY_15 = Rescale(1 << 30, -14)


@evaluates("UNIDIRECTIONAL_SEQUENCE_LSTM", arithmetics=INTEGERS)
def _lstm(graph: Graph, op: Op, operands: Operands) -> tuple[Array, Array, Array]:
    rescales = lstm_rescales(graph, op)
    output = graph.output_tensor(op)
    zero_point, limits = quantization(output).zero_point, np.iinfo(output.dtype)
    from_sums = _short_of_wide if output.dtype == "int16" else _short
    data = centered(graph, op, operands, 0)
    hidden = centered(graph, op, operands, HIDDEN).ravel()
    cell = _given(operands, CELL).ravel()
    steps = []
    for x in data.reshape(-1, data.shape[-1]):
        gates = []
        for gate in GATES:
            inputs = _given(operands, INPUT_WEIGHTS + gate) @ x + _given(operands, BIAS + gate)
            recurrent = _given(operands, HIDDEN_WEIGHTS + gate) @ hidden
            sums = from_sums(inputs, rescales.input[gate]) + from_sums(recurrent, rescales.hidden[gate])
            gates.append(3 * _clip16(sums))
        learned = logistic16(gates[0]) * tanh16(gates[2])
        cell = _clip16(_short(logistic16(gates[1]) * cell, _BY_15) + _short(learned, rescales.cell))
        if rescales.cell_limit:
            cell = np.clip(cell, -rescales.cell_limit, rescales.cell_limit)
        half = 1 << rescales.tanh_shift >> 1
        shown = tanh16((cell * rescales.tanh_factor + half) >> rescales.tanh_shift)
        values = requantize(logistic16(gates[3]) * shown, *rescales.output) + zero_point
        steps.append(np.clip(values, limits.min, limits.max))
        hidden = steps[-1] - zero_point
    return np.array(steps), steps[-1], cell


def _given(operands: Operands, position: int) -> Ints:
    values = operands[position]
    assert values is not None
    return values.astype(np.int64)


def _clip16(values: Ints) -> Ints:
    return np.clip(values, -(2**15), 2**15 - 1)


def _short(values: Ints, rescale: Rescale) -> Ints:
    """Rescaled to an int16."""
    return _clip16(requantize(wrap32(values), *rescale))


def _short_of_wide(values: Ints, rescale: Rescale) -> Ints:
    """The same of sums with 64 bits."""
    return _clip16(requantize_wide(values, np.array(reduced_multiplier(rescale.multiplier)), rescale.shift))
