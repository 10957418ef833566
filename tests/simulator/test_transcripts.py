# SPDX-License-Identifier: Apache-2.0
"""A transcript of a board plays back as that board."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from standin_model import CRASH, expected_output

from edgekit.boards import Board
from edgekit.device import open_device
from edgekit.device.client import Device
from edgekit.device.protocol import Link
from edgekit.device.transcript import ReplayTransport
from edgekit.errors import DataError, DeviceCrashedError, DeviceError, DeviceGoneError

SAMPLE = bytes((3 * i) & 0x3F for i in range(490))


def session(device: Device) -> list[object]:
    found: list[object] = [device.identity(), device.infer([SAMPLE]), device.measure(2)]
    with pytest.raises(DeviceCrashedError) as caught:
        device.infer([bytes([CRASH]) + SAMPLE[1:]])
    return [*found, re.sub(r" \(.*", "", str(caught.value)), device.infer([SAMPLE]), device.boot()]


@pytest.mark.parametrize("frames", [True, False])
def test_a_replay_gives_what_the_board_gave(board: Board, build, tmp_path: Path, frames: bool) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "board.txt"
    with open_device(board, build(misbehaves=True), transcript=path, frames=frames) as device:
        live = session(device)
    assert live[1] == [expected_output(SAMPLE)]
    replay = ReplayTransport(path)
    link = Link(replay, seed=replay.seed)
    link.synchronise()
    assert session(Device(link, board, frames=frames)) == live


def test_a_replay_that_is_asked_otherwise_or_longer_says_so(board: Board, build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "board.txt"
    with open_device(board, build(misbehaves=True), transcript=path) as device:
        device.infer([SAMPLE])
    replay = ReplayTransport(path)
    link = Link(replay, seed=replay.seed)
    link.synchronise()
    with pytest.raises(DeviceError, match="where edgekit now sends"):
        Device(link, board).infer([SAMPLE[::-1]])
    replay = ReplayTransport(path)
    Link(replay, seed=replay.seed).synchronise()
    with pytest.raises(DeviceGoneError, match=r"the transcript .* ends here"):
        while True:
            replay.read(replay.now() + 1) or replay._next(sent=True)


@pytest.mark.parametrize("text", ["", "x", "# edgekit transcript 1: seed 1, port p\n0.1 > 00", "\xff"])
def test_what_is_no_transcript_is_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "board.txt"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(DataError, match=r"transcript|of the form"):
        ReplayTransport(path)
