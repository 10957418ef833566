# SPDX-License-Identifier: Apache-2.0
"""RELU and RELU6 as layers of their own, with equal and different scales."""

from __future__ import annotations

import pytest
from flatbuffer_builder import ModelBuilder


@pytest.mark.parametrize("kind", ["RELU", "RELU6"])
@pytest.mark.parametrize("same_quant", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_scales(check, kind: str, same_quant: bool, seed: int) -> None:
    model = ModelBuilder(seed=seed)
    check(model, model.relu(model.input((1, 5, 5, 11)), kind=kind, same_quant=same_quant))
