# SPDX-License-Identifier: Apache-2.0
"""Input rows as columns, [width][rows][channels]: every window of a convolution is then one run of bytes.

Against windows that are laid out one by one, an input is copied once for each row of the kernel and not once for each
of its taps; but pixels of different output rows are not multiplied together.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.helium_packing import CHUNK, GROUP
from edgekit.codegen.helium_windows import CALL_INSTRUCTIONS, Geometry
from edgekit.codegen.lowering.access import distance
from edgekit.ir.attributes import TransposeConvAttrs
from edgekit.ir.fixed_point import Ints

#: A vector's bytes go to places that are bytes themselves.
_REACH = 256

#: Pixels that are worth columns of their own.
_SMALLEST_TILE = 4


class Columns:
    """Of a convolution without dilated columns: those of a tile of an output row, as many pixels as `scratch_limit`
    has room for."""

    def __init__(self, geometry: Geometry, scratch_limit: int) -> None:
        self._is = geometry
        width, step = geometry.output[1], geometry.stride[1]
        most = ((scratch_limit - CHUNK) // self._column - geometry.kernel[1]) // step + 1
        self._tile = width if width <= most else _tile(width, most)

    @property
    def applies(self) -> bool:
        dilated = self._is.dilation[1] > 1 and self._is.kernel[1] > 1
        return not dilated and self._tile >= min(self._is.output[1], _SMALLEST_TILE)

    @property
    def scratch_bytes(self) -> int:
        return self._columns(self._tile) * self._column + CHUNK

    def _columns(self, pixels: int) -> int:
        return (pixels - 1) * self._is.stride[1] + self._is.kernel[1]

    @property
    def _column(self) -> int:
        return self._is.kernel[0] * self._is.input[2]

    @property
    def instructions(self) -> int:
        """About what it costs to bring windows to where they are multiplied."""
        (rows, width, outputs), channels = self._is.output, self._is.input[2]
        tiles = -(-width // self._tile)
        columns = self._columns(self._tile)
        if channels <= CHUNK:
            together = min(CHUNK // channels, (_REACH - channels) // self._column + 1)
            spread = 6 * (columns // together) + 25
        else:
            spread = columns * (9 + 3 * ((channels - 1) // CHUNK)) + 20
        filled = columns * self._column // CHUNK * 2 if tiles > 1 else 0
        # The last pixel of an odd row is multiplied alone.
        alone = -(-outputs // GROUP) * (3 * -(-self._is.kernel[1] * self._column // CHUNK) + 5) + 80
        return rows * (tiles * (self._is.kernel[0] * spread + filled + 60 + CALL_INSTRUCTIONS) + width % 2 * alone)

    @property
    def overlap_bytes(self) -> int:
        """All inputs of a row are copied before it is written, if it is one tile."""
        (height, width, channels), (rows, columns, outputs) = self._is.input, self._is.output
        stride, top, late = self._is.stride[0], self._is.padding.top, int(self._tile < columns)
        steps = ((min(height, max(0, row * stride - top)), row + late) for row in range(1 - late, rows))
        return distance((first * width * channels, row * columns * outputs) for first, row in steps)

    def ordered(self, rows: Ints) -> Ints:
        """Weights [O, kh * kw * I] in the order of a window."""
        kernel_h, kernel_w = self._is.kernel
        swapped = rows.reshape(len(rows), kernel_h, kernel_w, -1).transpose(0, 2, 1, 3)
        return np.ascontiguousarray(swapped).reshape(len(rows), -1)

    def fields(self) -> dict[str, FieldValue]:
        (height, width, channels), (output_h, output_w, output_c) = self._is.input, self._is.output
        return {
            "input_h": height,
            "input_w": width,
            "input_c": channels,
            "output_h": output_h,
            "output_w": output_w,
            "output_c": output_c,
            "kernel_h": self._is.kernel[0],
            "kernel_w": self._is.kernel[1],
            "dilation_h": self._is.dilation[0],
            "stride_h": self._is.stride[0],
            "stride_w": self._is.stride[1],
            "pad_top": self._is.padding.top,
            "pad_left": self._is.padding.left,
            "tile": self._tile,
        }


def _tile(width: int, most: int) -> int:
    """Tiles of about one size, of pixels that are multiplied by twos."""
    if most < 1:
        return 0
    even = -(-width // -(-width // most))
    return even + 1 if even % 2 and even < most else even


class Phases:
    """Of a transposed convolution of [H, W, C] to [H, W, C]: a plain convolution for each pair of remainders of an
    output's row and column by the strides. One that no tap reaches has a window of a tap with weights of zero."""

    def __init__(
        self, input: tuple[int, ...], output: tuple[int, ...], kernel: tuple[int, ...], attrs: TransposeConvAttrs
    ) -> None:
        self._input, self._output, self._attrs = input, output, attrs
        self._rows = _taps(kernel[0], attrs.stride_h, attrs.pad_top)
        self._widths = _taps(kernel[1], attrs.stride_w, attrs.pad_left)
        # The column of x that the last tap of the first window meets.
        self._ends = [(phase + attrs.pad_left) // attrs.stride_w for phase in range(attrs.stride_w)]
        counts = [-(-(output[1] - phase) // attrs.stride_w) for phase in range(attrs.stride_w)]
        self._pad_left = max(0, *(width - 1 - end for width, end in zip(self._widths, self._ends, strict=True)))
        right = max(end + count - input[1] for end, count in zip(self._ends, counts, strict=True))
        self._columns = self._pad_left + input[1] + max(0, right)

    @property
    def scratch_bytes(self) -> int:
        return self._columns * max(self._rows) * self._input[2] + CHUNK

    def windows(self) -> list[int]:
        """(rows, columns, first column) of each phase."""
        firsts = [self._pad_left + end - width + 1 for width, end in zip(self._widths, self._ends, strict=True)]
        return [
            number
            for rows in self._rows
            for width, first in zip(self._widths, firsts, strict=True)
            for number in (rows, width, first)
        ]

    def split(self, weights: Ints) -> Iterator[Ints]:
        """[O, kh, kw, I] as the weights [O, window] of each phase.

        Taps stand in the order of the input's pixels, which is the reverse of the filter's.
        """
        attrs, (outputs, _, _, inputs) = self._attrs, weights.shape
        for row, rows in enumerate(self._rows):
            for column, columns in enumerate(self._widths):
                first = (row + attrs.pad_top) % attrs.stride_h, (column + attrs.pad_left) % attrs.stride_w
                part = weights[:, first[0] :: attrs.stride_h, first[1] :: attrs.stride_w][:, ::-1, ::-1]
                if part.size == 0:
                    part = np.zeros((outputs, rows, columns, inputs), np.int64)
                yield np.ascontiguousarray(part.transpose(0, 2, 1, 3)).reshape(outputs, -1)

    def fields(self) -> dict[str, FieldValue]:
        return {
            "input_h": self._input[0],
            "input_w": self._input[1],
            "input_c": self._input[2],
            "output_h": self._output[0],
            "output_w": self._output[1],
            "output_c": self._output[2],
            "stride_h": self._attrs.stride_h,
            "stride_w": self._attrs.stride_w,
            "pad_top": self._attrs.pad_top,
            "columns": self._columns,
            "pad_left": self._pad_left,
        }


def _taps(kernel: int, stride: int, pad: int) -> list[int]:
    """Taps that reach each phase, at least 1."""
    return [max(1, len(range((phase + pad) % stride, kernel, stride))) for phase in range(stride)]
