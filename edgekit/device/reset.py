# SPDX-License-Identifier: Apache-2.0
"""How a real board is restarted through its serial port, by the word in its board file."""

from __future__ import annotations

from collections.abc import Callable

from edgekit.boards import Board
from edgekit.device.transport import SerialTransport, Transport

_PULSE_S = 0.1


def reset_of(board: Board, transport: Transport) -> Callable[[], None] | None:
    """What restarts `board` over `transport`; None where only its firmware can."""
    line = board.serial.reset
    if line in ("dtr", "rts") and isinstance(transport, SerialTransport):
        serial = transport
        return lambda: serial.pulse(line, _PULSE_S)
    return None
