# SPDX-License-Identifier: Apache-2.0
"""CONV_2D in groups: group sizes, borders, strides, dilations; groups of one channel."""

from __future__ import annotations

import pytest
from flatbuffer_builder import ModelBuilder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize("groups,inputs", [(2, 2), (2, 3), (3, 4), (4, 1), (5, 1), (7, 2)])
@pytest.mark.parametrize("filters", [1, 2, 4, 7])
def test_group_sizes(check, groups: int, inputs: int, filters: int) -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 5, 4, groups * inputs))
    check(model, model.conv_2d(x, groups * filters, groups=groups), repeats=1)


@pytest.mark.parametrize("zero_point", [-128, 127])
@pytest.mark.parametrize("factor", [2.0**-12, 1.0, 2.0**20])
@pytest.mark.parametrize("bias", [True, False])
def test_extreme_scales_and_zero_points(check, zero_point: int, factor: float, bias: bool) -> None:
    model = ModelBuilder(seed=2)
    x = model.input((1, 4, 4, 6), zero_point=zero_point)
    check(model, model.conv_2d(x, 8, groups=2, bias=bias, per_channel=bias, scale_factor=factor))


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_forms(check, data: st.DataObject) -> None:
    size, few = st.integers(1, 8), st.integers(1, 3)
    kernel = data.draw(st.tuples(few, few))
    dilation = data.draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    reach = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
    groups = data.draw(st.integers(2, 4))
    model = ModelBuilder(seed=data.draw(st.integers(0, 2**16)))
    x = model.input((1, reach[0] + data.draw(size), reach[1] + data.draw(size), groups * data.draw(few)))
    output = model.conv_2d(
        x,
        groups * data.draw(size),
        kernel=kernel,
        stride=data.draw(st.tuples(few, few)),
        dilation=dilation,
        padding=data.draw(st.sampled_from(["SAME", "VALID"])),
        activation=data.draw(st.sampled_from(["NONE", "RELU", "RELU6"])),
        bias=data.draw(st.booleans()),
        groups=groups,
    )
    check(model, output, repeats=1)
