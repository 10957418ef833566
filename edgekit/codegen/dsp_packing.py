# SPDX-License-Identifier: Apache-2.0
"""Weights and constants as the kernels in kernels/arch/cortex_m_dsp read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgekit.codegen.exact_requantize import (
    BYTE_SCALE,
    FLOOR_BITS,
    AccumulatorRange,
    AffineFloor,
    TwoSided,
    accumulator_ranges,
    find_affine_floor,
    find_two_sided,
)
from edgekit.ir.fixed_point import Ints, Rescale

#: The second channel of a word is recovered from 256 times its sum.
_SUM_LIMIT = 2**23


_LARGEST_SCALE = 2**20

#: How often the range of scales is divided beyond its powers of two.
_SCALES_AN_OCTAVE = 8


@dataclass(frozen=True, slots=True)
class Floors:
    """The floor form for every channel, with one scale for all."""

    scale: int
    forms: tuple[AffineFloor, ...]


def solve_floors(
    rescales: Sequence[Rescale], reach: Sequence[AccumulatorRange], scales: Sequence[int] | None = None
) -> Floors | None:
    """The floor form with a scale, out of `scales` if given, that suits every channel; None when there is none."""
    if len(rescales) == 1:
        reach = [AccumulatorRange(min(r.low for r in reach), max(r.high for r in reach))]
    largest = max(1, *(max(abs(r.low), abs(r.high)) for r in reach))
    # Multipliers must fit 31 bits, scaled accumulators 32.
    bottom = max(BYTE_SCALE, *(math.ceil(multiplier * 2.0 ** (shift - 14)) for multiplier, shift in rescales))
    for scale in scales or _scales(bottom, min(_LARGEST_SCALE, 2**31 // largest)):
        forms = _all_floors(rescales, reach, scale)
        if forms is not None:
            return Floors(scale, forms)
    return None


def _scales(bottom: int, top: int) -> list[int]:
    """Scales to try, in the order of hope: from the middle outwards, where both rounding errors are small."""
    octaves = range(BYTE_SCALE.bit_length() - 1, _LARGEST_SCALE.bit_length())
    steps = range(_SCALES_AN_OCTAVE, 2 * _SCALES_AN_OCTAVE)
    scales = {2**bits * step // _SCALES_AN_OCTAVE // BYTE_SCALE * BYTE_SCALE for bits in octaves for step in steps}
    middle = math.sqrt(bottom * max(top, 1))
    return sorted((s for s in scales if bottom <= s <= top), key=lambda s: abs(math.log(s / middle)))


def _all_floors(
    rescales: Sequence[Rescale], reach: Sequence[AccumulatorRange], scale: int, bits: int = FLOOR_BITS
) -> tuple[AffineFloor, ...] | None:
    forms = []
    for rescale, interval in zip(rescales, reach, strict=True):
        form = find_affine_floor(rescale, interval, scale, bits)
        if form is None:
            return None
        forms.append(form)
    return tuple(forms)


def of_each(rescales: Sequence[Rescale], channels: int) -> tuple[Rescale, ...]:
    """The rescale of each channel, where one may stand for all."""
    return tuple(rescales) if len(rescales) > 1 else tuple(rescales) * channels


def solve_byte_floors(
    rescales: Sequence[Rescale], reach: Sequence[AccumulatorRange], bits: int
) -> tuple[AffineFloor, ...] | None:
    """The floor form of every channel with the least scale and `bits`; None when one has none."""
    return _all_floors(of_each(rescales, len(reach)), reach, BYTE_SCALE, bits)


def solve_two_sided(
    rescales: Sequence[Rescale], zero_point: int, reach: Sequence[AccumulatorRange]
) -> tuple[TwoSided, ...] | None:
    """The two-sided form of every channel, None when one has none."""
    forms = []
    for rescale, interval in zip(of_each(rescales, len(reach)), reach, strict=True):
        form = find_two_sided(rescale, zero_point, interval)
        if form is None:
            return None
        forms.append(form)
    return tuple(forms)


@dataclass(frozen=True, slots=True)
class Requantization:
    """How all channels of a layer are requantized: one of the two forms, and the constants of each channel."""

    floors: Floors | None
    two_sided: tuple[TwoSided, ...]
    bias: tuple[int, ...]

    @property
    def scale(self) -> int:
        return self.floors.scale if self.floors else 0

    def constants(self, channel: int) -> tuple[int, ...]:
        """Of one channel, in the order of ek_matmul_dsp.h."""
        bias = self.bias[channel]
        if self.floors is None:
            form = self.two_sided[channel]
            return (2 * bias, form.multiplier, form.addend, form.shift)
        floor = self.floors.forms[channel if len(self.floors.forms) > 1 else 0]
        return (floor.start(bias), floor.multiplier)


def solve_requantization(
    rescales: Sequence[Rescale],
    rows: Ints,
    bias: Sequence[int],
    zero_point: int,
    act_min: int,
    scales: Sequence[int] | None = None,
) -> Requantization | None:
    """The cheapest exact requantization of a layer with weights `rows` [O, K] and the input's zero point in `bias`;
    the floor form with one of `scales` if given."""
    reach = accumulator_ranges(rows, np.array(bias, np.int64))
    if zero_point == -128 and act_min == -128:
        floors = solve_floors(rescales, reach, scales)
        if floors is not None:
            return Requantization(floors, (), tuple(bias))
    forms = solve_two_sided(rescales, zero_point, reach)
    return None if forms is None else Requantization(None, forms, tuple(bias))


def spread_bytes(rows: Ints) -> Ints:
    """[O, K], K a multiple of 4, in the order in which a word of bytes becomes two pairs of 16 bits."""
    order = np.arange(rows.shape[1]).reshape(-1, 4)[:, [0, 2, 1, 3]].ravel()
    return rows[:, order]


def pad_columns(rows: Ints, multiple: int) -> Ints:
    """[O, K] with zeros behind, K a multiple of `multiple`."""
    return np.pad(rows, ((0, 0), (0, -rows.shape[1] % multiple)))


def dual_words(first: Ints, second: Ints) -> tuple[int, ...] | None:
    """Two channels' weights [K] as one word for each pair of inputs; None where a word or a sum has no room."""
    halves = 256 * second + first
    if halves.min() < -(2**15) or halves.max() >= 2**15:
        return None
    low, high = np.minimum(second * -128, second * 127).sum(), np.maximum(second * -128, second * 127).sum()
    if low < -_SUM_LIMIT or high >= _SUM_LIMIT:
        return None
    pairs = (halves & 0xFFFF).reshape(-1, 2)
    return as_int32(pairs[:, 0] | (pairs[:, 1] << 16))


