# SPDX-License-Identifier: Apache-2.0
"""Small steps that passes are made of."""

from __future__ import annotations

from dataclasses import replace

from edgekit.ir.graph import Graph, Op


def producers(graph: Graph) -> dict[int, int]:
    """Tensor index -> index of the op that writes it."""
    return {tensor: number for number, op in enumerate(graph.ops) for tensor in op.outputs}


def consumers(graph: Graph) -> dict[int, list[int]]:
    """Tensor index -> indices of the ops that read it, one entry for each reading operand."""
    readers: dict[int, list[int]] = {}
    for number, op in enumerate(graph.ops):
        for tensor in op.inputs:
            if tensor is not None:
                readers.setdefault(tensor, []).append(number)
    return readers


def sole_consumer(graph: Graph, tensor: int) -> int | None:
    """The op that alone reads `tensor`, once; None when there are others or the model's user reads it too."""
    readers = consumers(graph).get(tensor, [])
    return readers[0] if len(readers) == 1 and tensor not in graph.outputs else None


def read_instead(op: Op, old: int, new: int) -> Op:
    """`op` reading `new` wherever it read `old`."""
    return replace(op, inputs=tuple(new if index == old else index for index in op.inputs))


def without_op(graph: Graph, number: int) -> Graph:
    return replace(graph, ops=graph.ops[:number] + graph.ops[number + 1 :])


def with_op(graph: Graph, number: int, op: Op) -> Graph:
    return replace(graph, ops=(*graph.ops[:number], op, *graph.ops[number + 1 :]))
