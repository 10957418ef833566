# SPDX-License-Identifier: Apache-2.0
"""How a real board is restarted through its serial port, by the word in its board file.

A pty has no modem lines, so on emulated boards this is proved over rfc2217:// alone, where the server of the tests
restarts the board when the line goes up or the port is opened.
"""

from __future__ import annotations

from collections.abc import Callable

from edgekit.boards import Board
from edgekit.device.transport import SerialTransport, Transport

_PULSE_S = 0.1


def reset_of(board: Board, transport: Callable[[], Transport]) -> Callable[[], None] | None:
    """What restarts `board` over the transport of the moment; None where only its firmware can.

    dtr, rts: a pulse on that line, which is idle otherwise, also while the port is opened. open: the board restarts
    whenever its port is opened.
    """
    how = board.serial.reset
    if how == "none":
        return None

    def restart() -> None:
        serial = transport()
        serial = getattr(serial, "inner", serial)  # behind a transcript
        if isinstance(serial, SerialTransport):
            if how == "open":
                serial.open_again()
            else:
                serial.pulse(how, _PULSE_S)

    return restart
