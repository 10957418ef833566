# SPDX-License-Identifier: Apache-2.0
"""Ways to put a firmware on a board, by the word in the board file."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from edgekit.boards import Board
from edgekit.errors import BoardError
from edgekit.firmware.image import FirmwareImage


class LiveBoard(Protocol):
    """A board that runs a firmware, reachable at `port` while the flasher's block lasts."""

    port: str

    def check(self) -> None:
        """Raises DeviceError when the board can no longer answer."""

    def reset(self) -> None:
        """Restart it from outside."""


#: Puts the image on the board; `port` is the serial port that the user named, or None.
Flasher = Callable[[Board, FirmwareImage, str | None], AbstractContextManager[LiveBoard]]

FLASHERS: dict[str, Flasher] = {}


def flasher(name: str) -> Callable[[Flasher], Flasher]:
    """Register a flasher under `name`."""

    def register(function: Flasher) -> Flasher:
        if name in FLASHERS:
            raise ValueError(f"two flashers are called {name!r}")
        FLASHERS[name] = function
        return function

    return register


def find_flasher(board: Board) -> Flasher:
    """The flasher that `board` names. Raises BoardError for a word nobody knows."""
    if board.flasher not in FLASHERS:
        close = difflib.get_close_matches(board.flasher, FLASHERS, n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise BoardError(
            f"board {board.id}: flasher is {board.flasher!r}, but must be one of {', '.join(FLASHERS)}{hint}"
        )
    return FLASHERS[board.flasher]
