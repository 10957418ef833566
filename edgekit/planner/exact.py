# SPDX-License-Identifier: Apache-2.0
"""Branch and bound: the smallest plan of a small graph, or the best one found within a fixed number of steps."""

from __future__ import annotations

from collections.abc import Sequence

from edgekit.planner.greedy import Offsets, align, end_of
from edgekit.planner.lifetimes import overlap
from edgekit.planner.plan import Lifetime

# Counted and not timed, so that the same graph always gets the same plan.
_MOST_STEPS = 20_000
_MOST_BUFFERS = 64


def improve_plan(spans: Sequence[Lifetime], offsets: Offsets, goal_bytes: int, alignment: int) -> Offsets:
    """`offsets`, or a smaller plan; stops at `goal_bytes`, which no plan can beat."""
    if len(spans) > _MOST_BUFFERS or end_of(spans, offsets) <= goal_bytes:
        return offsets
    return _Search(spans, offsets, goal_bytes, alignment).run()


class _Search:
    """Places buffers in order of ascending offset, each directly above the placed ones that it conflicts with.

    Every plan can be pressed down into such an order without growing, so nothing is missed.
    """

    def __init__(self, spans: Sequence[Lifetime], offsets: Offsets, goal_bytes: int, alignment: int) -> None:
        self.spans = tuple(sorted(spans, key=lambda span: (-span.size_bytes, span.first_op, span.tensor)))
        self.goal_bytes = goal_bytes
        self.alignment = alignment
        self.best = offsets
        self.best_bytes = end_of(spans, offsets)
        self.steps = 0
        numbers = range(len(self.spans))
        self.conflicts = [
            [other for other in numbers if other != number and overlap(self.spans[number], self.spans[other])]
            for number in numbers
        ]

    def run(self) -> Offsets:
        self._place({}, [0] * len(self.spans), 0)
        return self.best

    def _place(self, placed: dict[int, int], floors: list[int], lowest: int) -> None:
        """`floors`: for each buffer the first byte above the placed ones that it conflicts with."""
        if len(placed) == len(self.spans):
            self._record(placed)
            return
        left = [number for number in range(len(self.spans)) if number not in placed]
        tried: set[tuple[int, int, int]] = set()
        for number in sorted(left, key=lambda number: (align(floors[number], self.alignment), number)):
            self.steps += 1
            if self.steps > _MOST_STEPS or self.best_bytes <= self.goal_bytes:
                return
            span = self.spans[number]
            offset = max(align(floors[number], self.alignment), lowest)
            twin = (span.size_bytes, span.first_op, span.last_op)
            if offset > align(floors[number], self.alignment) or twin in tried:
                continue
            tried.add(twin)
            raised = self._raised(floors, number, offset + span.size_bytes)
            if self._can_beat_best(left, number, raised, offset):
                placed[number] = offset
                self._place(placed, raised, offset)
                del placed[number]

    def _raised(self, floors: list[int], number: int, end: int) -> list[int]:
        raised = list(floors)
        for other in self.conflicts[number]:
            raised[other] = max(raised[other], end)
        return raised

    def _can_beat_best(self, left: list[int], number: int, floors: list[int], offset: int) -> bool:
        """No buffer that is left, stacked with those alive at its beginning, may reach the best plan's end."""
        if offset + self.spans[number].size_bytes >= self.best_bytes:
            return False
        waiting = [other for other in left if other != number]
        for other in waiting:
            first = self.spans[other].first_op
            alive = [item for item in waiting if self.spans[item].first_op <= first <= self.spans[item].last_op]
            floor = min(max(floors[item], offset) for item in alive)
            if floor + sum(self.spans[item].size_bytes for item in alive) >= self.best_bytes:
                return False
        return True

    def _record(self, placed: dict[int, int]) -> None:
        offsets = {self.spans[number].tensor: offset for number, offset in placed.items()}
        end = end_of(self.spans, offsets)
        if end < self.best_bytes:
            self.best, self.best_bytes = offsets, end
