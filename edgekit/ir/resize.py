# SPDX-License-Identifier: Apache-2.0
"""Where the pixels of a resized image come from, along one axis, as TensorFlow Lite Micro counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edgekit.ir.attributes import ResizeAttrs
from edgekit.ir.fixed_point import round_half_away

#: Bits behind the point of a position between two pixels.
FRACTION_BITS = 10
_ONE = 1 << FRACTION_BITS


def nearest_pixels(size: int, resized: int, attrs: ResizeAttrs) -> list[int]:
    """RESIZE_NEAREST_NEIGHBOR: the pixel of `size` that each of `resized` shows; in float32, as the kernels do."""
    aligned = attrs.align_corners and resized > 1
    scale = np.float32(size - 1 if aligned else size) / np.float32(resized - 1 if aligned else resized)
    offset = np.float32(0.5 if attrs.half_pixel_centers else 0.0)
    places = [float((np.float32(place) + offset) * scale) for place in range(resized)]
    pixels = [round_half_away(place) if attrs.align_corners else int(place) for place in places]
    return [min(pixel, size - 1) for pixel in pixels]


class Blend(NamedTuple):
    """One pixel of a resized axis: `below` counts `weight` / 1024, `above` the rest."""

    above: int
    below: int
    weight: int


def blended_pixels(size: int, resized: int, attrs: ResizeAttrs) -> list[Blend]:
    """RESIZE_BILINEAR: the two pixels of `size` that each of `resized` lies between, in 1/1024 of a pixel."""
    aligned = attrs.align_corners and resized > 1
    numerator, denominator = (size - 1, resized - 1) if aligned else (size, resized)
    step = (_ONE * numerator + denominator // 2) // denominator
    start = step // 2 - _ONE // 2 if attrs.half_pixel_centers else 0
    return [_blend(start + place * step, size) for place in range(resized)]


def _blend(position: int, size: int) -> Blend:
    # Before the first pixel and behind the last, both are the same one.
    above = min(max(position, 0) // _ONE, size - 1)
    below = min(-(-max(position, 0) // _ONE), size - 1)
    return Blend(above, below, position - above * _ONE if below > above else 0)


class FloatBlends(NamedTuple):
    """A resized axis in float32: the numbers of the pixels before and behind each of its own, and what they count."""

    above: npt.NDArray[np.int32]
    below: npt.NDArray[np.int32]
    above_weight: npt.NDArray[np.float32]
    below_weight: npt.NDArray[np.float32]


def float_blends(size: int, resized: int, attrs: ResizeAttrs) -> FloatBlends:
    """RESIZE_BILINEAR: the two pixels of `size` that each of `resized` lies between, rounded as float32 is."""
    aligned = attrs.align_corners and resized > 1
    scale = np.float32(size - 1 if aligned else size) / np.float32(resized - 1 if aligned else resized)
    half = np.float32(0.5 if attrs.half_pixel_centers else 0.0)
    places = (np.arange(resized, dtype=np.float32) + half) * scale - half
    above = np.maximum(np.floor(places).astype(np.int32), 0)
    below = np.minimum(np.ceil(places).astype(np.int32), size - 1)
    weight = places - above.astype(np.float32)
    return FloatBlends(above, below, np.float32(1) - weight, weight)
