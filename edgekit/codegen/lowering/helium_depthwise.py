# SPDX-License-Identifier: Apache-2.0
"""DEPTHWISE_CONV_2D for cores with Helium."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgekit.codegen.generated import KernelCall
from edgekit.codegen.helium_packing import CHUNK, GROUP, pack_depthwise, pack_depthwise_3x3, sums_fit
from edgekit.codegen.helium_windows import LARGEST_SCRATCH_BYTES, Bands, Geometry
from edgekit.codegen.lowering.access import distance, pixel_by_pixel
from edgekit.codegen.lowering.helium_convolution import ARCH, Fields, convolve, geometry_of, requantization
from edgekit.codegen.lowering.registry import Site, variant
from edgekit.codegen.requantize import folded_bias
from edgekit.ir.attributes import DepthwiseConv2DAttrs, Padding
from edgekit.ir.fixed_point import Ints
from edgekit.ir.rescale import quantization

#: Of the table of 3x3 windows: a word for each of 16 channels.
_COLUMN_BYTES = 64


@variant(ARCH, "DEPTHWISE_CONV_2D")
def one_input_channel(site: Site) -> KernelCall | None:
    """A depthwise convolution of one channel is a convolution."""
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    return convolve(site, attrs, depthwise_rows(site)) if site.input().shape[3] == 1 else None


@variant(ARCH, "DEPTHWISE_CONV_2D")
def depthwise_3x3(site: Site) -> KernelCall | None:
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    form = requantization(site, attrs.activation)
    geometry = geometry_of(site, attrs)
    (height, width, channels), (output_h, output_w, _) = geometry.input, geometry.output
    stride = attrs.stride_w
    if (
        form is None
        or (geometry.kernel, geometry.dilation, attrs.depth_multiplier) != ((3, 3), (1, 1), 1)
        or geometry.stride not in ((1, 1), (2, 2))
        or channels % GROUP != 0
        or (form.fields["act_min"], form.fields["act_max"]) != (-128, 127)
        or site.input().shape[0] != 1
    ):
        return None
    columns = (output_w - 1) * stride + 3
    padding_row, table = channels + -channels % CHUNK, columns * _COLUMN_BYTES
    if padding_row + table > site.scratch_limit:
        return None
    rows = depthwise_rows(site)
    bias = folded_bias(site.graph, site.op, rows)
    fields: Fields = {
        "input_h": height,
        "input_w": width,
        "channels": channels,
        "output_h": output_h,
        "output_w": output_w,
        "stride": stride,
        "pad_top": attrs.padding.top,
        "pad_left": attrs.padding.left,
        "columns": min(width, columns - attrs.padding.left),
        "padding_row": padding_row,
        "table": table,
        "input_zero_point": quantization(site.input()).zero_point,
        "output_zero_point": form.fields["output_zero_point"],
        "two_sided": form.fields["two_sided"],
        "weights": site.array(
            "weights",
            "uint32_t",
            pack_depthwise_3x3(rows, bias, form.of_each(channels)),
            f"[{channels}] channels by {GROUP}, and their constants",
        ),
    }
    # All channels of a row are read before the next row, but not before the first of them are written.
    first_rows = ((max(0, oy * stride - attrs.padding.top), oy + 1) for oy in range(output_h))
    return site.call(
        "depthwise_conv_2d_3x3_helium",
        fields,
        notes=form.notes,
        scratch_bytes=padding_row + table,
        overlap_bytes=distance((row * width * channels, end * output_w * channels) for row, end in first_rows),
        sources=("ek_depthwise_3x3_helium.S", "ek_rows_helium.S"),
    )


@variant(ARCH, "DEPTHWISE_CONV_2D")
def any_depthwise(site: Site) -> KernelCall | None:
    """Any kernel, stride, dilation and depth multiplier."""
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    form = requantization(site, attrs.activation)
    rows = depthwise_rows(site)
    if form is None or not sums_fit(rows) or site.input().shape[0] != 1:
        return None
    channels, multiplier = len(rows), attrs.depth_multiplier
    together = _pixels_together(channels, attrs.stride_w, site.output.shape[2])
    geometry = geometry_of(site, attrs)
    geometry = replace(geometry, input=(*geometry.input[:2], channels))
    partial = channels * together % CHUNK != 0
    copies = attrs.padding != Padding() or partial or multiplier > 1
    bands = Bands(geometry, copies, 0, site.scratch_limit, slack=CHUNK)
    if bands.scratch_bytes > LARGEST_SCRATCH_BYTES:
        return None
    places = [
        row * attrs.dilation_h * bands.row_bytes + column * attrs.dilation_w * channels
        for row in range(geometry.kernel[0])
        for column in range(geometry.kernel[1])
    ]
    places += places[-1:] * (len(places) % 2)
    bias = folded_bias(site.graph, site.op, rows)
    packed = pack_depthwise(np.tile(rows, (together, 1)), bias * together, form.of_each(channels) * together)
    sizes = ",".join(str(size) for size in site.input(1).shape)
    fields: Fields = {
        "input_h": site.input().shape[1],
        "input_w": site.input().shape[2],
        "input_c": site.input().shape[3],
        "depth_multiplier": multiplier,
        "output_h": site.output.shape[1],
        "output_w": site.output.shape[2] // together,
        "output_c": channels * together,
        "row_step": attrs.stride_h * bands.row_bytes,
        "column_step": attrs.stride_w * channels * together,
        **bands.fields(),
        "input_zero_point": quantization(site.input()).zero_point,
        **form.fields,
        "taps": len(places),
        "places": site.array("places", "int32_t", places),
        "weights": site.array("weights", "uint32_t", packed, f"[{sizes}], channels by {CHUNK}, and their constants"),
    }
    return site.call(
        "depthwise_conv_2d_helium",
        fields,
        notes=form.notes,
        scratch_bytes=bands.scratch_bytes,
        overlap_bytes=_overlap_bytes(site, geometry, bands),
        sources=("ek_depthwise_helium.S", "ek_rows_helium.S"),
    )


def _overlap_bytes(site: Site, geometry: Geometry, bands: Bands) -> int:
    _, _, width, channels = site.input().shape
    outputs = geometry.output[2]
    if bands.copies:
        return bands.distance(width * channels, beyond=-outputs % CHUNK)
    return pixel_by_pixel(geometry.sweep, channels, outputs)


def _pixels_together(channels: int, stride: int, output_w: int) -> int:
    """Neighbouring pixels that make a block of channels together."""
    pixels = CHUNK // channels if CHUNK % channels == 0 else 1
    return pixels if stride == 1 and output_w % pixels == 0 else 1


def depthwise_rows(site: Site) -> Ints:
    """[1, kh, kw, C] as [C, kh * kw]."""
    weights = site.input(1)
    data = np.asarray(weights.data).astype(np.int64)
    return np.ascontiguousarray(data.reshape(-1, weights.shape[3]).T)
