# SPDX-License-Identifier: Apache-2.0
"""Samples in binary frames: what they cost, and what becomes of damaged ones."""

from __future__ import annotations

import dataclasses
import itertools
import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_board import BANNER, SimulatedBoard

from edgekit.boards import load_board
from edgekit.device.client import Device
from edgekit.device.frames import MARK, RESULT, Frame, Parser, encode
from edgekit.device.protocol import Link
from edgekit.errors import DeviceCrashedError, DeviceError, DeviceSilentError, UsageError

BOARD = load_board("mps2-an386")
START = zlib.crc32(struct.pack("<I", 7))


class Line(SimulatedBoard):
    """`to_board` and `to_host` map what is sent, once the first frames are asked for."""

    to_board: Callable[[bytes], bytes] = staticmethod(lambda data: data)
    to_host: Callable[[bytes], bytes] = staticmethod(lambda data: data)

    def write(self, data: bytes, deadline: float) -> None:
        super().write(self.to_board(data) if self._frames else data, deadline)

    def say(self, data: bytes) -> None:
        super().say(self.to_host(data))


def board_of(**options: object) -> Line:
    return Line(**{"frame_bytes": 30, **options})  # type: ignore[arg-type]


def open_on(board: SimulatedBoard, **options: object) -> Device:
    return Device(Link(board), BOARD, reset=board.reset, **options)  # type: ignore[arg-type]


def sample(number: int, size: int = 40) -> list[bytes]:
    return [bytes((number * 7 + i) & 0xFF for i in range(size))]


def wanted(number: int) -> list[bytes]:
    return [bytes(byte ^ 0xFF for byte in sample(number)[0][:4])]


def once(change: Callable[[bytes], bytes], turn: int = 0) -> Callable[[bytes], bytes]:
    """Change only the `turn`-th piece that is sent."""
    turns = itertools.count()
    return lambda data: change(data) if next(turns) == turn else data


def test_samples_go_through_one_session_in_order() -> None:
    board = board_of()
    assert list(open_on(board).stream(sample(i) for i in range(20))) == [wanted(i) for i in range(20)]
    assert [command for command in board.commands if command.startswith("ek")][-1].startswith("ek frames")
    assert not [command for command in board.commands if command.startswith("db")]


def test_a_sample_is_one_round_trip() -> None:
    board = board_of()
    device = open_on(board)
    device.infer(sample(0))
    turns: list[str] = []
    board.to_board = lambda data: (turns.append("out"), data)[1]
    board.to_host = lambda data: (turns.append("in"), data)[1]
    for number in range(5):
        assert device.infer(sample(number)) == wanted(number)
    assert turns == ["out", "in"] * 5


def test_an_emulated_board_gets_the_next_sample_before_it_answers() -> None:
    board = board_of()
    order: list[str] = []
    samples = (order.append(f"take {i}") or sample(i) for i in range(3))
    for index, _ in enumerate(open_on(board).stream(samples)):
        order.append(f"done {index}")
    assert order == ["take 0", "take 1", "done 0", "take 2", "done 1", "done 2"]
    order.clear()
    real = Device(Link(board_of()), dataclasses.replace(BOARD, emulator=None))
    samples = (order.append(f"take {i}") or sample(i) for i in range(2))
    for index, _ in enumerate(real.stream(samples)):
        order.append(f"done {index}")
    assert order == ["take 0", "done 0", "take 1", "done 1"]


def test_several_inputs_and_outputs_keep_their_order() -> None:
    board = board_of(input_bytes=(3, 50), output_bytes=(2, 3))
    inputs = [b"abc", bytes(range(50))]
    assert open_on(board).infer(inputs) == [board.output(0), board.output(1)]
    assert [bytes(data) for data in board._inputs] == inputs


def test_text_commands_in_between_end_the_session_and_a_new_one_begins() -> None:
    board = board_of()
    device = open_on(board)
    for number in range(3):
        assert device.infer(sample(number)) == wanted(number)
        assert device.boot() == (1, "power-on")
    assert sum(command.startswith("ek frames") for command in board.commands) == 3


