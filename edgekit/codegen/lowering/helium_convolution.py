# SPDX-License-Identifier: Apache-2.0
"""CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED for cores with Helium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.helium_columns import Columns, Phases
from edgekit.codegen.helium_packing import fits, pack_matmul
from edgekit.codegen.helium_windows import LARGEST_SCRATCH_BYTES, Geometry, Windows, flattened
from edgekit.codegen.lowering.registry import Site, activation_fields, variant
from edgekit.codegen.requantize import folded_bias, weight_rows
from edgekit.ir.attributes import (
    Activation,
    Conv2DAttrs,
    DepthwiseConv2DAttrs,
    FullyConnectedAttrs,
    Padding,
    TransposeConvAttrs,
)
from edgekit.ir.fixed_point import Ints, Rescale
from edgekit.ir.rescale import channel_rescales, quantization

ARCH = "helium"

_MATMUL_SOURCES = (
    "ek_products_helium.c",
    "ek_matmul_1x4_helium.S",
    "ek_matmul_2x4_helium.S",
    "ek_matmul_4x1_helium.S",
    "ek_rows_helium.S",
)
_COLUMN_SOURCES = ("ek_columns_helium.c", "ek_spread_helium.S", *_MATMUL_SOURCES)
_VECTOR_SOURCES = ("ek_matmul_1x4_helium.S", "ek_rows_helium.S")

Fields = dict[str, FieldValue | CArray]


@dataclass(frozen=True, slots=True)
class Requantization:
    """How sums become outputs: `fields` of the kernel, the `notes` on them, and the scales."""

    fields: dict[str, FieldValue]
    notes: dict[str, str]
    rescales: tuple[Rescale, ...]

    def of_each(self, channels: int) -> tuple[Rescale, ...]:
        return self.rescales if len(self.rescales) > 1 else self.rescales * channels


def requantization(site: Site, activation: Activation) -> Requantization | None:
    """None where the kernels cannot requantize so."""
    rescales = channel_rescales(site.graph, site.op)
    if not fits(rescales):
        return None
    fields, notes = activation_fields(site, activation)
    fields["two_sided"] = int(fields["output_zero_point"] != fields["act_min"])
    return Requantization(fields, notes, rescales)


def geometry_of(site: Site, attrs: Conv2DAttrs | DepthwiseConv2DAttrs) -> Geometry:
    return Geometry(
        input=site.input().shape[1:],
        output=site.output.shape[1:],
        kernel=site.input(1).shape[1:3],
        stride=(attrs.stride_h, attrs.stride_w),
        dilation=(attrs.dilation_h, attrs.dilation_w),
        padding=attrs.padding,
    )


@variant(ARCH, "CONV_2D")
def conv_2d(site: Site) -> KernelCall | None:
    assert isinstance(site.op.attrs, Conv2DAttrs)
    return convolve(site, site.op.attrs, weight_rows(site.graph, site.op))


def convolve(site: Site, attrs: Conv2DAttrs | DepthwiseConv2DAttrs, rows: Ints) -> KernelCall | None:
    """A convolution with weights `rows` [O, kh * kw * I]."""
    if site.input().shape[0] != 1:
        return None
    return _multiply(site, geometry_of(site, attrs), attrs.activation, rows)


def _multiply(site: Site, geometry: Geometry, activation: Activation, rows: Ints) -> KernelCall | None:
    windows = Windows(flattened(geometry), site.scratch_limit, site.in_place)
    form = requantization(site, activation)
    if form is None:
        return None
    columns = Columns(geometry, site.scratch_limit)
    # In place, room between input and output is dearer than instructions.
    reaches = not site.in_place or columns.overlap_bytes >= (windows.overlap_bytes or 0)
    longer = windows.scratch_bytes > site.scratch_limit
    if columns.applies and reaches and (longer or columns.instructions < windows.instructions):
        return _by_columns(site, columns, form, rows)
    if windows.scratch_bytes > LARGEST_SCRATCH_BYTES:
        return None
    packed = pack_matmul(rows, folded_bias(site.graph, site.op, rows), form.of_each(len(rows)))
    fields: Fields = {
        **windows.fields(),
        "input_zero_point": quantization(site.input()).zero_point,
        **form.fields,
        "places": site.array("places", "int32_t", windows.places()),
        "weights": site.array("weights", "uint32_t", packed, f"{_sizes(site)}, channels by 4, and their constants"),
    }
    return site.call(
        "conv_2d_helium",
        fields,
        notes=form.notes,
        scratch_bytes=windows.scratch_bytes,
        overlap_bytes=windows.overlap_bytes,
        sources=_MATMUL_SOURCES,
    )


def _by_columns(site: Site, columns: Columns, form: Requantization, rows: Ints) -> KernelCall:
    packed = pack_matmul(columns.ordered(rows), folded_bias(site.graph, site.op, rows), form.of_each(len(rows)))
    fields: Fields = {
        **columns.fields(),
        "input_zero_point": quantization(site.input()).zero_point,
        **form.fields,
        "weights": site.array("weights", "uint32_t", packed, f"{_sizes(site)}, channels by 4, and their constants"),
    }
    return site.call(
        "conv_2d_columns_helium",
        fields,
        notes=form.notes,
        scratch_bytes=columns.scratch_bytes,
        overlap_bytes=columns.overlap_bytes,
        sources=_COLUMN_SOURCES,
    )


@variant(ARCH, "TRANSPOSE_CONV")
def transpose_conv(site: Site) -> KernelCall | None:
    attrs = site.op.attrs
    assert isinstance(attrs, TransposeConvAttrs)
    form = requantization(site, attrs.activation)
    phases = Phases(site.input().shape[1:], site.output.shape[1:], site.input(1).shape[1:3], attrs)
    if form is None or site.input().shape[0] != 1 or phases.scratch_bytes > LARGEST_SCRATCH_BYTES:
        return None
    packed: list[int] = []
    for rows in phases.split(np.asarray(site.input(1).data).astype(np.int64)):
        packed += pack_matmul(rows, folded_bias(site.graph, site.op, rows), form.of_each(len(rows)))
    fields: Fields = {
        **phases.fields(),
        "input_zero_point": quantization(site.input()).zero_point,
        **form.fields,
        "phases": site.array("phases", "int32_t", phases.windows()),
        "weights": site.array("weights", "uint32_t", packed, "phase after phase, channels by 4, and their constants"),
    }
    return site.call(
        "transpose_conv_helium",
        fields,
        notes=form.notes,
        scratch_bytes=phases.scratch_bytes,
        sources=_COLUMN_SOURCES,
    )


@variant(ARCH, "FULLY_CONNECTED")
def one_vector(site: Site) -> KernelCall | None:
    """Few vectors: each feature's weights are read for each of them."""
    assert isinstance(site.op.attrs, FullyConnectedAttrs)
    weights = weight_rows(site.graph, site.op)
    features, length = weights.shape
    form = requantization(site, site.op.attrs.activation)
    if form is None or site.input().elements > length:
        return None
    per_channel = len(form.rescales) > 1
    bias = folded_bias(site.graph, site.op, weights)
    packed = pack_matmul(weights, bias, form.of_each(features) if per_channel else None)
    fields: Fields = {
        "rows": 1,
        "in_features": length,
        "out_features": features,
        **form.fields,
        "per_channel": int(per_channel),
        "multiplier": form.rescales[0].multiplier,
        "shift": form.rescales[0].shift,
        "weights": site.array("weights", "uint32_t", packed, f"{_sizes(site)}, features by 4, and their constants"),
    }
    return site.call("fully_connected_helium", fields, notes=form.notes, sources=_VECTOR_SOURCES)


@variant(ARCH, "FULLY_CONNECTED")
def many_vectors(site: Site) -> KernelCall | None:
    """A 1x1 convolution of as many pixels as there are vectors."""
    assert isinstance(site.op.attrs, FullyConnectedAttrs)
    weights = weight_rows(site.graph, site.op)
    features, length = weights.shape
    pixels = site.input().elements // length
    geometry = Geometry((1, pixels, length), (1, pixels, features), (1, 1), (1, 1), (1, 1), Padding())
    return _multiply(site, geometry, site.op.attrs.activation, weights)


def _sizes(site: Site) -> str:
    return "[" + ",".join(str(size) for size in site.input(1).shape) + "]"
