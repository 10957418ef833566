# SPDX-License-Identifier: Apache-2.0
"""Exact integers of SUM, REDUCE_MAX, ARG_MAX and BATCH_MATMUL."""

from __future__ import annotations

import numpy as np

from edgekit.ir.attributes import ArgMaxAttrs, BatchMatmulAttrs, ReduceAttrs
from edgekit.ir.fixed_point import requantize, wrap32
from edgekit.ir.graph import Graph, Op
from edgekit.ir.reference import Array, Operands, centered, evaluates
from edgekit.ir.rescale import INT8_MAX, INT8_MIN, matmul_rescale, quantization, tensor_rescale


@evaluates("SUM")
def _sum(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, ReduceAttrs)
    total = requantize(centered(graph, op, operands, 0).sum(axis=op.attrs.axes), *tensor_rescale(graph, op))
    return np.clip(total + quantization(graph.output_tensor(op)).zero_point, INT8_MIN, INT8_MAX)


@evaluates("REDUCE_MAX")
def _reduce_max(graph: Graph, op: Op, operands: Operands) -> Array:
    values = operands[0]
    assert isinstance(op.attrs, ReduceAttrs) and values is not None
    return np.asarray(values.max(axis=op.attrs.axes))


@evaluates("ARG_MAX")
def _arg_max(graph: Graph, op: Op, operands: Operands) -> Array:
    values = operands[0]
    assert isinstance(op.attrs, ArgMaxAttrs) and values is not None
    return np.asarray(values.argmax(axis=op.attrs.axis))


@evaluates("BATCH_MATMUL")
def _batch_matmul(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, BatchMatmulAttrs)
    first = centered(graph, op, operands, 0).astype(np.float64)
    second = centered(graph, op, operands, 1).astype(np.float64)
    if op.attrs.adj_x:
        first = first.swapaxes(-1, -2)
    if op.attrs.adj_y:
        second = second.swapaxes(-1, -2)
    acc = wrap32((first @ second).astype(np.int64))
    rescaled = requantize(acc, *matmul_rescale(graph, op))
    return np.clip(rescaled + quantization(graph.output_tensor(op)).zero_point, INT8_MIN, INT8_MAX)