def test_without_frames_the_text_protocol_is_used() -> None:
    board = board_of()
    assert open_on(board, frames=False).infer(sample(1)) == wanted(1)
    assert not [command for command in board.commands if command.startswith("ek frames")]


def test_a_stream_that_is_not_read_to_its_end_leaves_nothing_behind() -> None:
    device = open_on(board_of())
    for _, outputs in zip(range(2), device.stream(sample(i) for i in range(9)), strict=False):
        assert len(outputs) == 1
    assert list(device.stream(sample(i) for i in range(3, 6))) == [wanted(i) for i in range(3, 6)]


def test_a_wrong_size_is_refused_and_disturbs_nothing() -> None:
    device = open_on(board_of())
    device.infer(sample(0))
    with pytest.raises(UsageError, match="takes inputs of 40 bytes, not 39"):
        device.infer(sample(0, 39))
    assert device.infer(sample(2)) == wanted(2)


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "all lost": lambda data: b"",
    "first byte lost": lambda data: data[1:],
    "last byte lost": lambda data: data[:-1],
    "middle lost": lambda data: data[:15] + data[25:],
    "flipped mark": lambda data: b"x" + data[1:],
    "flipped length": lambda data: data[:5] + b"\xff" + data[6:],
    "flipped number": lambda data: data[:3] + bytes([data[3] ^ 1]) + data[4:],
    "flipped body": lambda data: data[:12] + bytes([data[12] ^ 64]) + data[13:],
    "twice": lambda data: data + data,
    "bytes twice": lambda data: data[:20] + data[8:],
    "noise before": lambda data: b"m-rea%\xe5\xeb\x01" + data,
    "noise after": lambda data: data + b"\0\xe5%",
}


@pytest.mark.parametrize("direction", ["to_board", "to_host"])
@pytest.mark.parametrize("change", CHANGES)
def test_damage_is_repaired_within_the_session(direction: str, change: str) -> None:
    board = board_of(frame_bytes=16 + 4 + 1)
    device = open_on(board)
    device.infer(sample(0))
    setattr(board, direction, once(CHANGES[change]))
    resets = board.resets
    started = board.clock
    assert list(device.stream(sample(i) for i in range(1, 5))) == [wanted(i) for i in range(1, 5)]
    assert board.resets == resets
    assert board.clock - started < 5


def test_a_lost_result_is_said_again_without_a_second_inference() -> None:
    runs = []
    board = board_of(on_run=lambda: runs.append(1))
    device = Device(Link(board), dataclasses.replace(BOARD, emulator=None))
    device.infer(sample(0))
    board.to_host = once(lambda data: b"")
    assert device.infer(sample(1)) == wanted(1)
    assert len(runs) == 2


def test_an_answer_that_comes_twice_does_not_reach_the_next_command() -> None:
    # A slow board is probed, the run is repeated, and the second answer comes when the first has been taken.
    board = board_of()
    late: list[bytes] = []

    def twice(data: bytes) -> bytes:
        if data.startswith(MARK) and data[2] == RESULT:
            if late:
                return data + late[0]  # the repeated answer, which nobody waits for any more
            late.append(data)
            return b""
        return data

    device = open_on(board)
    board.to_host = twice
    assert device.infer(sample(0)) == wanted(0)
    board.to_host = lambda data: data
    board.say(late[0][5:])  # and the tail of one more
    assert device.ram().stack_bytes > 0
    assert device.infer(sample(1)) == wanted(1)


def test_only_what_was_lost_is_sent_again() -> None:
    board = board_of(input_bytes=(4000,), frame_bytes=200)
    device = Device(Link(board), dataclasses.replace(BOARD, emulator=None))
    device.infer(sample(0, 4000))
    before = board.received_bytes
    device.infer(sample(1, 4000))
    whole = board.received_bytes - before
    board.to_board = once(lambda data: data[:3000] + bytes([data[3000] ^ 1]) + data[3001:])
    before = board.received_bytes
    device.infer(sample(2, 4000))
    assert board.received_bytes - before < 1.4 * whole


