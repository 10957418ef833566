# SPDX-License-Identifier: Apache-2.0
"""The logistic function and tanh of int16 values, interpolated in a table as TensorFlow Lite's reference kernels do."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from edgekit.ir.fixed_point import Ints

#: Where the table is one more than the nearest integer, which halves the error of the interpolation behind it.
_ONE_MORE: Final = frozenset({
    4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41, 43, 44, 45,
    46, 49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255,
})  # fmt: skip

#: 1 / (1 + exp(-i / 24)), 16 fractional bits, for i = 0 ... 255.
SIGMOID_TABLE: Final[tuple[int, ...]] = tuple(
    math.floor(2**16 / (1 + math.exp(-i / 24)) + 0.5) + (i in _ONE_MORE) for i in range(256)
)
_TABLE = np.array(SIGMOID_TABLE, np.int64)


def logistic16(values: Ints) -> Ints:
    """1 / (1 + exp(-v)), 15 fractional bits; v has 12 of them, scaled by 3."""
    magnitude = np.abs(values)
    result = np.minimum(_interpolated(magnitude, 9), 0x7FFF << 10)
    positive = (result + (1 << 9)) >> 10
    negative = ((1 << 25) - result + (1 << 9) - 1) >> 10
    return np.where(values >= 0, positive, negative)


def tanh16(values: Ints) -> Ints:
    """tanh(v), 15 fractional bits; v has 12 of them, scaled by 3."""
    result = np.where(np.abs(values) >> 8 >= 255, 0xFFFF << 8, _interpolated(np.abs(values), 8)) - (1 << 23)
    return np.where(values >= 0, (result + (1 << 7)) >> 8, (-result + (1 << 7) - 1) >> 8)


def _interpolated(magnitude: Ints, bits: int) -> Ints:
    """Between two entries of the table, the lower `bits` tell how far; behind its end, more than anything in it."""
    index = np.minimum(magnitude >> bits, 254)
    low, high = _TABLE[index], _TABLE[index + 1]
    result: Ints = (low << bits) + (magnitude & ((1 << bits) - 1)) * (high - low)
    return np.where(magnitude >> bits >= 255, 1 << 30, result)
