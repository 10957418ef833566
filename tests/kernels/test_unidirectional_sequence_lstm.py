# SPDX-License-Identifier: Apache-2.0
"""UNIDIRECTIONAL_SEQUENCE_LSTM: sizes, steps, scales of the cell, clipping."""

from __future__ import annotations

import pytest
import state_ops as ops
from flatbuffer_builder import ModelBuilder


@pytest.mark.parametrize("steps,inputs,units", [(1, 1, 1), (5, 7, 3), (3, 16, 9), (20, 4, 8)])
def test_sizes(check, steps: int, inputs: int, units: int) -> None:
    model = ModelBuilder(seed=units)
    check(model, ops.lstm(model, model.input((1, steps, inputs)), units))


def test_time_major(check) -> None:
    model = ModelBuilder(seed=3)
    check(model, ops.lstm(model, model.input((6, 1, 5)), 4, time_major=True))


@pytest.mark.parametrize("exponent", [-24, -15, -13, -12, -9, -3, 0])
@pytest.mark.parametrize("clip", [0.0, 0.5, 10.0])
def test_scales_of_the_cell(check, exponent: int, clip: float) -> None:
    model = ModelBuilder(seed=4)
    check(model, ops.lstm(model, model.input((1, 8, 5)), 6, cell_exponent=exponent, cell_clip=clip))


@pytest.mark.parametrize("factor", [0.01, 10.0, 1000.0])
def test_gates_from_nearly_linear_to_saturated(check, factor: float) -> None:
    model = ModelBuilder(seed=5)
    check(model, ops.lstm(model, model.input((1, 8, 12)), 6, gate_scale=factor))
