# SPDX-License-Identifier: Apache-2.0
"""Importers of the element-wise operators."""

from __future__ import annotations

from edgekit.importer import schema
from edgekit.importer.registry import Node, imports
from edgekit.ir.attributes import (
    ExtremumAttrs,
    LeakyReluAttrs,
    MulAttrs,
    PreluAttrs,
    ReluAttrs,
    SubAttrs,
    UnaryAttrs,
)


@imports("SUB", operands=2)
def _sub(node: Node) -> SubAttrs:
    return SubAttrs(node.activation(schema.SubOptions.ACTIVATION))


@imports("MUL", operands=2)
def _mul(node: Node) -> MulAttrs:
    return MulAttrs(node.activation(schema.MulOptions.ACTIVATION))


@imports("MAXIMUM", "MINIMUM", operands=2)
def _extremum(node: Node) -> ExtremumAttrs:
    first, second = node.tensor(0), node.tensor(1)
    if first.quant != node.output.quant or second.quant != node.output.quant:
        found = "inputs and an output of different scales"
        node.unsupported(found, "one scale and zero point for all three", "convert again with a current converter")
    return ExtremumAttrs()


@imports("PRELU", operands=2)
def _prelu(node: Node) -> PreluAttrs:
    return PreluAttrs()


@imports("LEAKY_RELU")
def _leaky_relu(node: Node) -> LeakyReluAttrs:
    alpha = node.real(schema.LeakyReluOptions.ALPHA)
    if alpha < 0:
        node.unsupported(f"the negative slope {alpha:g}", "slopes of 0 and more", "use a slope of 0 or more")
    return LeakyReluAttrs(alpha)


@imports("ABS", "RSQRT", "LOGISTIC", "TANH", "HARD_SWISH", "ELU")
def _unary(node: Node) -> UnaryAttrs:
    return UnaryAttrs()


@imports("RELU_N1_TO_1")
def _relu_n1_to_1(node: Node) -> ReluAttrs:
    return ReluAttrs()
