# SPDX-License-Identifier: Apache-2.0
"""ABS, ELU, HARD_SWISH, LEAKY_RELU, LOGISTIC, RSQRT and TANH: looked up in a table; RELU_N1_TO_1."""

from __future__ import annotations

import numpy as np
import pytest
from elementwise_ops import UNARY, unary
from flatbuffer_builder import ModelBuilder


@pytest.mark.parametrize("kind", [*UNARY, "RELU_N1_TO_1"])
@pytest.mark.parametrize("shape", [(1,), (1, 7), (1, 5, 5, 11), (2, 3, 1, 4, 3)])
def test_shapes(check, kind: str, shape) -> None:
    model = ModelBuilder(seed=1)
    check(model, unary(model, kind, model.input(shape)), repeats=1)


@pytest.mark.parametrize("kind", [*UNARY, "RELU_N1_TO_1"])
@pytest.mark.parametrize("scale", [1e-4, 0.01, 0.3, 20.0])
@pytest.mark.parametrize("zero_point", [-128, 0, 127])
def test_scales_and_zero_points(check, kind: str, scale: float, zero_point: int) -> None:
    model = ModelBuilder(seed=2)
    x = model.input((16, 128), scale=float(np.float32(scale)), zero_point=zero_point)
    check(model, unary(model, kind, x), repeats=1)
