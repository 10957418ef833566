# SPDX-License-Identifier: Apache-2.0
"""UNIDIRECTIONAL_SEQUENCE_LSTM: sizes, steps, scales of the cell, clipping; int8 and int16."""

from __future__ import annotations

import numpy as np
import pytest
import state_ops as ops
from flatbuffer_builder import ModelBuilder

pytestmark = pytest.mark.parametrize("dtype", ["int8", "int16"])


@pytest.mark.parametrize("steps,inputs,units", [(1, 1, 1), (5, 7, 3), (3, 16, 9), (20, 4, 8)])
def test_sizes(check, dtype: str, steps: int, inputs: int, units: int) -> None:
    model = ModelBuilder(seed=units, dtype=dtype)
    check(model, ops.lstm(model, model.input((1, steps, inputs)), units))


def test_time_major(check, dtype: str) -> None:
    model = ModelBuilder(seed=3, dtype=dtype)
    check(model, ops.lstm(model, model.input((6, 1, 5)), 4, time_major=True))


@pytest.mark.parametrize("exponent", [-24, -15, -13, -12, -9, -3, 0])
@pytest.mark.parametrize("clip", [0.0, 0.5, 10.0])
def test_scales_of_the_cell(check, dtype: str, exponent: int, clip: float) -> None:
    model = ModelBuilder(seed=4, dtype=dtype)
    check(model, ops.lstm(model, model.input((1, 8, 5)), 6, cell_exponent=exponent, cell_clip=clip))


@pytest.mark.parametrize("factor", [0.01, 10.0, 1000.0])
def test_gates_from_nearly_linear_to_saturated(check, dtype: str, factor: float) -> None:
    model = ModelBuilder(seed=5, dtype=dtype)
    check(model, ops.lstm(model, model.input((1, 8, 12)), 6, gate_scale=factor))


def test_the_largest_sums(check, dtype: str) -> None:
    """More products of extreme values than an int32 holds in int16; the biases push them to both ends."""
    model = ModelBuilder(seed=6, dtype=dtype)
    y = ops.lstm(model, model.input((1, 2, 1100)), 2)
    limits = (-(2**46), 2**46) if dtype == "int16" else (-(2**31), 2**31 - 1)
    for position in range(1, 5):
        data = model.tensors[model.ops[0].inputs[position]].data
        data[:] = np.where(data < 0, -127, 127)
        bias = model.tensors[model.ops[0].inputs[position + 11]]
        bias.data = np.array(limits[:: 1 if position % 2 else -1], bias.data.dtype)
    check(model, y)
