# SPDX-License-Identifier: Apache-2.0
"""CONV_2D, also of groups, DEPTHWISE_CONV_2D and FULLY_CONNECTED."""

from __future__ import annotations

from itertools import chain

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.access import Sweep, pixel_by_pixel, tile_by_tile
from edgekit.codegen.lowering.registry import Site, activation_fields, lowers
from edgekit.codegen.packing import BLOCK, pack_channels
from edgekit.codegen.requantize import channel_scales, folded_bias, split_rescales, weight_rows
from edgekit.ir.attributes import Conv2DAttrs, DepthwiseConv2DAttrs, FullyConnectedAttrs, GroupedConv2DAttrs, Padding
from edgekit.ir.fixed_point import Ints
from edgekit.ir.rescale import channel_rescales, quantization

#: Products of two int8 values that surely sum up inside an int32.
_LONGEST_SUM = 2**17 - 1

Fields = dict[str, FieldValue | CArray]


@lowers("CONV_2D")
def conv_2d(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, Conv2DAttrs)
    return _convolution(site, site.op.attrs, weight_rows(site.graph, site.op))


@lowers("DEPTHWISE_CONV_2D")
def depthwise_conv_2d(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    channels = site.output.shape[3]
    rows = weight_rows(site.graph, site.op).reshape(-1, channels).T  # [1, kh, kw, O] -> [O, kh * kw]
    if site.input().shape[3] == 1:
        # One input channel: the same sums as a convolution, whose kernel shares inputs between channels.
        return _convolution(site, attrs, rows)
    return _depthwise(site, attrs, rows)


@lowers("GROUPED_CONV_2D")
def grouped_conv_2d(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, GroupedConv2DAttrs)
    rows = weight_rows(site.graph, site.op)
    group_c = site.input(1).shape[3]
    if group_c == 1:
        return _depthwise(site, attrs, rows)
    length, filters = rows.shape[1], len(rows) // attrs.groups
    if length > _LONGEST_SUM:
        raise site.refuse(f"a sum of {length} products may leave 32 bits; at most {_LONGEST_SUM} are allowed")
    packed = [pack_channels(rows[first : first + filters]) for first in range(0, len(rows), filters)]
    activation, notes = activation_fields(site, attrs.activation)
    fields: Fields = {
        **input_fields(site),
        "output_h": site.output.shape[1],
        "output_w": site.output.shape[2],
        "groups": attrs.groups,
        "group_input_c": group_c,
        "group_output_c": filters,
        **window_fields(site, attrs),
        "input_zero_point": quantization(site.input()).zero_point,
        **activation,
        "weights": site.array("weights", "int8_t", tuple(chain.from_iterable(packed)), "group after group"),
        **_channel_arrays(site, rows),
    }
    return site.call("grouped_conv_2d", fields, notes=notes, scratch_bytes=length)


def _depthwise(site: Site, attrs: Conv2DAttrs | DepthwiseConv2DAttrs, rows: Ints) -> KernelCall:
    """Each input channel by itself, with weights `rows` [O, kh * kw]."""
    input_c = site.input().shape[3]
    taps = rows.shape[1]
    slab = max(1, min(input_c, site.scratch_limit // taps))
    activation, notes = activation_fields(site, attrs.activation)
    fields: Fields = {
        **input_fields(site),
        "output_h": site.output.shape[1],
        "output_w": site.output.shape[2],
        "depth_multiplier": len(rows) // input_c,
        **window_fields(site, attrs),
        "slab_c": slab,
        "input_zero_point": quantization(site.input()).zero_point,
        **activation,
        "weights": site.array(
            "weights", "int8_t", rows.ravel().tolist(), order_comment(site, "[O][kh][kw]", "[O][kh][kw]", len(rows))
        ),
        **_channel_arrays(site, rows),
    }
    padded = attrs.padding != Padding()
    overlap = pixel_by_pixel(sweep_of(site, attrs), input_c, len(rows))
    return site.call(
        "depthwise_conv_2d", fields, notes=notes, scratch_bytes=slab * taps if padded else 0, overlap_bytes=overlap
    )


def _convolution(site: Site, attrs: Conv2DAttrs | DepthwiseConv2DAttrs, rows: Ints) -> KernelCall:
    length = rows.shape[1]
    if length > _LONGEST_SUM:
        raise site.refuse(f"a sum of {length} products may leave 32 bits; at most {_LONGEST_SUM} are allowed")
    # In place, the inputs of a pixel must survive its first output.
    direct = attrs.padding == Padding() and site.input(1).shape[1:3] == (1, 1) and not site.in_place
    tile = 2 if direct or 2 * length <= site.scratch_limit else 1
    activation, notes = activation_fields(site, attrs.activation)
    fields: Fields = {
        **input_fields(site),
        "output_h": site.output.shape[1],
        "output_w": site.output.shape[2],
        "output_c": site.output.shape[3],
        **window_fields(site, attrs),
        "tile_pixels": tile,
        "direct": int(direct),
        "input_zero_point": quantization(site.input()).zero_point,
        **activation,
        "weights": site.array(
            "weights",
            "int8_t",
            pack_channels(rows),
            order_comment(site, "[O / 4][kh][kw][I][4]", "[O][kh][kw][I]", len(rows)),
        ),
        **_channel_arrays(site, rows),
    }
    scratch = 0 if direct else tile * length
    overlap = tile_by_tile(sweep_of(site, attrs), site.input().shape[3], site.output.shape[3], tile)
    return site.call("conv_2d", fields, notes=notes, scratch_bytes=scratch, overlap_bytes=None if direct else overlap)


@lowers("FULLY_CONNECTED")
def fully_connected(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, FullyConnectedAttrs)
    rows = weight_rows(site.graph, site.op)
    features, length = rows.shape
    if length > _LONGEST_SUM:
        raise site.refuse(f"a sum of {length} products may leave 32 bits; at most {_LONGEST_SUM} are allowed")
    scales = split_rescales(channel_rescales(site.graph, site.op))
    activation, notes = activation_fields(site, site.op.attrs.activation)
    fields: Fields = {
        "rows": site.input().elements // length,
        "in_features": length,
        "out_features": features,
        **activation,
        "per_channel": int(len(scales.shifts) > 1),
        "weights": site.array(
            "weights", "int8_t", pack_channels(rows), order_comment(site, "[O / 4][I][4]", "[O][I]", features)
        ),
        "bias": site.array("bias", "int32_t", folded_bias(site.graph, site.op, rows)),
        "multiplier": site.array("multiplier", "int32_t", scales.multipliers),
        "shift": site.array("shift", "int8_t", scales.shifts),
    }
    return site.call("fully_connected", fields, notes=notes)


def sweep_of(site: Site, attrs: Conv2DAttrs | DepthwiseConv2DAttrs) -> Sweep:
    """How the filter moves over the image."""
    _, height, width, _ = site.input().shape
    _, rows, columns, _ = site.output.shape
    stride = (attrs.stride_h, attrs.stride_w)
    return Sweep((height, width), (rows, columns), stride, attrs.padding.top, attrs.padding.left)


def input_fields(site: Site) -> Fields:
    batch, height, width, channels = site.input().shape
    if batch != 1:
        raise site.refuse(f"its input is a batch of {batch}; kernels take batches of 1")
    return {"input_h": height, "input_w": width, "input_c": channels}


def window_fields(site: Site, attrs: Conv2DAttrs | DepthwiseConv2DAttrs) -> Fields:
    """The fields from `kernel_h` to `pad_left` of a kernel."""
    return {
        "kernel_h": site.input(1).shape[1],
        "kernel_w": site.input(1).shape[2],
        "stride_h": attrs.stride_h,
        "stride_w": attrs.stride_w,
        "dilation_h": attrs.dilation_h,
        "dilation_w": attrs.dilation_w,
        "pad_top": attrs.padding.top,
        "pad_left": attrs.padding.left,
    }


def _channel_arrays(site: Site, rows: Ints) -> Fields:
    scales = channel_scales(site.graph, site.op, rows.shape[0])
    return {
        "bias": site.array("bias", "int32_t", folded_bias(site.graph, site.op, rows), "input zero point folded in"),
        "multiplier": site.array("multiplier", "int32_t", scales.multipliers),
        "shift": site.array("shift", "int8_t", scales.shifts),
    }


def order_comment(site: Site, blocks: str, rest: str, channels: int) -> str:
    """The weights' shape and order: of `channels` packed together, `blocks` of 4 and the last few as `rest`."""
    sizes = ",".join(str(size) for size in site.input(1).shape)
    parts = [*([blocks] if channels >= BLOCK else []), *([rest] if channels % BLOCK else [])]
    return f"[{sizes}] as {' and '.join(dict.fromkeys(parts))}"
