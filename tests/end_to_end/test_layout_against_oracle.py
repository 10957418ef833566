# SPDX-License-Identifier: Apache-2.0
"""Operators that move data, resize or convolve upwards: exact integers equal the reference interpreter."""

from __future__ import annotations

import itertools

import layout_ops as ops
import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder

from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.oracle import Oracle, is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")


def compare(model: ModelBuilder, *outputs: int) -> None:
    tflite = model.tflite(outputs)
    graph = import_tflite(tflite)
    with Oracle(tflite, graph) as oracle:
        for seed in range(2):
            random = np.random.default_rng(seed)
            shapes = [graph.tensors[index].shape for index in graph.inputs]
            sample = [random.integers(-128, 128, shape).astype(np.int8) for shape in shapes]
            values = evaluate(graph, sample)
            assert [values[index].tobytes() for index in graph.outputs] == oracle.run(sample)


@pytest.mark.parametrize("shape", [(6, 3), (2, 3, 4), (2, 5, 4, 3), (2, 3, 1, 4, 2)])
def test_transposes(shape: tuple[int, ...]) -> None:
    for order in itertools.islice(itertools.permutations(range(len(shape))), 1, None, 17):
        model = ModelBuilder(1)
        compare(model, ops.transpose(model, model.input(shape), order))


def test_slices() -> None:
    model = ModelBuilder(2)
    x = model.input((1, 5, 6, 7))
    compare(
        model,
        ops.slice_(model, x, (0, 1, 2, 3), (1, 2, -1, 3)),
        ops.strided_slice(model, x, slice(None), slice(1, -1, 2), slice(None, None, -1), 3),
        ops.strided_slice(model, x, 0, -1, slice(-4, None), slice(6, 0, -2)),
        ops.strided_slice(model, x, slice(None), slice(-99, 99), slice(4, None, -3), slice(None, None, 9)),
    )
    model = ModelBuilder(2)
    compare(model, ops.slice_(model, model.input((2, 3, 4, 5, 6)), (1, 1, 1, 1, 1), (1, 2, 2, 3, 4)))


@pytest.mark.parametrize("axis", [0, 1, 2, 3, 4])
def test_joins_and_splits(axis: int) -> None:
    model = ModelBuilder(3)
    first = model.input((2, 4, 2, 4, 2), scale=0.1, zero_point=9)
    second = model.input((2, 4, 2, 4, 2), scale=0.1, zero_point=9)
    parts = ops.split(model, second, 2, axis)
    joined = ops.concatenation(model, [first, *parts, parts[0]], axis)
    compare(model, joined, *ops.unpack(model, first, axis), ops.pack(model, [second, first], axis))


def test_splits_of_unequal_parts() -> None:
    model = ModelBuilder(4)
    compare(model, *ops.split_v(model, model.input((3, 6, 5)), (2, 1, 3), 1))


@pytest.mark.parametrize("shape", [(5,), (1, 6, 4, 3), (2, 3, 4, 3, 5)])
def test_paddings(shape: tuple[int, ...]) -> None:
    for mode in ("REFLECT", "SYMMETRIC"):
        model = ModelBuilder(5)
        compare(
            model,
            ops.mirror_pad(model, model.input(shape), [(0, 0), (2, 1), (1, 2), (0, 1), (1, 0)][: len(shape)], mode),
        )
    model = ModelBuilder(6)
    compare(model, ops.pad_v2(model, model.input(shape), [(1, 2), (0, 0), (3, 0), (0, 1), (1, 1)][: len(shape)], -77))


def test_what_tflm_refuses_equals_litert() -> None:
    model = ModelBuilder(12)
    x = model.input((1, 6, 4, 3))
    compare(model, ops.tile(model, x, (2, 1, 3, 2)))
    model = ModelBuilder(13)
    x = model.input((2, 5, 3, 4, 2))
    compare(model, ops.strided_slice(model, x, 1, slice(None, None, 2), slice(None), slice(-1, 0, -1), slice(None)))
    model = ModelBuilder(14)
    compare(model, ops.concatenation(model, [model.input((1, 4, 3))] * 13, 1))


def test_blocks_and_views() -> None:
    model = ModelBuilder(7)
    x = model.input((1, 6, 4, 12))
    compare(model, ops.space_to_depth(model, x, 2), ops.depth_to_space(model, x, 2))
    model = ModelBuilder(8)
    x = model.input((1, 1, 3, 1))
    compare(model, model.relu(ops.squeeze(model, x)), model.relu(ops.expand_dims(model, x, 2)))


@pytest.mark.parametrize("kind", ["RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"])
@pytest.mark.parametrize("align,half", [(False, False), (True, False), (False, True)])
def test_resizes(kind: str, align: bool, half: bool) -> None:
    sizes = [((3, 4), (6, 8)), ((5, 7), (3, 11)), ((1, 1), (4, 3)), ((8, 8), (4, 4)), ((7, 5), (20, 13))]
    for before, after in sizes:
        model = ModelBuilder(9)
        compare(model, ops.resize(model, kind, model.input((1, *before, 3)), *after, align, half))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("kernel,stride", [((3, 3), (2, 2)), ((2, 2), (2, 2)), ((4, 5), (1, 3)), ((2, 1), (3, 2))])
def test_transposed_convolutions(kernel: tuple[int, int], stride: tuple[int, int], padding: str) -> None:
    for bias, per_channel, activation in ((True, True, "NONE"), (False, True, "RELU"), (True, False, "RELU6")):
        model = ModelBuilder(10)
        x = model.input((1, 4, 5, 3))
        options = {"bias": bias, "per_channel": per_channel, "activation": activation}
        compare(model, ops.transpose_conv(model, x, 5, kernel=kernel, stride=stride, padding=padding, **options))


@pytest.mark.parametrize("factor", [2.0**-14, 2.0**-6, 2.0**8, 2.0**20])
def test_transposed_convolutions_of_extreme_scales(factor: float) -> None:
    model = ModelBuilder(11)
    compare(model, ops.transpose_conv(model, model.input((1, 4, 5, 3)), 5, scale_factor=factor))
