# SPDX-License-Identifier: Apache-2.0
"""CONCATENATION, PACK, SPLIT, SPLIT_V and UNPACK: several inputs, several outputs."""

from __future__ import annotations

import layout_ops as ops
import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder


def _inputs(model: ModelBuilder, *shapes: tuple[int, ...]) -> list[int]:
    """Inputs of one scale and zero point."""
    return [model.input(shape, scale=0.05, zero_point=-3) for shape in shapes]


@pytest.mark.parametrize("axis", [0, 1, 2, 3, 4, -1, -2])
def test_joins_along_every_axis(check, axis: int) -> None:
    model = ModelBuilder(seed=1)
    shapes = []
    for size in (2, 1, 5):
        shape = [2, 3, 4, 2, 3]
        shape[axis] = size
        shapes.append(tuple(shape))
    check(model, ops.concatenation(model, _inputs(model, *shapes), axis))


@pytest.mark.parametrize("parts", [1, 2, 3, 17])
def test_joins_of_many_parts(check, parts: int) -> None:
    model = ModelBuilder(seed=2)
    check(model, ops.concatenation(model, _inputs(model, *[(1, 4, 3)] * parts), -1))


def test_a_part_may_be_a_constant_or_come_twice(check) -> None:
    model = ModelBuilder(seed=3)
    (x,) = _inputs(model, (1, 3, 2))
    row = model.constant(model.random.integers(-128, 128, (1, 3, 4)).astype(np.int8), model.tensors[x].quant)
    check(model, ops.concatenation(model, [row, x, x, row], 2))


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -4])
def test_packs_make_a_dimension(check, axis: int) -> None:
    model = ModelBuilder(seed=4)
    check(model, ops.pack(model, _inputs(model, *[(2, 3, 4)] * 3), axis))


@pytest.mark.parametrize("axis", [0, 1, 2, 3, 4])
def test_splits_and_unpacks_along_every_axis(check, axis: int) -> None:
    model = ModelBuilder(seed=5)
    check(model, *ops.split(model, model.input((2, 4, 6, 8, 2)), 2, axis))
    model = ModelBuilder(seed=6)
    check(model, *ops.unpack(model, model.input((2, 3, 4, 1, 5)), axis))


@pytest.mark.parametrize("sizes", [(6,), (1, 5), (2, 1, 3)])
def test_splits_of_unequal_parts(check, sizes) -> None:
    model = ModelBuilder(seed=7)
    check(model, *ops.split_v(model, model.input((3, 6, 5)), sizes, 1))
