# SPDX-License-Identifier: Apache-2.0
"""Forms around the edges of the DSP kernels' tiles, bands and blocks; every kernel must agree on them."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_runner import DSP

from edgekit.codegen.lowering import lower_graph
from edgekit.importer import import_tflite


def relu_input(model: ModelBuilder, shape: tuple[int, ...]) -> int:
    """The output of a layer with ReLU, as nearly all layers inside a network have."""
    return model.input(shape, zero_point=-128, scale=0.02)


def clamped_at_zero_point(model: ModelBuilder, output: int) -> int:
    """Gives the output the zero point -128: the cheaper requantization applies."""
    scales, _, axis = model.tensors[output].quant
    model.tensors[output].quant = (scales, [-128], axis)
    return output


@pytest.mark.parametrize("activation", ["RELU", "RELU6", "NONE"])
@pytest.mark.parametrize("pairs", [1, 2, 3, 7, 8, 9, 10, 16, 17, 18, 25])
def test_convolution_enters_its_unrolled_loops_anywhere(check, pairs: int, activation: str) -> None:
    model = ModelBuilder(seed=pairs)
    output = model.conv_2d(relu_input(model, (1, 1, 6, 4 * pairs)), 5, kernel=1, activation=activation)
    check(model, clamped_at_zero_point(model, output), repeats=1)


def short_kernel(words: int, scaled: bool) -> str:
    """Of windows of 4 * `words` inputs: of the least scale, or of any."""
    return f"ek_conv_2d_k{64 if words <= 16 else 128}_{'scaled_' if scaled else ''}dsp_s8"


def dsp_kernel(model: ModelBuilder, output: int) -> str:
    """The function that the Cortex-M4 takes for the only layer."""
    graph = import_tflite(model.tflite([output]))
    (call,) = lower_graph(graph, model="m", arch=DSP, core="cortex-m4f")
    return call.function


def short_window(words: int, channels: int, finer: float) -> tuple[ModelBuilder, int]:
    """A 1x1 convolution over 4 * `words` channels whose output is `finer` than usual."""
    model = ModelBuilder(seed=0)
    output = model.conv_2d(relu_input(model, (1, 1, 7, 4 * words)), channels, kernel=1, activation="RELU")
    scales, _, axis = model.tensors[output].quant
    model.tensors[output].quant = ([scale / finer for scale in scales], [-128], axis)
    return model, output


@pytest.mark.parametrize("words", [1, 2, 3, 8, 15, 16, 17, 31, 32])
def test_short_windows_in_the_least_scale(check, words: int) -> None:
    model, output = short_window(words, 6, finer=2)
    assert dsp_kernel(model, output) == short_kernel(words, scaled=False)
    check(model, output, repeats=1)


@pytest.mark.parametrize("words,channels,finer", [(15, 6, 1), (16, 64, 2), (17, 6, 1), (31, 6, 1), (32, 6, 1)])
def test_short_windows_that_the_least_scale_does_not_suit(check, words: int, channels: int, finer: float) -> None:
    model, output = short_window(words, channels, finer)
    assert dsp_kernel(model, output) == short_kernel(words, scaled=True)
    check(model, output, repeats=1)


@pytest.mark.parametrize("words", [1, 2, 3])
def test_short_windows_with_a_large_factor(check, words: int) -> None:
    """A few inputs need another scale only where one channel has a factor of 0.75 / 16."""
    model = ModelBuilder(seed=words)
    x = relu_input(model, (1, 1, 7, 4 * words))
    output = clamped_at_zero_point(model, model.conv_2d(x, 6, kernel=1, activation="RELU", per_channel=True))
    _, weights, bias = model.ops[-1].inputs
    model.tensors[bias].data[0] = -(1 << 13)
    model.tensors[weights].quant[0][0] = 0.75 / 16 * model.scale(output) / model.scale(x)
    assert dsp_kernel(model, output) == short_kernel(words, scaled=True)
    check(model, output, repeats=1)


@pytest.mark.parametrize("activation", ["RELU", "NONE"])
@pytest.mark.parametrize("words", [33, 36, 37, 38, 47, 48, 49, 50, 73])
def test_convolution_with_long_windows_enters_its_loop_anywhere(check, words: int, activation: str) -> None:
    model = ModelBuilder(seed=words)
    output = model.conv_2d(relu_input(model, (1, 1, 6, 4 * words)), 5, kernel=1, activation=activation)
    check(model, clamped_at_zero_point(model, output), repeats=1)


@pytest.mark.parametrize("activation", ["RELU", "NONE"])
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5, 7])
def test_convolution_with_long_windows_over_pixels(check, columns: int, channels: int, activation: str) -> None:
    model = ModelBuilder(seed=columns)
    x = relu_input(model, (1, 2, columns, 19))
    output = model.conv_2d(x, channels, kernel=(2, 4), dilation=(1, 2), padding="SAME", activation=activation)
    check(model, clamped_at_zero_point(model, output), repeats=1)


@pytest.mark.parametrize("quads", [1, 2, 3, 4, 5, 6, 8, 9])
@pytest.mark.parametrize("features", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("activation", ["RELU", "NONE"])
def test_fully_connected_enters_its_unrolled_loops_anywhere(check, quads: int, features: int, activation: str) -> None:
    model = ModelBuilder(seed=quads)
    output = model.fully_connected(relu_input(model, (1, 8 * quads - 3)), features, activation=activation)
    check(model, clamped_at_zero_point(model, output), repeats=1)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(
    "size", [(3, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 9), (9, 12), (2, 6), (1, 5), (25, 5)]
)
def test_depthwise_3x3_over_sizes(check, size: tuple[int, int], stride: int, padding: str) -> None:
    if padding == "VALID" and min(size) < 3:
        return
    model = ModelBuilder(seed=size[0])
    x = relu_input(model, (1, *size, 5))
    output = model.depthwise_conv_2d(x, 1, stride=stride, padding=padding, activation="RELU")
    check(model, clamped_at_zero_point(model, output), repeats=1)


@pytest.mark.parametrize("columns", [63, 64, 65, 66, 127, 128, 129, 130, 193])
@pytest.mark.parametrize("stride", [1, 2])
def test_depthwise_3x3_of_wide_rows_is_done_in_blocks(check, columns: int, stride: int) -> None:
    model = ModelBuilder(seed=columns)
    x = relu_input(model, (1, 5, columns, 4))
    check(model, model.depthwise_conv_2d(x, 1, stride=stride, activation="RELU"), repeats=1)


@pytest.mark.parametrize("rows", [29, 30, 31, 60, 61])
@pytest.mark.parametrize("stride", [1, 2])
def test_depthwise_3x3_of_high_images_is_done_in_bands(check, rows: int, stride: int) -> None:
    model = ModelBuilder(seed=rows)
    x = relu_input(model, (1, rows, 34, 6))
    check(model, model.depthwise_conv_2d(x, 1, stride=stride, activation="RELU"), repeats=1)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6, 7, 8, 9])
@pytest.mark.parametrize("multiplier", [1, 2, 3, 4])
@pytest.mark.parametrize("kernel", [(3, 3), (5, 1), (1, 4), (2, 2)])
def test_depthwise_over_channel_counts(check, channels: int, multiplier: int, kernel: tuple[int, int]) -> None:
    model = ModelBuilder(seed=channels)
    x = relu_input(model, (1, 6, 5, channels))
    check(model, model.depthwise_conv_2d(x, multiplier, kernel=kernel, activation="RELU"), repeats=1)


@pytest.mark.parametrize(
    "kernel", [(1, 1), (1, 2), (1, 3), (2, 2), (1, 5), (2, 3), (3, 3), (2, 5), (3, 4), (4, 4), (5, 5)]
)
@pytest.mark.parametrize("activation", ["RELU", "NONE"])
def test_depthwise_looks_its_taps_up(check, kernel: tuple[int, int], activation: str) -> None:
    model = ModelBuilder(seed=kernel[1])
    x = relu_input(model, (1, 3, 2, 8))
    dilation = (2, 1) if kernel[0] > 1 else (1, 1)
    output = model.depthwise_conv_2d(x, 1, kernel=kernel, dilation=dilation, activation=activation)
    check(model, clamped_at_zero_point(model, output), repeats=1)


@pytest.mark.parametrize("multiplier", [2, 3, 8])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("channels", [4, 6])
def test_depthwise_3x3_with_a_depth_multiplier(check, channels: int, stride: int, multiplier: int) -> None:
    model = ModelBuilder(seed=multiplier)
    x = relu_input(model, (1, 7, 6, channels))
    check(model, model.depthwise_conv_2d(x, multiplier, stride=stride, activation="RELU6"), repeats=1)


@pytest.mark.parametrize(
    "form",
    [
        (20, 33, 16, 3, 1),
        (33, 20, 8, 5, 2),
        (16, 16, 64, 3, 1),
        (40, 40, 3, 3, 2),
        (9, 64, 10, 3, 1),
        (8, 8, 64, 3, 1),
        (5, 11, 64, 3, 2),
    ],
)
def test_convolution_copies_bands_of_padded_rows(check, form: tuple[int, int, int, int, int]) -> None:
    rows, columns, depth, kernel, stride = form
    model = ModelBuilder(seed=rows)
    x = relu_input(model, (1, rows, columns, depth))
    check(model, model.conv_2d(x, 3, kernel=kernel, stride=stride, activation="RELU"), repeats=1)


@pytest.mark.parametrize("layer", ["conv_2d", "fully_connected", "depthwise_conv_2d"])
@pytest.mark.parametrize("both", [True, False])
def test_weights_of_minus_128(check, layer: str, both: bool) -> None:
    model = ModelBuilder(seed=11)
    if layer == "fully_connected":
        output = model.fully_connected(relu_input(model, (1, 16)), 8)
    else:
        output = getattr(model, layer)(relu_input(model, (1, 4, 4, 8)), 8 if layer == "conv_2d" else 1)
    weights = model.tensors[model.ops[-1].inputs[1]]
    values = np.full(weights.shape, -128, np.int8)
    if not both:
        values.reshape(-1)[::3] = 77
    weights.data = values
    check(model, output, repeats=1)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_depthwise_3x3(check, data: st.DataObject) -> None:
    model = ModelBuilder(seed=data.draw(st.integers(0, 2**16)))
    size = st.integers(3, 40)
    x = model.input((1, data.draw(size), data.draw(size), data.draw(st.integers(4, 11))))
    output = model.depthwise_conv_2d(
        x,
        1,
        stride=data.draw(st.sampled_from([1, 2])),
        padding=data.draw(st.sampled_from(["SAME", "VALID"])),
        activation=data.draw(st.sampled_from(["NONE", "RELU", "RELU6"])),
        scale_factor=data.draw(st.sampled_from([0.01, 0.3, 1.0, 30.0])),
    )
    if data.draw(st.booleans()):
        clamped_at_zero_point(model, output)
    check(model, output, repeats=1)


@pytest.mark.parametrize("far", [(0,), (3,), (1, 2), (0, 1, 2), (0, 2, 5, 7), tuple(range(8))])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("multiplier", [1, 2])
def test_depthwise_channels_of_both_forms_in_a_group(check, multiplier: int, stride: int, far: tuple[int, ...]) -> None:
    """Channels with a factor that is too small for the floor form stand beside others."""
    model = ModelBuilder(seed=stride)
    x = relu_input(model, (1, 7, 26, 8 // multiplier))
    output = clamped_at_zero_point(model, model.depthwise_conv_2d(x, multiplier, stride=stride, activation="RELU"))
    _, weights, bias = model.ops[-1].inputs
    scales, _, _ = model.tensors[weights].quant
    for channel in far:
        model.tensors[bias].data[channel] = (10 * channel + 20) << 23
        scales[channel] = 0.75 * 2.0**-23 * model.scale(output) / model.scale(x)
    check(model, output, repeats=1)


@pytest.mark.parametrize("stride,width", [(1, 129), (1, 1985), (2, 6562)])
def test_no_block_is_a_single_column(check, stride: int, width: int) -> None:
    """Of 1985 columns the two widest blocks leave one over, of 6562 with stride 2 as well."""
    model = ModelBuilder(seed=stride)
    output = model.depthwise_conv_2d(relu_input(model, (1, 3, width, 4)), 1, stride=stride, activation="RELU")
    check(model, clamped_at_zero_point(model, output), repeats=1)
