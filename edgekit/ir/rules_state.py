# SPDX-License-Identifier: Apache-2.0
"""What the operators demand that remember."""

from __future__ import annotations

from edgekit.ir.arithmetic import EVERY
from edgekit.ir.attributes import SvdfAttrs, VariableAttrs
from edgekit.ir.graph import Graph, Op
from edgekit.ir.rescale import svdf_rescales
from edgekit.ir.rule import Problems, Rule, rescale_problems, shape_problem

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


def _variable(graph: Graph, op: Op) -> Problems:
    before, after = graph.input_tensor(op, 0), graph.output_tensor(op)
    yield from shape_problem(graph, op, before.shape)
    if before.quant != after.quant:
        yield "a variable and its value must have the same scale and zero point"


RULES: dict[str, Rule] = {
    "READ_VARIABLE": Rule(VariableAttrs, ("state",), _variable, arithmetics=EVERY),
    "ASSIGN_VARIABLE": Rule(VariableAttrs, ("data",), _variable, arithmetics=EVERY, assigns=True),
    "SVDF": Rule(SvdfAttrs, ("activation", "weights", "long weights", "bias", "state"), _svdf, _svdf_scales),
}
