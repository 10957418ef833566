# SPDX-License-Identifier: Apache-2.0
"""Importers of the operators that remember."""

from __future__ import annotations

from edgekit.importer import schema
from edgekit.importer.registry import Node, imports
from edgekit.ir.attributes import SvdfAttrs, VariableAttrs


@imports("SVDF", operands=5)
def _svdf(node: Node) -> SvdfAttrs:
    field = schema.SvdfOptions
    activation, quant = node.activation(field.ACTIVATION), node.output.quant
    if activation not in ("NONE", "RELU") or (activation == "RELU" and quant and quant.zero_points[0] != -128):
        # The reference kernels clamp to int8 alone.
        node.unsupported(f"the fused activation {activation}", "a ReLU whose zero is -128, or none", "use ReLU")
    if node.tensor(0).shape[:1] != (1,):
        node.unsupported("a batch of several", "a batch of 1", "convert with a batch size of 1")
    return SvdfAttrs(node.integer(field.RANK))


@imports("READ_VARIABLE", "ASSIGN_VARIABLE")
def _variable(node: Node) -> VariableAttrs:
    return VariableAttrs()
