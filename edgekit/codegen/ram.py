# SPDX-License-Identifier: Apache-2.0
"""Lowering for the smallest arena: layers in place, by bands of rows, or two neighbours at a time.

Every op has a cheapest way to run and others that need less room. The arena cannot be smaller than the op that needs
the most in its best way: all others may take the cheapest way that fits below that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from edgekit.codegen.bands import Group, run_by_bands
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.registry import SCRATCH_LIMIT_BYTES, lower_op, sites
from edgekit.ir.attributes import AddAttrs, ExtremumAttrs, MulAttrs, PreluAttrs, SubAttrs
from edgekit.ir.edit import sole_consumer
from edgekit.ir.graph import Graph
from edgekit.planner import MemoryPlan, Overlap, lifetimes, plan_memory
from edgekit.planner.conflicts import Conflicts
from edgekit.planner.lifetimes import whole_buffers
from edgekit.planner.memory import ALIGNMENT, between_buffers

#: Scratch of a kernel before anything is known about the room that there is.
_SMALL_SCRATCH_BYTES = 1024

#: Rows of bands that are tried, cheapest first.
_BAND_ROWS = (8, 6, 4, 3, 2, 1)


#: Layers that are tried by bands because their outputs would begin before their inputs; a plan is made for each.
_MOST_TRIALS = 16

_BROADCASTING = AddAttrs | SubAttrs | MulAttrs | ExtremumAttrs | PreluAttrs


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to run the ops of `calls`, which are neighbours."""

    calls: tuple[KernelCall, ...]
    need_bytes: int = 0

    @property
    def ops(self) -> tuple[int, ...]:
        return tuple(call.op for call in self.calls)


def lower_for_ram(graph: Graph, model: str, arch: str, core: str) -> tuple[tuple[KernelCall, ...], MemoryPlan]:
    """The calls, and the plan of the arena that they were chosen for."""
    chooser = _Chooser(graph, model, arch, core)
    calls = chooser.choose()
    plan = plan_calls(graph, calls)
    return _fill_room(chooser, calls, plan)


def plan_calls(graph: Graph, calls: Sequence[KernelCall]) -> MemoryPlan:
    """The plan for `calls`, outputs over inputs wherever they allow it."""
    scratch = {call.op: call.scratch_bytes for call in calls if call.scratch_bytes}
    return plan_memory(graph, scratch, overlaps=overlaps_of(graph, calls), fused=fused_ops(calls))


def fused_ops(calls: Sequence[KernelCall]) -> dict[int, int]:
    """Op -> the op that it runs together with."""
    return {call.op: call.fused_into for call in calls if call.fused_into is not None}


def overlaps_of(graph: Graph, calls: Sequence[KernelCall]) -> list[Overlap]:
    """What the kernels allow; an operand that is broadcast is read again and again."""
    first = {into: op for op, into in fused_ops(calls).items()}
    found = []
    for call in calls:
        if call.overlap_bytes is None:
            continue
        output = graph.ops[call.op].outputs[0]
        reader = graph.ops[first.get(call.op, call.op)]
        operands = [index for index in dict.fromkeys(reader.inputs) if index is not None]
        active = [index for index in operands if graph.tensors[index].role == "activation"]
        if isinstance(reader.attrs, _BROADCASTING):
            active = [index for index in active if graph.tensors[index].size_bytes == graph.tensors[output].size_bytes]
        found += [Overlap(output, index, call.overlap_bytes, call.overlap_step) for index in active]
    return found


