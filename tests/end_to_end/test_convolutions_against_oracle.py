# SPDX-License-Identifier: Apache-2.0
"""Convolutions in groups, dilated depthwise ones with multipliers, and dense layers with a scale a channel: equal to
the reference interpreter."""

from __future__ import annotations

from itertools import product

import pytest
from flatbuffer_builder import ModelBuilder
from oracle_comparison import compare, random_samples

from edgekit.oracle import is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")


def test_convolutions_in_groups_agree() -> None:
    model = ModelBuilder(1)
    outputs = []
    for groups, inputs, filters in ((2, 2, 3), (3, 4, 1), (4, 1, 1), (5, 1, 2), (2, 8, 8)):
        x = model.input((1, 7, 6, groups * inputs))
        for padding, stride, dilation in (("SAME", 1, 1), ("VALID", 2, 1), ("SAME", 2, 1), ("SAME", 1, 2)):
            form = {"padding": padding, "stride": stride, "dilation": dilation, "activation": "RELU6"}
            outputs.append(model.conv_2d(x, groups * filters, groups=groups, kernel=(3, 2), **form))
    compare(model.tflite(outputs), random_samples(model))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_depthwise_convolutions_with_dilations_and_multipliers_agree(padding: str) -> None:
    model = ModelBuilder(2)
    outputs = []
    x = model.input((1, 11, 10, 3))
    for multiplier, dilation, kernel in product((1, 2, 5), (1, 2, (1, 3), (3, 1)), (3, (1, 4), (4, 2))):
        form = {"kernel": kernel, "dilation": dilation, "padding": padding}
        outputs.append(model.depthwise_conv_2d(x, multiplier, **form, per_channel=multiplier != 2))
    for multiplier, stride in product((1, 2, 5), (2, (1, 3), (3, 2))):
        outputs.append(model.depthwise_conv_2d(x, multiplier, stride=stride, padding=padding))
    compare(model.tflite(outputs), random_samples(model))


def test_dense_layers_with_a_scale_a_channel_agree() -> None:
    model = ModelBuilder(3)
    outputs = []
    for shape in ((1, 9), (3, 16), (1, 2, 4, 5)):
        x = model.input(shape)
        for channels, factor, bias in product((1, 3, 4, 10), (0.01, 1.0, 300.0), (True, False)):
            form = {"scale_factor": factor, "bias": bias, "keep_dims": len(shape) > 2}
            outputs.append(model.fully_connected(x, channels, per_channel=True, **form))
    compare(model.tflite(outputs), random_samples(model))
