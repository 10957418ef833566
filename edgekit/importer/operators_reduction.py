# SPDX-License-Identifier: Apache-2.0
"""Importers of SUM, REDUCE_MAX, ARG_MAX and BATCH_MATMUL."""

from __future__ import annotations

from edgekit.importer import schema
from edgekit.importer.operators import reduced_axes
from edgekit.importer.registry import Node, imports
from edgekit.ir.attributes import ArgMaxAttrs, BatchMatmulAttrs, ReduceAttrs


@imports("SUM", "REDUCE_MAX")
def _reduce(node: Node) -> ReduceAttrs:
    return ReduceAttrs(*reduced_axes(node))


@imports("ARG_MAX")
def _arg_max(node: Node) -> ArgMaxAttrs:
    rank = len(node.tensor(0).shape)
    axes = node.constant(1, "give the axis as a number").ravel().tolist()
    if len(axes) != 1 or not -rank <= axes[0] < rank:
        node.malformed(f"the axes {axes[:8]} do not suit {rank} dimensions")
    return ArgMaxAttrs(int(axes[0]) % rank)


@imports("BATCH_MATMUL", operands=2)
def _batch_matmul(node: Node) -> BatchMatmulAttrs:
    field = schema.BatchMatmulOptions
    return BatchMatmulAttrs(bool(node.integer(field.ADJ_X, "uint8")), bool(node.integer(field.ADJ_Y, "uint8")))
