# SPDX-License-Identifier: Apache-2.0
"""Remove operations that no output depends on, and tensors that nobody names."""

from __future__ import annotations

from dataclasses import replace

from edgekit.ir.graph import Graph, Op


def remove_dead(graph: Graph) -> Graph:
    """The model's inputs and outputs stay; tensors are numbered anew, in the order in which they are named."""
    needed = set(graph.outputs)
    kept: list[Op] = []
    for op in reversed(graph.ops):
        if needed.intersection(op.outputs):
            kept.append(op)
            needed.update(index for index in op.inputs if index is not None)
    return _compact(replace(graph, ops=tuple(reversed(kept))))


def _compact(graph: Graph) -> Graph:
    numbers: dict[int, int] = {}

    def number(index: int) -> int:
        return numbers.setdefault(index, len(numbers))

    inputs = tuple(number(index) for index in graph.inputs)
    ops = tuple(
        replace(
            op,
            inputs=tuple(None if index is None else number(index) for index in op.inputs),
            outputs=tuple(number(index) for index in op.outputs),
        )
        for op in graph.ops
    )
    outputs = tuple(number(index) for index in graph.outputs)
    tensors = tuple(graph.tensors[index] for index in numbers)
    return replace(graph, tensors=tensors, ops=ops, inputs=inputs, outputs=outputs)
