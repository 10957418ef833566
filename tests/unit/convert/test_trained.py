# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from edgekit.convert.trained import rounding_lifts
from edgekit.ir.fixed_point import quantize_multiplier, requantize


@pytest.mark.parametrize("ratio", [0.7123987, 0.3137129, 0.0131357, 0.0021173, 0.00037119])
def test_a_lifted_sum_rounds_to_the_code_that_two_roundings_give(ratio: float) -> None:
    scale, sums = 0.05, np.arange(-60_000, 60_000, dtype=np.int64)
    rescale = quantize_multiplier(ratio)
    codes = requantize(sums, rescale.multiplier, rescale.shift)
    real = sums * (ratio * scale)
    lift = float(rounding_lifts(np.array([ratio * scale]), scale)[0])
    lifted = real + np.sign(real) * lift
    rounded = np.sign(lifted) * np.floor(np.abs(lifted) / scale + 0.5)
    plain = np.sign(real) * np.floor(np.abs(real) / scale + 0.5)
    assert (rounded != codes).mean() <= 1e-4
    assert (rounded != codes).sum() <= (plain != codes).sum()
