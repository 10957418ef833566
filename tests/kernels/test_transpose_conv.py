# SPDX-License-Identifier: Apache-2.0
"""TRANSPOSE_CONV: strides against kernels, channel counts around the block of 4, all rescalings."""

from __future__ import annotations

import layout_ops as ops
import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (3, 2), (1, 4)])
@pytest.mark.parametrize("kernel", [(1, 1), (2, 2), (3, 3), (4, 4), (5, 2), (1, 6)])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_strides_kernels_and_paddings(check, stride, kernel, padding: str) -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 4, 3, 2))
    check(model, ops.transpose_conv(model, x, 5, kernel=kernel, stride=stride, padding=padding), repeats=1)


@pytest.mark.parametrize("channels", [1, 3, 4, 8, 9])
@pytest.mark.parametrize("depth", [1, 3, 4, 7])
def test_channel_counts(check, channels: int, depth: int) -> None:
    model = ModelBuilder(seed=2)
    check(model, ops.transpose_conv(model, model.input((1, 2, 3, depth)), channels), repeats=1)


@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("per_channel", [True, False])
def test_activations_bias_and_scales(check, activation: str, bias: bool, per_channel: bool) -> None:
    model = ModelBuilder(seed=3)
    x = model.input((1, 3, 3, 4))
    check(model, ops.transpose_conv(model, x, 6, activation=activation, bias=bias, per_channel=per_channel))


@pytest.mark.parametrize("zero_point", [-128, 127])
@pytest.mark.parametrize("factor", [2.0**-14, 2.0**-6, 2.0**8, 2.0**20])
def test_extreme_scales_and_zero_points(check, zero_point: int, factor: float) -> None:
    model = ModelBuilder(seed=4)
    x = model.input((1, 3, 3, 3), zero_point=zero_point)
    check(model, ops.transpose_conv(model, x, 5, scale_factor=factor))


def test_bias_at_the_ends_of_int32_wraps_around(check) -> None:
    model = ModelBuilder(seed=5)
    y = ops.transpose_conv(model, model.input((1, 3, 3, 4), zero_point=-128), 4)
    bias = model.tensors[model.ops[-1].inputs[3]]
    bias.data = np.array([2**31 - 1, -(2**31), 2**30, -(2**30)], np.int32)
    check(model, y)


@pytest.mark.parametrize("size", [(9, 4), (3, 17), (12, 12)])
@pytest.mark.parametrize("form", [(16, 8, (3, 3), (2, 2)), (24, 6, (4, 4), (2, 2)), (5, 1, (2, 3), (1, 3))])
def test_bands_of_rows_and_tiles_of_pixels(check, size: tuple[int, int], form) -> None:
    depth, channels, kernel, stride = form
    model = ModelBuilder(seed=6)
    x = model.input((1, *size, depth), zero_point=-128)
    output = ops.transpose_conv(model, x, channels, kernel=kernel, stride=stride, activation="RELU")
    scales, _, axis = model.tensors[output].quant
    model.tensors[output].quant = (scales, [-128], axis)
    check(model, output, repeats=1)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_forms(check, data: st.DataObject) -> None:
    size = st.integers(1, 7)
    model = ModelBuilder(seed=data.draw(st.integers(0, 2**16)))
    x = model.input((1, data.draw(size), data.draw(size), data.draw(size)))
    output = ops.transpose_conv(
        model,
        x,
        data.draw(size),
        kernel=data.draw(st.tuples(st.integers(1, 5), st.integers(1, 5))),
        stride=data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4))),
        padding=data.draw(st.sampled_from(["SAME", "VALID"])),
        bias=data.draw(st.booleans()),
    )
    check(model, output, repeats=1)
