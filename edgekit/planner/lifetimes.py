# SPDX-License-Identifier: Apache-2.0
"""From when to when every buffer of the arena must keep its bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edgekit.ir.graph import VIEWS, Graph
from edgekit.planner.plan import Lifetime


def views(graph: Graph) -> dict[int, int]:
    """Activation -> the activation whose bytes it shares: itself, or the start of its chain of VIEWS."""
    shared = {index: index for index in graph.activations()}
    for op in graph.ops:
        start = op.inputs[0]
        if op.kind in VIEWS and start is not None:
            shared[op.outputs[0]] = shared[start]
    return shared


def whole_buffers(graph: Graph, fused: Mapping[int, int]) -> dict[int, int]:
    """`views` without the tensors between fused ops."""
    inside = {tensor for number in fused for tensor in graph.ops[number].outputs}
    return {index: start for index, start in views(graph).items() if index not in inside}


def lifetimes(graph: Graph, fused: Mapping[int, int] | None = None) -> tuple[Lifetime, ...]:
    """One lifetime a buffer, under the tensor that `views` gives for it, in the order of first use.

    Model inputs live from before the first op, model outputs until behind the last, states all the time. `fused` maps
    an op to the one that it runs together with; what it hands over is never whole and has no lifetime.
    """
    together = fused or {}
    shared = whole_buffers(graph, together)
    spans: dict[int, tuple[int, int]] = {}

    def use(index: int, op: int) -> None:
        first, last = spans.get(shared[index], (op, op))
        spans[shared[index]] = (min(first, op), max(last, op))

    for index in graph.inputs:
        use(index, -1)
    for index in graph.states():
        use(index, -1)
        use(index, len(graph.ops))
    for number, op in enumerate(graph.ops):
        for operand in (*op.inputs, *op.outputs):
            if operand is not None and operand in shared:
                use(operand, together.get(number, number))
    for index in graph.outputs:
        use(index, len(graph.ops))
    return tuple(Lifetime(index, graph.tensors[index].size_bytes, *span) for index, span in spans.items())


def overlap(a: Lifetime, b: Lifetime) -> bool:
    """Whether both must hold their bytes at one and the same op."""
    return a.first_op <= b.last_op and b.first_op <= a.last_op


def peak_bytes(spans: Iterable[Lifetime], alignment: int = 1) -> int:
    """The most that is alive at one op: no plan without overlaps is smaller.

    All but the topmost of the buffers alive together are filled up to a multiple of `alignment`.
    """
    spans = tuple(spans)
    # The sum only grows where a lifetime begins.
    together = ([other for other in spans if other.first_op <= span.first_op <= other.last_op] for span in spans)
    return max((stacked_bytes((span.size_bytes for span in alive), alignment) for alive in together), default=0)


def stacked_bytes(sizes: Iterable[int], alignment: int) -> int:
    """The smallest stack of buffers that begin at multiples of `alignment`."""
    sizes = tuple(sizes)
    return sum(sizes) + sum(-size % alignment for size in sizes) - max((-size % alignment for size in sizes), default=0)
