# SPDX-License-Identifier: Apache-2.0
"""AVERAGE_POOL_2D: the window is cut at the border, rounding goes away from zero."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder

from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate


@pytest.mark.parametrize("kernel", [1, 2, 3, (1, 4), (5, 2), (6, 7)])
@pytest.mark.parametrize("stride", [1, 2, (3, 1)])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_windows(check, kernel, stride, padding: str) -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 6, 7, 3))
    check(model, model.pool_2d("AVERAGE_POOL_2D", x, kernel=kernel, stride=stride, padding=padding))


@pytest.mark.parametrize("channels", [1, 4, 5, 7, 8, 9, 12, 16, 19])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_channels_around_vectors(check, channels: int, padding: str) -> None:
    model = ModelBuilder(seed=channels)
    x = model.input((1, 5, 7, channels))
    check(model, model.pool_2d("AVERAGE_POOL_2D", x, kernel=(2, 3), stride=(2, 1), padding=padding))


@pytest.mark.parametrize("kernel", [(2, 127), (1, 254), (1, 255), (1, 256), (16, 16), (2, 300), (40, 10)])
@pytest.mark.parametrize("channels", [3, 4, 6])
def test_windows_of_many_values(check, kernel: tuple[int, int], channels: int) -> None:
    model = ModelBuilder(seed=channels)
    x = model.input((1, *kernel, channels))
    check(model, model.pool_2d("AVERAGE_POOL_2D", x, kernel=kernel))


@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6"])
def test_activations(check, activation: str) -> None:
    model = ModelBuilder(seed=2)
    x = model.input((1, 6, 6, 5), scale=0.1, zero_point=-20)
    check(model, model.pool_2d("AVERAGE_POOL_2D", x, activation=activation))


@pytest.mark.parametrize("channels", [1, 4])
def test_halves_round_away_from_zero(runner, channels: int) -> None:
    model = ModelBuilder(seed=3)
    x = model.input((1, 1, 2, channels))
    graph = import_tflite(model.tflite([model.pool_2d("AVERAGE_POOL_2D", x, kernel=(1, 2))]))
    pairs = ([1, 2], [-1, -2], [0, 1], [0, -1], [127, 127], [-128, -128])
    inputs = [np.repeat(np.array(pair, np.int8), channels) for pair in pairs]
    results = [np.frombuffer(runner.run_graph(graph, [each]), np.int8) for each in inputs]
    assert [set(result) for result in results] == [{2}, {-2}, {1}, {-1}, {127}, {-128}]


@pytest.mark.parametrize("count", [*range(1, 17), 25, 49, 64, 125, 253, 254, 255])
def test_sums_around_every_quotient(runner, count: int) -> None:
    """One window a row: its sum is one of those on both sides of where the mean steps up."""
    model = ModelBuilder(seed=count)
    steps = np.unique(np.round(np.linspace(-128, 127, 64)).astype(np.int64)) * count + count // 2
    sums = np.unique(np.concatenate([steps - 1, steps, steps + 1, -steps]).clip(-128 * count, 127 * count))
    base, rest = np.divmod(sums, count)
    rows = (base[:, None] + (np.arange(count) < rest[:, None])).astype(np.int8)
    assert (rows.sum(1, dtype=np.int64) == sums).all()
    x = model.input((1, len(rows), count, 4))
    graph = import_tflite(model.tflite([model.pool_2d("AVERAGE_POOL_2D", x, kernel=(1, count), stride=(1, 1))]))
    sample = [np.repeat(rows[None, :, :, None], 4, axis=3)]
    assert runner.run_graph(graph, sample) == evaluate(graph, sample)[graph.outputs[0]].tobytes()


def rounded_means(sums: np.ndarray, count: int) -> np.ndarray:
    return np.sign(sums) * ((np.abs(sums) + count // 2) // count)


@pytest.mark.parametrize("first", range(2, 255, 23))
def test_the_means_of_the_dsp_kernel_are_exact(first: int) -> None:
    """What ek_mean_window_dsp.h says of its constants, for every sum."""
    for count in range(first, min(first + 23, 255)):
        sums = np.arange(-128 * count, 127 * count + 1, dtype=np.int64)
        t = sums + count // 2 - ((sums < 0) & (count % 2 == 0))
        multiplier = min(2**31 - 1, -(-(2**32) // count))
        found = ((multiplier * t >> 16) + 2**15 // count) >> 16
        assert abs(t).max() < 2**15 and (found == rounded_means(sums, count)).all()


@pytest.mark.parametrize("first", range(1, 256, 51))
def test_the_means_of_the_helium_kernel_are_exact(first: int) -> None:
    """What ek_mean_helium.h says of its constants, for every sum."""
    for count in range(first, min(first + 51, 256)):
        sums = np.arange(-128 * count, 127 * count + 1, dtype=np.int64)
        u = 2 * sums + count - ((sums < 0) & (count % 2 == 0))
        multiplier = min(2**31 - 1, -(-(2**31) // count))
        assert abs(sums).max() < 2**15 and (u * multiplier >> 32 == rounded_means(sums, count)).all()
