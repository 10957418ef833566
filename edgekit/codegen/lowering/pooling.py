# SPDX-License-Identifier: Apache-2.0
"""AVERAGE_POOL_2D, MAX_POOL_2D, MEAN and SUM."""

from __future__ import annotations

import math

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.access import Sweep, pixel_by_pixel
from edgekit.codegen.lowering.registry import Site, activation_fields, lowers
from edgekit.ir.arithmetic import INTEGERS
from edgekit.ir.attributes import MeanAttrs, Pool2DAttrs, ReduceAttrs
from edgekit.ir.rescale import mean_rescale, quantization, tensor_rescale
from edgekit.ir.rules import reduced_elements


@lowers("AVERAGE_POOL_2D", "MAX_POOL_2D", arithmetics=INTEGERS)
def pool_2d(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, Pool2DAttrs)
    activation, notes = activation_fields(site, site.op.attrs.activation, zero_point=False)
    fields = {**pool_fields(site), **activation}
    return site.call(site.op.kind.lower(), fields, notes=notes, overlap_bytes=pool_overlap(site))


def pool_fields(site: Site) -> dict[str, FieldValue]:
    """The fields of a kernel up to the activation."""
    attrs = site.op.attrs
    assert isinstance(attrs, Pool2DAttrs)
    batch, height, width, channels = site.input().shape
    if batch != 1:
        raise site.refuse(f"its input is a batch of {batch}; kernels take batches of 1")
    return {
        "input_h": height,
        "input_w": width,
        "channels": channels,
        "output_h": site.output.shape[1],
        "output_w": site.output.shape[2],
        "filter_h": attrs.filter_h,
        "filter_w": attrs.filter_w,
        "stride_h": attrs.stride_h,
        "stride_w": attrs.stride_w,
        "pad_top": attrs.padding.top,
        "pad_left": attrs.padding.left,
    }


def pool_overlap(site: Site) -> int:
    """How far the output of a pool may lie over its input, in bytes."""
    attrs = site.op.attrs
    assert isinstance(attrs, Pool2DAttrs)
    _, height, width, channels = site.input().shape
    _, rows, columns, _ = site.output.shape
    stride = (attrs.stride_h, attrs.stride_w)
    sweep = Sweep((height, width), (rows, columns), stride, attrs.padding.top, attrs.padding.left)
    pixel_bytes = channels * site.element_bytes
    return pixel_by_pixel(sweep, pixel_bytes, pixel_bytes)


@lowers("SUM")
@lowers("MEAN", arithmetics=INTEGERS)
def mean(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, MeanAttrs | ReduceAttrs)
    rescale = (mean_rescale if site.op.kind == "MEAN" else tensor_rescale)(site.graph, site.op)
    fields = reduction_loops(site, attrs.axes)
    if site.arithmetic == "int8":
        fields["bias"] = -quantization(site.input()).zero_point * reduced_elements(site.graph, site.op)
        fields["output_zero_point"] = quantization(site.output).zero_point
    return site.call("mean", {**fields, "multiplier": rescale.multiplier, "shift": rescale.shift})


def reduction_loops(site: Site, axes: tuple[int, ...]) -> dict[str, FieldValue]:
    """The fields `kept`, `kept_strides`, `reduced` and `reduced_strides` of a kernel."""
    shape = site.input().shape
    groups = _joined_dimensions(shape, frozenset(axes))
    kept = [(size, stride) for size, stride, reduced in groups if not reduced]
    reduced = [(size, stride) for size, stride, reduced in groups if reduced]
    if len(kept) > 2 or len(reduced) > 2:
        raise site.refuse(f"axes {list(axes)} of shape {list(shape)} alternate too often; make them neighbours")
    kept = [(1, 0)] * (2 - len(kept)) + kept
    reduced = [(1, 0)] * (2 - len(reduced)) + reduced
    return {
        "kept": tuple(size for size, _ in kept),
        "kept_strides": tuple(stride for _, stride in kept),
        "reduced": tuple(size for size, _ in reduced),
        "reduced_strides": tuple(stride for _, stride in reduced),
    }


def _joined_dimensions(shape: tuple[int, ...], axes: frozenset[int]) -> list[tuple[int, int, bool]]:
    """(size, stride in elements, reduced?) with neighbours of one sort joined, outermost first."""
    groups: list[tuple[int, int, bool]] = []
    for axis, size in enumerate(shape):
        stride = math.prod(shape[axis + 1 :])
        if size == 1:
            continue
        if groups and groups[-1][2] == (axis in axes):
            groups[-1] = (groups[-1][0] * size, stride, groups[-1][2])
        else:
            groups.append((size, stride, axis in axes))
    return groups
