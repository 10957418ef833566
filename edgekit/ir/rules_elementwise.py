# SPDX-License-Identifier: Apache-2.0
"""What the element-wise operators demand: those of two operands, and those of one."""

from __future__ import annotations

import math

from edgekit.ir.attributes import ExtremumAttrs, LeakyReluAttrs, MulAttrs, PreluAttrs, ReluAttrs, SubAttrs, UnaryAttrs
from edgekit.ir.graph import Graph, Op
from edgekit.ir.rescale import add_rescales, product_rescale, quantization, tensor_rescale
from edgekit.ir.rescale_elementwise import (
    hard_swish_rescale,
    leaky_relu_rescales,
    rsqrt_rescale,
    sigmoid_rescale,
)
from edgekit.ir.rules import Problems, Rule, broadcast_problems, rescale_problems, rescaled, shape_problem

_TOO_FAR = "its scales are too far apart"
# HARD_SWISH shifts 16-bit values.
_SMALLEST_16_BIT_SHIFT = -15


def _sub(graph: Graph, op: Op) -> Problems:
    yield from broadcast_problems(graph, op)
    if add_rescales(graph, op).output.shift > 0:
        yield _TOO_FAR


def _mul(graph: Graph, op: Op) -> Problems:
    yield from broadcast_problems(graph, op)
    yield from rescale_problems(product_rescale(graph, op))


def _extremum(graph: Graph, op: Op) -> Problems:
    yield from broadcast_problems(graph, op)
    if graph.input_tensor(op, 1).quant != graph.output_tensor(op).quant:
        yield "both inputs and the output must have the same scale and zero point"


def _prelu(graph: Graph, op: Op) -> Problems:
    yield from broadcast_problems(graph, op)
    yield from shape_problem(graph, op, graph.input_tensor(op, 0).shape)
    yield from rescale_problems(tensor_rescale(graph, op), product_rescale(graph, op))


def _leaky_relu(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, LeakyReluAttrs)
    yield from shape_problem(graph, op, graph.input_tensor(op, 0).shape)
    if not (math.isfinite(op.attrs.alpha) and 0 <= op.attrs.alpha < 2**16):
        yield f"alpha is {op.attrs.alpha}, not a positive number"
    else:
        yield from rescale_problems(*leaky_relu_rescales(graph, op))


def _sigmoid(graph: Graph, op: Op) -> Problems:
    yield from shape_problem(graph, op, graph.input_tensor(op, 0).shape)
    output = quantization(graph.output_tensor(op))
    denominator, zero_point = (256, -128) if op.kind == "LOGISTIC" else (128, 0)
    if output.scale != 1 / denominator or output.zero_point != zero_point:
        yield f"the output must have the scale 1/{denominator} and the zero point {zero_point}"
    if sigmoid_rescale(graph, op).shift < 0:
        yield "the input's scale is too small"


def _hard_swish(graph: Graph, op: Op) -> Problems:
    yield from shape_problem(graph, op, graph.input_tensor(op, 0).shape)
    rescale = hard_swish_rescale(graph, op)
    if not _SMALLEST_16_BIT_SHIFT <= rescale.output.shift <= 0:
        yield _TOO_FAR
    if not _SMALLEST_16_BIT_SHIFT <= rescale.gate.shift <= 16:
        yield "the input's scale is too small or too large"


def _rsqrt(graph: Graph, op: Op) -> Problems:
    yield from shape_problem(graph, op, graph.input_tensor(op, 0).shape)
    yield from rescale_problems(rsqrt_rescale(graph, op))


def _elu(graph: Graph, op: Op) -> Problems:
    yield from shape_problem(graph, op, graph.input_tensor(op, 0).shape)
    yield from rescale_problems(tensor_rescale(graph, op))


RULES: dict[str, Rule] = {
    "SUB": Rule(SubAttrs, ("data", "data"), _sub),
    "MUL": Rule(MulAttrs, ("data", "data"), _mul),
    "MAXIMUM": Rule(ExtremumAttrs, ("data", "data"), _extremum, same_quant=True),
    "MINIMUM": Rule(ExtremumAttrs, ("data", "data"), _extremum, same_quant=True),
    "PRELU": Rule(PreluAttrs, ("activation", "data"), _prelu),
    "LEAKY_RELU": Rule(LeakyReluAttrs, ("activation",), _leaky_relu),
    "ABS": Rule(UnaryAttrs, ("activation",), rescaled),
    "RSQRT": Rule(UnaryAttrs, ("activation",), _rsqrt),
    "LOGISTIC": Rule(UnaryAttrs, ("activation",), _sigmoid),
    "TANH": Rule(UnaryAttrs, ("activation",), _sigmoid),
    "HARD_SWISH": Rule(UnaryAttrs, ("activation",), _hard_swish),
    "ELU": Rule(UnaryAttrs, ("activation",), _elu),
    "RELU_N1_TO_1": Rule(ReluAttrs, ("activation",), rescaled),
}
