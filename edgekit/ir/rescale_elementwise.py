# SPDX-License-Identifier: Apache-2.0
"""Factors of the operators that map one int8 to one int8, each in the float width that TFLite computes it in."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edgekit.ir.attributes import LeakyReluAttrs
from edgekit.ir.fixed_point import Ints, Rescale, quantize_multiplier, requantize
from edgekit.ir.graph import Graph, Op
from edgekit.ir.rescale import quantization

#: LOGISTIC and TANH compute with this many integer bits.
_INPUT_INTEGER_BITS = 4


class LeakyReluRescale(NamedTuple):
    above: Rescale
    below: Rescale


class HardSwishRescale(NamedTuple):
    """16-bit multipliers: `output` for x, `gate` for what becomes (x + 3) / 6."""

    output: Rescale
    gate: Rescale


def leaky_relu_rescales(graph: Graph, op: Op) -> LeakyReluRescale:
    assert isinstance(op.attrs, LeakyReluAttrs)
    scale, output_scale = _float_scales(graph, op)
    return LeakyReluRescale(
        quantize_multiplier(float(scale / output_scale)),
        quantize_multiplier(float(scale * np.float32(op.attrs.alpha) / output_scale)),
    )


def _float_scales(graph: Graph, op: Op) -> tuple[np.float32, np.float32]:
    return (
        np.float32(quantization(graph.input_tensor(op, 0)).scale),
        np.float32(quantization(graph.output_tensor(op)).scale),
    )


def sigmoid_rescale(graph: Graph, op: Op) -> Rescale:
    """LOGISTIC and TANH: from input units to Q4.27."""
    scale = quantization(graph.input_tensor(op, 0)).scale
    return quantize_multiplier(scale * (1 << (31 - _INPUT_INTEGER_BITS)))


def fixed_point_input(graph: Graph, op: Op, values: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """`values` in Q4.27, and where they lie outside of its range."""
    rescale = sigmoid_rescale(graph, op)
    largest = ((1 << _INPUT_INTEGER_BITS) - 1) << (31 - _INPUT_INTEGER_BITS)
    radius = math.floor(largest / 2.0**rescale.shift)
    outside = (values <= -radius) | (values >= radius)
    return requantize(np.where(outside, 0, values), rescale.multiplier, min(rescale.shift, 31)), outside


def hard_swish_rescale(graph: Graph, op: Op) -> HardSwishRescale:
    scale, output_scale = _float_scales(graph, op)
    fine_scale = np.float32(1 / 128) * scale
    gate_scale = np.float32(3) / np.float32(32768)
    return HardSwishRescale(_rescale_16(fine_scale / output_scale), _rescale_16(fine_scale / gate_scale))


def _rescale_16(real: np.float32) -> Rescale:
    """`quantize_multiplier` with 15 fractional bits."""
    multiplier, shift = quantize_multiplier(float(real))
    return Rescale(min((multiplier + (1 << 15)) >> 16, 2**15 - 1), shift)


def rsqrt_rescale(graph: Graph, op: Op) -> Rescale:
    scale = quantization(graph.input_tensor(op, 0)).scale
    return quantize_multiplier(1.0 / (math.sqrt(scale) * quantization(graph.output_tensor(op)).scale))
