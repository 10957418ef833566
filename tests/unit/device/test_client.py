# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_board import BANNER, SHA256, SimulatedBoard

from edgekit.boards import load_board
from edgekit.device.client import Device
from edgekit.device.protocol import Link
from edgekit.errors import DeviceCrashedError, DeviceError, DeviceSilentError, UsageError
from edgekit.firmware import FirmwareImage, SectionSizes

BOARD = load_board("mps2-an386")
IMAGE = FirmwareImage(
    board_id="mps2-an386", core="cortex-m4f", engine="aot", model_name="standin", model_sha256=SHA256, profile=False,
    elf=Path("none.elf"), binary=Path("none.bin"), memory=SectionSizes(0, 0, 0, 0, 0, 0, 0), compiler="", flags="",
)  # fmt: skip
INPUT = bytes(range(40))


def open_simulated(board: SimulatedBoard, **options: float) -> Device:
    return Device(Link(board), BOARD, reset=board.reset, **options)


def test_inference_sends_confirms_and_reads_back() -> None:
    board = SimulatedBoard()
    assert open_simulated(board).infer([INPUT]) == [board.output(0)]
    loads = [command for command in board.commands if command.startswith("db ")]
    assert all(len(command) <= board.line_bytes for command in loads)
    assert bytes.fromhex("".join(command.removeprefix("db ") for command in loads)) == INPUT


def test_several_inputs_and_outputs_keep_their_order() -> None:
    board = SimulatedBoard(input_bytes=(3, 5), output_bytes=(2, 3))
    outputs = open_simulated(board).infer([b"abc", b"defgh"])
    assert outputs == [board.output(0), board.output(1)]
    assert [bytes(data) for data in board._inputs] == [b"abc", b"defgh"]


def test_inputs_of_the_wrong_size_are_refused_before_anything_is_sent() -> None:
    board = SimulatedBoard()
    with pytest.raises(UsageError, match="takes inputs of 40 bytes, not 39"):
        open_simulated(board).infer([INPUT[1:]])
    assert board.commands == ["ek id"]


def test_damaged_inputs_are_not_believed() -> None:
    class Damaging(SimulatedBoard):
        def _ek_run(self, words: list[str]) -> list[str]:
            self._inputs[0][7] ^= 1
            return super()._ek_run(words)

    with pytest.raises(DeviceError, match="inputs arrived damaged"):
        open_simulated(Damaging()).infer([INPUT])


@pytest.mark.parametrize(
    "reply",
    [
        "m-ek-output-[0,4,00000000,fffefdfc]",
        "m-ek-output-[0,3,00000000,fffefd]",
        "m-ek-output-[1,4,00000000,fffefdfc]",
        "m-ek-output-[0,4,00000000,fffefdf]",
        "m-ek-output-[0,4]",
        "m-ek-outpu",
    ],
)
def test_damaged_outputs_are_not_believed(reply: str) -> None:
    board = SimulatedBoard(scripted={"ek output 0": f"{reply}\r\nm-ready\r\n".encode()})
    with pytest.raises(DeviceError, match="check cable and baud rate"):
        open_simulated(board).infer([INPUT])


def test_ticks_become_exact_instructions_without_the_measuring() -> None:
    device = open_simulated(SimulatedBoard())
    ticks = device.measure(3, warmups=2)
    assert ticks == [6464] * 3
    assert [device.instructions_from_ticks(value) for value in ticks] == [1000] * 3  # 6.4 ticks each, 64 for nothing
    assert device.microseconds_from_ticks(6464) == 256.0


def test_hardware_has_no_instruction_counts() -> None:
    board = SimulatedBoard()
    device = Device(Link(board), dataclasses.replace(BOARD, emulator=None))
    assert device.instructions_from_ticks(6464) is None


def test_inputs_are_loaded_anew_where_the_board_cannot_keep_them() -> None:
    board = SimulatedBoard(keeps=False)
    device = open_simulated(board)
    device.infer([INPUT])
    board.commands.clear()
    assert device.measure(2, warmups=1) == [6464] * 2
    assert board.commands.count("ek time 1") == 3
    assert sum(command.startswith("ek load 0") for command in board.commands) == 3


def test_layers_come_with_their_bytes() -> None:
    runs = open_simulated(SimulatedBoard(profile=True)).layers([INPUT])
    assert [(run.ticks, len(run.output)) for run in runs] == [(640, 8), (640, 4)]
    with pytest.raises(DeviceError, match="measured build"):
        open_simulated(SimulatedBoard()).layers([INPUT])


def test_a_hanging_board_is_reset_by_the_next_command() -> None:
    board = SimulatedBoard()
    device = open_simulated(board, inference_timeout_s=2.0)
    device.infer([INPUT])
    board.mute = True
    with pytest.raises(DeviceSilentError, match="hangs or is gone"):
        device.infer([INPUT])
    assert board.resets == 0
    assert device.infer([INPUT]) == [board.output(0)]
    assert board.resets == 1


