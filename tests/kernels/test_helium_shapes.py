# SPDX-License-Identifier: Apache-2.0
"""Forms around the edges of the Helium kernels' vectors, groups, slots and bands; every kernel must agree on them."""

from __future__ import annotations

import layout_ops
import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder


def _clamped_at_zero_point(model: ModelBuilder, output: int, zero_point: int = -128) -> int:
    """With ReLU this makes the zero point the smallest output."""
    scales, _, axis = model.tensors[output].quant
    model.tensors[output].quant = (scales, [zero_point], axis)
    return output


def _weights(model: ModelBuilder) -> np.ndarray:
    data = model.tensors[model.ops[-1].inputs[1]].data
    assert data is not None
    return data


@pytest.mark.parametrize("depth", [1, 7, 8, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 65, 80, 81, 96, 130])
@pytest.mark.parametrize("channels", [3, 4, 5, 8])
def test_pointwise_depths_around_vectors(check, depth: int, channels: int) -> None:
    model = ModelBuilder(seed=depth)
    output = model.conv_2d(model.input((1, 3, 5, depth)), channels, kernel=1, activation="RELU")
    check(model, _clamped_at_zero_point(model, output), repeats=1)


@pytest.mark.parametrize("pixels", [1, 2, 3, 15, 16, 17, 33])
@pytest.mark.parametrize("channels", [1, 4, 6])
def test_channels_that_are_no_whole_group_over_pixel_counts(check, pixels: int, channels: int) -> None:
    model = ModelBuilder(seed=pixels)
    check(model, model.conv_2d(model.input((1, 1, pixels, 20)), channels, kernel=1), repeats=1)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("depth", [3, 16, 18])
def test_strided_pointwise(check, stride: int, depth: int) -> None:
    model = ModelBuilder(seed=stride)
    check(model, model.conv_2d(model.input((1, 7, 8, depth)), 6, kernel=1, stride=stride, padding="VALID"), repeats=1)


@pytest.mark.parametrize("depth", [1, 3, 5, 6, 8, 11, 16])
@pytest.mark.parametrize("kernel", [(3, 3), (1, 7), (7, 1), (10, 4), (2, 2)])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_runs_of_windows_around_vectors(check, depth: int, kernel: tuple[int, int], padding: str) -> None:
    model = ModelBuilder(seed=depth)
    check(model, model.conv_2d(model.input((1, 11, 9, depth)), 5, kernel=kernel, stride=2, padding=padding), repeats=1)


@pytest.mark.parametrize("columns", [3, 4, 5])
def test_windows_as_wide_as_the_image_are_one_run(check, columns: int) -> None:
    model = ModelBuilder(seed=columns)
    check(model, model.conv_2d(model.input((1, 9, columns, 4)), 6, kernel=(3, columns), padding="VALID"), repeats=1)


@pytest.mark.parametrize("channels", [1, 2, 5, 8, 9, 15, 16, 17, 31, 32, 33, 48])
@pytest.mark.parametrize("stride,columns", [(1, 8), (1, 33), (2, 16), (3, 40)])
def test_rows_as_columns(check, stride: int, columns: int, channels: int) -> None:
    model = ModelBuilder(seed=columns)
    output = model.conv_2d(model.input((1, 5, columns, channels)), 6, kernel=3, stride=stride, activation="RELU")
    check(model, _clamped_at_zero_point(model, output), repeats=1)


@pytest.mark.parametrize("stride,padding", [(1, "SAME"), (1, "VALID"), (2, "SAME"), (3, "SAME")])
@pytest.mark.parametrize("columns,channels", [(101, 16), (60, 48), (30, 100)])
def test_columns_of_several_tiles(check, columns: int, channels: int, stride: int, padding: str) -> None:
    model = ModelBuilder(seed=columns)
    x = model.input((1, 4, columns, channels))
    check(model, model.conv_2d(x, 5, kernel=3, stride=stride, padding=padding), repeats=1)


@pytest.mark.parametrize("height", [1, 2, 15, 16, 17, 18, 24])
@pytest.mark.parametrize("channels", [1, 3, 7])
def test_columns_of_many_rows_are_farther_apart_than_a_place_reaches(check, channels: int, height: int) -> None:
    model = ModelBuilder(seed=height)
    check(model, model.conv_2d(model.input((1, 9, 34, channels)), 4, kernel=(height, 3)), repeats=1)


@pytest.mark.parametrize("dilation", [(2, 1), (1, 2), (3, 3)])
def test_columns_with_dilated_rows(check, dilation: tuple[int, int]) -> None:
    model = ModelBuilder(seed=3)
    check(model, model.conv_2d(model.input((1, 9, 12, 16)), 5, kernel=(3, 2), dilation=dilation), repeats=1)


