# SPDX-License-Identifier: Apache-2.0
"""AVERAGE_POOL_2D: the window is cut at the border, rounding goes away from zero."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder


@pytest.mark.parametrize("kernel", [1, 2, 3, (1, 4), (5, 2), (6, 7)])
@pytest.mark.parametrize("stride", [1, 2, (3, 1)])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_windows(check, kernel, stride, padding: str) -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 6, 7, 3))
    check(model, model.pool_2d("AVERAGE_POOL_2D", x, kernel=kernel, stride=stride, padding=padding))


@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6"])
def test_activations(check, activation: str) -> None:
    model = ModelBuilder(seed=2)
    x = model.input((1, 6, 6, 5), scale=0.1, zero_point=-20)
    check(model, model.pool_2d("AVERAGE_POOL_2D", x, activation=activation))


def test_halves_round_away_from_zero(runner) -> None:
    from edgekit.importer import import_tflite

    model = ModelBuilder(seed=3)
    graph = import_tflite(model.tflite([model.pool_2d("AVERAGE_POOL_2D", model.input((1, 1, 2, 1)), kernel=(1, 2))]))
    results = [
        np.frombuffer(runner.run_graph(graph, [np.array(pair, np.int8)]), np.int8)[0]
        for pair in ([1, 2], [-1, -2], [0, 1], [0, -1], [127, 127], [-128, -128])
    ]
    assert results == [2, -2, 1, -1, 127, -128]
