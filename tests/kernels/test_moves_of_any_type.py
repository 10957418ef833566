# SPDX-License-Identifier: Apache-2.0
"""Kernels that move bytes serve elements of two and four bytes."""

from __future__ import annotations

import layout_ops as ops
import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from moving_ops import CASES, MOVES


@pytest.mark.parametrize("dtype,name", CASES)
def test_moves(check, dtype: str, name: str) -> None:
    model = ModelBuilder(1, dtype=dtype)
    check(model, *MOVES[name](model))


@pytest.mark.parametrize("dtype,value", [("int16", 0), ("int16", -1), ("int16", 258), ("float32", -2.5)])
def test_padding_with_values_of_equal_and_of_different_bytes(check, dtype: str, value: float) -> None:
    model = ModelBuilder(2, dtype=dtype)
    check(model, ops.pad_v2(model, model.input((2, 3, 1)), ((0, 1), (2, 1), (0, 3)), value))


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_constants_are_joined(check, dtype: str) -> None:
    model = ModelBuilder(3, dtype=dtype)
    x = model.input((1, 2, 3))
    constant = model.constant(np.arange(300, 306).reshape(1, 2, 3).astype(dtype), model.tensors[x].quant)
    check(model, ops.concatenation(model, [x, constant], 2))
