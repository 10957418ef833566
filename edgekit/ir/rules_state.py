# SPDX-License-Identifier: Apache-2.0
"""What the operators demand that remember."""

from __future__ import annotations

import math

from edgekit.ir.arithmetic import EVERY, INTEGERS
from edgekit.ir.attributes import LstmAttrs, SvdfAttrs, VariableAttrs
from edgekit.ir.graph import Graph, Op
from edgekit.ir.rescale import svdf_rescales
from edgekit.ir.rescale_state import (
    BIAS,
    CELL,
    GATES,
    HIDDEN,
    HIDDEN_WEIGHTS,
    INPUT_WEIGHTS,
    cell_exponent,
    lstm_rescales,
)
from edgekit.ir.rule import Problems, Rule, rescale_problems, shape_problem, wide_problems

# Products of two int8 values that surely sum up inside an int32.
_LONGEST_SUM = 2**16


def _svdf(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, SvdfAttrs)
    data, features, times, state = (graph.input_tensor(op, position) for position in (0, 1, 2, 4))
    bias, rank = graph.optional_input(op, 3), op.attrs.rank
    if len(data.shape) != 2 or data.shape[0] != 1 or len(features.shape) != 2 or len(times.shape) != 2:
        yield "input and weights must have two dimensions, the input [1, features]"
        return
    filters = features.shape[0]
    if rank < 1 or filters % rank or features.shape[1] != data.shape[1] or times.shape[0] != filters:
        yield f"weights {list(features.shape)} and {list(times.shape)} of rank {rank} do not suit {list(data.shape)}"
        return
    yield from shape_problem(graph, op, (1, filters // rank))
    if state.shape != (1, filters * times.shape[1]):
        yield f"the state has the shape {list(state.shape)}, not {[1, filters * times.shape[1]]}"
    if bias is not None and bias.shape != (filters // rank,):
        yield f"the bias has the shape {list(bias.shape)}, not [{filters // rank}]"
    if data.shape[1] > _LONGEST_SUM:
        yield f"it sums over {data.shape[1]} inputs, at most {_LONGEST_SUM} are allowed"


def _svdf_scales(graph: Graph, op: Op) -> Problems:
    features, times, state = (graph.input_tensor(op, position) for position in (1, 2, 4))
    assert features.quant is not None and state.quant is not None
    if features.quant.per_channel:
        yield "the weights are quantized per channel"
        return
    if state.dtype != times.dtype or state.quant.zero_point != 0:
        yield "state and time weights must have one type, the state the zero point 0"
    yield from rescale_problems(*svdf_rescales(graph, op))


# Cells with such scales are brought to tanh inside an int32.
_CELL_EXPONENTS = range(-24, 1)


def _lstm(graph: Graph, op: Op) -> Problems:
    data, weights, output = graph.input_tensor(op, 0), graph.input_tensor(op, INPUT_WEIGHTS), graph.output_tensor(op)
    if len(data.shape) != 3 or 1 not in data.shape[:2] or len(weights.shape) != 2:
        yield f"the input has the shape {list(data.shape)}, not [1, steps, features], or the weights are no matrix"
        return
    units, inputs = weights.shape[0], data.shape[2]
    yield from shape_problem(graph, op, (*data.shape[:2], units))
    for gate in GATES:
        for position, shape in (
            (INPUT_WEIGHTS + gate, (units, inputs)),
            (HIDDEN_WEIGHTS + gate, (units, units)),
            (BIAS + gate, (units,)),
        ):
            tensor = graph.optional_input(op, position)
            if tensor is None or tensor.shape != shape:
                yield f"input {position} is missing or has not the shape {list(shape)}"
                return
    hidden, cell = graph.input_tensor(op, HIDDEN), graph.input_tensor(op, CELL)
    if hidden.elements != units or cell.elements != units or hidden.dtype != data.dtype or cell.dtype != "int16":
        yield f"the states must have {units} elements, the cell int16, the other {data.dtype}"
    if hidden.quant != output.quant:
        yield "the hidden state and the output must have the same scale and zero point"
    if max(inputs, units) > _LONGEST_SUM:
        yield f"it sums over {max(inputs, units)} values, at most {_LONGEST_SUM} are allowed"


def _lstm_scales(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, LstmAttrs)
    for position in range(INPUT_WEIGHTS, BIAS):
        quant = graph.input_tensor(op, position).quant
        if quant is None or quant.per_channel:
            yield "its weights are quantized per channel"
            return
    cell = graph.input_tensor(op, CELL).quant
    exponent = None if cell is None else cell_exponent(cell.scale)
    if exponent not in _CELL_EXPONENTS or cell is None or cell.zero_point:
        yield "the cell state needs the zero point 0 and a power of two between 2**-24 and 1 as its scale"
    elif not math.isfinite(op.attrs.cell_clip):
        yield f"the cell is clipped at {op.attrs.cell_clip}"
    else:
        scales = lstm_rescales(graph, op)
        yield from rescale_problems(*scales.input, *scales.hidden, scales.cell, scales.output)
        if graph.input_tensor(op, 0).dtype == "int16":
            for gate in GATES:
                weights, bias = graph.input_tensor(op, INPUT_WEIGHTS + gate), graph.input_tensor(op, BIAS + gate)
                yield from wide_problems((scales.input[gate], scales.hidden[gate]), weights, bias)


def _variable(graph: Graph, op: Op) -> Problems:
    before, after = graph.input_tensor(op, 0), graph.output_tensor(op)
    yield from shape_problem(graph, op, before.shape)
    if before.quant != after.quant:
        yield "a variable and its value must have the same scale and zero point"


RULES: dict[str, Rule] = {
    "UNIDIRECTIONAL_SEQUENCE_LSTM": Rule(
        LstmAttrs,
        ("activation", *("weights",) * 8, *("bias",) * 4, "state", "state"),
        _lstm,
        _lstm_scales,
        arithmetics=INTEGERS,
    ),
    "READ_VARIABLE": Rule(VariableAttrs, ("state",), _variable, arithmetics=EVERY),
    "ASSIGN_VARIABLE": Rule(VariableAttrs, ("data",), _variable, arithmetics=EVERY, assigns=True),
    "SVDF": Rule(SvdfAttrs, ("activation", "weights", "long weights", "bias", "state"), _svdf, _svdf_scales),
}
