# SPDX-License-Identifier: Apache-2.0
"""RESIZE_NEAREST_NEIGHBOR, RESIZE_BILINEAR and TRANSPOSE_CONV: images that change their size."""

from __future__ import annotations

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.movement import move
from edgekit.codegen.lowering.registry import Site, activation_fields, lowers
from edgekit.codegen.packing import pack_channels
from edgekit.codegen.requantize import channel_scales, folded_bias
from edgekit.ir.arithmetic import EVERY
from edgekit.ir.attributes import ResizeAttrs, TransposeConvAttrs
from edgekit.ir.fixed_point import Ints
from edgekit.ir.rescale import quantization
from edgekit.ir.resize import blended_pixels, nearest_pixels


@lowers("RESIZE_NEAREST_NEIGHBOR", arithmetics=EVERY)
def resize_nearest_neighbor(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, ResizeAttrs)
    _, height, width, channels = site.input().shape
    _, rows, columns, _ = site.output.shape
    return move(
        site,
        [
            [row * width * channels for row in nearest_pixels(height, rows, site.op.attrs)],
            [column * channels for column in nearest_pixels(width, columns, site.op.attrs)],
            range(channels),
        ],
    )


@lowers("RESIZE_BILINEAR")
def resize_bilinear(site: Site) -> KernelCall:
    _, height, width, channels = site.input().shape
    _, rows, columns, _ = site.output.shape
    return site.call(
        "resize_bilinear",
        {
            "output_h": rows,
            "output_w": columns,
            "channels": channels,
            "rows": _blends(site, "rows", height, rows, width * channels),
            "columns": _blends(site, "columns", width, columns, channels),
        },
    )


def _blends(site: Site, suffix: str, size: int, resized: int, distance: int) -> CArray:
    assert isinstance(site.op.attrs, ResizeAttrs)
    values = [
        number
        for blend in blended_pixels(size, resized, site.op.attrs)
        for number in (blend.above * distance, blend.below * distance, blend.weight)
    ]
    return site.array(suffix, "int32_t", values, "elements of the input before and behind, 1024ths of the latter")


@lowers("TRANSPOSE_CONV")
def transpose_conv(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, TransposeConvAttrs)
    activation, notes = activation_fields(site, attrs.activation)
    phases = phases_of(site, attrs)
    channels = site.output.shape[3]
    scales = channel_scales(site.graph, site.op, channels)
    bias = [number for rows in phases for number in folded_bias(site.graph, site.op, rows)]
    weights = [number for rows in phases for number in pack_channels(rows)]
    fields: dict[str, FieldValue | CArray] = {
        "input_h": site.input().shape[1],
        "input_w": site.input().shape[2],
        "input_c": site.input().shape[3],
        "output_h": site.output.shape[1],
        "output_w": site.output.shape[2],
        "output_c": channels,
        "kernel_h": site.input(1).shape[1],
        "kernel_w": site.input(1).shape[2],
        "stride_h": attrs.stride_h,
        "stride_w": attrs.stride_w,
        "pad_top": attrs.pad_top,
        "pad_left": attrs.pad_left,
        "input_zero_point": quantization(site.input()).zero_point,
        **activation,
        "weights": site.array("weights", "int8_t", weights, "for each phase of the strides, its part of the filters"),
        "bias": site.array("bias", "int32_t", bias, "for each phase, input zero point folded in"),
        "multiplier": site.array("multiplier", "int32_t", scales.multipliers),
        "shift": site.array("shift", "int8_t", scales.shifts),
    }
    scratch = max(rows.shape[1] for rows in phases)
    return site.call("transpose_conv", fields, notes=notes, scratch_bytes=scratch)


def phases_of(site: Site, attrs: TransposeConvAttrs) -> list[Ints]:
    """For each remainder of output rows and columns by the strides, the weights [O, taps * I] that reach it.

    Taps stand in the order of the input's pixels, which is the reverse of the filter's.
    """
    weights = np.asarray(site.input(1).data).astype(np.int64)
    phases = []
    for row in range(attrs.stride_h):
        for column in range(attrs.stride_w):
            first_h, first_w = (row + attrs.pad_top) % attrs.stride_h, (column + attrs.pad_left) % attrs.stride_w
            part = weights[:, first_h :: attrs.stride_h, first_w :: attrs.stride_w][:, ::-1, ::-1]
            phases.append(np.ascontiguousarray(part).reshape(weights.shape[0], -1))
    return phases
