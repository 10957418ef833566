# SPDX-License-Identifier: Apache-2.0
"""MAX_POOL_2D: the window is cut at the border."""

from __future__ import annotations

import pytest
from flatbuffer_builder import ModelBuilder


@pytest.mark.parametrize("kernel", [1, 2, 3, (1, 4), (5, 2), (6, 7)])
@pytest.mark.parametrize("stride", [1, 2, (3, 1)])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_windows(check, kernel, stride, padding: str) -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 6, 7, 3))
    check(model, model.pool_2d("MAX_POOL_2D", x, kernel=kernel, stride=stride, padding=padding))


@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6"])
def test_activations(check, activation: str) -> None:
    model = ModelBuilder(seed=2)
    x = model.input((1, 6, 6, 5), scale=0.1, zero_point=-20)
    check(model, model.pool_2d("MAX_POOL_2D", x, activation=activation))
