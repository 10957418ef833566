# SPDX-License-Identifier: Apache-2.0
"""SVDF: both types of state, ranks, memories."""

from __future__ import annotations

import pytest
import state_ops as ops
from flatbuffer_builder import ModelBuilder


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("units,rank,memory", [(1, 1, 1), (4, 1, 8), (3, 2, 5), (8, 4, 2)])
def test_forms(check, dtype: str, units: int, rank: int, memory: int) -> None:
    model = ModelBuilder(seed=units)
    x = model.input((1, 7))
    check(model, ops.svdf(model, x, units, rank=rank, memory=memory, dtype=dtype))


@pytest.mark.parametrize("factor", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("activation", ["NONE", "RELU"])
def test_scales_and_activations(check, factor: float, activation: str) -> None:
    model = ModelBuilder(seed=2)
    check(model, ops.svdf(model, model.input((1, 16)), 6, activation=activation, scale_factor=factor))
