# SPDX-License-Identifier: Apache-2.0
"""Thousands of faults on the line and in the board: no wrong result is accepted, nothing hangs, and a board that lives
is found again. The simulated board, its clock and the faults are seeded: every run is the same.
"""

from __future__ import annotations

import random

import pytest
from faulty_line import KINDS, FaultyBoard, FaultyLine
from simulated_board import SHA256

from edgekit.boards import load_board
from edgekit.device.client import Device
from edgekit.device.protocol import Link
from edgekit.errors import DeviceError

BOARD = load_board("mps2-an386")
#: Longest that one inference may take on the board's clock, faults and recovery included.
MOST_SECONDS = 120.0
MOST_ATTEMPTS = 6


def run_faults(count: int, *, frames: bool, seed: int) -> FaultyLine:
    """One fault after the other, each around a few inferences or a measurement."""
    draw = random.Random(seed)
    board = FaultyBoard(input_bytes=(60,), output_bytes=(12,), line_bytes=127, frame_bytes=40)
    line = FaultyLine(board, seed)
    device = Device(
        Link(line, reopen=line.reopen, seed=seed), BOARD, reset=line.reset, inference_timeout_s=3.0, frames=frames
    )  # fmt: skip
    device.identity()
    for _ in range(count):
        line.arm()
        while line.fault is not None:  # until it has struck
            attempt(draw, device, board)
        attempt(draw, device, board)
    return line


def attempt(draw: random.Random, device: Device, board: FaultyBoard) -> None:
    """Some samples, and now and then a measurement; errors may be raised, wrong results may not come back."""
    samples = [draw.randbytes(60) for _ in range(draw.choice((1, 1, 3)))]
    for tries in range(MOST_ATTEMPTS):
        started = board.now()
        try:
            for sample, outputs in zip(samples, device.stream([each] for each in samples), strict=True):
                assert outputs == [bytes(byte ^ 0xFF for byte in sample)[:12]], "a wrong result was accepted"
            if draw.random() < 0.2:
                assert device.measure(2) == [6464, 6464], "a wrong time was accepted"
        except DeviceError:
            if tries > 2:  # somebody puts the right firmware back
                board.sha256 = SHA256
        else:
            assert board.sha256 == SHA256, "the result of another firmware was accepted"
            return
        finally:
            assert board.now() - started < MOST_SECONDS, "it hung"
    raise AssertionError(f"the board lives, but was not found again in {MOST_ATTEMPTS} attempts")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("frames", [True, False])
def test_no_fault_gives_a_wrong_result_a_hang_or_a_lost_board(frames: bool, seed: int) -> None:
    line = run_faults(625, frames=frames, seed=seed)
    assert sum(line.struck.values()) == 625
    assert all(line.struck[kind] > 20 for kind in KINDS)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 120))
@pytest.mark.parametrize("frames", [True, False])
def test_100_000_faults(frames: bool, seed: int) -> None:
    assert sum(run_faults(2500, frames=frames, seed=seed).struck.values()) == 2500
