# SPDX-License-Identifier: Apache-2.0
"""A board on another machine: rfc2217:// with its modem lines."""

from __future__ import annotations

import dataclasses

from rfc2217_server import rfc2217_server
from standin_model import expected_output

from edgekit.boards import Board
from edgekit.device import open_device
from edgekit.device.virtual import emulate

SAMPLE = bytes((3 * i) & 0xFF for i in range(490))


def test_a_board_behind_rfc2217_is_used_like_one_on_the_desk(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    image = build()
    with emulate(board, image.elf) as live, rfc2217_server(live.port) as (url, port):
        for frames in (True, False):
            with open_device(board, image, port=url, frames=frames) as device:
                assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
        assert port.baudrate == 115200


def test_its_reset_line_is_pulled_and_otherwise_left_alone(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    image = build()
    real = dataclasses.replace(board, serial=dataclasses.replace(board.serial, reset="dtr"))
    with emulate(board, image.elf) as live, rfc2217_server(live.port) as (url, port):
        with open_device(real, image, port=url) as device:
            assert ("dtr", True) not in port.lines and ("rts", True) not in port.lines
            device.reset()
            pulse = [state for line, state in port.lines if line == "dtr"]
            assert pulse[-2:] == [True, False] and ("rts", True) not in port.lines
            assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
