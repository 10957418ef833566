# SPDX-License-Identifier: Apache-2.0
"""`plan_memory`: where every activation and every kernel's scratch lives in the arena."""

from __future__ import annotations

from collections.abc import Mapping

from edgekit.ir.graph import Graph
from edgekit.planner.exact import improve_plan
from edgekit.planner.greedy import end_of, lowest_gap, plan_greedily
from edgekit.planner.lifetimes import lifetimes, peak_bytes, views
from edgekit.planner.plan import MemoryPlan

# What the widest load of a core, and a caller's cast to a wider type, may expect.
ALIGNMENT = 16


def plan_memory(graph: Graph, scratch_bytes: Mapping[int, int], alignment: int = ALIGNMENT) -> MemoryPlan:
    """Plan the arena of `graph`.

    `scratch_bytes` maps the index of an op to the bytes that its kernel works in. Scratch takes a hole that the op's
    tensors leave, or begins in the topmost one and reaches above all activations; ops share that region.
    """
    spans = lifetimes(graph)
    bound = peak_bytes(spans)
    offsets = improve_plan(spans, plan_greedily(spans, alignment), bound, alignment)
    activations_end = arena_end = end_of(spans, offsets)
    scratch_offsets: dict[int, int] = {}
    for number, size in sorted(scratch_bytes.items()):
        if size <= 0:
            continue
        alive = [span for span in spans if span.first_op <= number <= span.last_op]
        occupied = [(offsets[span.tensor], offsets[span.tensor] + span.size_bytes) for span in alive]
        scratch_offsets[number] = lowest_gap(occupied, size, alignment)
        arena_end = max(arena_end, scratch_offsets[number] + size)
    return MemoryPlan(
        arena_bytes=arena_end,
        scratch_bytes=arena_end - activations_end,
        lower_bound_bytes=bound,
        alignment=alignment,
        offsets={index: offsets[start] for index, start in views(graph).items()},
        scratch_offsets=scratch_offsets,
    )
