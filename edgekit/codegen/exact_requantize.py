# SPDX-License-Identifier: Apache-2.0
"""Cheaper requantizations that are proved to give the same bytes.

The reference rescales an accumulator a (bias included) in two roundings, adds the zero point and clamps:

    y(a) = sat8(z + round_half_away(round(a * b / 2**31) / 2**e)),    b in [2**30, 2**31), shift -e

Two forms need no 64-bit arithmetic and no rounding of their own:

`AffineFloor`   y = sat8(((acc * scale + offset) * m) >> bits)
    For layers that clamp at their zero point -128 (ReLU): negative accumulators need no rounding of their own, and the
    two roundings of the others compose to one floor. y(a) has at most 255 steps; the host finds integers (m, offset)
    for which the affine floor steps at exactly the same accumulators. Both sides being monotonic, equality at the steps
    is equality for every accumulator in the range that the weights can reach.
`TwoSided`      v = ((t * m + 2**31) >> 32) + bias + (t >> 31);  y = sat8(v >> e)    with t = 2 * a
    Algebraically equal for e >= 1: t * m / 2**32 rounded is the first rounding, and the sign moves ties away from zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edgekit.ir.fixed_point import Ints, Rescale

#: Bits below the binary point of `AffineFloor`: the high word of a product, then its upper half.
FLOOR_BITS = 48

#: The scale of sums of weights that stand in the upper byte of a half word. There is nearly always a form even so: few
#: offsets, but with each of them the multiplier is free.
BYTE_SCALE = 2**8

_INT32_MAX = 2**31 - 1
_LARGEST_EXACT_SHIFT = 22  # the steps' numerators stay inside int64
_COARSE_MULTIPLIERS = (2**26, 2**25)  # for outputs that are constant, or all but constant
_MULTIPLIER_NUDGES = (0, 1, -1, 2, -2, 3, -3, 4, -4)
_OFFSET_NUDGES = (0, 1, -1, 2, -2, 3, -3, 4, -4)


class AccumulatorRange(NamedTuple):
    """Every value that an accumulator can take, bias included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class AffineFloor:
    """y = sat8((acc * scale + offset) * multiplier >> bits); acc is the accumulator with its bias."""

    scale: int
    multiplier: int
    offset: int
    bits: int = FLOOR_BITS

    def apply(self, acc: Ints) -> Ints:
        result: Ints = np.clip(((acc * self.scale + self.offset) * self.multiplier) >> self.bits, -128, 127)
        return result

    def start(self, bias: int) -> int:
        """What the device adds to (sum of products) * scale."""
        return bias * self.scale + self.offset


@dataclass(frozen=True, slots=True)
class TwoSided:
    """y = sat8((((t * multiplier + 2**31) >> 32) + addend + (t >> 31)) >> shift) with t = 2 * acc, bias included."""

    multiplier: int
    addend: int
    shift: int

    def apply(self, acc: Ints) -> Ints:
        doubled = 2 * acc
        rounded = (doubled * self.multiplier + 2**31) >> 32
        result: Ints = np.clip((rounded + self.addend + (doubled >> 31)) >> self.shift, -128, 127)
        return result


def accumulator_ranges(rows: Ints, bias: Ints, low: int = -128, high: int = 127) -> tuple[AccumulatorRange, ...]:
    """For each row of weights [O, K]: the interval of sum(w * x) + bias over all x in [low, high]."""
    smallest = np.minimum(rows * low, rows * high).sum(axis=1) + bias
    largest = np.maximum(rows * low, rows * high).sum(axis=1) + bias
    return tuple(AccumulatorRange(int(a), int(b)) for a, b in zip(smallest, largest, strict=True))


