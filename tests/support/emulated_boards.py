# SPDX-License-Identifier: Apache-2.0
"""The emulated boards as test parameters: one of every kind runs in `make test`, the others are marked slow."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from edgekit.boards import Board, list_boards
from edgekit.firmware.toolchain import TARGETS, find_compiler
from edgekit.process import find_program

#: One board for each start-up code, UART and timer driver, and way to catch a stack overflow.
KINDS = ("mps2-an386", "mps2-an505", "mps3-an547", "microbit", "netduinoplus2", "rv32-virt")


def every_board(*, fast: Collection[str] = KINDS, only: Collection[str] | None = None) -> list[Any]:
    """Parameters with the ids of all emulated boards, or of `only` some; those not in `fast` are marked slow."""
    ids = [board.id for board in list_boards() if board.emulated and (only is None or board.id in only)]
    return [pytest.param(name, marks=() if name in fast else (pytest.mark.slow,)) for name in ids]


def need_tools(board: Board) -> None:
    """Skip the test when the compiler or the emulator of `board` is not installed."""
    if find_compiler(board.core) is None:
        pytest.skip(f"no compiler for {board.core} is installed (`edgekit doctor` says how to get one)")
    if find_program(TARGETS[board.core].emulator) is None:
        pytest.skip(f"{TARGETS[board.core].emulator} is not installed (`edgekit doctor` says how to get it)")