def test_a_crash_in_a_session_is_told_and_the_next_sample_works() -> None:
    board = board_of()
    device = open_on(board)
    device.infer(sample(0))

    def crash() -> None:
        board.on_run = None
        board.restart(b"fault")
        board._out[:] = b"\r\ne-[fault exc=3 pc=0000010c]\r\n" + BANNER % b"fault"
        board.mute = True

    board.on_run = crash
    with pytest.raises(DeviceCrashedError, match="crashed in 'an inference': exc=3"):
        device.infer(sample(1))
    board.mute = False
    assert device.infer(sample(2)) == wanted(2)


def test_a_hang_in_a_session_meets_its_deadline_and_is_reset() -> None:
    board = board_of()
    device = open_on(board, inference_timeout_s=3.0)
    device.infer(sample(0))
    board.on_run = lambda: setattr(board, "mute", True)
    started = board.clock
    with pytest.raises(DeviceSilentError, match="did not finish an inference within 3 s"):
        device.infer(sample(1))
    assert board.clock - started < 4
    board.on_run = None
    assert device.infer(sample(2)) == wanted(2)
    assert board.resets == 1


def test_a_board_that_left_the_session_is_brought_back() -> None:
    board = board_of()
    device = open_on(board)
    device.infer(sample(0))
    board.take(ord("x"))
    board.take(ord("%"))  # as if noise had been a command
    assert device.infer(sample(1)) == wanted(1)
    assert board.resets == 0


def test_a_line_that_damages_everything_is_an_error_and_no_endless_loop() -> None:
    board = board_of()
    device = open_on(board)
    device.infer(sample(0))
    board.to_host = lambda data: data[:-1] if data.startswith(MARK) else data
    with pytest.raises(DeviceError):
        device.infer(sample(1))
    assert board.clock < 600
    board.to_host = lambda data: data
    assert device.infer(sample(2)) == wanted(2)


def test_numbers_wrap() -> None:
    board = board_of(input_bytes=(2,), output_bytes=(1,), frame_bytes=64)
    device = open_on(board)
    device.infer([b"ab"])
    assert board._frames is not None and device._session is not None
    board._frames.expected = device._session._next = 0xFFFD
    assert len(list(device.stream([bytes([i, 1])] for i in range(6)))) == 6
    assert board._frames.expected < 20


def test_a_frame_of_another_session_or_of_other_inputs_is_not_taken() -> None:
    found: list[Frame] = []
    parser = Parser(START, 64, lambda data: None)
    parser.feed(encode(START ^ 1, Frame(RESULT, 1, b"wrong")) + encode(START, Frame(RESULT, 1, b"right")))
    found = parser.frames()
    assert found == [Frame(RESULT, 1, b"right")]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=40), st.integers(0, 5)), max_size=12), st.integers(1, 50))
def test_frames_are_found_in_any_noise(parts: list[bytes | int], step: int) -> None:
    frames = [Frame(RESULT, number, bytes([number] * number)) for number in range(6)]
    data = b"".join(encode(START, frames[part]) if isinstance(part, int) else part for part in parts) + b"\0" * 90
    parser = Parser(START, 64, lambda aside: None)
    found = []
    for at in range(0, len(data), step):
        parser.feed(data[at : at + step])
        found += parser.frames()
    assert found == [frames[part] for part in parts if isinstance(part, int)] or any(
        MARK in part or part.endswith(MARK[:1]) for part in parts if isinstance(part, bytes)
    )


def test_binary_costs_at_most_two_fifths_of_the_text_protocol() -> None:
    for size, outputs, share in ((490, 12, 0.40), (9216, 2, 0.45)):
        costs = []
        for frames in (True, False):
            board = board_of(input_bytes=(size,), output_bytes=(outputs,), line_bytes=2047, frame_bytes=2039)
            device = open_on(board, frames=frames)
            device.infer(sample(0, size))
            before = board.received_bytes + board.sent_bytes
            for number in range(4):
                device.infer(sample(number, size))
            costs.append(board.received_bytes + board.sent_bytes - before)
        assert costs[0] <= share * costs[1]
