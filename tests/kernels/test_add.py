# SPDX-License-Identifier: Apache-2.0
"""ADD: broadcasting, far apart scales, constants."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder

SHAPES = [
    ((1, 4, 5, 3), (1, 4, 5, 3)),
    ((1, 4, 5, 3), (1, 1, 1, 3)),
    ((1, 4, 5, 3), (1, 4, 5, 1)),
    ((1, 4, 1, 3), (1, 1, 5, 1)),
    ((1, 1, 1, 1), (1, 4, 5, 3)),
    ((2, 3, 4, 5), (3, 1, 5)),
    ((1, 7), (7,)),
    ((1, 1), (1, 1)),
]


@pytest.mark.parametrize("first,second", SHAPES)
def test_broadcasting(check, first, second) -> None:
    model = ModelBuilder(seed=1)
    check(model, model.add(model.input(first), model.input(second)))


@pytest.mark.parametrize("ratio", [1.0, 3.7, 1000.0, 1e-3])
@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6"])
@pytest.mark.parametrize("zero_point", [-128, 127])
def test_scales_and_activations(check, ratio: float, activation: str, zero_point: int) -> None:
    model = ModelBuilder(seed=2)
    a = model.input((1, 6, 6, 2), scale=0.02, zero_point=zero_point)
    b = model.input((1, 6, 6, 2), scale=float(np.float32(0.02 * ratio)), zero_point=-zero_point - 1)
    check(model, model.add(a, b, activation=activation))


@pytest.mark.parametrize("constant_first", [True, False])
def test_constant_operand(check, constant_first: bool) -> None:
    model = ModelBuilder(seed=3)
    x = model.input((1, 3, 3, 4))
    data = model.random.integers(-128, 128, (1, 1, 1, 4)).astype(np.int8)
    constant = model.constant(data, model.random_quant())
    check(model, model.add(constant, x) if constant_first else model.add(x, constant))