class _Chooser:
    """Finds the ways of every op and picks one for each."""

    def __init__(self, graph: Graph, model: str, arch: str, core: str) -> None:
        self.graph = graph
        self.small = sites(graph, model, arch, core=core, scratch_limit=_SMALL_SCRATCH_BYTES, in_place=True)
        self.plain = tuple(lower_op(site) for site in self.small)
        self.needs = [self._need((call,)) for call in self.plain]
        self.banded: dict[tuple[int | None, int, int], _Way | None] = {}

    def choose(self) -> tuple[KernelCall, ...]:
        demanding = sorted(range(len(self.plain)), key=lambda number: -self.needs[number])
        limit = 0
        for number in demanding:
            if self.needs[number] > limit:
                limit = max(limit, self._best_need(number))
        chosen: dict[int, _Way] = {}
        for number in demanding:
            if number not in chosen and self.needs[number] > limit:
                ways = (way for rows in _BAND_ROWS for way in self._ways(number, rows))
                fitting = (way for way in ways if way.need_bytes <= limit and not chosen.keys() & set(way.ops))
                way = next(fitting, None)
                if way is not None:
                    chosen |= dict.fromkeys(way.ops, way)
        self._stop_drift(chosen, limit)
        return self._calls(chosen)

    def _stop_drift(self, chosen: dict[int, _Way], limit: int) -> None:
        """Outputs that must begin before their inputs push what follows down and down: bands need no such room."""
        drift = {number: self._drift(number) for number in range(len(self.plain)) if number not in chosen}
        drifting = sorted((number for number, own in drift.items() if own), key=lambda number: -drift[number])
        arena = plan_calls(self.graph, self._calls(chosen)).arena_bytes
        for number in drifting[:_MOST_TRIALS]:
            way = self._bands(None, number, 1)
            if arena <= limit or way is None:
                continue
            trial = {**chosen, number: way}
            now = plan_calls(self.graph, self._calls(trial)).arena_bytes
            if now < arena:
                chosen[number], arena = way, now

    def _calls(self, chosen: dict[int, _Way]) -> tuple[KernelCall, ...]:
        calls = {call.op: call for way in chosen.values() for call in way.calls}
        return tuple(calls.get(number, plain) for number, plain in enumerate(self.plain))

    def _drift(self, number: int) -> int:
        """Bytes that the output lies below its input although it is no larger."""
        call = self.plain[number]
        op = self.graph.ops[number]
        if call.overlap_bytes is None or op.inputs[0] is None:
            return 0
        grown = self.graph.output_tensor(op).size_bytes - self.graph.tensors[op.inputs[0]].size_bytes
        return max(0, -call.overlap_bytes - max(0, grown))

    def _best_need(self, number: int) -> int:
        return min([self.needs[number], *(way.need_bytes for way in self._ways(number, 1))])

    def _ways(self, number: int, rows: int) -> list[_Way]:
        """By bands of `rows`: alone, with the op before, with the op behind."""
        pairs: list[tuple[int | None, int]] = [(None, number)]
        before = self._handed_over(number)
        if before is not None:
            pairs.append((before, number))
        behind = sole_consumer(self.graph, self.graph.ops[number].outputs[0])
        if behind is not None and self._handed_over(behind) == number:
            pairs.append((number, behind))
        ways = [self._bands(*pair, rows) for pair in pairs]
        return [way for way in ways if way is not None]

    def _handed_over(self, number: int) -> int | None:
        """The op just before `number`, if that one alone reads its output and nothing else happens in between."""
        if number == 0 or self.graph.ops[number].inputs[0] not in self.graph.ops[number - 1].outputs:
            return None
        alone = sole_consumer(self.graph, self.graph.ops[number - 1].outputs[0]) == number
        return number - 1 if alone else None

    def _bands(self, producer: int | None, consumer: int, rows: int) -> _Way | None:
        key = (producer, consumer, rows)
        if key not in self.banded:
            self.banded[key] = self._new_bands(producer, consumer, rows)
        return self.banded[key]

    def _new_bands(self, producer: int | None, consumer: int, rows: int) -> _Way | None:
        shape = self.graph.output_tensor(self.graph.ops[consumer]).shape
        if len(shape) != 4 or 1 < rows >= shape[1]:
            return None
        if self._name_taken(consumer) or (producer is not None and self._name_taken(producer)):
            return None
        first = None if producer is None else replace(self.small[producer], in_place=False)
        group: Group | None = run_by_bands(first, replace(self.small[consumer], in_place=False), rows)
        return None if group is None else _Way(group.calls, self._need(group.calls))

    def wider(self, call: KernelCall, calls: Sequence[KernelCall], room: int) -> Iterator[tuple[KernelCall, ...]]:
        """Other forms of `call`, and of what runs with it, for about `room` bytes of scratch; the best first."""
        if not call.steps:
            yield (lower_op(replace(self.small[call.op], scratch_limit=room)),)
            return
        producer = next((other.op for other in calls if other.fused_into == call.op), None)
        for rows in _BAND_ROWS:
            way = self._bands(producer, call.op, rows)
            if way is not None:
                yield way.calls

    def _name_taken(self, number: int) -> bool:
        stem = f"{self.small[number].symbol}_"
        return any(site.symbol.startswith((f"{stem}band", f"{stem}in_bands")) for site in self.small)

    def _need(self, calls: tuple[KernelCall, ...]) -> int:
        """Bytes that the last of `calls` needs beside what else is alive, at least."""
        last = calls[-1]
        spans = lifetimes(self.graph, fused_ops(calls))
        whole = whole_buffers(self.graph, fused_ops(calls))
        conflicts = Conflicts(spans, ALIGNMENT, between_buffers(overlaps_of(self.graph, calls), whole))
        alive = [span for span in spans if span.first_op <= last.op <= span.last_op]
        return conflicts.stacked_bytes(alive) + last.scratch_bytes


def _fill_room(
    chooser: _Chooser, calls: tuple[KernelCall, ...], plan: MemoryPlan
) -> tuple[tuple[KernelCall, ...], MemoryPlan]:
    """More scratch where the arena has room for it anyway: kernels then work on larger bands."""
    spans = lifetimes(chooser.graph, fused_ops(calls))
    wider = {call.op: call for call in calls}
    for call in calls:
        start = plan.scratch_offsets.get(call.op)
        if start is not None:
            alive = [span.tensor for span in spans if span.first_op <= call.op <= span.last_op]
            above = [plan.offsets[tensor] for tensor in alive if plan.offsets[tensor] >= start]
            room = min(SCRATCH_LIMIT_BYTES, min(above, default=plan.arena_bytes) - start)
            better = (ways for ways in chooser.wider(call, calls, room) if _suits(ways[-1], call, room))
            wider |= {each.op: each for each in next(better, ())}
    return tuple(wider.values()), plan


def _suits(better: KernelCall, call: KernelCall, room: int) -> bool:
    """Whether `better` uses more of `room`, and its output may still lie where that of `call` lies."""
    reach = call.overlap_bytes
    same = better.overlap_step == call.overlap_step
    reaches = reach is None or (same and better.overlap_bytes is not None and better.overlap_bytes >= reach)
    return call.scratch_bytes < better.scratch_bytes <= room and reaches
