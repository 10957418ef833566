# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.ir.fixed_point import (
    INT32_MAX,
    INT32_MIN,
    Rescale,
    exp_on_negative_values,
    mul_high,
    quantize_multiplier,
    reciprocal,
    requantize,
    round_half_away,
    shift_right_round,
    wrap32,
)

derandomized = settings(derandomize=True, database=None)
int32 = st.integers(INT32_MIN, INT32_MAX)


def array(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)


@pytest.mark.parametrize(
    ("real", "expected"),
    [
        (0.0, Rescale(0, 0)),
        (1.0, Rescale(2**30, 1)),
        (0.5, Rescale(2**30, 0)),
        (0.75, Rescale(3 * 2**29, 0)),
        (1 - 2**-40, Rescale(2**30, 1)),  # rounds up to the next power of two
        (2.0**-32, Rescale(2**30, -31)),
        (2.0**-33, Rescale(0, 0)),
    ],
)
def test_multipliers_have_31_bits_and_an_exponent(real: float, expected: Rescale) -> None:
    assert quantize_multiplier(real) == expected


@pytest.mark.parametrize("real", [-1.0, math.inf, math.nan])
def test_impossible_factors_are_refused(real: float) -> None:
    with pytest.raises(ValueError):
        quantize_multiplier(real)


@derandomized
@given(st.floats(2.0**-30, 2.0**20))
def test_multipliers_are_the_nearest(real: float) -> None:
    multiplier, shift = quantize_multiplier(real)
    assert 2**30 <= multiplier < 2**31
    assert abs(Fraction(multiplier) * Fraction(2) ** (shift - 31) - Fraction(real)) <= Fraction(2) ** (shift - 32)


@derandomized
@given(int32, int32)
def test_mul_high_rounds_the_doubled_high_product(a: int, b: int) -> None:
    exact = Fraction(a * b, 2**31)
    expected = min(math.floor(exact + Fraction(1, 2)), INT32_MAX)
    assert mul_high(array(a), b)[0] == expected


@derandomized
@given(int32, st.integers(0, 31))
def test_right_shifts_round_ties_away_from_zero(value: int, bits: int) -> None:
    magnitude = math.floor(Fraction(abs(value), 2**bits) + Fraction(1, 2))
    assert shift_right_round(array(value), bits)[0] == (magnitude if value >= 0 else -magnitude)


def test_left_shifts_wrap_like_int32() -> None:
    assert wrap32(array(2**31, -(2**31) - 1, 2**32 + 5)).tolist() == [INT32_MIN, INT32_MAX, 5]
    assert requantize(array(2**30), 2**30, 2).tolist() == [0]


def test_requantization_rounds_twice() -> None:
    # 5 * 0.75 = 3.75 -> 4, and 4 / 2 = 2; rounding once would give 5 * 0.375 = 1.875 -> 2; 3 shows the difference.
    rescale = quantize_multiplier(0.375)
    assert requantize(array(5, 3, -3, 4), *rescale).tolist() == [2, 1, -1, 2]


@pytest.mark.parametrize(("value", "expected"), [(0.5, 1), (-0.5, -1), (2.4, 2), (-2.6, -3), (0.0, 0)])
def test_ties_round_away_from_zero(value: float, expected: int) -> None:
    assert round_half_away(value) == expected


def test_exp_is_close_to_the_real_function() -> None:
    points = np.linspace(-31.9, 0, 1000)
    fixed = exp_on_negative_values((points * 2**26).astype(np.int64)) / 2**31
    assert np.abs(fixed - np.exp(points)).max() < 1e-6


def test_exp_of_zero_is_the_largest_fraction() -> None:
    assert exp_on_negative_values(array(0))[0] == INT32_MAX


def test_reciprocals_are_close() -> None:
    values = array(2**19, 3 * 2**19, 255 * 2**19, 2**19 + 12345)
    scale, bits = reciprocal(values, 12)
    real = scale / 2.0**31 / 2.0**bits
    assert np.allclose(real, 1 / (values / 2**19), rtol=1e-7)
