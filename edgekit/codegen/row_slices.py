# SPDX-License-Identifier: Apache-2.0
"""Some rows of an operation's output as an operation of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgekit.ir.attributes import Conv2DAttrs, DepthwiseConv2DAttrs, Padding, Pool2DAttrs
from edgekit.ir.graph import Graph, Op

RowAttrs = Conv2DAttrs | DepthwiseConv2DAttrs | Pool2DAttrs


@dataclass(frozen=True, slots=True)
class RowSlice:
    """Output rows [first, last) and the input rows that they need, in `graph` with both tensors cut to them."""

    graph: Graph
    first: int
    last: int
    input_first: int
    input_last: int


def has_rows(graph: Graph, op: Op) -> bool:
    """Whether `op` moves a filter over one image."""
    return isinstance(op.attrs, RowAttrs) and graph.input_tensor(op, 0).shape[0] == 1


def slice_rows(graph: Graph, number: int, first: int, last: int) -> RowSlice:
    """Output rows [first, last) of op `number`; padding remains where they reach the image's end."""
    op = graph.ops[number]
    attrs = op.attrs
    assert isinstance(attrs, RowAttrs) and op.inputs[0] is not None
    source, target = graph.tensors[op.inputs[0]], graph.output_tensor(op)
    height = source.shape[1]
    top = first * attrs.stride_h - attrs.padding.top
    bottom = (last - 1) * attrs.stride_h - attrs.padding.top + _reach(graph, op)
    padding = Padding(max(0, -top), max(0, bottom - height), attrs.padding.left, attrs.padding.right)
    rows = (max(0, top), min(height, bottom))
    tensors = list(graph.tensors)
    tensors[op.inputs[0]] = replace(source, shape=(1, rows[1] - rows[0], *source.shape[2:]))
    tensors[op.outputs[0]] = replace(target, shape=(1, last - first, *target.shape[2:]))
    ops = list(graph.ops)
    ops[number] = replace(op, attrs=replace(attrs, padding=padding))
    return RowSlice(replace(graph, tensors=tuple(tensors), ops=tuple(ops)), first, last, *rows)


def _reach(graph: Graph, op: Op) -> int:
    """Input rows of one output row."""
    if isinstance(op.attrs, Pool2DAttrs):
        return op.attrs.filter_h
    assert isinstance(op.attrs, Conv2DAttrs | DepthwiseConv2DAttrs)
    return (graph.input_tensor(op, 1).shape[1] - 1) * op.attrs.dilation_h + 1
