# SPDX-License-Identifier: Apache-2.0
"""A board on another machine: rfc2217:// with its modem lines."""

from __future__ import annotations

import dataclasses

import pytest
from rfc2217_server import rfc2217_server
from standin_model import HANG, expected_output

from edgekit.boards import Board
from edgekit.device import open_device
from edgekit.device.virtual import emulate
from edgekit.errors import DeviceSilentError

SAMPLE = bytes((3 * i) & 0x3F for i in range(490))


def test_a_board_behind_rfc2217_is_used_like_one_on_the_desk(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    image = build()
    with emulate(board, image.elf) as live, rfc2217_server(live.port) as (url, port):
        for frames in (True, False):
            with open_device(board, image, port=url, frames=frames) as device:
                assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
        assert port.baudrate == 115200


@pytest.mark.parametrize(("line", "other"), [("dtr", "rts"), ("rts", "dtr")])
def test_its_reset_line_is_pulled_and_otherwise_left_alone(board: Board, build, line: str, other: str) -> None:  # type: ignore[no-untyped-def]
    """The server restarts the board when the line goes up, as the circuit on a board does."""
    image = build(misbehaves=True)
    with emulate(board, image.elf) as live:
        with rfc2217_server(live.port, pulled=lambda name: live.reset() if name == line else None) as (url, port):
            with open_device(wired(board, line), image, port=url, inference_timeout_s=2) as device:
                assert port.lines and not any(state for _, state in port.lines)  # opening told both to stay low
                assert device.boot() == (1, "power-on")
                device.reset()
                assert port.lines[-2:] == [(line, True), (line, False)]
                assert device.boot() == (2, "external")
                with pytest.raises(DeviceSilentError, match="the next command resets it"):
                    device.infer([bytes([HANG]) + SAMPLE[1:]])
                assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
                assert device.boot() == (3, "external")
            assert [state for name, state in port.lines if name == line].count(True) == 2
            assert (other, True) not in port.lines


def test_a_board_that_restarts_whenever_its_port_is_opened(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    with emulate(board, image.elf) as live, rfc2217_server(live.port, opened=live.reset) as (url, _):
        with open_device(wired(board, "open"), image, port=url, inference_timeout_s=2) as device:
            boots, _ = device.boot()  # 1 where the emulator had not begun before it was restarted
            assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
            device.reset()
            assert device.boot() == (boots + 1, "external")
            with pytest.raises(DeviceSilentError):
                device.infer([bytes([HANG]) + SAMPLE[1:]])
            assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
            assert device.boot() == (boots + 2, "external")


def wired(board: Board, reset: str) -> Board:
    """`board` as one on the desk that restarts the way `reset` says."""
    return dataclasses.replace(board, serial=dataclasses.replace(board.serial, reset=reset))  # type: ignore[arg-type]
