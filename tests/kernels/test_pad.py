# SPDX-License-Identifier: Apache-2.0
"""PAD with the zero point, in every dimension."""

from __future__ import annotations

import pytest
from flatbuffer_builder import ModelBuilder


@pytest.mark.parametrize(
    "paddings",
    [
        ((0, 0), (1, 1), (1, 1), (0, 0)),
        ((0, 0), (0, 3), (2, 0), (0, 0)),
        ((0, 0), (0, 0), (0, 0), (1, 4)),
        ((0, 0), (2, 1), (0, 0), (3, 0)),
        ((0, 0), (0, 0), (0, 0), (0, 0)),
        ((1, 1), (1, 1), (1, 1), (1, 1)),
    ],
)
def test_paddings(check, paddings) -> None:
    model = ModelBuilder(seed=1)
    check(model, model.pad(model.input((1, 3, 4, 5)), paddings))


def test_two_dimensions(check) -> None:
    model = ModelBuilder(seed=2)
    check(model, model.pad(model.input((1, 9)), ((0, 0), (2, 3))))
