# SPDX-License-Identifier: Apache-2.0
"""Fold channels that always hold one value into the biases of the layers that read them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edgekit.ir.arithmetic import arithmetic_of
from edgekit.ir.attributes import Conv2DAttrs, Padding
from edgekit.ir.edit import with_op
from edgekit.ir.fixed_point import Ints, wrap32
from edgekit.ir.graph import Graph, Op, Tensor
from edgekit.ir.ranges import Interval, Intervals, reachable_values, rechanneled
from edgekit.ir.rescale import quantization


def fold_constant_channels(graph: Graph) -> Graph:
    """The weights of such a channel become zero, its share of every sum goes into the bias.

    The channel itself is then read by nobody: `remove_dead_channels` takes it out, and all that leads to it.
    """
    found = reachable_values(graph)
    folded = layers = 0
    for number, op in enumerate(graph.ops):
        if op.kind in ("CONV_2D", "FULLY_CONNECTED") and arithmetic_of(graph, op) == "int8":
            channels = _foldable(graph, op, found)
            if channels.any():
                graph = _folded(graph, number, channels, found)
                folded, layers = folded + int(channels.sum()), layers + 1
    if not folded:
        return graph
    note = f"inputs that always hold one value, folded into biases: {folded}, in layers: {layers}"
    return replace(graph, notes=(*graph.notes, note))


def _values(graph: Graph, op: Op, found: Intervals) -> Interval:
    """One interval for each input channel of the weights."""
    assert op.inputs[0] is not None
    return rechanneled(found[op.inputs[0]], graph.input_tensor(op, 1).shape[-1])


def _foldable(graph: Graph, op: Op, found: Intervals) -> npt.NDArray[np.bool_]:
    """Channels of one value that are multiplied at all, by the same weights for every output.

    Where the filter reaches into padding it misses weights; only the zero point is as good as padding.
    """
    values = _values(graph, op, found)
    weights = graph.input_tensor(op, 1).data
    assert weights is not None
    used = weights.reshape(-1, weights.shape[-1]).any(axis=0)
    if isinstance(op.attrs, Conv2DAttrs) and op.attrs.padding != Padding():
        used &= values.low == quantization(graph.input_tensor(op, 0)).zero_point
    result: npt.NDArray[np.bool_] = values.constant & used
    return result


def _folded(graph: Graph, number: int, channels: npt.NDArray[np.bool_], found: Intervals) -> Graph:
    op = graph.ops[number]
    weights, bias = graph.input_tensor(op, 1), graph.optional_input(op, 2)
    assert weights.data is not None
    values = _values(graph, op, found).low - quantization(graph.input_tensor(op, 0)).zero_point
    wide = weights.data.astype(np.int64)
    share: Ints = (wide * np.where(channels, values, 0)).reshape(wide.shape[0], -1).sum(axis=1)
    start = 0 if bias is None or bias.data is None else bias.data.astype(np.int64)
    kept = replace(weights, data=np.where(channels, 0, weights.data).astype(weights.data.dtype), source=None)
    total = wrap32(start + share).astype(np.int32)  # sums wrap around, and so may their parts
    name = f"{weights.name}/bias" if bias is None else bias.name
    template = bias if bias is not None else Tensor(name, total.shape, "int32", "const", data=total)
    first = len(graph.tensors)
    tensors = (*graph.tensors, kept, replace(template, data=total, source=None))
    folded = replace(op, inputs=(op.inputs[0], first, first + 1))
    return with_op(replace(graph, tensors=tensors), number, folded)
