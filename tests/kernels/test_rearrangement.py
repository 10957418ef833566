# SPDX-License-Identifier: Apache-2.0
"""TRANSPOSE, slices, PADV2, MIRROR_PAD, SPACE_TO_DEPTH and DEPTH_TO_SPACE: every byte in its place."""

from __future__ import annotations

import itertools

import layout_ops as ops
import pytest
from flatbuffer_builder import ModelBuilder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 4), (1, 6, 5, 7), (2, 3, 4, 5), (1, 1, 1, 1), (2, 1, 3, 1)])
def test_every_order_of_dimensions(check, shape) -> None:
    for order in itertools.permutations(range(len(shape))):
        model = ModelBuilder(seed=1)
        check(model, ops.transpose(model, model.input(shape), order), repeats=1)


@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (0, 2, 4, 1, 3), (1, 0, 3, 2, 4), (2, 3, 4, 0, 1)])
def test_orders_of_five_dimensions(check, order) -> None:
    model = ModelBuilder(seed=2)
    check(model, ops.transpose(model, model.input((2, 3, 4, 5, 6)), order), repeats=1)


@pytest.mark.parametrize(
    "shape,begin,sizes",
    [
        ((1, 5, 6, 7), (0, 1, 2, 3), (1, 2, -1, 3)),
        ((1, 5, 6, 7), (0, 0, 0, 0), (1, 5, 6, 7)),
        ((9,), (4,), (3,)),
        ((2, 3, 4, 5, 6), (1, 1, 1, 1, 1), (1, 2, 2, 3, 4)),
    ],
)
def test_slices(check, shape, begin, sizes) -> None:
    model = ModelBuilder(seed=3)
    check(model, ops.slice_(model, model.input(shape), begin, sizes))


@pytest.mark.parametrize(
    "ranges",
    [
        (slice(None), slice(1, -1, 2), slice(None, None, -1), 3),
        (0, slice(None), slice(None), slice(2, 3)),
        (slice(None), -2, slice(4, 0, -3), slice(None, None, 7)),
        (slice(None), slice(None), slice(None), slice(None, None, -1)),
        (slice(None), slice(-3, 99), slice(-99, 2), slice(5, 1, -2)),
    ],
)
def test_strided_slices(check, ranges) -> None:
    model = ModelBuilder(seed=4)
    check(model, ops.strided_slice(model, model.input((1, 5, 6, 7)), *ranges))


@pytest.mark.parametrize("value", [-128, 0, 127])
def test_padding_with_a_value(check, value: int) -> None:
    model = ModelBuilder(seed=5)
    check(model, ops.pad_v2(model, model.input((1, 3, 4, 5)), ((0, 0), (1, 2), (3, 0), (0, 1)), value))


def test_padding_of_five_dimensions(check) -> None:
    paddings = ((1, 0), (1, 2), (3, 0), (0, 1), (1, 1))
    model = ModelBuilder(seed=6)
    check(model, ops.pad_v2(model, model.input((1, 2, 4, 3, 2)), paddings, -77))
    model = ModelBuilder(seed=6)
    check(model, model.pad(model.input((1, 2, 4, 3, 2)), paddings))


@pytest.mark.parametrize("mode", ["REFLECT", "SYMMETRIC"])
@pytest.mark.parametrize(
    "shape,paddings",
    [
        ((1, 6, 4, 3), ((0, 0), (1, 2), (3, 0), (0, 2))),
        ((1, 6, 5, 3), ((0, 0), (5, 5), (4, 4), (0, 0))),
        ((3, 6, 4, 3, 2), ((1, 0), (1, 2), (3, 0), (0, 2), (1, 1))),
        ((7,), ((3, 6),)),
        ((2, 3), ((0, 0), (0, 0))),
    ],
)
def test_mirrored_edges(check, mode: str, shape, paddings) -> None:
    model = ModelBuilder(seed=7)
    check(model, ops.mirror_pad(model, model.input(shape), paddings, mode))


@pytest.mark.parametrize(
    "shape,multiples",
    [((1, 3, 4, 5), (1, 2, 1, 1)), ((1, 3, 4, 5), (2, 1, 3, 2)), ((2, 3), (1, 1)), ((2, 1, 3, 2, 2), (2, 3, 1, 2, 2))],
)
def test_tiles(check, shape, multiples) -> None:
    model = ModelBuilder(seed=10)
    check(model, ops.tile(model, model.input(shape), multiples))


@pytest.mark.parametrize("block", [1, 2, 3])
def test_blocks_become_channels_and_back(check, block: int) -> None:
    model = ModelBuilder(seed=8)
    check(model, ops.space_to_depth(model, model.input((1, 2 * block, 3 * block, 5)), block))
    model = ModelBuilder(seed=9)
    check(model, ops.depth_to_space(model, model.input((1, 2, 3, 2 * block * block)), block))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_slices_and_orders(check, data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    model = ModelBuilder(seed=data.draw(st.integers(0, 2**16)))
    x = model.input(shape)
    if data.draw(st.booleans()):
        check(model, ops.transpose(model, x, data.draw(st.permutations(range(len(shape))))), repeats=1)
        return
    ranges = []
    for size in shape:
        step = data.draw(st.sampled_from([-3, -2, -1, 1, 2, 3]))
        first, last = sorted(data.draw(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))))
        forward, backward = slice(first, last + 1, step), slice(last, first - 1 if first else None, step)
        ranges.append(data.draw(st.sampled_from([forward if step > 0 else backward, first])))
    if all(isinstance(part, int) for part in ranges):
        ranges[0] = slice(None)
    check(model, ops.strided_slice(model, x, *ranges), repeats=1)
