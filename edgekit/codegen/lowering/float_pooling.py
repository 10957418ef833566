# SPDX-License-Identifier: Apache-2.0
"""float32: pools, MEAN, SUM, SOFTMAX and RESIZE_BILINEAR; other reductions go with those of int8."""

from __future__ import annotations

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.float_convolution import activation_fields
from edgekit.codegen.lowering.pooling import pool_fields, pool_overlap, reduction_loops
from edgekit.codegen.lowering.registry import Site, lowers
from edgekit.ir.arithmetic import FLOATS
from edgekit.ir.attributes import MeanAttrs, Pool2DAttrs, ReduceAttrs, ResizeAttrs, SoftmaxAttrs
from edgekit.ir.resize import FloatBlends, float_blends
from edgekit.ir.rules import reduced_elements


@lowers("AVERAGE_POOL_2D", "MAX_POOL_2D", arithmetics=FLOATS)
def pool_2d(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, Pool2DAttrs)
    activation, notes = activation_fields(site.op.attrs.activation)
    fields = {**pool_fields(site), **activation}
    return site.call(site.op.kind.lower(), fields, notes=notes, overlap_bytes=pool_overlap(site))


@lowers("MEAN", "SUM", arithmetics=FLOATS)
def mean(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, MeanAttrs | ReduceAttrs)
    divisor = reduced_elements(site.graph, site.op) if site.op.kind == "MEAN" else 1
    return site.call("mean", {**reduction_loops(site, site.op.attrs.axes), "divisor": float(np.float32(divisor))})


@lowers("SOFTMAX", arithmetics=FLOATS)
def softmax(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, SoftmaxAttrs)
    depth = site.input().shape[-1]
    fields: dict[str, FieldValue] = {
        "rows": site.input().elements // depth,
        "depth": depth,
        "beta": float(np.float32(site.op.attrs.beta)),
    }
    return site.call("softmax", fields, overlap_bytes=0, sources=("ek_exp.c",))


@lowers("RESIZE_BILINEAR", arithmetics=FLOATS)
def resize_bilinear(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, ResizeAttrs)
    _, height, width, channels = site.input().shape
    _, output_h, output_w, _ = site.output.shape
    rows = float_blends(height, output_h, site.op.attrs)
    columns = float_blends(width, output_w, site.op.attrs)
    fields: dict[str, FieldValue | CArray] = {
        "output_h": output_h,
        "output_w": output_w,
        "channels": channels,
        "rows": _places(site, "rows", rows, width * channels),
        "columns": _places(site, "columns", columns, channels),
        "row_weights": _weights(site, "row_weights", rows),
        "column_weights": _weights(site, "column_weights", columns),
    }
    return site.call("resize_bilinear", fields)


def _places(site: Site, suffix: str, blends: FloatBlends, distance: int) -> CArray:
    values = np.stack([blends.above, blends.below], axis=1) * distance
    return site.array(suffix, "int32_t", values.ravel().tolist(), "elements of the input before and behind")


def _weights(site: Site, suffix: str, blends: FloatBlends) -> CArray:
    values = np.stack([blends.above_weight, blends.below_weight], axis=1)
    return site.array(suffix, "float", values.ravel().tolist(), "what they count")
