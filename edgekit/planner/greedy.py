# SPDX-License-Identifier: Apache-2.0
"""Quick plans: place buffers in some order, each at the lowest offset where it fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from edgekit.planner.conflicts import Conflicts
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


def lowest_gap(forbidden: Iterable[tuple[int, int]], alignment: int) -> int:
    """The lowest aligned offset that is no more than low or at least high for every (low, high)."""
    offset = 0
    for low, high in sorted(forbidden):
        if offset > low:
            offset = max(offset, align(high, alignment))
    return offset


def end_of(spans: Iterable[Lifetime], offsets: Mapping[int, int]) -> int:
    """The first byte above all buffers."""
    return max((offsets[span.tensor] + span.size_bytes for span in spans), default=0)


def plan_in_order(spans: Sequence[Lifetime], conflicts: Conflicts) -> Offsets:
    """Place one buffer after the other."""
    offsets: Offsets = {}
    for span in spans:
        ranges = conflicts.forbidden(span.tensor, offsets)
        offsets[span.tensor] = lowest_gap(ranges, conflicts.alignment(span.tensor))
    return offsets


def plan_greedily(spans: Sequence[Lifetime], conflicts: Conflicts) -> Offsets:
    """The smallest of the plans that the fixed orders give."""
    plans = [plan_in_order(sorted(spans, key=order), conflicts) for order in _ORDERS]
    return min(plans, key=lambda offsets: end_of(spans, offsets))
