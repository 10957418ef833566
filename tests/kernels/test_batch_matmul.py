# SPDX-License-Identifier: Apache-2.0
"""BATCH_MATMUL: transposed operands, broadcast batches, constants, extreme scales."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from reduction_ops import batch_matmul

SHAPES = [
    ((4, 5), (5, 6)),
    ((1, 1), (1, 1)),
    ((2, 4, 5), (2, 5, 6)),
    ((1, 4, 5), (3, 5, 6)),
    ((2, 3, 4, 5), (3, 5, 6)),
    ((2, 1, 4, 5), (1, 3, 5, 2)),
    ((2, 2, 2, 4, 5), (2, 1, 2, 5, 3)),
]


def _swapped(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape[:-2], shape[-1], shape[-2])


@pytest.mark.parametrize("first,second", SHAPES)
@pytest.mark.parametrize("adj_x", [True, False])
@pytest.mark.parametrize("adj_y", [True, False])
def test_shapes_and_transpositions(check, first, second, adj_x: bool, adj_y: bool) -> None:
    model = ModelBuilder(seed=1)
    x = model.input(_swapped(first) if adj_x else first)
    y = model.input(_swapped(second) if adj_y else second)
    check(model, batch_matmul(model, x, y, adj_x=adj_x, adj_y=adj_y), repeats=1)


@pytest.mark.parametrize("constant_first", [True, False])
def test_constant_operand(check, constant_first: bool) -> None:
    model = ModelBuilder(seed=2)
    x = model.input((1, 4, 5) if not constant_first else (1, 5, 4))
    shape = (5, 6) if not constant_first else (1, 6, 5)
    matrix = model.constant(model.random.integers(-128, 128, shape).astype(np.int8), model.random_quant())
    check(model, batch_matmul(model, matrix, x) if constant_first else batch_matmul(model, x, matrix))


@pytest.mark.parametrize("zero_point", [-128, 127])
@pytest.mark.parametrize("factor", [2.0**-12, 1.0, 2.0**20])
def test_extreme_scales_and_zero_points(check, zero_point: int, factor: float) -> None:
    model = ModelBuilder(seed=3)
    x, y = model.input((2, 3, 64), zero_point=zero_point), model.input((2, 64, 3), zero_point=-zero_point - 1)
    check(model, batch_matmul(model, x, y, scale_factor=factor))
