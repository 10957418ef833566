# SPDX-License-Identifier: Apache-2.0
"""Several simulated boards share samples: whatever happens to some of them, the bytes are those of one board."""

from __future__ import annotations

import threading

import pytest
from faulty_line import KINDS, OTHER_SHA256, FaultyBoard, FaultyLine
from simulated_board import SHA256, SimulatedBoard

from edgekit.benchmark.fleet import Fleet
from edgekit.boards import load_board
from edgekit.device.client import Device
from edgekit.device.protocol import Link
from edgekit.errors import DeviceError, DeviceSilentError, WrongFirmwareError
from edgekit.progress import silent

BOARD = load_board("mps2-an386")
SAMPLES = [[bytes((7 * i + k) & 0xFF for k in range(60))] for i in range(40)]
EXPECTED = [bytes(byte ^ 0xFF for byte in sample[0])[:12] for sample in SAMPLES]


def simulated() -> FaultyBoard:
    return FaultyBoard(input_bytes=(60,), output_bytes=(12,), line_bytes=127, frame_bytes=40)


def opened(board: SimulatedBoard, name: str = "simulated", *, frames: bool = True) -> Device:
    board.name = name
    return Device(Link(board, seed=1), BOARD, reset=board.reset, inference_timeout_s=3.0, frames=frames)


def dies_after(count: int) -> FaultyBoard:
    """A board that falls silent for good in the middle of its inference number `count`."""
    board = simulated()
    left = [count]

    def run() -> None:
        left[0] -= 1
        board.mute = left[0] <= 0

    board.on_run = run
    board.on_reset = lambda: setattr(board, "mute", True)
    return board


@pytest.mark.parametrize("frames", [True, False])
@pytest.mark.parametrize("counts", [(1,), (3,), (1, 1), (2, 5)])
def test_the_samples_of_boards_that_die_go_to_those_alive(counts: tuple[int, ...], frames: bool) -> None:
    dying = [opened(dies_after(count), f"dying {count}", frames=frames) for count in counts]
    alive = opened(simulated(), "alive", frames=frames)
    fleet = Fleet([*dying, alive])
    while len(fleet.alive) > 1:  # how many samples a board gets is a matter of threads
        assert fleet.run_samples(SAMPLES, silent) == EXPECTED
    assert fleet.alive == [alive]
    assert sorted(text.split(" did not")[0] for text in fleet.lost) == sorted(
        f"the board on dying {count}" for count in counts
    )


def test_a_sample_lost_when_the_others_have_gone_home_is_run_all_the_same() -> None:
    others_done = threading.Event()
    last = simulated()

    def run() -> None:
        assert others_done.wait(30)
        last.mute = True

    last.on_run = run
    last.on_reset = lambda: setattr(last, "mute", True)
    seen: list[int] = []

    def progress(stage: str, done: int, total: int) -> None:
        seen.append(done)
        if done >= total - 2:  # it has at most two under way
            others_done.set()

    fleet = Fleet([opened(last, "last"), opened(simulated())])
    assert fleet.run_samples(SAMPLES, progress) == EXPECTED
    assert len(fleet.alive) == len(fleet.lost) == 1
    assert seen == list(range(len(SAMPLES) + 1))


def test_the_first_failure_is_raised_when_no_board_is_left() -> None:
    fleet = Fleet([opened(dies_after(3)), opened(dies_after(5))])
    with pytest.raises(DeviceSilentError, match="did not finish an inference") as caught:
        for _ in range(3):
            fleet.run_samples(SAMPLES, silent)
    assert caught.value.inputs is not None and list(caught.value.inputs) in SAMPLES
    assert fleet.alive == [] and len(fleet.lost) == 2


def test_a_board_with_other_firmware_ends_the_run() -> None:
    board = simulated()
    device = opened(board)
    device.identity()
    board.restart(b"external")
    board._out.clear()  # unnoticed
    board.sha256 = OTHER_SHA256
    fleet = Fleet([device, opened(simulated())])
    with pytest.raises(WrongFirmwareError, match="became another one"):
        fleet.run_samples(SAMPLES, silent)
    assert fleet.lost == []


def test_a_mistake_in_edgekit_is_no_lost_board() -> None:
    board = simulated()
    board.on_run = lambda: 1 // 0  # type: ignore[assignment, return-value]
    fleet = Fleet([opened(board), opened(simulated())])
    with pytest.raises(ZeroDivisionError):
        for _ in range(100):
            fleet.run_samples(SAMPLES, silent)
    assert fleet.lost == []


def test_work_of_one_board_is_done_by_the_next_and_by_each_that_lives() -> None:
    fleet = Fleet([opened(dies_after(1), "dying"), opened(simulated()), opened(simulated())])
    assert fleet.on_one(lambda device: device.infer(SAMPLES[0])) == [EXPECTED[0]]
    assert len(fleet.lost) == 1
    assert fleet.on_each(Device.stack_peak_bytes) == [224, 224]
    fleet = Fleet([opened(dies_after(1))])
    with pytest.raises(DeviceError):
        fleet.on_each(lambda device: device.infer(SAMPLES[0]))


@pytest.mark.parametrize("frames", [True, False])
def test_whatever_strikes_the_boards_the_bytes_are_those_of_one(frames: bool) -> None:
    struck = dict.fromkeys(KINDS, 0)
    whole = 0
    for seed in range(60):
        lines = [FaultyLine(simulated(), 3 * seed + k) for k in range(3)]
        devices = [
            Device(Link(line, reopen=line.reopen, seed=seed), BOARD, reset=line.reset, inference_timeout_s=3.0,
                   frames=frames)
            for line in lines
        ]  # fmt: skip
        for line, device in zip(lines, devices, strict=True):
            device.identity()
            line.arm()
        lines[2].disarm()
        fleet = Fleet(devices)
        try:
            assert fleet.run_samples(SAMPLES, silent) == EXPECTED
            assert devices[2] in fleet.alive
            whole += 1
        except WrongFirmwareError:
            assert any(line.board.sha256 != SHA256 for line in lines)
        for line in lines:
            for kind, count in line.struck.items():
                struck[kind] += count
    assert whole > 40
    assert all(struck.values()), struck
