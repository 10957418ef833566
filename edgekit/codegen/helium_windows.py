# SPDX-License-Identifier: Apache-2.0
"""Where the kernels in kernels/arch/helium find the inputs of a pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.helium_packing import CHUNK
from edgekit.codegen.lowering.access import Sweep, distance, tile_by_tile
from edgekit.ir.attributes import Padding

#: Longer scratch is left to the portable kernel, which needs less.
LARGEST_SCRATCH_BYTES = 32768

#: Of a product before its first pixel.
CALL_INSTRUCTIONS = 120

#: For windows that are laid out.
_SLOTS_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Geometry:
    """A convolution of [H, W, C] to [H, W, C]; pairs are (vertical, horizontal)."""

    input: tuple[int, ...]
    output: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: Padding

    @property
    def rows_of_window(self) -> int:
        """Rows that a window spans."""
        return (self.kernel[0] - 1) * self.dilation[0] + 1

    @property
    def sweep(self) -> Sweep:
        (height, width, _), (rows, columns, _) = self.input, self.output
        return Sweep((height, width), (rows, columns), self.stride, self.padding.top, self.padding.left)


class Bands:
    """Output rows are computed in bands: where `copies`, from a padded copy of a band's input rows in scratch, behind
    `reserved` bytes and with `slack` behind, else all at once from x itself.

    Bands take more scratch than `scratch_limit` only where a single row of windows is longer."""

    def __init__(
        self,
        geometry: Geometry,
        copies: bool,
        reserved: int,
        scratch_limit: int,
        *,
        slack: int = 0,
        copied_row: int | None = None,
    ) -> None:
        self._is = geometry
        self.copies = copies
        self._reserved = reserved
        self._scratch_limit = scratch_limit
        self._slack = slack
        _, width, channels = geometry.input
        padded_row = (geometry.padding.left + width + geometry.padding.right) * channels
        self._copied_row = padded_row if copied_row is None else copied_row
        self._rows = self._most() if copies else geometry.output[0]

    @property
    def row_bytes(self) -> int:
        """From input row to input row, where windows are read."""
        return self._copied_row if self.copies else self._is.input[1] * self._is.input[2]

    @property
    def scratch_bytes(self) -> int:
        return self._scratch(self._rows)

    @property
    def copied_bytes(self) -> int:
        """Of all bands."""
        if not self.copies:
            return 0
        return -(-self._is.output[0] // self._rows) * self._copied_rows(self._rows) * self._copied_row

    def _copied_rows(self, rows: int) -> int:
        return (rows - 1) * self._is.stride[0] + self._is.rows_of_window

    def _scratch(self, rows: int) -> int:
        copy = self._copied_rows(rows) * self._copied_row + self._slack if self.copies else 0
        return self._reserved + copy

    def _most(self) -> int:
        """The most output rows that fit the preferred scratch."""
        rows = range(1, self._is.output[0] + 1)
        return max((n for n in rows if self._scratch(n) <= self._scratch_limit), default=1)

    def distance(self, input_row: int, beyond: int = 0) -> int:
        """How far the output may lie over an input with rows of `input_row` bytes, where bands are copied before they
        are computed, and `beyond` bytes behind their outputs are overwritten."""
        (height, _, _), (output_h, output_w, output_c) = self._is.input, self._is.output
        ends = range(self._rows, output_h, self._rows)
        first_rows = ((max(0, end * self._is.stride[0] - self._is.padding.top), end) for end in ends)
        return distance((min(height, row) * input_row, end * output_w * output_c + beyond) for row, end in first_rows)

    def fields(self) -> dict[str, FieldValue]:
        geometry = self._is
        return {
            "band": self._rows,
            "band_step": self._rows * geometry.stride[0],
            "copied_rows": self._copied_rows(self._rows) if self.copies else 0,
            "copied_row": self._copied_row,
            "pad_top": geometry.padding.top,
        }


def flattened(geometry: Geometry) -> Geometry:
    """The same products, as one row of pixels where all pixels of a 1x1 convolution lie one behind the other."""
    if geometry.kernel != (1, 1) or geometry.stride != (1, 1) or geometry.padding != Padding():
        return geometry
    pixels = geometry.output[0] * geometry.output[1]
    return replace(
        geometry, input=(1, pixels, geometry.input[2]), output=(1, pixels, geometry.output[2]), dilation=(1, 1)
    )


class Windows:
    """A window is runs of bytes: its rows, its pixels where columns are dilated, or all of it where that is one run."""

    def __init__(self, geometry: Geometry, scratch_limit: int, in_place: bool) -> None:
        self._is = geometry
        (kernel_h, kernel_w), channels = geometry.kernel, geometry.input[2]
        dilated = geometry.dilation[1] > 1 and kernel_w > 1
        whole_rows = not dilated and kernel_w == geometry.input[1] and geometry.dilation[0] == 1
        padded = geometry.padding != Padding()
        joined = whole_rows and not padded
        self.depth = kernel_h * kernel_w * channels
        self._run = self.depth if joined else channels if dilated else kernel_w * channels
        self._runs = self.depth // self._run
        # In place, the inputs of a pixel must survive its first output.
        self._direct = self._runs == 1 and not padded and not in_place
        self._direct &= self.depth >= CHUNK or geometry.output[0] == 1
        self._laid_out = self._pixels_at_the_end() if self._direct else 0
        self._slot = -(-(self.depth - self._run + -(-self._run // CHUNK) * CHUNK) // 4) * 4
        self._slots = self._count_slots()
        self._bands = Bands(geometry, padded, self._slots * self._slot, scratch_limit)

    def _pixels_at_the_end(self) -> int:
        """Pixels for which a whole vector would end behind x: they need the last bytes of it."""
        if self.depth >= CHUNK:
            return 0
        step = self._is.stride[1] * self._is.input[2]
        beyond = CHUNK - (self._is.input[1] * self._is.input[2] - (self._is.output[1] - 1) * step)
        return min(self._is.output[1], max(0, -(-beyond // step)))

    def _count_slots(self) -> int:
        pixels = self._laid_out if self._direct else self._is.output[0] * self._is.output[1]
        return min(pixels, max(2, _SLOTS_BYTES // self._slot // 2 * 2))

    @property
    def scratch_bytes(self) -> int:
        return self._bands.scratch_bytes

    @property
    def instructions(self) -> int:
        """About what it costs to bring windows to where they are multiplied."""
        pixels = self._laid_out if self._direct else self._is.output[0] * self._is.output[1]
        run = 7 if self._run <= CHUNK else 9 + 3 * ((self._run - 1) // CHUNK)
        batches = -(-pixels // self._slots) if self._slots else 0
        copied = self._bands.copied_bytes // CHUNK * 5
        return pixels * (9 + self._runs * run) + batches * CALL_INSTRUCTIONS + copied

    @property
    def overlap_bytes(self) -> int | None:
        """How far the output may lie over the input; None: not at all."""
        _, width, channels = self._is.input
        if self._direct:
            return None
        if self._bands.copies:
            return self._bands.distance(width * channels)
        return tile_by_tile(self._is.sweep, channels, self._is.output[2], self._slots)

    def places(self) -> tuple[int, ...]:
        """Of each run, in bytes from the window's start."""
        channels = self._is.input[2]
        columns = 1 if self._run >= self._is.kernel[1] * channels else self._is.kernel[1]
        rows = self._runs // columns
        return tuple(
            row * self._is.dilation[0] * self._bands.row_bytes + column * self._is.dilation[1] * channels
            for row in range(rows)
            for column in range(columns)
        )

    def fields(self) -> dict[str, FieldValue]:
        geometry = self._is
        input_h, input_w, channels = geometry.input
        return {
            "input_h": input_h,
            "input_row": input_w * channels,
            "output_h": geometry.output[0],
            "output_w": geometry.output[1],
            "output_c": geometry.output[2],
            "row_step": geometry.stride[0] * self._bands.row_bytes,
            "column_step": geometry.stride[1] * channels,
            "depth": self.depth,
            "direct": int(self._direct),
            "laid_out": self._laid_out,
            "slots": self._slots,
            "slot": self._slot,
            "runs": self._runs,
            "run": self._run,
            **self._bands.fields(),
            "pad_left": geometry.padding.left * channels,
        }
