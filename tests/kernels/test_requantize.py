# SPDX-License-Identifier: Apache-2.0
"""QUANTIZE between int8 scales, and the rounding of the arithmetic below it over its whole range."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder


@pytest.mark.parametrize("ratio", [2.0**-12, 0.25, 0.5, 0.99, 1.0, 1.01, 2.0, 77.0, 2.0**12])
@pytest.mark.parametrize("zero_points", [(0, 0), (-128, 127), (127, -128), (3, -5)])
def test_every_value_at_many_ratios(check, ratio: float, zero_points: tuple[int, int]) -> None:
    model = ModelBuilder(seed=1)
    scale = 0.03
    x = model.input((1, 256), scale=scale, zero_point=zero_points[0])
    check(model, model.quantize(x, scale=float(np.float32(scale / ratio)), zero_point=zero_points[1]), repeats=6)
