# SPDX-License-Identifier: Apache-2.0
"""Reference functions of the operators that remember: their outputs, then what their states become."""

from __future__ import annotations

import numpy as np

from edgekit.ir.arithmetic import EVERY
from edgekit.ir.attributes import SvdfAttrs
from edgekit.ir.fixed_point import requantize, wrap32
from edgekit.ir.graph import Graph, Op
from edgekit.ir.reference import Array, Operands, centered, evaluates
from edgekit.ir.rescale import INT8_MAX, INT8_MIN, quantization, svdf_rescales


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
