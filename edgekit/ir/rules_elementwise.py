# SPDX-License-Identifier: Apache-2.0
"""What the element-wise operators demand: those of two operands, and those of one."""

from __future__ import annotations

import math

from edgekit.ir.arithmetic import EVERY, INT8_AND_FLOAT
from edgekit.ir.attributes import ExtremumAttrs, LeakyReluAttrs, MulAttrs, PreluAttrs, ReluAttrs, SubAttrs, UnaryAttrs
from edgekit.ir.graph import Graph, Op
from edgekit.ir.rescale import product_rescale, quantization, tensor_rescale
from edgekit.ir.rescale_elementwise import (
    hard_swish_rescale,
    leaky_relu_rescales,
    rsqrt_rescale,
    sigmoid_rescale,
)
from edgekit.ir.rescale_int16 import sigmoid_input
from edgekit.ir.rule import Problems, Rule, rescale_problems, same_shape, tensor_scales
from edgekit.ir.rules import broadcast_problems, sum_scales

_TOO_FAR = "its scales are too far apart"
# HARD_SWISH shifts 16-bit values.
_SMALLEST_16_BIT_SHIFT = -15


def _product_scales(graph: Graph, op: Op) -> Problems:
    yield from rescale_problems(product_rescale(graph, op))


def _extremum_scales(graph: Graph, op: Op) -> Problems:
    if graph.input_tensor(op, 1).quant != graph.output_tensor(op).quant:
        yield "both inputs and the output must have the same scale and zero point"


def _prelu(graph: Graph, op: Op) -> Problems:
    yield from broadcast_problems(graph, op)
    yield from same_shape(graph, op)


def _prelu_scales(graph: Graph, op: Op) -> Problems:
    yield from rescale_problems(tensor_rescale(graph, op), product_rescale(graph, op))


def _leaky_relu(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, LeakyReluAttrs)
    yield from same_shape(graph, op)
    if not (math.isfinite(op.attrs.alpha) and 0 <= op.attrs.alpha < 2**16):
        yield f"alpha is {op.attrs.alpha}, not a positive number"


def _leaky_relu_scales(graph: Graph, op: Op) -> Problems:
    yield from rescale_problems(*leaky_relu_rescales(graph, op))


def _sigmoid_scales(graph: Graph, op: Op) -> Problems:
    output = quantization(graph.output_tensor(op))
    if graph.output_tensor(op).dtype == "int16":
        if output.scale != 1 / 32768:
            yield "the output must have the scale 1/32768"
        if sigmoid_input(graph, op).multiplier > 2**15 - 1:
            yield "the input's scale is too large"
        return
    denominator, zero_point = (256, -128) if op.kind == "LOGISTIC" else (128, 0)
    if output.scale != 1 / denominator or output.zero_point != zero_point:
        yield f"the output must have the scale 1/{denominator} and the zero point {zero_point}"
    if sigmoid_rescale(graph, op).shift < 0:
        yield "the input's scale is too small"


def _hard_swish_scales(graph: Graph, op: Op) -> Problems:
    rescale = hard_swish_rescale(graph, op)
    if not _SMALLEST_16_BIT_SHIFT <= rescale.output.shift <= 0:
        yield _TOO_FAR
    if not _SMALLEST_16_BIT_SHIFT <= rescale.gate.shift <= 16:
        yield "the input's scale is too small or too large"


def _rsqrt_scales(graph: Graph, op: Op) -> Problems:
    yield from rescale_problems(rsqrt_rescale(graph, op))


RULES: dict[str, Rule] = {
    "SUB": Rule(SubAttrs, ("data", "data"), broadcast_problems, sum_scales, arithmetics=EVERY),
    "MUL": Rule(MulAttrs, ("data", "data"), broadcast_problems, _product_scales, arithmetics=EVERY),
    "MAXIMUM": Rule(
        ExtremumAttrs,
        ("data", "data"),
        broadcast_problems,
        _extremum_scales,
        same_quant=True,
        arithmetics=INT8_AND_FLOAT,
    ),
    "MINIMUM": Rule(
        ExtremumAttrs,
        ("data", "data"),
        broadcast_problems,
        _extremum_scales,
        same_quant=True,
        arithmetics=INT8_AND_FLOAT,
    ),
    "PRELU": Rule(PreluAttrs, ("activation", "data"), _prelu, _prelu_scales, arithmetics=INT8_AND_FLOAT),
    "LEAKY_RELU": Rule(LeakyReluAttrs, ("activation",), _leaky_relu, _leaky_relu_scales, arithmetics=INT8_AND_FLOAT),
    "ABS": Rule(UnaryAttrs, ("activation",), same_shape, tensor_scales, arithmetics=INT8_AND_FLOAT),
    "RSQRT": Rule(UnaryAttrs, ("activation",), same_shape, _rsqrt_scales, arithmetics=INT8_AND_FLOAT),
    "LOGISTIC": Rule(UnaryAttrs, ("activation",), same_shape, _sigmoid_scales, arithmetics=EVERY),
    "TANH": Rule(UnaryAttrs, ("activation",), same_shape, _sigmoid_scales, arithmetics=EVERY),
    "HARD_SWISH": Rule(UnaryAttrs, ("activation",), same_shape, _hard_swish_scales, arithmetics=INT8_AND_FLOAT),
    "ELU": Rule(UnaryAttrs, ("activation",), same_shape, tensor_scales, arithmetics=INT8_AND_FLOAT),
    "RELU_N1_TO_1": Rule(ReluAttrs, ("activation",), same_shape, tensor_scales, arithmetics=INT8_AND_FLOAT),
}