def find_affine_floor(
    rescale: Rescale, reach: AccumulatorRange, scale: int, bits: int = FLOOR_BITS
) -> AffineFloor | None:
    """The form for output zero point -128 clamped from below, exact on all of `reach`; None when there is none."""
    steps = _steps(rescale, reach)
    if steps is None or reach.low < -(2**31) or reach.high > _INT32_MAX:
        return None
    if rescale.shift > 0 and max(-reach.low, reach.high) << rescale.shift > _INT32_MAX:
        return None  # the reference wraps around
    edges = _edges(steps, reach, scale)
    nearest = _nearest_multiplier(rescale, scale, bits)
    for multiplier in (*(nearest + nudge for nudge in _MULTIPLIER_NUDGES), *_COARSE_MULTIPLIERS):
        if 0 < multiplier <= _INT32_MAX:
            smallest, largest = _offsets(edges, multiplier, bits)
            if smallest <= largest:
                return AffineFloor(scale, multiplier, (smallest + largest) // 2, bits)
    if not 0 < nearest <= _INT32_MAX:
        return None
    # With a small scale there are fewer offsets than multipliers: the multiplier follows the offset.
    middle = sum(_offsets(edges, nearest, bits)) // 2
    for offset in (middle + nudge for nudge in _OFFSET_NUDGES):
        smallest, largest = _multipliers(edges, offset, bits)
        if smallest <= largest:
            return AffineFloor(scale, (smallest + largest) // 2, offset, bits)
    return None


def find_two_sided(rescale: Rescale, zero_point: int, reach: AccumulatorRange) -> TwoSided | None:
    """The form for any zero point; None where a step of it would leave 32 bits or there is no right shift."""
    multiplier, shift = rescale
    bits = -shift
    if not 1 <= bits <= 24 or multiplier <= 0:
        return None
    largest = max(abs(reach.low), abs(reach.high))
    addend = (zero_point << bits) + (1 << (bits - 1))
    if largest >= 2**30 or largest * multiplier // 2**31 + 2 + abs(addend) > _INT32_MAX:
        return None
    return TwoSided(multiplier, addend, bits)


class _Steps(NamedTuple):
    """Output value `values[i]` (0 = zero point) is reached from accumulator `first[i]` on, `bottom` before all."""

    values: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    bottom: int


def _steps(rescale: Rescale, reach: AccumulatorRange) -> _Steps | None:
    """Where the clamped reference steps inside `reach`."""
    multiplier, shift = rescale
    if multiplier <= 0 or not -_LARGEST_EXACT_SHIFT <= shift <= 7:
        return None
    values = np.arange(1, 256, dtype=np.int64)
    left, right = max(shift, 0), max(-shift, 0)
    half = (1 << (right - 1)) if right else 0
    # round(a * b / 2**31) >= value * 2**e - half, and the first rounding is a floor after adding 2**30.
    numerators = (((values << right) - half) << 31) - (1 << 30)
    first = -(-numerators // (multiplier << left))
    inside = (first > reach.low) & (first <= reach.high)
    return _Steps(values[inside], first[inside], int(np.count_nonzero(first <= reach.low)))


def _nearest_multiplier(rescale: Rescale, scale: int, bits: int) -> int:
    """2**bits * (real factor) / scale, rounded."""
    multiplier, shift = rescale
    left = bits - 31 + shift
    numerator, denominator = multiplier << max(left, 0), scale << max(-left, 0)
    return (2 * numerator + denominator) // (2 * denominator)


class _Edges(NamedTuple):
    """What offset and multiplier must do: `reached[i]` gives at least output `values[i]` (0 = zero point), and
    `missed[i]` less than `missed_values[i]`; scaled accumulators, the extreme ones being `low` and `high`."""

    values: npt.NDArray[np.int64]
    reached: npt.NDArray[np.int64]
    missed_values: npt.NDArray[np.int64]
    missed: npt.NDArray[np.int64]
    low: int
    high: int


def _edges(steps: _Steps, reach: AccumulatorRange, scale: int) -> _Edges:
    """`steps`, with the values that all or none of `reach` give: the highest value of all, the lowest of none."""
    values, reached, missed_values, missed = steps.values, steps.first, steps.values, steps.first - 1
    top = steps.bottom + len(steps.values)
    if steps.bottom > 0:
        values, reached = np.append(values, steps.bottom), np.append(reached, reach.low)
    if top < 255:
        missed_values, missed = np.append(missed_values, top + 1), np.append(missed, reach.high)
    return _Edges(values, reached * scale, missed_values, missed * scale, reach.low * scale, reach.high * scale)


def _offsets(edges: _Edges, multiplier: int, bits: int) -> tuple[int, int]:
    """The smallest and the largest offset that do, which are the wrong way round when there are none."""

    def floor_reaches(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The smallest t with t * multiplier >> bits >= value, 0 being output -128."""
        # Free of overflow: |value - 128| <= 2**7, so the products stay below 2**56.
        result: npt.NDArray[np.int64] = -(-((values - 128) << bits) // multiplier)
        return result

    smallest, largest = -(2**31) - edges.low, _INT32_MAX - edges.high
    if len(edges.values):
        smallest = max(smallest, int((floor_reaches(edges.values) - edges.reached).max()))
    if len(edges.missed):
        largest = min(largest, int((floor_reaches(edges.missed_values) - 1 - edges.missed).min()))
    return smallest, largest


def _multipliers(edges: _Edges, offset: int, bits: int) -> tuple[int, int]:
    """The smallest and the largest multiplier that do with `offset`, the wrong way round when there are none."""
    smallest, largest = 1, _INT32_MAX
    if edges.low + offset < -(2**31) or edges.high + offset > _INT32_MAX:
        return largest, smallest
    for values, sums, reached in (
        (edges.values, edges.reached + offset, True),
        (edges.missed_values, edges.missed + offset, False),
    ):
        # sums * multiplier >= bound, or < bound: divided by sums, which turns it where they are negative.
        bounds = (values - 128) << bits
        if (sums == 0).any() and ((bounds[sums == 0] > 0) if reached else (bounds[sums == 0] <= 0)).any():
            return largest, smallest
        positive, negative = sums > 0, sums < 0
        above, below = bounds[positive], -bounds[negative]
        if reached:
            smallest = max([smallest, *(-(-above // sums[positive])).tolist()])
            largest = min([largest, *(below // -sums[negative]).tolist()])
        else:
            largest = min([largest, *((above - 1) // sums[positive]).tolist()])
            smallest = max([smallest, *(below // -sums[negative] + 1).tolist()])
    return smallest, largest
