# SPDX-License-Identifier: Apache-2.0
"""ADD by two multiplications and one rounding, proved on every pair of inputs.

The reference rescales both inputs, adds and rescales the sum: three double roundings. They all but never matter: with
enough fractional bits, y = sat8((a * A + b * B + C) >> shift) has room for integers A, B, C that give the same byte for
all 65,536 pairs. Where sums fall on ties, which go away from zero, the sign of the sum is added before the shift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgekit.ir.fixed_point import Ints, requantize
from edgekit.ir.rescale import ADD_LEFT_SHIFT, AddRescale

_VALUES = np.arange(-128, 128, dtype=np.int64)
_SMALLEST_SHIFT = 16
_LARGEST_SHIFT = 24
_NUDGES = (0, 1, -1, 2, -2)


@dataclass(frozen=True, slots=True)
class AddForm:
    """t = a_factor * a + b_factor * b + start;  y = sat8((t + addend + (t >> 31 if ties_away)) >> shift)."""

    a_factor: int
    b_factor: int
    start: int
    addend: int
    ties_away: bool
    shift: int

    def apply(self, a: Ints, b: Ints) -> Ints:
        t = self.a_factor * a + self.b_factor * b + self.start
        sign = t >> 31 if self.ties_away else 0
        result: Ints = np.clip((t + self.addend + sign) >> self.shift, -128, 127)
        return result


def reference_sums(rescales: AddRescale, zero_points: tuple[int, int, int]) -> Ints:
    """[256, 256]: the output for each value of the first and the second input."""
    first = requantize((_VALUES - zero_points[0]) << ADD_LEFT_SHIFT, *rescales.input1)
    second = requantize((_VALUES - zero_points[1]) << ADD_LEFT_SHIFT, *rescales.input2)
    sums = requantize(first[:, None] + second[None, :], *rescales.output) + zero_points[2]
    result: Ints = np.clip(sums, -128, 127)
    return result


def find_add_form(
    rescales: AddRescale, zero_points: tuple[int, int, int], ratios: tuple[float, float]
) -> AddForm | None:
    """`ratios` are the inputs' scales over the output's. None when no form gives every byte."""
    wanted = reference_sums(rescales, zero_points)
    for shift in range(_LARGEST_SHIFT, _SMALLEST_SHIFT - 1, -1):
        if 255 * max(ratios) * 2.0**shift >= 2.0**32:
            continue
        factors = [round(ratio * 2.0**shift) for ratio in ratios]
        for ties_away in (False, True):
            for first in _NUDGES:
                for second in _NUDGES:
                    pair = (factors[0] + first, factors[1] + second)
                    form = _fit(wanted, pair, zero_points, shift, ties_away)
                    if form is not None:
                        return form
    return None


def _fit(
    wanted: Ints, factors: tuple[int, int], zero_points: tuple[int, int, int], shift: int, ties_away: bool
) -> AddForm | None:
    """The constant term that gives `wanted` everywhere, from the middle of all that do."""
    start = -zero_points[0] * factors[0] - zero_points[1] * factors[1]
    t = factors[0] * _VALUES[:, None] + factors[1] * _VALUES[None, :] + start
    if ties_away and max(int(t.max()), -int(t.min())) >= 2**31:
        return None  # the sign would be lost
    before = t + (t >> 31) if ties_away else t
    low = int(((wanted << shift) - before)[wanted > -128].max(initial=-(2**40)))
    high = int((((wanted + 1) << shift) - 1 - before)[wanted < 127].min(initial=2**40))
    if low > high:
        return None
    constant = (low + high) // 2
    sums = before + constant
    if int(sums.min()) < -(2**31) or int(sums.max()) >= 2**31 or not -(2**31) <= start + constant < 2**31:
        return None
    if ties_away:
        return AddForm(*factors, start, constant, True, shift)
    return AddForm(*factors, start + constant, 0, False, shift)
