# SPDX-License-Identifier: Apache-2.0
"""The logistic function and tanh of int16 values, interpolated in a table as TensorFlow Lite's reference kernels do.

A place is a number with 12 fractional bits, times 3.
"""

from __future__ import annotations

import numpy as np

from edgekit.ir.fixed_point import Ints
from edgekit.ir.tables_int16 import sigmoid_table


def logistic16(places: Ints) -> Ints:
    """1 / (1 + exp(-v)) at `places`, 15 fractional bits."""
    above = np.where(np.abs(places) >> 9 >= 255, 0x7FFF << 10, _interpolated(places, 9))
    return np.where(places >= 0, above + (1 << 9), (1 << 25) - above + (1 << 9) - 1) >> 10


def tanh16(places: Ints) -> Ints:
    """tanh(v) = 2 / (1 + exp(-2 * v)) - 1 at `places`, 15 fractional bits."""
    above = np.where(np.abs(places) >> 8 >= 255, 0xFFFF << 8, _interpolated(places, 8))
    half = 1 << 23
    return np.where(places >= 0, above - half + (1 << 7), half - above + (1 << 7) - 1) >> 8


def _interpolated(places: Ints, bits: int) -> Ints:
    """The table at |places|, entries 2**bits apart: 16 + bits fractional bits, its last entry behind its end."""
    table = sigmoid_table()
    index = np.minimum(np.abs(places) >> bits, 254)
    result: Ints = (table[index] << bits) + (np.abs(places) & ((1 << bits) - 1)) * (table[index + 1] - table[index])
    return result
