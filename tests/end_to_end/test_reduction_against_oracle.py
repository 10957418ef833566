# SPDX-License-Identifier: Apache-2.0
"""SUM, REDUCE_MAX, ARG_MAX and BATCH_MATMUL in exact integers equal the reference interpreter."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from oracle_comparison import compare, random_samples
from reduction_ops import arg_max, batch_matmul, reduce

from edgekit.oracle import is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")

SHAPES = [(2, 5, 7, 6), (1, 4, 9), (3, 8), (2, 3, 2, 3, 4)]
AXES = [(1, 2), (2, 1), (1,), (-1,), (0, 1), (0,), (1, 3), (1, 2, 3), (0, 1, 2, 3), (0, 2)]
MATRICES = [
    ((4, 5), (5, 6)),
    ((1, 1), (1, 1)),
    ((2, 4, 5), (2, 5, 6)),
    ((1, 4, 5), (3, 5, 6)),
    ((2, 3, 4, 5), (3, 5, 6)),
    ((2, 1, 4, 5), (1, 3, 5, 2)),
    ((2, 2, 2, 4, 5), (2, 1, 2, 5, 3)),
]


@pytest.mark.parametrize("kind", ["SUM", "REDUCE_MAX"])
def test_reductions_agree(kind: str) -> None:
    model = ModelBuilder(3)
    outputs = []
    for shape in SHAPES:
        x = model.input(shape)
        for axes in AXES:
            if all(-len(shape) <= axis < len(shape) for axis in axes):
                factor = (1.0, 0.3, 300.0)[len(outputs) % 3]
                outputs.append(reduce(model, kind, x, axes, keep_dims=len(outputs) % 2 == 1, scale_factor=factor))
    compare(model.tflite(outputs), random_samples(model))


def test_positions_agree() -> None:
    model = ModelBuilder(4)
    outputs = []
    for shape in SHAPES:
        x = model.input(shape)
        outputs += [arg_max(model, x, axis) for axis in range(-len(shape), len(shape))]
    samples = random_samples(model)
    samples.append([np.sign(value).astype(np.int8) for value in samples[0]])  # many are the largest
    compare(model.tflite(outputs), samples)


def test_positions_inside_a_model_agree() -> None:
    model = ModelBuilder(5)
    position = arg_max(model, model.input((1, 3, 4, 9)))
    rows = model.op(
        "RESHAPE", [position, model.constant(np.array([12], np.int32))], (12,), None, dtype="int32", options_type=17
    )
    compare(model.tflite([rows]), random_samples(model))


@pytest.mark.parametrize("adj_x", [False, True])
@pytest.mark.parametrize("adj_y", [False, True])
def test_matrix_products_agree(adj_x: bool, adj_y: bool) -> None:
    model = ModelBuilder(6)
    outputs = []
    for first, second in MATRICES:
        x = model.input((*first[:-2], first[-1], first[-2]) if adj_x else first)
        y = model.input((*second[:-2], second[-1], second[-2]) if adj_y else second)
        for factor in (0.01, 1.0, 300.0):
            outputs.append(batch_matmul(model, x, y, adj_x=adj_x, adj_y=adj_y, scale_factor=factor))
    compare(model.tflite(outputs), random_samples(model))


def test_products_with_a_constant_matrix_agree() -> None:
    model = ModelBuilder(7)
    data = model.random.integers(-128, 128, (5, 5)).astype(np.int8)
    matrix = model.constant(data, model.random_quant())
    x = model.input((3, 5, 5))
    outputs = [batch_matmul(model, x, matrix), batch_matmul(model, x, matrix, adj_y=True)]
    outputs += [batch_matmul(model, matrix, x), batch_matmul(model, matrix, x, adj_x=True)]
    compare(model.tflite(outputs), random_samples(model))
