# SPDX-License-Identifier: Apache-2.0
"""From a graph's scales to the integers that kernels compute with.

The order of roundings is part of the definition: where TensorFlow Lite Micro multiplies scales in float32 (fully
connected layers with one weight scale), so does this module; elsewhere scales are multiplied as doubles.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from edgekit.ir.attributes import Activation, SoftmaxAttrs
from edgekit.ir.fixed_point import Rescale, quantize_multiplier, round_half_away
from edgekit.ir.graph import Graph, Op, QuantParams, Tensor

INT8_MIN = -128
INT8_MAX = 127

# ADD aligns its inputs with this many bits of headroom.
ADD_LEFT_SHIFT = 20
_ADD_LEFT_SHIFT_INT16 = 15

# SOFTMAX feeds exp() with this many integer bits.
SOFTMAX_INTEGER_BITS = 5

ACTIVATION_LIMITS: dict[Activation, tuple[float | None, float | None]] = {
    "NONE": (None, None),
    "RELU": (0.0, None),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
}


class AddRescale(NamedTuple):
    """ADD, SUB: both inputs are shifted left by `add_left_shift` and rescaled, added, and the sum rescaled."""

    input1: Rescale
    input2: Rescale
    output: Rescale


class SoftmaxRescale(NamedTuple):
    """SOFTMAX: `input` turns a difference from the maximum into Q5.26; below `diff_min` the result is zero."""

    input: Rescale
    diff_min: int


def quantization(tensor: Tensor) -> QuantParams:
    """The quantization of a tensor that must have one."""
    if tensor.quant is None:
        raise ValueError(f"tensor '{tensor.name}' is not quantized")
    return tensor.quant


def channel_rescales(graph: Graph, op: Op) -> tuple[Rescale, ...]:
    """CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED: one for each output channel, or one for all."""
    input_scale = quantization(graph.input_tensor(op, 0)).scale
    output_scale = quantization(graph.output_tensor(op)).scale
    weight_scales = quantization(graph.input_tensor(op, 1)).scales
    if op.kind == "FULLY_CONNECTED" and len(weight_scales) == 1:
        product = float(np.float32(input_scale) * np.float32(weight_scales[0]))
        return (quantize_multiplier(product / output_scale),)
    return tuple(quantize_multiplier(input_scale * scale / output_scale) for scale in weight_scales)


def tensor_rescale(graph: Graph, op: Op) -> Rescale:
    """QUANTIZE, RELU, RELU6, ABS, SUM and others: input scale over output scale."""
    return quantize_multiplier(
        quantization(graph.input_tensor(op, 0)).scale / quantization(graph.output_tensor(op)).scale
    )


def mean_rescale(graph: Graph, op: Op) -> Rescale:
    """MEAN: input scale over output scale, with the division by the count folded into the multiplier."""
    multiplier, shift = tensor_rescale(graph, op)
    count = graph.input_tensor(op, 0).elements // max(1, graph.output_tensor(op).elements)
    bits = min(count.bit_length() - 1, 32, 31 + shift)
    return Rescale((multiplier << bits) // count, shift - bits)


def add_left_shift(graph: Graph, op: Op) -> int:
    """ADD, SUB: the bits of headroom."""
    return _ADD_LEFT_SHIFT_INT16 if graph.output_tensor(op).dtype == "int16" else ADD_LEFT_SHIFT


def add_rescales(graph: Graph, op: Op) -> AddRescale:
    scale1 = quantization(graph.input_tensor(op, 0)).scale
    scale2 = quantization(graph.input_tensor(op, 1)).scale
    output_scale = quantization(graph.output_tensor(op)).scale
    twice_largest = 2.0 * max(scale1, scale2)
    return AddRescale(
        quantize_multiplier(scale1 / twice_largest),
        quantize_multiplier(scale2 / twice_largest),
        quantize_multiplier(twice_largest / ((1 << add_left_shift(graph, op)) * output_scale)),
    )


def product_rescale(graph: Graph, op: Op) -> Rescale:
    """MUL, and PRELU below zero: the product of both input scales over the output scale."""
    scale1 = quantization(graph.input_tensor(op, 0)).scale
    scale2 = quantization(graph.input_tensor(op, 1)).scale
    return quantize_multiplier(scale1 * scale2 / quantization(graph.output_tensor(op)).scale)


def matmul_rescale(graph: Graph, op: Op) -> Rescale:
    """BATCH_MATMUL: the product of both input scales is rounded to float32, then divided by the output scale."""
    scale1 = np.float32(quantization(graph.input_tensor(op, 0)).scale)
    scale2 = np.float32(quantization(graph.input_tensor(op, 1)).scale)
    return quantize_multiplier(float(scale1 * scale2) / quantization(graph.output_tensor(op)).scale)


class SvdfRescale(NamedTuple):
    """SVDF: `feature` brings features to the state's scale, `output` sums over time to the output's."""

    feature: Rescale
    output: Rescale


def svdf_rescales(graph: Graph, op: Op) -> SvdfRescale:
    """Scales are multiplied and divided in float32, as the reference does."""
    tensors = (*(graph.input_tensor(op, position) for position in (0, 1, 2, 4)), graph.output_tensor(op))
    data, features, times, state, output = (np.float32(quantization(tensor).scale) for tensor in tensors)
    return SvdfRescale(
        quantize_multiplier(float(data * features / state)), quantize_multiplier(float(state * times / output))
    )


def softmax_rescale(graph: Graph, op: Op) -> SoftmaxRescale:
    assert isinstance(op.attrs, SoftmaxAttrs)
    scale = quantization(graph.input_tensor(op, 0)).scale
    fraction_bits = 31 - SOFTMAX_INTEGER_BITS
    rescale = quantize_multiplier(min(op.attrs.beta * scale * (1 << fraction_bits), 2.0**31 - 1.0))
    radius = ((1 << SOFTMAX_INTEGER_BITS) - 1) * (1 << fraction_bits) / 2.0**rescale.shift
    return SoftmaxRescale(rescale, -math.floor(radius))


def _quantized_limit(limit: float, quant: QuantParams) -> int:
    # One float32 division, then ties away from zero.
    return quant.zero_point + round_half_away(float(np.float32(limit) / np.float32(quant.scale)))


def activation_range(tensor: Tensor, activation: Activation) -> tuple[int, int]:
    """The lowest and highest value of `tensor`, which is int8 or int16, that `activation` lets through."""
    low, high = ACTIVATION_LIMITS[activation]
    quant, limits = quantization(tensor), np.iinfo(tensor.dtype)
    smallest = limits.min if low is None else max(limits.min, _quantized_limit(low, quant))
    largest = limits.max if high is None else min(limits.max, _quantized_limit(high, quant))
    return int(smallest), int(largest)
