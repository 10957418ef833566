# SPDX-License-Identifier: Apache-2.0
"""The cheap requantizations against the reference's two roundings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.codegen.exact_requantize import (
    BYTE_SCALE,
    AccumulatorRange,
    accumulator_ranges,
    find_affine_floor,
    find_two_sided,
)
from edgekit.ir.fixed_point import Ints, Rescale, requantize

MULTIPLIERS = [2**30, 2**30 + 1, 1518500250, 2**31 - 2, 2**31 - 1]


def reference(acc: Ints, rescale: Rescale, zero_point: int) -> Ints:
    return np.clip(requantize(acc, rescale.multiplier, rescale.shift) + zero_point, -128, 127)


def around_every_step(rescale: Rescale, reach: AccumulatorRange) -> Ints:
    """Accumulators on both sides of every place where the rounded result can change, of either sign."""
    step = 2.0 ** (31 - rescale.shift) / rescale.multiplier
    centers = np.round((np.arange(-300, 301) + 0.5) * step).astype(np.int64)
    points = np.concatenate([centers + d for d in range(-2, 3)] + [np.array([*reach, 0, 1, -1])])
    return points[(points >= reach.low) & (points <= reach.high)]


@pytest.mark.parametrize("shift", range(-22, 1))
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_affine_floor_takes_every_step_of_the_two_roundings(multiplier: int, shift: int) -> None:
    rescale = Rescale(multiplier, shift)
    top = min(2**21, int(300 * 2.0 ** (31 - shift) / multiplier))
    reach = AccumulatorRange(-top, top)
    bits = min(20, 30 - top.bit_length())
    form = find_affine_floor(rescale, reach, 2**bits)
    if form is None:
        return
    acc = around_every_step(rescale, reach)
    np.testing.assert_array_equal(form.apply(acc), reference(acc, rescale, -128))


def test_most_scales_of_real_layers_have_an_affine_floor() -> None:
    random = np.random.default_rng(1)
    found = 0
    for _ in range(200):
        rescale = Rescale(int(random.integers(2**30, 2**31)), -int(random.integers(5, 11)))
        top = int(400 * 2.0 ** (31 - rescale.shift) / rescale.multiplier)
        reach = AccumulatorRange(-top, top)
        found += any(find_affine_floor(rescale, reach, 2**bits) for bits in range(31 - top.bit_length(), 7, -1))
    assert found > 180


@pytest.mark.parametrize("shift", [-4, -7, -9])
@pytest.mark.parametrize("multiplier", [2**30, 1357924680, 2**31 - 1])
def test_both_forms_equal_the_reference_on_every_accumulator(multiplier: int, shift: int) -> None:
    rescale = Rescale(multiplier, shift)
    reach = AccumulatorRange(-(2**17), 2**17)
    acc = np.arange(reach.low, reach.high + 1)
    forms = [find_affine_floor(rescale, reach, 2**bits) for bits in range(13, 7, -1)]
    for form in forms:
        if form is not None:
            np.testing.assert_array_equal(form.apply(acc), reference(acc, rescale, -128))
    assert any(forms)
    for zero_point in (-128, -1, 0, 77, 127):
        two_sided = find_two_sided(rescale, zero_point, reach)
        assert two_sided is not None
        np.testing.assert_array_equal(two_sided.apply(acc), reference(acc, rescale, zero_point))


@pytest.mark.parametrize("shift", range(-24, 0))
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
@pytest.mark.parametrize("zero_point", [-128, 0, 127])
def test_two_sided_equals_the_two_roundings(multiplier: int, shift: int, zero_point: int) -> None:
    rescale = Rescale(multiplier, shift)
    top = min(2**30 - 1, int(300 * 2.0 ** (31 - shift) / multiplier))
    reach = AccumulatorRange(-top, top)
    form = find_two_sided(rescale, zero_point, reach)
    if form is None:
        assert shift < -20  # the addend would leave 32 bits
        return
    acc = around_every_step(rescale, reach)
    np.testing.assert_array_equal(form.apply(acc), reference(acc, rescale, zero_point))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.integers(2**30, 2**31 - 1),
    st.integers(-16, 2),
    st.integers(-(2**19), 2**19),
    st.integers(0, 2**20),
    st.integers(2**8, 2**18),
)
def test_what_the_solver_returns_is_exact_and_fits_the_device(
    multiplier: int, shift: int, low: int, width: int, scale: int
) -> None:
    rescale = Rescale(multiplier, shift)
    reach = AccumulatorRange(low, low + width)
    form = find_affine_floor(rescale, reach, scale)
    if form is None:
        return
    assert 0 < form.multiplier < 2**31
    ends = np.array(reach, np.int64) * scale + form.offset
    assert ends.min() >= -(2**31) and ends.max() < 2**31
    acc = np.append(around_every_step(rescale, reach), np.linspace(reach.low, reach.high, 97).astype(np.int64))
    np.testing.assert_array_equal(form.apply(acc), reference(acc, rescale, -128))


@pytest.mark.parametrize(("bits", "largest_shift", "weights"), [(40, -1, 1), (40, -1, 9), (44, -5, 9), (44, -5, 64)])
def test_the_least_scale_is_enough_for_any_factor(bits: int, largest_shift: int, weights: int) -> None:
    random = np.random.default_rng(weights)
    for shift in range(largest_shift, -10, -1):
        rescale = Rescale(int(random.integers(2**30, 2**31)), shift)
        rows = random.integers(-127, 128, (1, weights))
        (reach,) = accumulator_ranges(rows, random.integers(-20_000, 20_000, 1))
        form = find_affine_floor(rescale, reach, BYTE_SCALE, bits)
        assert form is not None and form.bits == bits
        ends = np.array(reach, np.int64) * BYTE_SCALE + form.offset
        assert ends.min() >= -(2**31) and ends.max() < 2**31
        acc = np.arange(reach.low, reach.high + 1)
        np.testing.assert_array_equal(form.apply(acc), reference(acc, rescale, -128))


@pytest.mark.parametrize("rescale", [Rescale(0, 0), Rescale(2**30, -40), Rescale(2**31 - 1, 20)])
def test_scales_beyond_the_proof_are_refused(rescale: Rescale) -> None:
    reach = AccumulatorRange(-(2**20), 2**20)
    assert all(find_affine_floor(rescale, reach, 2**bits) is None for bits in range(8, 21))
    assert find_two_sided(rescale, 0, reach) is None


def test_accumulators_that_leave_the_device_s_words_are_refused() -> None:
    rescale = Rescale(2**30, -8)
    assert find_affine_floor(rescale, AccumulatorRange(0, 2**24), 2**8) is None
    assert find_two_sided(rescale, 0, AccumulatorRange(-(2**30), 0)) is None


def test_constant_outputs_have_a_form() -> None:
    rescale = Rescale(2**30, -20)
    reach = AccumulatorRange(-5, 9)
    form = find_affine_floor(rescale, reach, 2**12)
    assert form is not None
    assert form.apply(np.arange(-5, 10)).tolist() == [-128] * 15


def test_accumulator_ranges_are_reached_by_inputs_at_the_limits() -> None:
    rows = np.array([[3, -2, 0], [-128, 127, 1]])
    ranges = accumulator_ranges(rows, np.array([10, -7]))
    assert ranges == (
        (10 - 3 * 128 - 2 * 127, 10 + 3 * 127 + 2 * 128),
        (-7 - 128 * 127 - 127 * 128 - 128, -7 + 128 * 128 + 127 * 127 + 127),
    )
