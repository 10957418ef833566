# SPDX-License-Identifier: Apache-2.0
"""READ_VARIABLE: copies of every length and type."""

from __future__ import annotations

import pytest
import state_ops as ops
from flatbuffer_builder import ModelBuilder
from random_values import random_values


@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
@pytest.mark.parametrize("elements", [1, 7, 8, 31])
def test_sizes(check, elements: int, dtype: str) -> None:
    model = ModelBuilder(seed=elements, dtype=dtype)
    x = model.input((1, elements))
    start = random_values(model.random, dtype, (1, elements))
    value = ops.read(model, ops.variable(model), like=x)
    ops.start_with(model, {"memory": (start, model.tensors[x].quant)})
    check(model, value)