@pytest.mark.parametrize("depth", [1, 8, 16, 17, 40])
@pytest.mark.parametrize("stride,kernel", [(1, 3), (2, 2), (2, 3), (3, 2), (2, 5)])
def test_transposed_convolution_depths_around_vectors(check, stride: int, kernel: int, depth: int) -> None:
    model = ModelBuilder(seed=depth)
    x = model.input((1, 5, 6, depth))
    output = layout_ops.transpose_conv(model, x, 7, kernel=(kernel, kernel), stride=(stride, stride))
    check(model, output, repeats=1)


@pytest.mark.parametrize("rows,columns", [(40, 3), (9, 70), (33, 17)])
def test_images_of_many_bands_and_slots(check, rows: int, columns: int) -> None:
    model = ModelBuilder(seed=rows)
    check(model, model.conv_2d(model.input((1, rows, columns, 7)), 9, kernel=3, activation="RELU"), repeats=1)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_depthwise_channels_around_blocks(check, channels: int, stride: int, padding: str) -> None:
    model = ModelBuilder(seed=channels)
    x = model.input((1, 6, 8, channels))
    output = model.depthwise_conv_2d(x, 1, stride=stride, padding=padding, activation="RELU")
    check(model, _clamped_at_zero_point(model, output), repeats=1)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("zero_point", [-128, 5])
@pytest.mark.parametrize("channels", [4, 12, 16, 20])
@pytest.mark.parametrize(
    "size", [(1, 1), (1, 2), (2, 1), (3, 3), (2, 5), (5, 4), (4, 61), (3, 62), (3, 124), (4, 123), (2, 190)]
)
def test_depthwise_3x3_over_sizes(check, size: tuple[int, int], channels: int, zero_point: int, stride: int) -> None:
    model = ModelBuilder(seed=channels)
    output = model.depthwise_conv_2d(model.input((1, *size, channels)), 1, stride=stride)
    check(model, _clamped_at_zero_point(model, output, zero_point), repeats=1)


@pytest.mark.parametrize("channels", [1, 2, 3, 5, 6, 7, 9, 12, 18, 20])
@pytest.mark.parametrize("stride,width", [(1, 4), (1, 11), (1, 40), (2, 5), (2, 33), (3, 16)])
def test_outputs_of_neighbouring_pixels_in_a_vector(check, stride: int, width: int, channels: int) -> None:
    model = ModelBuilder(seed=width)
    output = model.depthwise_conv_2d(model.input((1, 4, width, channels)), kernel=(2, 5), stride=stride)
    check(model, output, repeats=1)


@pytest.mark.parametrize("multiplier", [2, 3, 5])
@pytest.mark.parametrize("channels", [2, 3, 8])
@pytest.mark.parametrize("stride,dilation", [(1, 2), (2, 1), (3, 1)])
def test_phases_of_columns_with_multipliers(check, stride: int, dilation: int, channels: int, multiplier: int) -> None:
    model = ModelBuilder(seed=channels)
    x = model.input((1, 5, 13, channels))
    output = model.depthwise_conv_2d(x, multiplier, kernel=3, stride=stride, dilation=dilation, padding="SAME")
    check(model, output, repeats=1)


@pytest.mark.parametrize("kernel", [(1, 1), (1, 2), (1, 9), (9, 1), (2, 2), (5, 5), (4, 3)])
@pytest.mark.parametrize("dilation", [1, 2])
def test_depthwise_odd_and_even_taps(check, kernel: tuple[int, int], dilation: int) -> None:
    model = ModelBuilder(seed=5)
    check(model, model.depthwise_conv_2d(model.input((1, 19, 20, 16)), 1, kernel=kernel, dilation=dilation), repeats=1)


@pytest.mark.parametrize("multiplier", [2, 3, 8])
@pytest.mark.parametrize("channels", [2, 5, 8])
def test_depthwise_multipliers_of_many_bands(check, channels: int, multiplier: int) -> None:
    model = ModelBuilder(seed=multiplier)
    check(model, model.depthwise_conv_2d(model.input((1, 30, 12, channels)), multiplier), repeats=1)


@pytest.mark.parametrize("weight", [-128, 127])
@pytest.mark.parametrize("kind", ["conv", "depthwise", "fully_connected"])
def test_largest_products(check, kind: str, weight: int) -> None:
    model = ModelBuilder(seed=1)
    if kind == "fully_connected":
        output = model.fully_connected(model.input((1, 200)), 9)
    else:
        x = model.input((1, 5, 5, 16))
        output = model.conv_2d(x, 8) if kind == "conv" else model.depthwise_conv_2d(x)
    _weights(model)[...] = weight
    check(model, output, repeats=1)


@pytest.mark.parametrize("position", [0, 1, 8])
def test_one_least_weight_of_a_pair(check, position: int) -> None:
    model = ModelBuilder(seed=1)
    output = model.depthwise_conv_2d(model.input((1, 5, 5, 16)))
    weights = _weights(model)
    weights[...] = -127
    weights.reshape(9, 16)[position] = -128
    check(model, output, repeats=1)


