# SPDX-License-Identifier: Apache-2.0
"""DEPTHWISE_CONV_2D for cores with Helium."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgekit.codegen.generated import KernelCall
from edgekit.codegen.helium_lanes import Lanes
from edgekit.codegen.helium_packing import CHUNK, GROUP, as_words, pack_depthwise, pack_depthwise_3x3, sums_fit
from edgekit.codegen.helium_windows import LARGEST_SCRATCH_BYTES, Bands, Geometry
from edgekit.codegen.lowering.access import distance, pixel_by_pixel
from edgekit.codegen.lowering.helium_convolution import (
    ARCH,
    Fields,
    Requantization,
    convolve,
    geometry_of,
    requantization,
)
from edgekit.codegen.lowering.registry import Site, variant
from edgekit.codegen.requantize import folded_bias
from edgekit.ir.attributes import DepthwiseConv2DAttrs
from edgekit.ir.fixed_point import Ints
from edgekit.ir.rescale import quantization

#: Of the table of 3x3 windows: a word for each of 16 channels.
_COLUMN_BYTES = 64

#: Output columns that are worth a table of their own.
_SMALLEST_TILE = 4


@variant(ARCH, "DEPTHWISE_CONV_2D")
def one_input_channel(site: Site) -> KernelCall | None:
    """A depthwise convolution of one channel is a convolution."""
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    return convolve(site, attrs, depthwise_rows(site)) if site.input().shape[3] == 1 else None


class _Tables:
    """How a 3x3 kernel works on a row: tile by tile, each with a table of its windows, behind a row of padding.

    In place, an output row overwrites the middle one of its input rows: two rows are kept behind the table.
    """

    def __init__(self, geometry: Geometry, scratch_limit: int, in_place: bool) -> None:
        self._is = geometry
        _, width, channels = geometry.input
        padding, stride = geometry.padding, geometry.stride[1]
        self._padding_row = channels + -channels % CHUNK if padding.top or padding.bottom else 0
        self.tile = _tile(geometry.output[1], stride, scratch_limit - self._padding_row)
        self._table = ((self.tile - 1) * stride + 3) * _COLUMN_BYTES
        self._keeps_rows = in_place and geometry.input == geometry.output and padding.top == 1
        self._kept = 2 * width * channels if self._keeps_rows else 0

    @property
    def scratch_bytes(self) -> int:
        return self._padding_row + self._table + self._kept

    @property
    def overlap_bytes(self) -> int:
        """All channels of a row are read before the next row, but not before the first of them are written."""
        if self._keeps_rows:
            return 0
        (_, width, channels), (output_h, output_w, _) = self._is.input, self._is.output
        first_rows = (max(0, oy * self._is.stride[0] - self._is.padding.top) for oy in range(output_h))
        return distance((row * width, (oy + 1) * output_w) for oy, row in enumerate(first_rows)) * channels

    def fields(self) -> Fields:
        columns = (self._is.output[1] - 1) * self._is.stride[1] + 3
        return {
            "columns": min(self._is.input[1], columns - self._is.padding.left),
            "tile": self.tile,
            "padding_row": self._padding_row,
            "table": self._table,
            "keeps_rows": int(self._keeps_rows),
        }


def _tile(output_w: int, stride: int, room: int) -> int:
    """Output columns of a table of `room` bytes: as many as fit, in tiles of about one size."""
    most = (room // _COLUMN_BYTES - 3) // stride + 1
    return -(-output_w // -(-output_w // most)) if most > 0 else 0


@variant(ARCH, "DEPTHWISE_CONV_2D")
def depthwise_3x3(site: Site) -> KernelCall | None:
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    form = requantization(site, attrs.activation)
    geometry = geometry_of(site, attrs)
    (height, width, channels), (output_h, output_w, _) = geometry.input, geometry.output
    if (
        form is None
        or (geometry.kernel, geometry.dilation, attrs.depth_multiplier) != ((3, 3), (1, 1), 1)
        or geometry.stride not in ((1, 1), (2, 2))
        or channels % GROUP != 0
        or (form.fields["act_min"], form.fields["act_max"]) != (-128, 127)
        or site.input().shape[0] != 1
    ):
        return None
    tables = _Tables(geometry, site.scratch_limit, site.in_place)
    if tables.tile < min(output_w, _SMALLEST_TILE):
        return None
    rows = depthwise_rows(site)
    packed = pack_depthwise_3x3(rows, folded_bias(site.graph, site.op, rows), form.of_each(channels))
    fields: Fields = {
        "input_h": height,
        "input_w": width,
        "channels": channels,
        "output_h": output_h,
        "output_w": output_w,
        "stride": attrs.stride_w,
        "pad_top": attrs.padding.top,
        "pad_left": attrs.padding.left,
        **tables.fields(),
        "input_zero_point": quantization(site.input()).zero_point,
        "output_zero_point": form.fields["output_zero_point"],
        "two_sided": form.fields["two_sided"],
        "weights": site.array("weights", "uint32_t", packed, f"[{channels}] channels by {GROUP}, and their constants"),
    }
    return site.call(
        "depthwise_conv_2d_3x3_helium",
        fields,
        notes=form.notes,
        scratch_bytes=tables.scratch_bytes,
        overlap_bytes=tables.overlap_bytes,
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
    geometry = geometry_of(site, attrs)
    geometry = replace(geometry, input=(*geometry.input[:2], len(rows)))
    lanes = Lanes(geometry, attrs.depth_multiplier)
    bands = Bands(geometry, lanes.copies, 0, site.scratch_limit, slack=CHUNK, copied_row=lanes.row_bytes)
    if bands.scratch_bytes > LARGEST_SCRATCH_BYTES:
        return None
    fields: Fields = {
        "input_h": site.input().shape[1],
        "input_row": site.input().shape[2] * site.input().shape[3],
        "output_h": site.output.shape[1],
        "output_row": lanes.row_outputs,
        "unit": lanes.unit,
        "blocks": lanes.blocks,
        "row_step": attrs.stride_h * bands.row_bytes,
        "unit_step": lanes.column_step,
        **bands.fields(),
        **_copying(site, lanes),
        "input_zero_point": quantization(site.input()).zero_point,
        **form.fields,
        **_taps(site, lanes, bands, rows, form),
    }
    return site.call(
        "depthwise_conv_2d_helium",
        fields,
        notes=form.notes,
        scratch_bytes=bands.scratch_bytes,
        overlap_bytes=_overlap_bytes(site, geometry, bands, lanes),
        sources=("ek_depthwise_helium.S", "ek_rows_helium.S"),
    )


def _copying(site: Site, lanes: Lanes) -> Fields:
    """How rows are copied."""
    sources = lanes.sources()
    parts, source_words = lanes.parts(), as_words([np.array(sources, np.uint8).view(np.int8)])
    return {
        "parts": len(parts) // 3,
        "source_blocks": len(sources) // CHUNK,
        "source_step": lanes.source_step(),
        "sources": site.array("sources", "uint32_t", source_words) if sources else "NULL",
        "part": site.array("part", "int32_t", parts),
    }


def _taps(site: Site, lanes: Lanes, bands: Bands, rows: Ints, form: Requantization) -> Fields:
    """Places and weights of the kernel, an even number of taps."""
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    _, kernel_h, kernel_w, _ = site.input(1).shape
    places = [
        row * attrs.dilation_h * bands.row_bytes + lanes.place(column)
        for row in range(kernel_h)
        for column in range(kernel_w)
    ]
    places += places[-1:] * (len(places) % 2)
    channels = np.arange(min(lanes.unit, lanes.blocks * CHUNK)) % len(rows)
    bias, scales = folded_bias(site.graph, site.op, rows), form.of_each(len(rows))
    packed = pack_depthwise(rows[channels], [bias[c] for c in channels], [scales[c] for c in channels])
    sizes = ",".join(str(size) for size in site.input(1).shape)
    return {
        "taps": len(places),
        "places": site.array("places", "int32_t", places),
        "weights": site.array("weights", "uint32_t", packed, f"[{sizes}], channels by {CHUNK}, and their constants"),
    }


def _overlap_bytes(site: Site, geometry: Geometry, bands: Bands, lanes: Lanes) -> int:
    _, _, width, channels = site.input().shape
    if bands.copies:
        return bands.distance(width * channels, beyond=lanes.beyond)
    return pixel_by_pixel(geometry.sweep, channels, geometry.output[2])


def depthwise_rows(site: Site) -> Ints:
    """[1, kh, kw, C] as [C, kh * kw]."""
    weights = site.input(1)
    data = np.asarray(weights.data).astype(np.int64)
    return np.ascontiguousarray(data.reshape(-1, weights.shape[3]).T)
