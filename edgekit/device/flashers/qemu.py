# SPDX-License-Identifier: Apache-2.0
"""Flashing an emulated board: start the emulator with the image."""

from __future__ import annotations

from contextlib import AbstractContextManager

from edgekit.boards import Board
from edgekit.device.flashers.registry import flasher
from edgekit.device.virtual import EmulatedBoard, emulate
from edgekit.errors import UsageError
from edgekit.firmware.image import FirmwareImage


@flasher("qemu")
def flash_qemu(board: Board, image: FirmwareImage, port: str | None) -> AbstractContextManager[EmulatedBoard]:
    """An emulator that runs `image`; its port is its own."""
    if port is not None:
        raise UsageError(f"{board.id} is emulated: it is started with its image and needs no --port")
    return emulate(board, image.elf)
