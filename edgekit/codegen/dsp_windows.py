# SPDX-License-Identifier: Apache-2.0
"""Where the convolution kernels in kernels/arch/cortex_m_dsp find the inputs of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.lowering.access import Sweep, band_by_band, tile_by_tile
from edgekit.ir.attributes import Padding

_WORD = 4


@dataclass(frozen=True, slots=True)
class Geometry:
    """A convolution of [H, W, C] to [H, W, C]; pairs are (vertical, horizontal)."""

    input: tuple[int, ...]
    output: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: Padding


class Bands:
    """Output rows are computed in bands: where `copies`, from a padded copy of a band's input rows in scratch, else all
    at once from x itself. Reads may go up to the end of a word behind the copy. `reserved` scratch is for other use.
    Bands take more scratch than `scratch_limit` only where a single row of windows is longer, then up to `stretch`
    times that row's for whole tiles of `tile` pixels."""

    def __init__(
        self,
        geometry: Geometry,
        copies: bool,
        reserved: int,
        scratch_limit: int,
        tile: int = 4,
        stretch: float = 1.0,
    ) -> None:
        self._is = geometry
        self._copies = copies
        self._reserved = reserved
        self._scratch_limit = scratch_limit
        self._tile = tile
        self._stretch = stretch
        _, width, channels = geometry.input
        self._copied_row = (geometry.padding.left + width + geometry.padding.right) * channels
        self._rows = self._best() if copies else geometry.output[0]

    @property
    def row_bytes(self) -> int:
        """From input row to input row, where windows are read."""
        return self._copied_row if self._copies else self._is.input[1] * self._is.input[2]

    @property
    def scratch_bytes(self) -> int:
        return self._scratch(self._rows)

    def _copied_rows(self, rows: int) -> int:
        geometry = self._is
        return (rows - 1) * geometry.stride[0] + (geometry.kernel[0] - 1) * geometry.dilation[0] + 1

    def _scratch(self, rows: int) -> int:
        return self._reserved + (self._copied_rows(rows) * self._copied_row + _WORD if self._copies else 0)

    def _best(self) -> int:
        """The most output rows that fit the preferred scratch, in whole tiles if possible."""
        height, width, _ = self._is.output
        fitting = [rows for rows in range(1, height + 1) if self._scratch(rows) <= self._scratch_limit]
        if not fitting:
            near = range(1, min(height, self._tile) + 1)
            most = self._stretch * self._scratch(1)
            return next((n for n in near if n * width % self._tile == 0 and self._scratch(n) <= most), 1)
        whole = [rows for rows in fitting if rows * width % self._tile == 0]
        return fitting[-1] if fitting[-1] == height or not whole else whole[-1]

    @property
    def overlap_bytes(self) -> int:
        """How far the output may lie over the input, where tiles of pixels are expanded before they are written."""
        (height, width, channels), (output_h, output_w, output_c) = self._is.input, self._is.output
        (stride_h, stride_w), padding = self._is.stride, self._is.padding
        if self._copies:
            ends = [min(output_h, first + self._rows) for first in range(0, output_h, self._rows)]
            rows = [(min(height, max(0, end * stride_h - padding.top)), end) for end in ends]
            return band_by_band(rows, width * channels, output_w * output_c)
        sweep = Sweep((height, width), (output_h, output_w), (stride_h, stride_w), padding.top, padding.left)
        return tile_by_tile(sweep, channels, output_c, self._tile)

    def fields(self) -> dict[str, FieldValue]:
        geometry = self._is
        return {
            "band": self._rows,
            "band_step": self._rows * geometry.stride[0],
            "copied_rows": self._copied_rows(self._rows) if self._copies else 0,
            "copied_row": self._copied_row,
            "pad_top": geometry.padding.top,
            "pad_left": geometry.padding.left * geometry.input[2],
        }


class Windows:
    """A window is `runs` runs of bytes: a row of the window, or a pixel of it where columns are dilated.

    Runs are read in words: where they are no whole words, copying keeps reads inside.
    """

    def __init__(self, geometry: Geometry, scratch_limit: int, tile: int, stretch: float = 1.0) -> None:
        self._is = geometry
        kernel_h, kernel_w = geometry.kernel
        self._dilated = geometry.dilation[1] > 1 and kernel_w > 1
        self._outer, self._inner = (kernel_h, kernel_w) if self._dilated else (1, kernel_h)
        run_bytes = geometry.input[2] * (1 if self._dilated else kernel_w)
        self._words = -(-run_bytes // _WORD)
        self._pairs = 2 * self._words * self.runs
        copies = geometry.padding != Padding() or run_bytes % _WORD != 0
        self._bands = Bands(geometry, copies, _WORD * tile * self._pairs, scratch_limit, tile, stretch)

    @property
    def runs(self) -> int:
        return self._outer * self._inner

    @property
    def inputs(self) -> int:
        """Of a window, its runs filled up to words."""
        return 2 * self._pairs

    @property
    def dilated(self) -> bool:
        """Whether a run is a pixel and not a row of a window."""
        return self._outer > 1

    @property
    def scratch_bytes(self) -> int:
        return self._bands.scratch_bytes

    @property
    def overlap_bytes(self) -> int:
        """How far the output may lie over the input."""
        return self._bands.overlap_bytes

    def fields(self) -> dict[str, FieldValue]:
        geometry = self._is
        input_h, input_w, channels = geometry.input
        output_h, output_w, output_c = geometry.output
        row_gap, column_gap = geometry.dilation[0] * self._bands.row_bytes, geometry.dilation[1] * channels
        gap = (column_gap if self._dilated else row_gap) - self._words * _WORD
        return {
            "input_h": input_h,
            "input_row": input_w * channels,
            "output_h": output_h,
            "output_w": output_w,
            "output_c": output_c,
            "y_step": output_c,
            "row_step": geometry.stride[0] * self._bands.row_bytes,
            "column_step": geometry.stride[1] * channels,
            "outer_count": self._outer,
            "outer_step": row_gap,
            "inner": (self._words, self._inner, gap),
            "pairs": self._pairs,
            **self._bands.fields(),
        }
