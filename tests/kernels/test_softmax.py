# SPDX-License-Identifier: Apache-2.0
"""SOFTMAX: depths, scales from flat to one-hot, betas."""

from __future__ import annotations

import pytest
from flatbuffer_builder import ModelBuilder


@pytest.mark.parametrize("depth", [1, 2, 3, 10, 12, 100, 700])
@pytest.mark.parametrize("scale", [1e-4, 0.01, 0.1, 1.0, 10.0])
def test_depths_and_scales(check, depth: int, scale: float) -> None:
    model = ModelBuilder(seed=depth)
    check(model, model.softmax(model.input((1, depth), scale=scale)), repeats=4)


@pytest.mark.parametrize("beta", [0.5, 1.0, 3.0])
def test_rows_and_betas(check, beta: float) -> None:
    model = ModelBuilder(seed=3)
    check(model, model.softmax(model.input((1, 4, 3, 6), scale=0.05), beta), repeats=4)
