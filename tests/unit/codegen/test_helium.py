# SPDX-License-Identifier: Apache-2.0
"""What the host prepares for the kernels in arch/helium."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder

from edgekit.codegen.cores import choose_arch
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.helium_columns import Columns, Phases
from edgekit.codegen.helium_lanes import Lanes
from edgekit.codegen.helium_packing import (
    CHUNK,
    chunk_columns,
    fits,
    pack_depthwise,
    pack_depthwise_3x3,
    pack_matmul,
    sums_fit,
)
from edgekit.codegen.helium_windows import Bands, Geometry
from edgekit.codegen.lowering import lower_graph
from edgekit.codegen.lowering.registry import lower_op, sites
from edgekit.importer import import_tflite
from edgekit.ir.attributes import Padding, TransposeConvAttrs
from edgekit.ir.fixed_point import Rescale


def _lower(builder: ModelBuilder, output: int) -> KernelCall:
    (call,) = lower_graph(import_tflite(builder.tflite([output])), "model", "helium")
    return call


def _field(call: KernelCall, name: str) -> int:
    (line,) = [line for line in call.layer_struct.splitlines() if f".{name} =" in line]
    return int(line.split("=")[1].split(",")[0])


def test_cortex_m55_runs_helium_kernels() -> None:
    assert choose_arch("cortex-m55", "auto") == "helium"


@pytest.mark.parametrize("depth", [*range(1, 50), 63, 64, 65])
def test_overlapping_chunks_give_the_same_products(depth: int) -> None:
    random = np.random.default_rng(depth)
    rows = random.integers(-128, 128, (3, depth))
    x = random.integers(-128, 128, max(depth, CHUNK))
    chunked = chunk_columns(rows).reshape(3, -1, CHUNK)
    chunks = chunked.shape[1]
    starts = [0, *(depth - CHUNK * (chunks - chunk) for chunk in range(1, chunks))]
    sums = sum(chunked[:, chunk] @ x[start : start + CHUNK] for chunk, start in enumerate(starts))
    np.testing.assert_array_equal(sums, rows @ x[:depth])


def test_matmul_groups_hold_weights_bias_and_scales() -> None:
    rows = np.arange(5 * 2).reshape(5, 2)
    rescales = [Rescale(2**30 + channel, -channel) for channel in range(5)]
    packed = np.array(pack_matmul(rows, range(10, 15), rescales), "<i4")
    first, second = packed.reshape(2, -1)
    assert first[:16].view(np.int8).reshape(4, CHUNK)[:, :2].tolist() == rows[:4].tolist()
    assert first[16:20].tolist() == [10, 11, 12, 13]
    assert first[20:24].tolist() == [2**30, 2**30 + 1, 2**30 + 2, 2**30 + 3]
    assert first[24:].view(np.int8).tolist() == [0, -1, -2, -3]
    assert second[:16].view(np.int8).reshape(4, CHUNK)[1:].any() == 0 and second[16:20].tolist() == [14, 0, 0, 0]


def test_depthwise_constants_come_in_the_order_in_which_products_are_widened() -> None:
    rows = np.arange(16)[:, None].repeat(3, axis=1)
    packed = np.array(pack_depthwise(rows, range(16), [Rescale(2**30, -c) for c in range(16)]), "<i4")
    assert packed[:16].tolist() == [0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15]
    weights = packed[16 : 16 + 16].view(np.int8).reshape(4, CHUNK)
    assert weights[:3].tolist() == [list(range(16))] * 3 and not weights[3].any()
    assert packed[32 + 4 : 32 + 5].view(np.int8).tolist() == [0, -4, -8, -12]


@pytest.mark.parametrize("weights,fit", [((-128, -127), True), ((-128, -128), False), ((0, -128, -128), True)])
def test_two_products_fit_16_bits_unless_both_weights_are_least(weights: tuple[int, ...], fit: bool) -> None:
    assert sums_fit(np.array([weights])) is fit


def test_left_shifts_are_left_to_the_portable_kernel() -> None:
    assert fits([Rescale(2**30, 0), Rescale(2**30, -31)]) and not fits([Rescale(2**30, -3), Rescale(2**30, 1)])
    model = ModelBuilder(seed=1)
    output = model.conv_2d(model.input((1, 4, 4, 3)), 5, scale_factor=2.0**-20)
    assert _lower(model, output).function == "ek_conv_2d_s8"


def test_pairs_that_do_not_fit_are_left_to_the_portable_kernel() -> None:
    model = ModelBuilder(seed=1)
    output = model.depthwise_conv_2d(model.input((1, 4, 4, 3)))
    weights = model.tensors[model.ops[-1].inputs[1]].data
    assert weights is not None
    weights[...] = -128
    assert _lower(model, output).function == "ek_depthwise_conv_2d_s8"


def test_pointwise_convolution_of_whole_vectors_needs_no_scratch() -> None:
    model = ModelBuilder(seed=1)
    call = _lower(model, model.conv_2d(model.input((1, 5, 5, 16)), 7, kernel=1, stride=2, padding="VALID"))
    assert (_field(call, "direct"), _field(call, "slots"), call.scratch_bytes) == (1, 0, 0)


@pytest.mark.parametrize("depth,laid_out", [(16, 0), (15, 1), (8, 1), (5, 3), (1, 15)])
def test_only_pixels_whose_vector_would_end_behind_the_input_are_laid_out(depth: int, laid_out: int) -> None:
    model = ModelBuilder(seed=1)
    call = _lower(model, model.conv_2d(model.input((1, 6, 5, depth)), 4, kernel=1))
    assert _field(call, "direct") == 1 and _field(call, "laid_out") == laid_out
    last_direct = 30 - laid_out - 1
    assert last_direct * depth + CHUNK <= 30 * depth or laid_out == 30


@pytest.mark.parametrize(
    "channels,unit,blocks", [(16, 16, 1), (8, 16, 1), (3, 48, 3), (6, 48, 3), (12, 48, 3), (13, 13, 1), (40, 40, 3)]
)
@pytest.mark.parametrize("stride", [1, 2])
def test_few_channels_of_neighbouring_pixels_fill_blocks(channels: int, unit: int, blocks: int, stride: int) -> None:
    model = ModelBuilder(seed=1)
    call = _lower(model, model.depthwise_conv_2d(model.input((1, 4, 40, channels)), kernel=5, stride=stride))
    assert (_field(call, "unit"), _field(call, "blocks")) == (unit, blocks)
    assert _field(call, "source_blocks") == (blocks if stride == 2 and unit != channels else 0)


def test_a_row_shorter_than_its_unit_has_only_the_blocks_that_it_needs() -> None:
    model = ModelBuilder(seed=1)
    call = _lower(model, model.depthwise_conv_2d(model.input((1, 4, 5, 3)), kernel=3))
    assert (_field(call, "unit"), _field(call, "output_row"), _field(call, "blocks")) == (48, 15, 1)


@pytest.mark.parametrize(
    "stride,dilation,multiplier", [(1, 1, 1), (1, 2, 3), (2, 1, 1), (2, 1, 2), (3, 2, 1), (3, 1, 4)]
)
def test_a_copied_row_holds_every_input_where_the_taps_look_for_it(stride: int, dilation: int, multiplier: int) -> None:
    width, inputs, kernel, left = 9, 3, 3, 2
    channels, columns = inputs * multiplier, -(-width // stride)
    padding = Padding(0, 0, left, kernel * dilation)
    geometry = Geometry((1, width, channels), (1, columns, channels), (1, kernel), (1, stride), (1, dilation), padding)
    lanes = Lanes(geometry, multiplier)
    row = np.arange(1, 1 + width * inputs)
    copy = np.zeros(lanes.row_bytes, np.int64)
    sources = np.array(lanes.sources() or range(CHUNK))
    step = lanes.source_step() or CHUNK
    for first, to, count in np.array(lanes.parts()).reshape(-1, 3):
        byte = np.arange(count)
        copy[to : to + count] = row[first + byte // len(sources) * step + sources[byte % len(sources)]]
    for column in range(columns):
        for tap in range(kernel):
            at = column * stride + tap * dilation - left
            wanted = row[at * inputs : (at + 1) * inputs].repeat(multiplier) if 0 <= at < width else np.zeros(channels)
            pixel = column * channels if lanes.unit != channels else column * lanes.column_step
            start = pixel + lanes.place(tap)
            np.testing.assert_array_equal(copy[start : start + channels], wanted)


@pytest.mark.parametrize("channels,kernel", [(3, 3), (16, 3), (64, 3), (100, 3), (3, 5), (16, 5), (48, 5)])
def test_depthwise_scratch_stays_within_its_limit(channels: int, kernel: int) -> None:
    model = ModelBuilder(seed=1)
    call = _lower(model, model.depthwise_conv_2d(model.input((1, 24, 10, channels)), kernel=kernel))
    assert "helium" in call.function and 0 < call.scratch_bytes <= 4096


def test_depthwise_3x3_weights_are_columns_of_three_rows() -> None:
    rows = np.arange(4 * 9).reshape(4, 9)
    packed = np.array(pack_depthwise_3x3(rows, range(4), [Rescale(2**30 + c, -c) for c in range(4)]), "<i4")
    assert packed[:3].view(np.int8).tolist() == [0, 3, 6, 0, 1, 4, 7, 0, 2, 5, 8, 0]
    assert packed[12:16].tolist() == [2**30, 2**30 + 1, 2**30 + 2, 2**30 + 3]
    assert packed[16:17].view(np.int8).tolist() == [0, -1, -2, -3] and packed[17:].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "shape,options",
    [
        ((1, 8, 8, 6), {}),
        ((1, 8, 8, 4), {"stride": 3}),
        ((1, 8, 8, 4), {"stride": (1, 2)}),
        ((1, 8, 8, 4), {"kernel": (3, 2)}),
        ((1, 8, 8, 4), {"dilation": 2}),
        ((1, 8, 8, 4), {"multiplier": 2}),
        ((1, 8, 8, 4), {"activation": "RELU_N1_TO_1"}),
    ],
)
def test_what_the_3x3_kernel_does_not_take_goes_to_the_general_one(shape: tuple[int, ...], options: dict) -> None:
    model = ModelBuilder(seed=1)
    assert _lower(model, model.depthwise_conv_2d(model.input((1, 8, 8, 4)))).function.endswith("3x3_helium_s8")
    model = ModelBuilder(seed=1)
    output = model.depthwise_conv_2d(model.input(shape), **options)
    assert _lower(model, output).function == "ek_depthwise_conv_2d_helium_s8"


@pytest.mark.parametrize("width,scratch_limit,tile", [(61, 4096, 61), (62, 4096, 31), (48, 1024, 12), (5, 1024, 5)])
def test_depthwise_3x3_works_in_even_tiles_that_fit_its_scratch(width: int, scratch_limit: int, tile: int) -> None:
    model = ModelBuilder(seed=1)
    graph = import_tflite(model.tflite([model.depthwise_conv_2d(model.input((1, 6, width, 8)))]))
    (site,) = sites(graph, "model", "helium", scratch_limit=scratch_limit)
    call = lower_op(site)
    assert _field(call, "tile") == tile and call.scratch_bytes <= scratch_limit
    (in_place,) = sites(graph, "model", "helium", scratch_limit=scratch_limit, in_place=True)
    kept = lower_op(in_place)
    assert (kept.overlap_bytes, kept.scratch_bytes) == (0, call.scratch_bytes + 2 * width * 8)


def test_depthwise_3x3_leaves_tables_of_few_columns_to_the_general_kernel() -> None:
    model = ModelBuilder(seed=1)
    output = model.depthwise_conv_2d(model.input((1, 6, 20, 300)))
    np.maximum(model.tensors[1].data, -127, out=model.tensors[1].data)
    (site,) = sites(import_tflite(model.tflite([output])), "model", "helium", scratch_limit=560)
    assert lower_op(site).function == "ek_depthwise_conv_2d_helium_s8"


@pytest.mark.parametrize(
    "shape,options,kernel",
    [
        ((1, 8, 8, 16), {}, "ek_conv_2d_columns_helium_s8"),
        ((1, 16, 16, 16), {"stride": 2}, "ek_conv_2d_columns_helium_s8"),
        ((1, 8, 8, 16), {"dilation": (2, 1)}, "ek_conv_2d_columns_helium_s8"),
        ((1, 8, 8, 16), {"dilation": (1, 2)}, "ek_conv_2d_helium_s8"),  # columns of a window are no neighbours
        ((1, 25, 5, 16), {}, "ek_conv_2d_helium_s8"),  # few pixels in a row, and the last one alone
        ((1, 8, 100, 16), {}, "ek_conv_2d_columns_helium_s8"),  # in two tiles
        ((1, 8, 25, 64), {}, "ek_conv_2d_columns_helium_s8"),
        ((1, 8, 8, 16), {"kernel": 1}, "ek_conv_2d_helium_s8"),
    ],
)
def test_rows_become_columns_where_that_costs_less_than_windows(
    shape: tuple[int, ...], options: dict, kernel: str
) -> None:
    model = ModelBuilder(seed=1)
    call = _lower(model, model.conv_2d(model.input(shape), 8, **options))
    assert call.function == kernel and call.scratch_bytes <= 4096


def test_a_window_of_columns_is_what_the_weights_are_ordered_for() -> None:
    random = np.random.default_rng(1)
    geometry = Geometry((4, 6, 3), (2, 5, 2), (3, 2), (1, 1), (1, 1), Padding())
    x, rows = random.integers(-9, 9, (4, 6, 3)), random.integers(-9, 9, (2, 3 * 2 * 3))
    columns = x[1:4].transpose(1, 0, 2).ravel()
    window = columns[2 * 9 : 2 * 9 + 18]
    np.testing.assert_array_equal(Columns(geometry, 4096).ordered(rows) @ window, rows @ x[1:4, 2:4].ravel())


def test_columns_overwrite_only_rows_that_were_copied() -> None:
    geometry = Geometry((6, 8, 16), (6, 8, 16), (3, 3), (1, 1), (1, 1), Padding(1, 1, 1, 1))
    whole, tiles = Columns(geometry, 4096), Columns(geometry, 6 * 3 * 16 + 16)
    assert whole.overlap_bytes == -128 and whole.scratch_bytes == 10 * 3 * 16 + 16
    assert tiles.overlap_bytes == -256 and tiles.scratch_bytes == 6 * 3 * 16 + 16
    assert tiles.applies and not Columns(geometry, 5 * 3 * 16 + 16).applies


def test_phases_that_no_tap_reaches_have_a_window_of_zeros() -> None:
    phases = Phases((4, 4, 2), (12, 12, 3), (1, 2), TransposeConvAttrs(3, 3, 0, 0))
    parts = list(phases.split(np.ones((3, 1, 2, 2), np.int64)))
    assert [bool(part.any()) for part in parts] == [True, True, False] + 6 * [False]
    assert all(part.shape == (3, 2) for part in parts)


def test_bands_allow_outputs_to_lie_over_rows_that_were_copied() -> None:
    geometry = Geometry((9, 4, 16), (9, 4, 16), (3, 3), (1, 1), (1, 1), Padding(1, 1, 1, 1))
    bands = Bands(geometry, copies=True, reserved=0, scratch_limit=5 * 6 * 16)
    assert bands.fields()["band"] == 3
    # After rows 0 ... 2 are written, row 2 is still to be read.
    assert bands.distance(64) == -64 and bands.distance(64, beyond=5) == -69


def test_pointwise_convolution_in_place_lays_its_windows_out() -> None:
    model = ModelBuilder(seed=1)
    graph = import_tflite(model.tflite([model.conv_2d(model.input((1, 4, 4, 16)), 16, kernel=1)]))
    (apart,), (in_place,) = (
        [lower_op(site) for site in sites(graph, "model", "helium", in_place=wanted)] for wanted in (False, True)
    )
    assert (apart.overlap_bytes, apart.scratch_bytes) == (None, 0)
    assert in_place.overlap_bytes == 0 and in_place.scratch_bytes > 0