def as_int32(words: Ints) -> tuple[int, ...]:
    """The same 32 bits as signed numbers."""
    return tuple(((words & 0xFFFFFFFF) ^ 2**31).astype(np.int64) - 2**31)


def channel_pairs(channels: int) -> tuple[tuple[int, int], ...]:
    """Channels by twos; where the number is odd, the last but one comes twice."""
    pairs = [(first, first + 1) for first in range(0, channels - 1, 2)]
    if channels % 2:
        pairs.append((channels - 2, channels - 1))
    return tuple(pairs)


def pack_matmul(rows: Ints, requantization: Requantization) -> tuple[int, ...] | None:
    """Weights [O, K] in expanded order, and behind each pair of channels its constants."""
    words: list[int] = []
    if len(rows) == 1:  # beside a channel of zeros
        dual = dual_words(rows[0], np.zeros_like(rows[0]))
        return None if dual is None else (*dual, *requantization.constants(0), *requantization.constants(0))
    for first, second in channel_pairs(len(rows)):
        dual = dual_words(rows[first], rows[second])
        if dual is None:
            return None
        words += [*dual, *requantization.constants(first), *requantization.constants(second)]
    return tuple(int(word) for word in words)


def pack_short(rows: Ints, floors: Sequence[AffineFloor], bias: Sequence[int]) -> tuple[int, ...] | None:
    """Like `pack_matmul` for an even number of channels, in the order of ek_matmul_short_dsp.h."""
    words: list[int] = []
    for first in range(0, len(rows), 2):
        dual = dual_words(rows[first], rows[first + 1])
        if dual is None:
            return None
        even, odd = floors[first : first + 2]
        words += [odd.start(bias[first + 1]), *dual, even.start(bias[first]), even.multiplier, odd.multiplier]
    return tuple(int(word) for word in words)
