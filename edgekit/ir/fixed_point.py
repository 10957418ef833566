# SPDX-License-Identifier: Apache-2.0
"""The 32-bit fixed-point arithmetic of quantized inference, exact to the bit.

Every array function takes and returns int64 arrays that hold int32 values; where int32 would wrap, `wrap32` does.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

INT32_MAX = 2**31 - 1
INT32_MIN = -(2**31)


class Rescale(NamedTuple):
    """A positive real factor as `multiplier * 2**(shift - 31)`, multiplier in [2**30, 2**31) or 0."""

    multiplier: int
    shift: int


def quantize_multiplier(real: float) -> Rescale:
    """The nearest `Rescale`; factors under 2**-32 become zero."""
    if not math.isfinite(real) or real < 0:
        raise ValueError(f"a rescaling factor must be finite and not negative, not {real}")
    if real == 0.0:
        return Rescale(0, 0)
    fraction, shift = math.frexp(real)
    # fraction * 2**31 is exact and below 2**31, so adding a half and flooring rounds half away from zero.
    multiplier = math.floor(fraction * 2**31 + 0.5)
    if multiplier == 2**31:
        multiplier //= 2
        shift += 1
    if shift < -31:
        return Rescale(0, 0)
    return Rescale(multiplier, shift)


def round_half_away(value: float) -> int:
    """Nearest integer, ties away from zero (Python's `round` goes to even)."""
    return math.floor(value + 0.5) if value >= 0 else -math.floor(-value + 0.5)


def wrap32(values: Ints) -> Ints:
    """The int32 value with the same low 32 bits."""
    return ((values + 2**31) & 0xFFFFFFFF) - 2**31


def saturate32(values: Ints) -> Ints:
    return np.clip(values, INT32_MIN, INT32_MAX)


def mul_high(a: Ints, b: Ints | int) -> Ints:
    """a * b / 2**31 to nearest, ties up; the one overflowing case (both INT32_MIN) saturates."""
    product: Ints = (a * b + 2**30) >> 31
    return np.minimum(product, INT32_MAX)


def shift_right_round(values: Ints, bits: Ints | int) -> Ints:
    """values / 2**bits to nearest, ties away from zero."""
    mask = (np.int64(1) << np.asarray(bits, np.int64)) - 1
    threshold = (mask >> 1) + (values < 0)
    result: Ints = (values >> np.asarray(bits, np.int64)) + ((values & mask) > threshold)
    return result


def requantize(values: Ints, multiplier: Ints | int, shift: Ints | int) -> Ints:
    """values * multiplier * 2**(shift - 31), rounded twice: after the product and after the right shift."""
    shifts = np.asarray(shift, np.int64)
    left = np.maximum(shifts, 0)
    right = np.maximum(-shifts, 0)
    return shift_right_round(mul_high(wrap32(values << left), multiplier), right)


def reduced_multiplier(multiplier: int) -> int:
    """`multiplier` with 15 bits instead of 31, to nearest: the factor of 64-bit sums."""
    return min((multiplier + (1 << 15)) >> 16, 2**15 - 1)


def requantize_wide(values: Ints, multiplier: Ints, shift: Ints | int) -> Ints:
    """values * multiplier * 2**(shift - 15) to nearest, ties up, for reduced multipliers; |values| < 2**47, shift < 15.

    The result wraps to 32 bits.
    """
    right = 15 - np.asarray(shift, np.int64)
    result: Ints = (values * multiplier + (np.int64(1) << (right - 1))) >> right
    return wrap32(result)


def _shift_left_saturating(values: Ints, bits: int) -> Ints:
    return saturate32(values << bits)


def _exp_between_minus_quarter_and_zero(a: Ints) -> Ints:
    """exp(a), Q0.31 in and out: a polynomial of fourth degree around -1/8."""
    exp_minus_eighth = 1895147668
    one_third = 715827883
    x = a + (1 << 28)
    x2 = mul_high(x, x)
    x3 = mul_high(x2, x)
    x4_over_4 = shift_right_round(mul_high(x2, x2), 2)
    tail = shift_right_round(mul_high(x4_over_4 + x3, one_third) + x2, 1)
    return wrap32(exp_minus_eighth + mul_high(x + tail, exp_minus_eighth))


# exp(-2**k) in Q0.31 for k = -2 ... 4
_EXP_OF_MINUS_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def exp_on_negative_values(a: Ints, integer_bits: int = 5) -> Ints:
    """exp(a) in Q0.31 for a <= 0 with `integer_bits` (4 or 5) before the point: Q4.27 or Q5.26."""
    quarter = 1 << (29 - integer_bits)
    fraction = (a & (quarter - 1)) - quarter
    result = _exp_between_minus_quarter_and_zero(_shift_left_saturating(fraction, integer_bits))
    remainder = fraction - a
    for position, factor in enumerate(_EXP_OF_MINUS_POWERS[: integer_bits + 2]):
        result = np.where(remainder & (quarter << position), mul_high(result, factor), result)
    return np.where(a == 0, INT32_MAX, result)


def logistic(a: Ints) -> Ints:
    """1 / (1 + exp(-a)): Q4.27 in, Q0.31 out."""
    positive = _one_over_one_plus(exp_on_negative_values(-np.abs(a), integer_bits=4))
    return np.where(a == 0, 1 << 30, np.where(a > 0, positive, INT32_MAX - positive))


def tanh(a: Ints) -> Ints:
    """Q4.27 in, Q0.31 out. The same integer read as Q5.26 is its double."""
    magnitude = _one_minus_over_one_plus(exp_on_negative_values(-np.abs(a), integer_bits=5))
    return np.where(a < 0, -magnitude, np.where(a > 0, magnitude, 0))


def _two_over_one_plus(a: Ints) -> Ints:
    """2 / (1 + a) in Q2.29 for a in [0, 1) in Q0.31: three Newton-Raphson steps."""
    total = a + INT32_MAX
    half_denominator = (total + 1) >> 1  # total >= 0
    x = 1515870810 + mul_high(half_denominator, -1010580540)
    for _ in range(3):
        error = (1 << 29) - mul_high(half_denominator, x)
        x = x + _shift_left_saturating(mul_high(x, error), 2)
    return x


def _one_over_one_plus(a: Ints) -> Ints:
    """1 / (1 + a) in Q0.31 for a in [0, 1)."""
    return _shift_left_saturating(_two_over_one_plus(a), 1)


def _one_minus_over_one_plus(a: Ints) -> Ints:
    """(1 - a) / (1 + a) in Q0.31 for a in [0, 1)."""
    return _shift_left_saturating(_two_over_one_plus(a) - (1 << 29), 2)


def reciprocal(x: Ints, integer_bits: int) -> tuple[Ints, Ints]:
    """(scale in Q0.31, bits): 1 / x = scale * 2**-bits for x > 0 with `integer_bits` integer bits."""
    headroom = 32 - np.array([int(value).bit_length() for value in x.ravel()], np.int64).reshape(x.shape)
    mantissa = ((x << headroom) & 0xFFFFFFFF) - 2**31
    return _one_over_one_plus(mantissa), integer_bits - headroom
