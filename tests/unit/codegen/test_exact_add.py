# SPDX-License-Identifier: Apache-2.0
"""ADD in one rounding against the reference's three, on every pair of inputs."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.codegen.exact_add import find_add_form, reference_sums
from edgekit.ir.fixed_point import quantize_multiplier
from edgekit.ir.rescale import ADD_LEFT_SHIFT, AddRescale

VALUES = np.arange(-128, 128)


def rescales(first: float, second: float, output: float) -> AddRescale:
    twice = 2 * max(first, second)
    return AddRescale(
        quantize_multiplier(first / twice),
        quantize_multiplier(second / twice),
        quantize_multiplier(twice / ((1 << ADD_LEFT_SHIFT) * output)),
    )


@pytest.mark.parametrize("zero_points", [(0, 0, 0), (-128, -128, -128), (127, -128, 3), (-1, 20, -77)])
@pytest.mark.parametrize(
    "scales",
    [(0.05, 0.05, 0.1), (0.75, 0.25, 0.5), (1 / 128, 1 / 128, 1 / 64), (0.0311, 0.0071, 0.0293), (0.3, 0.2, 0.1)],
)
def test_every_pair_gives_the_reference_s_byte(
    scales: tuple[float, float, float], zero_points: tuple[int, int, int]
) -> None:
    form = find_add_form(rescales(*scales), zero_points, (scales[0] / scales[2], scales[1] / scales[2]))
    assert form is not None
    got = form.apply(VALUES[:, None], VALUES[None, :])
    np.testing.assert_array_equal(got, reference_sums(rescales(*scales), zero_points))
    assert all(-(2**31) <= value < 2**31 for value in (form.a_factor, form.b_factor, form.start, form.addend))


def test_ties_that_go_away_from_zero_are_found() -> None:
    form = find_add_form(rescales(0.75, 0.25, 0.5), (5, -9, 0), (1.5, 0.5))
    assert form is not None and form.ties_away


def test_factors_without_room_are_refused() -> None:
    assert find_add_form(rescales(1.0, 1.0, 1e-4), (0, 0, 0), (1e4, 1e4)) is None
