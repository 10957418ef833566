# SPDX-License-Identifier: Apache-2.0
"""Quick plans: place buffers in some order, each at the lowest offset where it fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from edgekit.planner.lifetimes import overlap
from edgekit.planner.plan import Lifetime

Offsets = dict[int, int]

# Orders that do well on different shapes of networks; the best of them is taken.
_ORDERS: tuple[Callable[[Lifetime], tuple[int, ...]], ...] = (
    lambda span: (-span.size_bytes, span.first_op, span.tensor),
    lambda span: (-(span.last_op - span.first_op), -span.size_bytes, span.tensor),
    lambda span: (span.first_op, -span.size_bytes, span.tensor),
    lambda span: (-span.last_op, -span.size_bytes, span.tensor),
    lambda span: (-span.size_bytes * (span.last_op - span.first_op + 1), span.first_op, span.tensor),
)


def align(offset: int, alignment: int) -> int:
    """The next multiple of `alignment`."""
    return (offset + alignment - 1) // alignment * alignment


def lowest_gap(occupied: Iterable[tuple[int, int]], size: int, alignment: int) -> int:
    """The lowest aligned offset where `size` bytes touch none of the (start, end) ranges."""
    offset = 0
    for start, end in sorted(occupied):
        if offset + size <= start:
            break
        offset = max(offset, align(end, alignment))
    return offset


def end_of(spans: Iterable[Lifetime], offsets: Mapping[int, int]) -> int:
    """The first byte above all buffers."""
    return max((offsets[span.tensor] + span.size_bytes for span in spans), default=0)


def plan_in_order(spans: Sequence[Lifetime], alignment: int) -> Offsets:
    """Place one buffer after the other."""
    offsets: Offsets = {}
    for number, span in enumerate(spans):
        occupied = [
            (offsets[other.tensor], offsets[other.tensor] + other.size_bytes)
            for other in spans[:number]
            if overlap(span, other)
        ]
        offsets[span.tensor] = lowest_gap(occupied, span.size_bytes, alignment)
    return offsets


def plan_greedily(spans: Sequence[Lifetime], alignment: int) -> Offsets:
    """The smallest of the plans that the fixed orders give."""
    plans = [plan_in_order(sorted(spans, key=order), alignment) for order in _ORDERS]
    return min(plans, key=lambda offsets: end_of(spans, offsets))