@pytest.mark.parametrize("zero_point", [-128, -127, -3, 126, 127])
@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
@pytest.mark.parametrize("factor", [0.02, 1.0, 40.0])
@pytest.mark.parametrize("kind", ["conv", "depthwise", "fully_connected"])
def test_zero_points_and_activations(check, kind: str, factor: float, activation: str, zero_point: int) -> None:
    model = ModelBuilder(seed=7)
    options = {"activation": activation, "scale_factor": factor}
    if kind == "fully_connected":
        output = model.fully_connected(model.input((1, 33)), 10, **options)
    else:
        x = model.input((1, 4, 4, 16))
        output = model.conv_2d(x, 8, kernel=1, **options) if kind == "conv" else model.depthwise_conv_2d(x, **options)
    check(model, _clamped_at_zero_point(model, output, zero_point), repeats=1)


@pytest.mark.parametrize("shift", [-31, -30, -8, -2, -1, 0])
@pytest.mark.parametrize("kind", ["conv", "depthwise", "depthwise_3x3", "fully_connected"])
def test_halves_are_rounded_away_from_zero_by_every_shift(check, kind: str, shift: int) -> None:
    """Multipliers of 2^30 and whole inputs: every other sum, or one in 2^n, lies half-way."""
    model = ModelBuilder(seed=2)
    if kind == "fully_connected":
        x = model.input((1, 16), scale=2.0**shift, zero_point=0)
        output = model.fully_connected(x, 16, per_channel=False)
    else:
        x = model.input((1, 4, 4, 16), scale=2.0**shift, zero_point=0)
        size = 3 if kind == "depthwise_3x3" else 1
        output = model.conv_2d(x, 16, kernel=1) if kind == "conv" else model.depthwise_conv_2d(x, kernel=size)
    weights = _weights(model)
    weights[...] = np.sign(weights) * 2 ** np.abs(weights % 7)
    filters = model.tensors[model.ops[-1].inputs[1]]
    _, zero_points, axis = filters.quant
    filters.quant = ([0.5] * len(zero_points), zero_points, axis)
    model.tensors[output].quant = ([1.0], [0], 0)
    bias = model.tensors[model.ops[-1].inputs[2]]
    bias.quant = ([0.5 * 2.0**shift] * len(zero_points), zero_points, 0)
    check(model, output)


@pytest.mark.parametrize("features", [1, 2, 3, 4, 5, 12])
@pytest.mark.parametrize("length", [1, 2, 15, 16, 17, 40, 64])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_fully_connected_lengths_and_rows(check, features: int, length: int, rows: int) -> None:
    model = ModelBuilder(seed=length)
    check(model, model.fully_connected(model.input((rows, length)), features, activation="RELU"), repeats=1)


@pytest.mark.parametrize("size", [(2, 254), (2, 255), (2, 256), (1, 511), (1, 600)])
@pytest.mark.parametrize("channels", [1, 7, 8, 9])
def test_pools_and_means_of_long_rows(check, size: tuple[int, int], channels: int) -> None:
    model = ModelBuilder(seed=channels)
    check(model, model.pool_2d("AVERAGE_POOL_2D", model.input((1, *size, channels)), kernel=size, padding="VALID"))
    model = ModelBuilder(seed=channels)
    check(model, model.mean(model.input((1, *size, channels))))


@pytest.mark.parametrize("channels", [1, 15, 16, 17, 32, 40])
@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6"])
def test_largest_of_channels_around_vectors(check, channels: int, activation: str) -> None:
    model = ModelBuilder(seed=channels)
    x = model.input((1, 5, 6, channels), scale=0.05, zero_point=-3)
    check(model, model.pool_2d("MAX_POOL_2D", x, kernel=(2, 3), stride=2, padding="SAME", activation=activation))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9])
@pytest.mark.parametrize("activation", ["NONE", "RELU"])
def test_sums_of_few_elements(check, count: int, activation: str) -> None:
    model = ModelBuilder(seed=count)
    check(model, model.add(model.input((1, count)), model.input((1, count)), activation=activation))


@pytest.mark.parametrize("kernel", [4, 9])
@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("depth", [3, 20])
def test_images_of_one_column(check, kernel: int, stride: int, padding: str, depth: int) -> None:
    """They are computed as one row."""
    options = {"kernel": (kernel, 1), "stride": (stride, 1), "padding": padding, "activation": "RELU"}
    model = ModelBuilder(seed=depth)
    check(model, model.depthwise_conv_2d(model.input((1, 25, 1, depth)), 1, **options), repeats=1)
    model = ModelBuilder(seed=depth)
    check(model, model.conv_2d(model.input((1, 25, 1, depth)), 6, **options), repeats=1)


@pytest.mark.parametrize("dilation", [2, 3])
def test_dilated_images_of_one_column(check, dilation: int) -> None:
    model = ModelBuilder(seed=dilation)
    x = model.input((1, 25, 1, 18))
    check(model, model.depthwise_conv_2d(x, 2, kernel=(5, 1), stride=1, dilation=(dilation, 1)), repeats=1)
