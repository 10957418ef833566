# SPDX-License-Identifier: Apache-2.0
"""MEAN over every sort of axes."""

from __future__ import annotations

import pytest
from flatbuffer_builder import ModelBuilder


@pytest.mark.parametrize("axes", [(1, 2), (1,), (2,), (3,), (1, 3), (2, 3), (1, 2, 3), (-1,)])
@pytest.mark.parametrize("keep_dims", [True, False])
@pytest.mark.parametrize("same_quant", [True, False])
def test_axes(check, axes, keep_dims: bool, same_quant: bool) -> None:
    model = ModelBuilder(seed=1)
    check(model, model.mean(model.input((1, 5, 6, 7)), axes, keep_dims=keep_dims, same_quant=same_quant))


@pytest.mark.parametrize(
    "shape,axes", [((1, 12), (1,)), ((1, 4, 9), (1,)), ((1, 25, 5, 64), (1, 2)), ((1, 1, 1, 3), (1, 2))]
)
def test_shapes(check, shape, axes) -> None:
    model = ModelBuilder(seed=2)
    check(model, model.mean(model.input(shape), axes))
