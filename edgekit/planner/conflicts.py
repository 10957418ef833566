# SPDX-License-Identifier: Apache-2.0
"""Which buffers must not share bytes, and by how much an op's output may reach over its input."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from edgekit.planner.lifetimes import overlap, stacked_bytes
from edgekit.planner.plan import Lifetime, Overlap

#: Above it, keeping buffers at multiples of the step wastes more than overlapping gains.
_LARGEST_ALIGNMENT = 1024


class Conflicts:
    """The rules of a plan: `gap(a, b)` bytes at least from the begin of a to the begin of b where a lies below b.

    Buffers that are never alive together have no rule. The gap is the size of a, and less where a is an op's output
    that may reach over its input b: the op writes no byte of b that it still has to read. It is never negative.
    """

    def __init__(self, spans: Sequence[Lifetime], alignment: int, overlaps: Iterable[Overlap] = ()) -> None:
        self._gaps: dict[tuple[int, int], int] = {}
        self._alignments = {span.tensor: alignment for span in spans}
        for span in spans:
            for other in spans:
                if span.tensor != other.tensor and overlap(span, other):
                    self._gaps[span.tensor, other.tensor] = span.size_bytes
        by_tensor = {span.tensor: span for span in spans}
        for each in overlaps:
            self._allow(by_tensor[each.output], by_tensor[each.operand], each)

    def _allow(self, output: Lifetime, operand: Lifetime, rule: Overlap) -> None:
        """Only where the operand dies when the output is born, and at no other op do both live."""
        if operand.last_op != output.first_op:
            return
        wanted = {tensor: math.lcm(self._alignments[tensor], rule.step_bytes) for tensor in (rule.output, rule.operand)}
        if max(wanted.values()) > _LARGEST_ALIGNMENT:
            return
        self._alignments |= wanted
        self._gaps[rule.output, rule.operand] = min(output.size_bytes, max(0, -rule.distance_bytes))

    def alignment(self, tensor: int) -> int:
        return self._alignments[tensor]

    def gap(self, below: int, above: int) -> int | None:
        """None where the two may lie anywhere."""
        return self._gaps.get((below, above))

    def forbidden(self, tensor: int, offsets: Mapping[int, int]) -> list[tuple[int, int]]:
        """(low, high): `tensor` may begin at low or below it, at high or above it, because of what `offsets` holds."""
        ranges = []
        for other, offset in offsets.items():
            above, below = self.gap(other, tensor), self.gap(tensor, other)
            if above is not None and below is not None:
                ranges.append((offset - below, offset + above))
        return ranges

    def stacked_bytes(self, spans: Sequence[Lifetime]) -> int:
        """A bound: no plan needs less for `spans`, all alive together."""
        sizes = {span.tensor: span.size_bytes for span in spans}
        saved = 0
        for output, size in sizes.items():
            # Over an operand, the output and it need at least the larger one, and the operand above the gap.
            gaps = [(self._gaps.get((output, operand), size), sizes[operand]) for operand in sizes]
            over = [size + other - max(size, gap + other) for gap, other in gaps if gap < size]
            saved = max(saved, min(size, sum(over)))
        if saved == 0:
            return stacked_bytes(sizes.values(), min((self._alignments[tensor] for tensor in sizes), default=1))
        return sum(sizes.values()) - saved
