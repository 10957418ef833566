# SPDX-License-Identifier: Apache-2.0
"""exp, expm1 and tanh in float32 keep the bounds that their kernels promise, over floats of every magnitude."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edgekit.ir import float_functions
from edgekit.ir.float_functions import Floats

#: Every 2,047th float there is, and the usual ones.
EVERY = np.arange(0, 2**32, 2047, dtype=np.uint64).astype(np.uint32).view(np.float32)
USUAL = (np.random.default_rng(0).standard_normal(200_000) * 8).astype(np.float32)
VALUES = np.concatenate([EVERY, USUAL])


def units_off(found: Floats, exact: np.ndarray) -> float:
    """The largest error, in distances between floats there; infinities and NaNs must be the same."""
    with np.errstate(over="ignore"):
        nearest = exact.astype(np.float32)
    finite = np.isfinite(nearest)
    np.testing.assert_array_equal(found[~finite], nearest[~finite])
    spacing = np.spacing(np.abs(nearest[finite])).astype(np.float64)
    return float((np.abs(found[finite].astype(np.float64) - exact[finite]) / spacing).max())


@pytest.mark.parametrize(
    ("ours", "exact", "units", "values"),
    [
        (float_functions.exp, np.exp, 1.1, VALUES),
        (float_functions.expm1, np.expm1, 1.0, VALUES[VALUES <= 0]),
        (float_functions.tanh, np.tanh, 3.0, VALUES),
    ],
    ids=["exp", "expm1", "tanh"],
)
def test_errors_stay_within_the_promised_units(
    ours: Callable[[Floats], Floats], exact: Callable[[np.ndarray], np.ndarray], units: float, values: Floats
) -> None:
    with np.errstate(all="ignore"):
        assert units_off(ours(values), exact(values.astype(np.float64))) <= units


def test_ends_of_the_range() -> None:
    x = np.array([-np.inf, np.inf, np.nan, 88.7, 88.8, -103.9, -104.1], np.float32)
    with np.errstate(all="ignore"):
        exps = float_functions.exp(x)
        np.testing.assert_array_equal(float_functions.tanh(x[:3]), np.array([-1, 1, np.nan], np.float32))
        np.testing.assert_array_equal(float_functions.logistic(x[:3]), np.array([0, 1, np.nan], np.float32))
    np.testing.assert_array_equal(exps[[0, 1, 2, 4, 6]], np.array([0, np.inf, np.nan, np.inf, 0], np.float32))
    assert np.isfinite(exps[3]) and exps[5] == np.float32(1e-45)
