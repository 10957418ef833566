# SPDX-License-Identifier: Apache-2.0
"""Importers of the operators that remember."""

from __future__ import annotations

from edgekit.importer import schema
from edgekit.importer.registry import Node, imports
from edgekit.ir.attributes import LstmAttrs, SvdfAttrs, VariableAttrs


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


# Of the 24 inputs those that the plain LSTM has: data, weights by gate, recurrent weights by gate, biases, states.
_LSTM_OPERANDS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 18, 19)
_LSTM_EXTRAS = {9: "peepholes", 16: "a projection", 20: "layer normalization"}
_LSTM_INPUTS = 24
_TANH = 4


@imports("UNIDIRECTIONAL_SEQUENCE_LSTM", operands=_LSTM_OPERANDS)
def _lstm(node: Node) -> LstmAttrs:
    field = schema.UnidirectionalSequenceLstmOptions
    if len(node.inputs) != _LSTM_INPUTS:
        node.malformed(f"it has {len(node.inputs)} inputs, not {_LSTM_INPUTS}")
    for position, tensor in enumerate(node.inputs):
        if tensor is not None and position not in _LSTM_OPERANDS:
            extra = max(first for first in _LSTM_EXTRAS if first <= position)
            node.unsupported(_LSTM_EXTRAS[extra], "a plain LSTM", "use keras.layers.LSTM")
        if tensor is None and position == 1:
            node.unsupported("no input gate (CIFG)", "all four gates", "use keras.layers.LSTM")
    if node.integer(field.ACTIVATION, "int8") != _TANH:
        node.unsupported("a cell activation other than tanh", "tanh", "leave the layer's activation as it is")
    if node.integer(field.DIAGONAL_RECURRENT_TENSORS, "uint8"):
        node.unsupported("diagonal recurrent weights", "full matrices", "use keras.layers.LSTM")
    return LstmAttrs(node.real(field.CELL_CLIP))
