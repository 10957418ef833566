# SPDX-License-Identifier: Apache-2.0
"""DEPTHWISE_CONV_2D: 3x3 and other filters, depth multipliers, borders, slabs of channels."""

from __future__ import annotations

import pytest
from flatbuffer_builder import ModelBuilder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7, 8, 9, 17])
@pytest.mark.parametrize("multiplier", [1, 2, 3, 8])
def test_channels_and_depth_multipliers(check, channels: int, multiplier: int) -> None:
    model = ModelBuilder(seed=channels * 10 + multiplier)
    check(model, model.depthwise_conv_2d(model.input((1, 5, 4, channels)), multiplier), repeats=1)


@pytest.mark.parametrize("stride", [1, 2, (1, 3), (2, 1)])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5, (1, 7), (7, 1), (3, 2)])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_strides_kernels_and_paddings(check, stride, kernel, padding: str) -> None:
    model = ModelBuilder(seed=2)
    x = model.input((1, 9, 8, 5))
    output = model.depthwise_conv_2d(x, kernel=kernel, stride=stride, padding=padding, activation="RELU6")
    check(model, output, repeats=1)


@pytest.mark.parametrize("dilation", [2, 3, (1, 2), (2, 1)])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_dilations(check, dilation, padding: str) -> None:
    model = ModelBuilder(seed=3)
    check(model, model.depthwise_conv_2d(model.input((1, 8, 9, 3)), dilation=dilation, padding=padding))


@pytest.mark.parametrize("rows,columns", [(1, 1), (1, 2), (2, 2), (3, 3), (1, 9)])
def test_images_smaller_than_the_filter(check, rows: int, columns: int) -> None:
    model = ModelBuilder(seed=4)
    check(model, model.depthwise_conv_2d(model.input((1, rows, columns, 6))))


@pytest.mark.parametrize("zero_point", [-128, 0, 127])
@pytest.mark.parametrize("factor", [2.0**-12, 1.0, 2.0**20])
@pytest.mark.parametrize("bias", [True, False])
def test_extreme_scales_and_zero_points(check, zero_point: int, factor: float, bias: bool) -> None:
    model = ModelBuilder(seed=5)
    x = model.input((1, 4, 4, 3), zero_point=zero_point)
    check(model, model.depthwise_conv_2d(x, bias=bias, per_channel=bias, scale_factor=factor))


@pytest.mark.parametrize("channels,kernel", [(600, 3), (200, 7), (300, (1, 29))])
def test_many_channels_are_padded_slab_by_slab(check, channels: int, kernel) -> None:
    model = ModelBuilder(seed=6)
    check(model, model.depthwise_conv_2d(model.input((1, 3, 3, channels)), kernel=kernel), repeats=1)


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_the_last_pixels_write_nothing_behind_the_output(check, channels: int) -> None:
    model = ModelBuilder(seed=8)
    check(model, model.depthwise_conv_2d(model.input((1, 2, 1, channels)), kernel=(2, 1)), repeats=1)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_forms(check, data: st.DataObject) -> None:
    size = st.integers(1, 9)
    kernel = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    dilation = data.draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    reach = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
    model = ModelBuilder(seed=data.draw(st.integers(0, 2**16)))
    x = model.input((1, reach[0] + data.draw(size), reach[1] + data.draw(size), data.draw(size)))
    output = model.depthwise_conv_2d(
        x,
        data.draw(st.integers(1, 3)),
        kernel=kernel,
        stride=data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3))),
        dilation=dilation,
        padding=data.draw(st.sampled_from(["SAME", "VALID"])),
        activation=data.draw(st.sampled_from(["NONE", "RELU", "RELU6"])),
        bias=data.draw(st.booleans()),
        scale_factor=data.draw(st.sampled_from([0.01, 0.3, 1.0, 30.0])),
    )
    check(model, output, repeats=1)
