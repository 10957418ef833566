# SPDX-License-Identifier: Apache-2.0
"""A lower bound from the buffers in the order of their birth, each against the one before: exact where every buffer
shares its life with its neighbours in that chain alone.

Where outputs lie over inputs, one placement forces the next, over many layers: no sum of sizes at one op sees that.
Which offsets a buffer may have in an arena of so many bytes is always known by two numbers: it may begin anywhere up
to `low`, or anywhere from `high` on. The neighbour's offsets follow from the ends of these ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from edgekit.planner.conflicts import Conflicts
from edgekit.planner.greedy import align
from edgekit.planner.plan import Lifetime


def chain_bytes(spans: Sequence[Lifetime], conflicts: Conflicts) -> int:
    """The smallest arena in which each buffer has a place beside the one born before it."""
    chain = sorted(spans, key=lambda span: (span.first_op, span.tensor))
    low = max((span.size_bytes for span in chain), default=0)
    widest = max((conflicts.alignment(span.tensor) for span in chain), default=1)
    high = sum(align(span.size_bytes, widest) for span in chain)
    while low < high:
        middle = (low + high) // 2
        if _fits(chain, conflicts, middle):
            high = middle
        else:
            low = middle + 1
    return low


def _fits(chain: Sequence[Lifetime], conflicts: Conflicts, arena: int) -> bool:
    if not chain:
        return True
    lowest, highest = 0, _last(chain[0], conflicts, arena)
    for span, after in pairwise(chain):
        top = _last(after, conflicts, arena)
        above, below = conflicts.gap(span.tensor, after.tensor), conflicts.gap(after.tensor, span.tensor)
        if above is None or below is None:
            lowest, highest = 0, top
            continue
        alignment = conflicts.alignment(after.tensor)
        low = (highest - below) // alignment * alignment
        high = align(lowest + above, alignment)
        if low < 0 and high > top:
            return False
        lowest, highest = 0 if low >= 0 else high, top if high <= top else min(low, top)
    return True


def _last(span: Lifetime, conflicts: Conflicts, arena: int) -> int:
    """The highest offset of `span`; `arena` holds each buffer."""
    alignment = conflicts.alignment(span.tensor)
    return (arena - span.size_bytes) // alignment * alignment
