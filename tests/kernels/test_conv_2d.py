# SPDX-License-Identifier: Apache-2.0
"""CONV_2D: channel counts and pixel counts around every tile boundary, all ways to sweep."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 7, 8, 9, 13])
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 8, 9])
def test_pointwise_over_channel_counts(check, channels: int, depth: int) -> None:
    model = ModelBuilder(seed=channels * 100 + depth)
    check(model, model.conv_2d(model.input((1, 3, 3, depth)), channels, kernel=1), repeats=1)


@pytest.mark.parametrize("rows,columns", [(1, 1), (1, 2), (2, 1), (1, 3), (2, 2), (3, 3)])
def test_odd_and_even_pixel_counts(check, rows: int, columns: int) -> None:
    model = ModelBuilder(seed=1)
    check(model, model.conv_2d(model.input((1, rows, columns, 6)), 6, kernel=3))


@pytest.mark.parametrize("stride", [1, 2, 3, (1, 2), (2, 1)])
@pytest.mark.parametrize("kernel", [1, 2, 3, (1, 5), (5, 1), (10, 4)])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_strides_kernels_and_paddings(check, stride, kernel, padding: str) -> None:
    model = ModelBuilder(seed=2)
    x = model.input((1, 11, 7, 2))
    check(model, model.conv_2d(x, 5, kernel=kernel, stride=stride, padding=padding, activation="RELU"), repeats=1)


@pytest.mark.parametrize("dilation", [2, 3, (1, 2), (2, 1)])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_dilations(check, dilation, padding: str) -> None:
    model = ModelBuilder(seed=3)
    check(model, model.conv_2d(model.input((1, 9, 8, 3)), 6, kernel=3, dilation=dilation, padding=padding))


@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("per_channel", [True, False])
def test_activations_bias_and_scales(check, activation: str, bias: bool, per_channel: bool) -> None:
    model = ModelBuilder(seed=4)
    x = model.input((1, 5, 5, 4))
    check(model, model.conv_2d(x, 6, activation=activation, bias=bias, per_channel=per_channel))


@pytest.mark.parametrize("zero_point", [-128, 0, 127])
@pytest.mark.parametrize("factor", [2.0**-14, 2.0**-6, 1.0, 2.0**8, 2.0**20])
def test_extreme_scales_and_zero_points(check, zero_point: int, factor: float) -> None:
    model = ModelBuilder(seed=5)
    x = model.input((1, 4, 4, 3), zero_point=zero_point)
    y = model.conv_2d(x, 5, scale_factor=factor)
    scales, _, axis = model.tensors[y].quant
    model.tensors[y].quant = (scales, [zero_point], axis)
    check(model, y)


def test_bias_at_the_ends_of_int32_wraps_around(check) -> None:
    model = ModelBuilder(seed=6)
    x = model.input((1, 3, 3, 4), zero_point=-128)
    y = model.conv_2d(x, 4)
    bias = model.tensors[model.ops[-1].inputs[2]]
    bias.data = np.array([2**31 - 1, -(2**31), 2**30, -(2**30)], np.int32)
    check(model, y)


def test_long_window_takes_one_pixel_at_a_time(check) -> None:
    model = ModelBuilder(seed=7)
    check(model, model.conv_2d(model.input((1, 4, 4, 256)), 5, kernel=3), repeats=1)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_forms(check, data: st.DataObject) -> None:
    size = st.integers(1, 9)
    kernel = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    dilation = data.draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    reach = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
    model = ModelBuilder(seed=data.draw(st.integers(0, 2**16)))
    x = model.input((1, reach[0] + data.draw(size), reach[1] + data.draw(size), data.draw(size)))
    output = model.conv_2d(
        x,
        data.draw(size),
        kernel=kernel,
        stride=data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3))),
        dilation=dilation,
        padding=data.draw(st.sampled_from(["SAME", "VALID"])),
        activation=data.draw(st.sampled_from(["NONE", "RELU", "RELU6"])),
        bias=data.draw(st.booleans()),
        scale_factor=data.draw(st.sampled_from([0.01, 0.3, 1.0, 30.0])),
    )
    check(model, output, repeats=1)
