# SPDX-License-Identifier: Apache-2.0
"""Branch and bound: the smallest plan of a small graph, or the best one found within a fixed number of steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from edgekit.planner.conflicts import Conflicts
from edgekit.planner.greedy import Offsets, align, end_of
from edgekit.planner.plan import Lifetime

# Counted and not timed, so that the same graph always gets the same plan.
_MOST_STEPS = 20_000
_MOST_BUFFERS = 64


class Found(NamedTuple):
    """A plan, and the bytes that no plan can go below."""

    offsets: Offsets
    proven_bytes: int


def improve_plan(spans: Sequence[Lifetime], offsets: Offsets, goal_bytes: int, conflicts: Conflicts) -> Found:
    """`offsets`, or a smaller plan; stops at `goal_bytes`, which no plan can beat."""
    if len(spans) > _MOST_BUFFERS or end_of(spans, offsets) <= goal_bytes:
        return Found(offsets, goal_bytes)
    search = _Search(spans, offsets, goal_bytes, conflicts)
    best = search.run()
    return Found(best, end_of(spans, best) if search.complete else goal_bytes)


class _Search:
    """Places buffers in order of ascending offset, each directly above the placed ones that it conflicts with.

    Every plan can be pressed down into such an order without growing, so nothing is missed: no gap is negative.
    """

    def __init__(self, spans: Sequence[Lifetime], offsets: Offsets, goal_bytes: int, conflicts: Conflicts) -> None:
        self.spans = tuple(sorted(spans, key=lambda span: (-span.size_bytes, span.first_op, span.tensor)))
        self.goal_bytes = goal_bytes
        self.best = offsets
        self.best_bytes = end_of(spans, offsets)
        self.steps = 0
        numbers = range(len(self.spans))
        tensors = [span.tensor for span in self.spans]
        self.alignments = [conflicts.alignment(tensor) for tensor in tensors]
        self.gaps = [
            [(other, gap) for other in numbers if (gap := conflicts.gap(tensors[number], tensors[other])) is not None]
            for number in numbers
        ]
        # A buffer may stand at the place of its twin where the same rules hold for both.
        self.twins = [
            (span.size_bytes, span.first_op, span.last_op, self.alignments[number], self._rules(number, conflicts))
            for number, span in enumerate(self.spans)
        ]
        # Buffers that lie over one another leave no sum to prove anything with.
        self.stackable = all(gap == self.spans[number].size_bytes for number in numbers for _, gap in self.gaps[number])

    def _rules(self, number: int, conflicts: Conflicts) -> tuple[tuple[int, int | None, int | None], ...]:
        """The gaps that differ from the sizes."""
        mine = self.spans[number]
        rules = []
        for other in self.spans:
            below, above = conflicts.gap(mine.tensor, other.tensor), conflicts.gap(other.tensor, mine.tensor)
            if below not in (None, mine.size_bytes) or above not in (None, other.size_bytes):
                rules.append((other.tensor, below, above))
        return tuple(rules)

    @property
    def complete(self) -> bool:
        return self.steps <= _MOST_STEPS

    def run(self) -> Offsets:
        self._place({}, [0] * len(self.spans), 0)
        return self.best

    def _place(self, placed: dict[int, int], floors: list[int], lowest: int) -> None:
        """`floors`: for each buffer the first byte that the placed ones leave to it."""
        if len(placed) == len(self.spans):
            self._record(placed)
            return
        left = [number for number in range(len(self.spans)) if number not in placed]
        tried: set[object] = set()
        for number in sorted(left, key=lambda number: (align(floors[number], self.alignments[number]), number)):
            if self.best_bytes <= self.goal_bytes:
                return
            self.steps += 1
            if not self.complete:
                return
            natural = align(floors[number], self.alignments[number])
            if natural < lowest or self.twins[number] in tried:
                continue
            tried.add(self.twins[number])
            raised = self._raised(floors, number, natural)
            if self._can_beat_best(left, number, raised, natural):
                placed[number] = natural
                self._place(placed, raised, natural)
                del placed[number]

    def _raised(self, floors: list[int], number: int, offset: int) -> list[int]:
        raised = list(floors)
        for other, gap in self.gaps[number]:
            raised[other] = max(raised[other], offset + gap)
        return raised

    def _can_beat_best(self, left: list[int], number: int, floors: list[int], offset: int) -> bool:
        """No buffer that is left, stacked with those alive at its beginning, may reach the best plan's end."""
        if offset + self.spans[number].size_bytes >= self.best_bytes:
            return False
        waiting = [other for other in left if other != number]
        for other in waiting:
            first = self.spans[other].first_op
            alive = [item for item in waiting if self.spans[item].first_op <= first <= self.spans[item].last_op]
            floor = max(floors[other], offset)
            if floor + self.spans[other].size_bytes >= self.best_bytes:
                return False
            floor = min(max(floors[item], offset) for item in alive)
            if self.stackable and floor + sum(self.spans[item].size_bytes for item in alive) >= self.best_bytes:
                return False
        return True

    def _record(self, placed: dict[int, int]) -> None:
        offsets = {self.spans[number].tensor: offset for number, offset in placed.items()}
        end = end_of(self.spans, offsets)
        if end < self.best_bytes:
            self.best, self.best_bytes = offsets, end
