# SPDX-License-Identifier: Apache-2.0
"""RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR: up, down, by any factor, with every rule for the corners."""

from __future__ import annotations

import layout_ops as ops
import pytest
from flatbuffer_builder import ModelBuilder

KINDS = ["RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("align,half", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize(
    "before,after",
    [((3, 4), (6, 8)), ((5, 7), (3, 11)), ((1, 1), (4, 3)), ((8, 8), (4, 4)), ((7, 5), (20, 13)), ((2, 3), (33, 1))],
)
def test_sizes_and_corners(check, kind: str, align: bool, half: bool, before, after) -> None:
    model = ModelBuilder(seed=1)
    check(model, ops.resize(model, kind, model.input((1, *before, 3)), *after, align, half))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", [1, 4, 8, 9])
def test_channels(check, kind: str, channels: int) -> None:
    model = ModelBuilder(seed=2)
    check(model, ops.resize(model, kind, model.input((1, 3, 5, channels)), 9, 10, False, True))


def test_rounded_steps_never_leave_the_image(check) -> None:
    # 96 steps of 11/1024, which is 1/97 rounded up, would end behind the only pixel.
    model = ModelBuilder(seed=3)
    check(model, ops.resize(model, "RESIZE_BILINEAR", model.input((1, 1, 1, 2)), 97, 97, False, False))
