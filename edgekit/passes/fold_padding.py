# SPDX-License-Identifier: Apache-2.0
"""Fold a PAD of rows and columns into the convolution behind it."""

from __future__ import annotations

from dataclasses import replace

from edgekit.ir.attributes import Conv2DAttrs, DepthwiseConv2DAttrs, PadAttrs, Padding
from edgekit.ir.edit import sole_consumer, with_op, without_op
from edgekit.ir.graph import Graph, Op


def fold_padding(graph: Graph) -> Graph:
    """PAD fills with the zero point, and so does a convolution's own padding: not one byte changes."""
    for op in graph.ops:
        if op.kind == "PAD":
            graph = _folded(graph, op)
    return graph


def _folded(graph: Graph, pad: Op) -> Graph:
    attrs = pad.attrs
    assert isinstance(attrs, PadAttrs)
    reader = sole_consumer(graph, pad.outputs[0])
    if reader is None or len(attrs.paddings) != 4 or any(attrs.paddings[0]) or any(attrs.paddings[3]):
        return graph
    conv = graph.ops[reader]
    if not isinstance(conv.attrs, Conv2DAttrs | DepthwiseConv2DAttrs):
        return graph
    (top, bottom), (left, right) = attrs.paddings[1:3]
    own = conv.attrs.padding
    padding = Padding(own.top + top, own.bottom + bottom, own.left + left, own.right + right)
    _, kernel_h, kernel_w, _ = graph.input_tensor(conv, 1).shape
    # Kernels rely on every filter position touching the image, so the padding stays below the filter's reach.
    if max(padding.top, padding.bottom) > (kernel_h - 1) * conv.attrs.dilation_h:
        return graph
    if max(padding.left, padding.right) > (kernel_w - 1) * conv.attrs.dilation_w:
        return graph
    folded = replace(conv, inputs=(pad.inputs[0], *conv.inputs[1:]), attrs=replace(conv.attrs, padding=padding))
    return without_op(with_op(graph, reader, folded), graph.ops.index(pad))
