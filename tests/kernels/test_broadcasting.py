# SPDX-License-Identifier: Apache-2.0
"""SUB, MUL, MAXIMUM, MINIMUM and PRELU: broadcasting, far apart scales, constants."""

from __future__ import annotations

import numpy as np
import pytest
from elementwise_ops import binary
from flatbuffer_builder import ModelBuilder

KINDS = ["SUB", "MUL", "MAXIMUM", "MINIMUM"]
SHAPES = [
    ((1, 4, 5, 3), (1, 4, 5, 3)),
    ((1, 4, 5, 3), (1, 1, 1, 3)),
    ((1, 4, 1, 3), (1, 1, 5, 1)),
    ((1, 1, 1, 1), (1, 4, 5, 3)),
    ((2, 3, 4, 5), (3, 1, 5)),
    ((7,), (1, 1)),
    ((2, 1, 3, 1, 2), (1, 3, 1, 2, 1)),
    ((2, 3, 2, 2, 3), (2, 1, 3)),
]


def _second_input(model: ModelBuilder, kind: str, x: int, shape: tuple[int, ...]) -> int:
    if kind in ("MAXIMUM", "MINIMUM"):
        return model.input(shape, scale=model.scale(x), zero_point=model.zero_point(x))
    return model.input(shape)


@pytest.mark.parametrize("kind", ["ADD", *KINDS])
@pytest.mark.parametrize("first,second", SHAPES)
def test_broadcasting(check, kind: str, first, second) -> None:
    model = ModelBuilder(seed=1)
    x = model.input(first)
    check(model, binary(model, kind, x, _second_input(model, kind, x, second)), repeats=1)


@pytest.mark.parametrize("slopes", [(1, 4, 5, 3), (1, 1, 3), (4, 1, 1), (1,)])
def test_slopes_are_broadcast(check, slopes) -> None:
    model = ModelBuilder(seed=2)
    data = model.random.integers(-128, 128, slopes).astype(np.int8)
    slope = model.constant(data, model.random_quant(zero_point=-20))
    check(model, binary(model, "PRELU", model.input((1, 4, 5, 3)), slope))


@pytest.mark.parametrize("kind", ["SUB", "MUL", "PRELU"])
@pytest.mark.parametrize("ratio", [1.0, 3.7, 1000.0, 1e-3])
@pytest.mark.parametrize("factor", [2.0**-6, 1.0, 2.0**20])
@pytest.mark.parametrize("zero_point", [-128, 127])
def test_extreme_scales(check, kind: str, ratio: float, factor: float, zero_point: int) -> None:
    if kind == "SUB" and factor < 1:
        factor = 0.5  # far smaller output scales are refused
    model = ModelBuilder(seed=3)
    a = model.input((1, 6, 6, 2), scale=0.02, zero_point=zero_point)
    b = model.input((1, 6, 6, 2), scale=float(np.float32(0.02 * ratio)), zero_point=-zero_point - 1)
    check(model, binary(model, kind, a, b, scale_factor=factor), repeats=1)


@pytest.mark.parametrize("kind", ["SUB", "MUL"])
@pytest.mark.parametrize("activation", ["RELU", "RELU6", "RELU_N1_TO_1"])
def test_activations(check, kind: str, activation: str) -> None:
    model = ModelBuilder(seed=4)
    x, y = model.input((1, 9, 7, 3)), model.input((1, 9, 7, 3))
    check(model, binary(model, kind, x, y, activation=activation))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("constant_first", [True, False])
def test_constant_operand(check, kind: str, constant_first: bool) -> None:
    model = ModelBuilder(seed=5)
    x = model.input((1, 3, 3, 4))
    quant = model.tensors[x].quant if kind in ("MAXIMUM", "MINIMUM") else model.random_quant()
    constant = model.constant(model.random.integers(-128, 128, (1, 1, 1, 4)).astype(np.int8), quant)
    check(model, binary(model, kind, constant, x) if constant_first else binary(model, kind, x, constant))


@pytest.mark.parametrize("kind", KINDS)
def test_an_operand_with_itself(check, kind: str) -> None:
    model = ModelBuilder(seed=6)
    x = model.input((1, 5, 5, 2))
    check(model, binary(model, kind, x, x))