def test_a_board_that_stays_silent_is_an_error() -> None:
    board = SimulatedBoard(mute=True)
    board.on_reset = lambda: setattr(board, "mute", True)
    device = open_simulated(board)
    for _ in range(2):
        with pytest.raises(DeviceSilentError):
            device.identity()
    assert board.clock < 30


def test_an_unexpected_restart_is_told_and_the_next_inference_works() -> None:
    board = SimulatedBoard(scripted={"ek run": BANNER % b"external"})
    device = open_simulated(board)
    with pytest.raises(DeviceCrashedError, match="restarted in the middle"):
        device.infer([INPUT])
    board.scripted.clear()
    assert device.infer([INPUT]) == [board.output(0)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model_sha256": "cd" * 32}, "for model abab"),
        ({"engine": "tflm"}, "for engine aot, not tflm"),
        ({"board_id": "mps2-an385"}, "for board mps2-an386, not mps2-an385"),
        ({"profile": True}, "for build measured, not profile"),
    ],
)
def test_another_build_than_the_one_asked_for_is_refused(change: dict[str, object], said: str) -> None:
    device = open_simulated(SimulatedBoard())
    device.require(IMAGE)
    with pytest.raises(DeviceError, match=said):
        device.require(dataclasses.replace(IMAGE, **change))


def test_ram_and_boot_are_read() -> None:
    device = open_simulated(SimulatedBoard())
    assert device.stack_peak_bytes() == 224
    assert device.ram().static_bytes == 3168
    assert device.boot() == (1, "power-on")


def test_another_protocol_version_is_named() -> None:
    board = SimulatedBoard(scripted={"ek id": b"m-ek-protocol-[9]\r\nm-ready\r\n"})
    with pytest.raises(DeviceError, match="speaks version 9"):
        open_simulated(board).identity()


COMMANDS = ["ek id", "ek run", "ek output 0", "ek load 0 40", "db " + INPUT[:14].hex()]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.sampled_from(COMMANDS), st.integers(0, 600), st.integers(1, 255))
def test_one_flipped_byte_is_an_error_or_changes_nothing(command: str, at: int, flip: int) -> None:
    class Flipping(SimulatedBoard):
        def _answer(self, text: str) -> bytes:
            reply = bytearray(super()._answer(text))
            if text.split(" #")[0] == command:
                reply[at % len(reply)] ^= flip
            return bytes(reply)

    board = Flipping()
    try:
        outputs = open_simulated(board).infer([INPUT])
    except DeviceError:
        return
    assert outputs == [board.output(0)]


def test_a_reply_to_another_command_is_not_taken() -> None:
    class Late(SimulatedBoard):
        """Each reply is that of the command before."""

        held = b""

        def _answer(self, text: str) -> bytes:
            held, self.held = self.held, super()._answer(text)
            return held if text.startswith("ek output") else self.held

    with pytest.raises(DeviceError, match="garbled"):
        open_simulated(Late()).infer([INPUT])


def test_outputs_are_read_twice() -> None:
    board = SimulatedBoard()
    open_simulated(board).infer([INPUT])
    assert board.commands.count("ek output 0") == 2


def test_a_board_that_becomes_another_one_is_refused_until_it_is_itself_again() -> None:
    board = SimulatedBoard()
    device = open_simulated(board)
    device.infer([INPUT])
    board.sha256 = "cd" * 32
    with pytest.raises(DeviceError, match="garbled"):
        device.infer([INPUT])
    with pytest.raises(DeviceError, match=r"it ran standin \(abababab\) and now standin \(cdcdcdcd\)"):
        device.infer([INPUT])
    board.sha256 = SHA256
    assert device.infer([INPUT]) == [board.output(0)]


def test_a_hanging_layer_is_named() -> None:
    head = b"m-ek-empty-[0]\r\nm-ek-layer-[0,640,1,00000000,00]\r\n"
    board = SimulatedBoard(profile=True, scripted={"ek layers data": head})
    with pytest.raises(DeviceSilentError, match=r"layer 1 of 2 \(counted from 0\) does not end"):
        open_simulated(board).layers([INPUT])


def test_closing_restarts_a_board_that_hangs() -> None:
    board = SimulatedBoard()
    device = open_simulated(board, inference_timeout_s=2.0)
    board.mute = True
    with pytest.raises(DeviceSilentError):
        device.infer([INPUT])
    device.close()
    assert board.resets == 1


def test_closing_leaves_the_frames() -> None:
    board = SimulatedBoard(frame_bytes=100)
    device = open_simulated(board)
    device.infer([INPUT])
    assert board.commands[-1].startswith("ek frames")
    device.close()
    assert board.commands[-1] == "ek boot"
