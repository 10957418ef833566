# SPDX-License-Identifier: Apache-2.0
"""The distances that lowerings declare, against kernels' accesses written out pixel by pixel."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.codegen.lowering.access import Sweep, band_by_band, distance, pixel_by_pixel, tile_by_tile

derandomized = settings(derandomize=True, database=None, max_examples=200, deadline=None)


@st.composite
def sweeps(draw: st.DrawFn) -> tuple[Sweep, tuple[int, int]]:
    """A filter, and its height and width."""
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    pad = [draw(st.integers(0, size - 1)) for size in kernel]
    image = draw(st.tuples(st.integers(3, 7), st.integers(3, 7)))
    output = tuple((image[axis] + pad[axis] - kernel[axis]) // stride[axis] + 1 for axis in range(2))
    return Sweep(image, (output[0], output[1]), stride, pad[0], pad[1]), kernel


def window(sweep: Sweep, kernel: tuple[int, int], pixel: int) -> list[int]:
    """The input pixels of an output pixel."""
    row, column = divmod(pixel, sweep.output[1])
    top, left = row * sweep.stride[0] - sweep.pad_top, column * sweep.stride[1] - sweep.pad_left
    return [
        r * sweep.input[1] + c
        for r in range(max(0, top), min(sweep.input[0], top + kernel[0]))
        for c in range(max(0, left), min(sweep.input[1], left + kernel[1]))
    ]


def survives(steps: list[tuple[list[int], list[int]]], channels: tuple[int, int], shift: int) -> bool:
    """Whether every read finds the input: steps of (pixels read, pixels written), the output `shift` bytes behind."""
    overwritten: set[int] = set()
    for read, written in steps:
        if any(pixel * channels[0] + byte in overwritten for pixel in read for byte in range(channels[0])):
            return False
        overwritten |= {shift + pixel * channels[1] + byte for pixel in written for byte in range(channels[1])}
    return True


@derandomized
@given(sweeps(), st.integers(1, 4), st.integers(1, 4))
def test_a_kernel_that_reads_while_it_writes_a_pixel_loses_nothing(
    case: tuple[Sweep, tuple[int, int]], input_c: int, output_c: int
) -> None:
    sweep, kernel = case
    pixels = sweep.output[0] * sweep.output[1]
    shift = pixel_by_pixel(sweep, input_c, output_c)
    steps = []
    for pixel in range(pixels):
        inputs = window(sweep, kernel, pixel)
        steps += [(inputs, [pixel]), (inputs, [pixel])]
    assert shift <= 0
    assert survives(steps, (input_c, output_c), shift)


@derandomized
@given(sweeps(), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_a_kernel_with_tiles_in_scratch_loses_nothing(
    case: tuple[Sweep, tuple[int, int]], input_c: int, output_c: int, tile: int
) -> None:
    sweep, kernel = case
    pixels = sweep.output[0] * sweep.output[1]
    whole = pixels // tile * tile
    tiles = [range(first, first + tile) for first in range(0, whole, tile)]
    tiles += [range(pixel, pixel + 1) for pixel in range(whole, pixels)]
    steps = [([i for pixel in each for i in window(sweep, kernel, pixel)], list(each)) for each in tiles]
    shift = tile_by_tile(sweep, input_c, output_c, tile)
    assert survives(steps, (input_c, output_c), shift)


def test_bands_keep_the_rows_that_are_still_to_come() -> None:
    # 3x3, stride 1, bands of two rows, two rows ahead with one row of padding.
    assert band_by_band([(3, 2), (5, 4), (6, 6)], 10, 10) == 0
    assert band_by_band([(3, 2), (5, 4), (6, 6)], 10, 20) == -30
    assert band_by_band([(6, 6)], 10, 1000) == 0


def test_a_kernel_that_reads_all_before_it_writes_may_write_anywhere() -> None:
    assert distance([]) == 0
    assert distance([(7, 3), (2, 5)]) == -3
