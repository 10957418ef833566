# SPDX-License-Identifier: Apache-2.0
"""`plan_memory`: where every activation and every kernel's scratch lives in the arena."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from edgekit.ir.graph import Graph
from edgekit.planner.chain import chain_bytes
from edgekit.planner.conflicts import Conflicts
from edgekit.planner.exact import improve_plan
from edgekit.planner.greedy import Offsets, end_of, lowest_gap, plan_greedily
from edgekit.planner.lifetimes import lifetimes, peak_bytes, whole_buffers
from edgekit.planner.plan import Lifetime, MemoryPlan, Overlap

# What the widest load of a core, and a caller's cast to a wider type, may expect.
ALIGNMENT = 16


def plan_memory(
    graph: Graph,
    scratch_bytes: Mapping[int, int],
    alignment: int = ALIGNMENT,
    *,
    overlaps: Iterable[Overlap] = (),
    fused: Mapping[int, int] | None = None,
) -> MemoryPlan:
    """Plan the arena of `graph`.

    `scratch_bytes` maps the index of an op to the bytes that its kernel works in. Scratch takes a hole that the op's
    tensors leave, or begins in the topmost one and reaches above all activations; ops share that region. `overlaps`
    says which outputs may lie over inputs, `fused` which ops run together with a later one and hand over their output
    in parts.
    """
    together = fused or {}
    whole = whole_buffers(graph, together)
    spans = lifetimes(graph, together)
    allowed = tuple(between_buffers(overlaps, whole))
    conflicts = Conflicts(spans, alignment, allowed)
    bound = _bound_bytes(spans, conflicts)
    offsets, proven = improve_plan(spans, plan_greedily(spans, conflicts), bound, conflicts)
    activations_end = arena_end = end_of(spans, offsets)
    scratch_offsets: dict[int, int] = {}
    for number, size in sorted(scratch_bytes.items()):
        if size <= 0:
            continue
        alive = [span for span in spans if span.first_op <= number <= span.last_op]
        occupied = [(offsets[span.tensor] - size, offsets[span.tensor] + span.size_bytes) for span in alive]
        scratch_offsets[number] = lowest_gap(occupied, alignment)
        arena_end = max(arena_end, scratch_offsets[number] + size)
    return MemoryPlan(
        arena_bytes=arena_end,
        scratch_bytes=arena_end - activations_end,
        lower_bound_bytes=peak_bytes(lifetimes(graph), alignment),
        alignment=alignment,
        offsets={index: offsets[start] for index, start in whole.items()},
        scratch_offsets=scratch_offsets,
        proven_bytes=proven,
        overlaps=tuple(each for each in allowed if _used(each, spans, offsets)),
    )


def between_buffers(overlaps: Iterable[Overlap], whole: Mapping[int, int]) -> Iterable[Overlap]:
    """The same for the buffers that the tensors are views of."""
    for each in overlaps:
        output, operand = whole[each.output], whole[each.operand]
        if output != operand:
            yield Overlap(output, operand, each.distance_bytes, each.step_bytes)


def _bound_bytes(spans: Sequence[Lifetime], conflicts: Conflicts) -> int:
    """The most that is alive at one op, outputs over inputs where they may lie there, and what their chain forces."""
    alive = [[other for other in spans if other.first_op <= span.first_op <= other.last_op] for span in spans]
    return max([chain_bytes(spans, conflicts), *(conflicts.stacked_bytes(each) for each in alive)])


def _used(each: Overlap, spans: Sequence[Lifetime], offsets: Offsets) -> bool:
    sizes = {span.tensor: span.size_bytes for span in spans}
    output, operand = offsets[each.output], offsets[each.operand]
    return output < operand + sizes[each.operand] and operand < output + sizes[each.output]
