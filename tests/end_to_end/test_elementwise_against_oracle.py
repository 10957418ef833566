# SPDX-License-Identifier: Apache-2.0
"""Element-wise operators in exact integers equal the reference interpreter: all 256 values, all shapes.

One model holds every case of a kind: starting an interpreter takes longer than all of them.
"""

from __future__ import annotations

import numpy as np
import pytest
from elementwise_ops import UNARY, binary, unary
from flatbuffer_builder import ModelBuilder
from oracle_comparison import compare, random_samples

from edgekit.oracle import is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")

BINARY = ["ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "PRELU"]
SHAPES = [
    ((1, 4, 5, 3), (1, 4, 5, 3)),
    ((1, 4, 5, 3), (1, 1, 1, 3)),
    ((1, 4, 5, 3), (1,)),
    ((2, 3, 4, 5), (3, 1, 5)),
    ((4, 1, 3), (1, 5, 1)),
    ((2, 1, 3, 1, 2), (1, 3, 1, 2, 1)),
    ((2, 3, 2, 2, 3), (2, 1, 3)),
]


def values_from(lowest: int) -> np.ndarray:
    """All int8 values from `lowest` on, then 127."""
    return np.clip(np.arange(256) + lowest, -128, 127).astype(np.int8)


@pytest.mark.parametrize("kind", [*UNARY, "RELU_N1_TO_1"])
def test_every_value_of_a_function_of_one_int8_agrees(kind: str) -> None:
    model = ModelBuilder(1)
    outputs, sample = [], []
    for number, scale in enumerate(np.geomspace(1e-4, 30, 24)):
        x = model.input((256,), scale=float(np.float32(scale)))
        quant = model.tensors[x].quant if number % 4 == 3 else None
        outputs.append(unary(model, kind, x, quant=quant, alpha=[0.0, 0.01, 0.3, 1.7, 1.0][number % 5]))
        # The reference refuses to take the root of a negative number.
        sample.append(values_from(model.zero_point(x) if kind == "RSQRT" else -128))
    compare(model.tflite(outputs), [sample])


def _second_input(model: ModelBuilder, kind: str, x: int, shape: tuple[int, ...], ratio: float = 1.0) -> int:
    if kind in ("MAXIMUM", "MINIMUM"):
        return model.input(shape, scale=model.scale(x), zero_point=model.zero_point(x))
    return model.input(shape, scale=float(np.float32(model.scale(x) * ratio)))


@pytest.mark.parametrize("kind", BINARY)
def test_broadcasting_agrees(kind: str) -> None:
    model = ModelBuilder(3)
    outputs = []
    for first, second in SHAPES:
        if kind == "PRELU" and np.broadcast_shapes(first, second) != first:
            continue  # slopes are broadcast to the input, not the input to slopes
        x = model.input(first)
        activation = "RELU6" if kind in ("SUB", "MUL") else "NONE"
        outputs.append(binary(model, kind, x, _second_input(model, kind, x, second), activation=activation))
    compare(model.tflite(outputs), random_samples(model))


@pytest.mark.parametrize("kind", BINARY)
def test_extreme_scales_agree(kind: str) -> None:
    model = ModelBuilder(4)
    outputs = []
    for ratio in (1e-3, 0.2, 1.0, 300.0):
        for factor in (0.5, 1.0, 300.0):
            x = model.input((1, 16, 16, 2), scale=0.01)
            y = _second_input(model, kind, x, (1, 16, 16, 2), ratio)
            outputs.append(binary(model, kind, x, y, scale_factor=factor))
    compare(model.tflite(outputs), random_samples(model))


@pytest.mark.parametrize("kind", BINARY)
def test_constant_operands_agree(kind: str) -> None:
    model = ModelBuilder(6)
    x = model.input((1, 4, 4, 6))
    quant = model.tensors[x].quant if kind in ("MAXIMUM", "MINIMUM") else model.random_quant()
    row = model.constant(model.random.integers(-128, 128, 6).astype(np.int8), quant)
    outputs = [binary(model, kind, x, row)]
    if kind != "PRELU":
        outputs.append(binary(model, kind, row, x))
    compare(model.tflite(outputs), random_samples(model))
