# SPDX-License-Identifier: Apache-2.0
"""Kernels of int16 activations against exact integers."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from int16_ops import LAYERS


@pytest.mark.parametrize("name", LAYERS)
def test_layers(check, name: str) -> None:
    model = ModelBuilder(len(name), dtype="int16")
    check(model, LAYERS[name](model), repeats=1)


def test_large_biases_and_weights_stay_inside_48_bits(check) -> None:
    model = ModelBuilder(7, dtype="int16")
    y = model.fully_connected(model.input((1, 2000)), 4, scale_factor=1e6)
    model.tensors[model.ops[-1].inputs[1]].data = np.full((4, 2000), -127, np.int8)
    model.tensors[model.ops[-1].inputs[2]].data = np.array([2**46, -(2**46), 2**31, 0], np.int64)
    check(model, y)
