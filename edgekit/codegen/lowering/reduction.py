# SPDX-License-Identifier: Apache-2.0
"""REDUCE_MAX, ARG_MAX and BATCH_MATMUL; SUM goes with MEAN."""

from __future__ import annotations

import math

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.broadcasting import broadcast_strides
from edgekit.codegen.lowering.pooling import reduction_loops
from edgekit.codegen.lowering.registry import Site, lowers
from edgekit.ir.arithmetic import FLOATS, INT8_AND_FLOAT
from edgekit.ir.attributes import ArgMaxAttrs, BatchMatmulAttrs, ReduceAttrs
from edgekit.ir.rescale import matmul_rescale, quantization
from edgekit.ir.rules_reduction import matrix_shape

_BATCH_DIMENSIONS = 3


@lowers("REDUCE_MAX", arithmetics=INT8_AND_FLOAT)
def reduce_max(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, ReduceAttrs)
    return site.call("reduce_max", reduction_loops(site, site.op.attrs.axes))


@lowers("ARG_MAX", arithmetics=INT8_AND_FLOAT)
def arg_max(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, ArgMaxAttrs)
    shape, axis = site.input().shape, site.op.attrs.axis
    fields = {"outer": math.prod(shape[:axis]), "size": shape[axis], "inner": math.prod(shape[axis + 1 :])}
    return site.call("arg_max", fields)


@lowers("BATCH_MATMUL")
def batch_matmul(site: Site) -> KernelCall:
    rescale = matmul_rescale(site.graph, site.op)
    fields: dict[str, FieldValue] = {
        **matmul_fields(site),
        "a_zero_point": quantization(site.input(0)).zero_point,
        "b_zero_point": quantization(site.input(1)).zero_point,
        "output_zero_point": quantization(site.output).zero_point,
        "multiplier": rescale.multiplier,
        "shift": rescale.shift,
    }
    return site.call("batch_matmul", fields)


@lowers("BATCH_MATMUL", arithmetics=FLOATS)
def float_batch_matmul(site: Site) -> KernelCall:
    return site.call("batch_matmul", matmul_fields(site))


def matmul_fields(site: Site) -> dict[str, FieldValue]:
    """The fields of a kernel that say where factors lie."""
    attrs = site.op.attrs
    assert isinstance(attrs, BatchMatmulAttrs)
    first, second = site.input(0).shape, site.input(1).shape
    rows, depth = matrix_shape(first, attrs.adj_x)
    _, columns = matrix_shape(second, attrs.adj_y)
    batch, strides = broadcast_strides(first[:-2], second[:-2], site.output.shape[:-2])
    fill = _BATCH_DIMENSIONS - len(batch)
    return {
        "batch": (1,) * fill + batch,
        "a_batch_strides": (0,) * fill + tuple(stride * rows * depth for stride in strides[0]),
        "b_batch_strides": (0,) * fill + tuple(stride * depth * columns for stride in strides[1]),
        "rows": rows,
        "columns": columns,
        "depth": depth,
        "a_row_stride": 1 if attrs.adj_x else depth,
        "a_depth_stride": rows if attrs.adj_x else 1,
        "b_depth_stride": 1 if attrs.adj_y else columns,
        "b_column_stride": depth if attrs.adj_y else 1,
    }
