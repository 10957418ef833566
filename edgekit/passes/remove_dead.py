# SPDX-License-Identifier: Apache-2.0
"""Remove operations that no output depends on, and tensors that nobody names."""

from __future__ import annotations

from dataclasses import replace

from edgekit.ir.graph import Graph


def remove_dead(graph: Graph) -> Graph:
    """The model's inputs and outputs stay; tensors are numbered anew, in the order in which they are named."""
    needed = _needed(graph)
    return _compact(replace(graph, ops=tuple(op for op in graph.ops if needed.intersection(op.outputs))))


def _needed(graph: Graph) -> set[int]:
    """The tensors that outputs depend on, in this inference or, by way of a variable, in a later one."""
    needed, before = set(graph.outputs), 0
    while len(needed) != before:
        before = len(needed)
        for op in reversed(graph.ops):
            if needed.intersection(op.outputs):
                needed.update(index for index in op.inputs if index is not None)
    return needed


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
