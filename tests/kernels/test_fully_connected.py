# SPDX-License-Identifier: Apache-2.0
"""FULLY_CONNECTED: feature counts around the block of four, batches of rows, scales by tensor and by channel."""

from __future__ import annotations

import pytest
from flatbuffer_builder import ModelBuilder


@pytest.mark.parametrize("features", [1, 2, 3, 4, 5, 7, 8, 9])
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 16, 17])
def test_feature_counts(check, features: int, depth: int) -> None:
    model = ModelBuilder(seed=features * 100 + depth)
    check(model, model.fully_connected(model.input((1, depth)), features), repeats=1)


@pytest.mark.parametrize("per_channel", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6"])
def test_scales_bias_and_activations(check, per_channel: bool, bias: bool, activation: str) -> None:
    model = ModelBuilder(seed=2)
    x = model.input((1, 30))
    check(model, model.fully_connected(x, 10, per_channel=per_channel, bias=bias, activation=activation))


def test_several_rows(check) -> None:
    model = ModelBuilder(seed=3)
    check(model, model.fully_connected(model.input((1, 3, 8)), 6, keep_dims=True))


@pytest.mark.parametrize("zero_point", [-128, 0, 127])
@pytest.mark.parametrize("factor", [2.0**-14, 1.0, 2.0**20])
def test_extreme_scales_and_zero_points(check, zero_point: int, factor: float) -> None:
    model = ModelBuilder(seed=4)
    check(model, model.fully_connected(model.input((1, 9), zero_point=zero_point), 5, scale_factor=factor))
