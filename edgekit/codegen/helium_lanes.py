# SPDX-License-Identifier: Apache-2.0
"""How the general depthwise kernel of kernels/arch/helium fills its vectors.

Either a pixel's channels are blocks of 16, the last one perhaps partly used, or a row's outputs are simply blocks of
16 bytes, whatever pixels they belong to: neighbouring outputs need neighbouring inputs, and the weights repeat after
`unit` bytes, a number of whole pixels. For that, strided windows are read in a copy with a phase for each column
modulo the stride.
"""

from __future__ import annotations

import math

from edgekit.codegen.helium_packing import CHUNK
from edgekit.codegen.helium_windows import Geometry
from edgekit.ir.attributes import Padding

#: Of weights that repeat: more are not worth their flash.
_LONGEST_UNIT = 256

#: Below so many hundredths of lanes in use, blocks of a pixel are given up.
_LEAST_USE = 80

#: A gather reaches so far.
_REACH = 256


class Lanes:
    """For a depthwise convolution of `geometry`, whose input channels are counted as often as they have outputs:
    `multiplier` times."""

    def __init__(self, geometry: Geometry, multiplier: int) -> None:
        self._is = geometry
        self._multiplier = multiplier
        channels, stride = geometry.output[2], geometry.stride[1]
        self._flat = self._repeats(channels, stride)
        self.phases = stride if self._flat else 1
        #: Outputs of a row, and of a unit, after which the weights repeat.
        self.row_outputs = geometry.output[1] * channels
        self.unit = math.lcm(CHUNK, channels) if self._flat else channels
        #: Blocks of weights.
        self.blocks = -(-min(self.unit, self.row_outputs) // CHUNK)
        self.copies = multiplier > 1 or self.phases > 1 or geometry.padding != Padding() or self.beyond != 0

    def _repeats(self, channels: int, stride: int) -> bool:
        unit = math.lcm(CHUNK, channels)
        use = 100 * channels // (-(-channels // CHUNK) * CHUNK)
        reach = unit // channels * stride * (channels // self._multiplier)
        return use < _LEAST_USE and unit <= _LONGEST_UNIT and (stride == 1 or reach <= _REACH)

    @property
    def beyond(self) -> int:
        """Bytes that are written behind a row's outputs, or a pixel's, before their turn."""
        return -(self.row_outputs if self._flat else self.unit) % CHUNK

    @property
    def row_bytes(self) -> int:
        """Of a copied row: all phases."""
        return self.phases * self._phase

    @property
    def _phase(self) -> int:
        (_, width, channels), padding = self._is.input, self._is.padding
        return -(-(padding.left + width + padding.right) // self.phases) * channels

    @property
    def column_step(self) -> int:
        """From unit to unit, where windows are read."""
        return self.unit if self._flat else self._is.stride[1] * self.unit

    def place(self, column: int) -> int:
        """Of the inputs that a column of the kernel meets first, in bytes from the window's start."""
        at = column * self._is.dilation[1]
        return at % self.phases * self._phase + at // self.phases * self._is.input[2]

    def parts(self) -> list[int]:
        """What a copied row is made of: (first byte of the input row, first byte of the copy, bytes of the copy)."""
        (_, width, channels), left = self._is.input, self._is.padding.left
        found: list[int] = []
        for first in range(min(self.phases, width)):
            phase, pixel = (left + first) % self.phases, (left + first) // self.phases
            inputs = len(range(first, width, self.phases))
            found += [first * channels // self._multiplier, phase * self._phase + pixel * channels, inputs * channels]
        return found

    def sources(self) -> list[int]:
        """Where a copy's bytes come from, until the pattern repeats; none where they are neighbours."""
        if self.phases == 1 and self._multiplier == 1:
            return []
        if self.phases == 1:
            return [byte // self._multiplier for byte in range(math.lcm(CHUNK, self._multiplier))]
        inputs = self._is.input[2] // self._multiplier
        pixels = [divmod(byte, self._is.input[2]) for byte in range(self.unit)]
        return [pixel * self.phases * inputs + channel // self._multiplier for pixel, channel in pixels]

    def source_step(self) -> int:
        """Bytes of the input after which the pattern of `sources` repeats."""
        return len(self.sources()) * self.phases // self._multiplier
