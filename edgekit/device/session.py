# SPDX-License-Identifier: Apache-2.0
"""From a board and its image to an open Device."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from edgekit.boards import Board
from edgekit.device.client import INFERENCE_TIMEOUT_S, Device
from edgekit.device.flashers import find_flasher
from edgekit.device.ports import PortInfo, find_port, list_ports, named_port, same_port
from edgekit.device.protocol import Link
from edgekit.device.replies import Identity
from edgekit.device.reset import reset_of
from edgekit.device.transcript import RecordingTransport
from edgekit.device.transport import Transport, open_transport
from edgekit.errors import DeviceError, DeviceGoneError, UsageError
from edgekit.firmware.image import FirmwareImage

#: How long a port that went away is waited for: a board that re-enumerates is back within a few seconds.
_COMES_BACK_S = 10.0
_LOOK_EVERY_S = 0.2


@contextlib.contextmanager
def open_device(
    board: Board,
    image: FirmwareImage | None,
    *,
    port: str | None = None,
    inference_timeout_s: float = INFERENCE_TIMEOUT_S,
    frames: bool = True,
    transcript: Path | None = None,
) -> Iterator[Device]:
    """A session with `board`, which must run `image` where one is given.

    Without `port` an emulated board is started with the image, and ends with the block; a real one is looked for by its
    USB id. Raises DeviceError when the board is not found, stays silent, or runs another firmware.
    """
    with contextlib.ExitStack() as stack:
        seed = secrets.randbits(63)
        if board.emulated and port is None:
            if image is None:
                raise UsageError(
                    f"{board.id} is emulated: give the image that it shall run, or the --port of a running one"
                )
            live = stack.enter_context(find_flasher(board)(board, image, None))
            transport = _recorded(open_transport(live.port, board.serial.baud), transcript, seed)
            link = Link(transport, check=live.check, seed=seed)
            reset: Callable[[], None] | None = live.reset
        else:
            link = _open_port(board, port, transcript, seed)
            reset = reset_of(board, lambda: link.transport)
        device = Device(
            link,
            board,
            reset=reset,
            elf=None if image is None else image.elf,
            inference_timeout_s=inference_timeout_s,
            frames=frames,
        )
        stack.callback(device.close)
        link.synchronise()
        if image is not None:
            device.require(image)
        yield device


def _recorded(transport: Transport, transcript: Path | None, seed: int) -> Transport:
    return transport if transcript is None else RecordingTransport(transport, transcript, seed)


def _open_port(board: Board, port: str | None, transcript: Path | None, seed: int) -> Link:
    """A link over the port that is named, or found by its USB id; it finds the port again after it went away."""
    ports = list_ports()
    place = find_port(board, ports) if port is None else named_port(port, ports)
    before = next((each for each in ports if each.device == place), PortInfo(place, "", None, None, None))
    idle_lines = board.serial.reset in ("dtr", "rts")

    def reopen() -> Transport:
        end = time.monotonic() + _COMES_BACK_S
        while True:
            found = same_port(before, list_ports())
            try:
                if found is not None:
                    return open_transport(found, board.serial.baud, idle_lines=idle_lines)
                raise DeviceGoneError(f"the port {before.device} did not come back; plug the board in again and repeat")
            except DeviceError:
                if time.monotonic() >= end:
                    raise
            time.sleep(_LOOK_EVERY_S)

    transport = _recorded(open_transport(place, board.serial.baud, idle_lines=idle_lines), transcript, seed)
    return Link(transport, reopen=reopen, seed=seed)


def flash(board: Board, image: FirmwareImage, *, port: str | None = None) -> Identity:
    """Put `image` on `board` and return what the running firmware says of itself. Raises DeviceError when it is silent.

    An emulated board runs only as long as somebody talks to it: here that is just long enough to see it start.
    """
    if image.board_id != board.id:
        raise UsageError(f"the image is for {image.board_id}, not for {board.id}; build the project for this board")
    with find_flasher(board)(board, image, port) as live:
        transport = open_transport(live.port, board.serial.baud)
        with contextlib.closing(transport):
            link = Link(transport, check=live.check)
            link.synchronise()
            device = Device(link, board, reset=live.reset, elf=image.elf)
            device.require(image)
            return device.identity()
