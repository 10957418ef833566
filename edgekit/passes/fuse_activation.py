# SPDX-License-Identifier: Apache-2.0
"""Fold a RELU or RELU6 of its own into the operation before it, where not one byte changes."""

from __future__ import annotations

from dataclasses import replace

from edgekit.ir.attributes import (
    Activation,
    AddAttrs,
    Conv2DAttrs,
    DepthwiseConv2DAttrs,
    FullyConnectedAttrs,
    MulAttrs,
    Pool2DAttrs,
    SubAttrs,
)
from edgekit.ir.edit import producers, sole_consumer, with_op, without_op
from edgekit.ir.graph import Graph, Op

# (fused already, to be fused) -> both at once, as clamps to an interval.
_COMBINED: dict[tuple[Activation, str], Activation] = {
    ("NONE", "RELU"): "RELU",
    ("NONE", "RELU6"): "RELU6",
    ("RELU", "RELU"): "RELU",
    ("RELU", "RELU6"): "RELU6",
    ("RELU6", "RELU"): "RELU6",
    ("RELU6", "RELU6"): "RELU6",
}

_FUSING = (
    Conv2DAttrs,
    DepthwiseConv2DAttrs,
    FullyConnectedAttrs,
    AddAttrs,
    SubAttrs,
    MulAttrs,
    Pool2DAttrs,
)


def fuse_activation(graph: Graph) -> Graph:
    """Scale and zero point on both sides must agree: then the activation is a clamp, which the producer ends with."""
    number = 0
    while number < len(graph.ops):
        before = len(graph.ops)
        if graph.ops[number].kind in ("RELU", "RELU6"):
            graph = _fused(graph, graph.ops[number])
        if len(graph.ops) == before:
            number += 1
    return graph


def _fused(graph: Graph, relu: Op) -> Graph:
    middle = relu.inputs[0]
    assert middle is not None
    writer = producers(graph).get(middle)
    if writer is None or sole_consumer(graph, middle) is None:
        return graph
    if graph.tensors[middle].quant != graph.output_tensor(relu).quant:
        return graph
    producer = graph.ops[writer]
    attrs = producer.attrs
    if not isinstance(attrs, _FUSING):
        return graph
    activation = _COMBINED.get((attrs.activation, relu.kind))
    if activation is None:
        return graph
    clamped = replace(producer, attrs=replace(attrs, activation=activation), outputs=relu.outputs)
    return without_op(with_op(graph, writer, clamped), graph.ops.index(relu))
