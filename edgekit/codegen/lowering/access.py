# SPDX-License-Identifier: Apache-2.0
"""In which order kernels read and write: how far an output may lie over the input.

A distance is what an output may begin behind its input without overwriting a byte that is still to be read: 0 for the
same place, negative for so many bytes before it. It is never positive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from edgekit.ir.fixed_point import Ints


@dataclass(frozen=True, slots=True)
class Sweep:
    """A filter that moves over an image of `input` (height, width), output pixels one after the other, row by row."""

    input: tuple[int, int]
    output: tuple[int, int]
    stride: tuple[int, int]
    pad_top: int
    pad_left: int

    def lowest_pixels(self) -> Ints:
        """For each output pixel, the first input pixel that it or a later one reads."""
        rows = np.maximum(0, np.arange(self.output[0]) * self.stride[0] - self.pad_top)
        columns = np.maximum(0, np.arange(self.output[1]) * self.stride[1] - self.pad_left)
        lowest = (rows[:, None] * self.input[1] + columns).ravel()
        result: Ints = np.minimum.accumulate(lowest[::-1])[::-1]
        return result


def distance(steps: Iterable[tuple[int, int]]) -> int:
    """`steps`: (first input byte that is still read once a write begins, end of what is then written)."""
    return min(0, min((unread - end for unread, end in steps), default=0))


def pixel_by_pixel(sweep: Sweep, input_c: int, output_c: int) -> int:
    """A kernel that may write a part of an output pixel before it has read the whole window."""
    lowest = sweep.lowest_pixels().tolist()
    return distance((low * input_c, (pixel + 1) * output_c) for pixel, low in enumerate(lowest))


def tile_by_tile(sweep: Sweep, input_c: int, output_c: int, tile: int) -> int:
    """A kernel that lays the windows of `tile` pixels out in scratch before it writes them, single ones at the end."""
    lowest = sweep.lowest_pixels().tolist()
    whole = len(lowest) // tile * tile
    ends = [*range(tile, whole + 1, tile), *range(whole + 1, len(lowest) + 1)]
    return distance((lowest[end] * input_c, end * output_c) for end in ends if end < len(lowest))


def band_by_band(rows: Iterable[tuple[int, int]], input_row: int, output_row: int) -> int:
    """A kernel that works on bands of rows. `rows`: (input rows read for good, output rows written) after each band."""
    *before_last, _ = rows
    return distance((read * input_row, written * output_row) for read, written in before_last)
