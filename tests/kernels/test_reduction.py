# SPDX-License-Identifier: Apache-2.0
"""SUM, REDUCE_MAX and ARG_MAX over every sort of axes."""

from __future__ import annotations

import pytest
from flatbuffer_builder import ModelBuilder
from reduction_ops import arg_max, reduce


@pytest.mark.parametrize("kind", ["SUM", "REDUCE_MAX"])
@pytest.mark.parametrize("axes", [(1, 2), (0,), (2,), (3,), (1, 3), (0, 2), (1, 2, 3), (-1,), (0, 1, 2, 3)])
@pytest.mark.parametrize("keep_dims", [True, False])
def test_axes(check, kind: str, axes, keep_dims: bool) -> None:
    model = ModelBuilder(seed=1)
    check(model, reduce(model, kind, model.input((2, 5, 6, 7)), axes, keep_dims=keep_dims), repeats=1)


@pytest.mark.parametrize("kind", ["SUM", "REDUCE_MAX"])
@pytest.mark.parametrize("shape,axes", [((12,), (0,)), ((1, 4, 9), (1,)), ((1, 25, 5, 64), (1, 2)), ((1, 1), (1,))])
def test_shapes(check, kind: str, shape, axes) -> None:
    model = ModelBuilder(seed=2)
    check(model, reduce(model, kind, model.input(shape), axes))


@pytest.mark.parametrize("kind", ["SUM", "REDUCE_MAX"])
@pytest.mark.parametrize("axes", [(1,), (0, 2), (3, 4), (1, 2, 4)])
def test_five_dimensions(check, kind: str, axes) -> None:
    model = ModelBuilder(seed=3)
    check(model, reduce(model, kind, model.input((2, 3, 2, 3, 4)), axes))


@pytest.mark.parametrize("factor", [0.01, 1.0, 1e4])
@pytest.mark.parametrize("zero_point", [-128, 127])
def test_extreme_scales_of_sums(check, factor: float, zero_point: int) -> None:
    model = ModelBuilder(seed=4)
    x = model.input((1, 8, 8, 5), zero_point=zero_point)
    check(model, reduce(model, "SUM", x, (1, 2), scale_factor=factor))


@pytest.mark.parametrize("shape,axis", [((1, 9), 1), ((2, 5, 6, 7), -1), ((2, 5, 6, 7), 1), ((3, 4), 0), ((6,), 0)])
def test_positions(check, shape, axis: int) -> None:
    model = ModelBuilder(seed=5)
    check(model, arg_max(model, model.input(shape), axis))
