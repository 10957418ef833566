# SPDX-License-Identifier: Apache-2.0
"""Where the convolution kernel in kernels/arch/cortex_m_dsp finds the inputs of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

from edgekit.codegen.c_writer import FieldValue
from edgekit.ir.attributes import Padding

#: Scratch that a layer takes without need; above it only where a single row of windows is longer.
_PREFERRED_SCRATCH_BYTES = 4096

_TILE_PIXELS = 4
_WORD = 4
_EXPANDED_PAIR_BYTES = 16


@dataclass(frozen=True, slots=True)
class Geometry:
    """A convolution of [H, W, C] to [H, W, C]; pairs are (vertical, horizontal)."""

    input: tuple[int, ...]
    output: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: Padding


class Windows:
    """A window is `runs` runs of bytes, in x itself or in a padded copy of the input rows of a band of output rows.

    A run is a row of the window, or a pixel of it where columns are dilated. Runs are read in words: where they are no
    whole words, copying keeps reads inside.
    """

    def __init__(self, geometry: Geometry, input_zero_point: int) -> None:
        self._is = geometry
        self._zero_point = input_zero_point
        kernel_h, kernel_w = geometry.kernel
        self._dilated = geometry.dilation[1] > 1 and kernel_w > 1
        self._outer, self._inner = (kernel_h, kernel_w) if self._dilated else (1, kernel_h)
        channels = geometry.input[2]
        run_bytes = channels if self._dilated else kernel_w * channels
        self._words = -(-run_bytes // _WORD)
        self._copies = geometry.padding != Padding() or run_bytes % _WORD != 0
        self._copied_row = (geometry.padding.left + geometry.input[1] + geometry.padding.right) * channels
        self._band = self._best_band() if self._copies else geometry.output[0]

    @property
    def runs(self) -> int:
        return self._outer * self._inner

    @property
    def scratch_bytes(self) -> int:
        return self._scratch(self._band)

    @property
    def _pairs(self) -> int:
        return 2 * self._words * self.runs

    def _copied_rows(self, band: int) -> int:
        geometry = self._is
        return (band - 1) * geometry.stride[0] + (geometry.kernel[0] - 1) * geometry.dilation[0] + 1

    def _scratch(self, band: int) -> int:
        # The last run of a copy may be read up to the end of its last word.
        copy = self._copied_rows(band) * self._copied_row + _WORD if self._copies else 0
        return _EXPANDED_PAIR_BYTES * self._pairs + copy

    def _best_band(self) -> int:
        """The most output rows that fit the preferred scratch, in whole tiles if possible."""
        height, width, _ = self._is.output
        fitting = [rows for rows in range(1, height + 1) if self._scratch(rows) <= _PREFERRED_SCRATCH_BYTES]
        if not fitting:
            return 1
        whole = [rows for rows in fitting if rows * width % _TILE_PIXELS == 0]
        return fitting[-1] if fitting[-1] == height or not whole else whole[-1]

    def fields(self) -> dict[str, FieldValue]:
        geometry = self._is
        input_h, input_w, channels = geometry.input
        output_h, output_w, output_c = geometry.output
        row = self._copied_row if self._copies else input_w * channels
        row_gap, column_gap = geometry.dilation[0] * row, geometry.dilation[1] * channels
        gap = (column_gap if self._dilated else row_gap) - self._words * _WORD
        return {
            "input_h": input_h,
            "input_row": input_w * channels,
            "output_h": output_h,
            "output_w": output_w,
            "output_c": output_c,
            "row_step": geometry.stride[0] * row,
            "column_step": geometry.stride[1] * channels,
            "outer_count": self._outer,
            "outer_step": row_gap,
            "inner": (self._words, self._inner, gap),
            "pairs": self._pairs,
            "band": self._band,
            "band_step": self._band * geometry.stride[0],
            "copied_rows": self._copied_rows(self._band) if self._copies else 0,
            "copied_row": self._copied_row,
            "pad_top": geometry.padding.top,
            "pad_left": geometry.padding.left * channels,
            "input_zero_point": self._zero_point,
        }
