# SPDX-License-Identifier: Apache-2.0
"""How int16 operands come to where tables take them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from edgekit.ir.attributes import SoftmaxAttrs
from edgekit.ir.fixed_point import Rescale, quantize_multiplier, round_half_away
from edgekit.ir.graph import Graph, Op
from edgekit.ir.rescale import quantization

# The exponential table spans 10.0 with 65535 steps of its input.
_EXP_STEP = 10.0 / 65535.0
# Three quarters of 2**-12: the logistic table ends at 10.7 instead of 8.
_SIGMOID_STEP = 4096.0 * 3.0
_POWER_OF_TWO_TOLERANCE = 1e-3


class SigmoidInput(NamedTuple):
    """x * multiplier / 2**shift, rounded: 0 <= shift <= 31."""

    multiplier: int
    shift: int


def softmax_input(graph: Graph, op: Op) -> Rescale:
    """SOFTMAX: differences from the maximum to steps of the exponential table."""
    assert isinstance(op.attrs, SoftmaxAttrs)
    return quantize_multiplier(quantization(graph.input_tensor(op, 0)).scale * op.attrs.beta / _EXP_STEP)


def sigmoid_input(graph: Graph, op: Op) -> SigmoidInput:
    """LOGISTIC and TANH: the operand to steps of the logistic table. Scales next to 2**-12 (and for TANH 2**-11) take
    a multiplier without rounding, as the reference does."""
    scale = quantization(graph.input_tensor(op, 0)).scale
    logarithm = np.log(np.float32(scale)) * (np.float32(1) / np.log(np.float32(2)))
    nearest = round_half_away(float(logarithm))
    left = 12 + nearest
    exact = (0,) if op.kind == "LOGISTIC" else (0, 1)
    if left in exact and abs(float(logarithm) - nearest) < _POWER_OF_TWO_TOLERANCE:
        return SigmoidInput(3 << left, 0)
    factor, shift = scale * _SIGMOID_STEP, 0
    while factor <= 32767.0 / 2.0 and shift <= 30:
        factor, shift = factor * 2.0, shift + 1
    return SigmoidInput(int(factor), shift)
