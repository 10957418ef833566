# SPDX-License-Identifier: Apache-2.0
"""Copies: which kernel fetches the elements of an output from where they lie in the input, and its loops."""

from __future__ import annotations

from collections.abc import Sequence

from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.registry import BYTES, Site

#: Where in x the elements of y lie: y[i, j, ...] = x[axes[0][i] + axes[1][j] + ...].
Axes = Sequence[Sequence[int]]

# (count, distance in x) of a loop, outermost first.
Loops = list[tuple[int, int]]

_STRIDED_LOOPS = 5
_INDEXED_LOOPS = 3


def strides(shape: Sequence[int]) -> list[int]:
    """Elements between neighbours, for each dimension."""
    result = [1]
    for size in reversed(shape[1:]):
        result.insert(0, result[0] * size)
    return result[: len(shape)]


def move(site: Site, axes: Axes) -> KernelCall:
    """The copy that `axes` describes, by loops of equal steps where that is enough, else by tables.

    Kernels move bytes: those of an element are one more dimension.
    """
    size = site.element_bytes
    axes = [[place * size for place in axis] for axis in axes] + [list(range(size))]
    first = sum(axis[0] for axis in axes)
    steps = [[place - axis[0] for place in axis] for axis in axes if len(axis) > 1]
    regular = [_regular_loops(axis) for axis in steps]
    loops = _joined([loop for axis in regular for loop in axis or []])
    run, loops = _split_run(loops)
    if None not in regular and len(loops) <= _STRIDED_LOOPS:
        loops = [(1, 0)] * (_STRIDED_LOOPS - len(loops)) + loops
        return site.call(
            "strided_copy",
            {
                "shape": tuple(count for count, _ in loops),
                "strides": tuple(distance for _, distance in loops),
                "first": first,
                "run": run,
            },
            suffix=BYTES,
        )
    return _indexed(site, first, steps)


def _regular_loops(axis: list[int]) -> Loops | None:
    """`axis` as one loop of equal steps, or as two where every element is repeated; None where it is neither."""
    repeats = next((place for place, offset in enumerate(axis) if offset), len(axis))
    if len(axis) % repeats:
        return None
    distance = axis[repeats] if repeats < len(axis) else 0
    if any(offset != place // repeats * distance for place, offset in enumerate(axis)):
        return None
    return [loop for loop in ((len(axis) // repeats, distance), (repeats, 0)) if loop[0] > 1]


def _joined(loops: Loops) -> Loops:
    """A loop that goes on where the one inside it ends is one with it."""
    result: Loops = []
    for count, distance in loops:
        if result and result[-1][1] == count * distance:
            result[-1] = (result[-1][0] * count, distance)
        else:
            result.append((count, distance))
    return result


def _split_run(loops: Loops) -> tuple[int, Loops]:
    """Elements that lie side by side in both, and the loops around them."""
    return (loops[-1][0], loops[:-1]) if loops and loops[-1][1] == 1 else (1, loops)


def _indexed(site: Site, first: int, steps: list[list[int]]) -> KernelCall:
    run = 1
    while steps and steps[-1] == list(range(0, len(steps[-1]) * run, run)):
        run *= len(steps.pop())
    while len(steps) > _INDEXED_LOOPS:
        # The two neighbours with the fewest elements become one.
        at = min(range(len(steps) - 1), key=lambda place: len(steps[place]) * len(steps[place + 1]))
        steps[at : at + 2] = [[outer + inner for outer in steps[at] for inner in steps[at + 1]]]
    steps = [[0]] * (_INDEXED_LOOPS - len(steps)) + steps
    steps[0] = [first + offset for offset in steps[0]]
    comment = f"{'elements' if site.element_bytes == 1 else 'bytes'} of the input, for each dimension"
    offsets = [offset for axis in steps for offset in axis]
    return site.call(
        "indexed_copy",
        {
            "shape": tuple(len(axis) for axis in steps),
            "run": run,
            "offsets": site.array("offsets", "int32_t", offsets, comment),
        },
        suffix=BYTES,
    )
