# SPDX-License-Identifier: Apache-2.0
"""Ways to put a firmware on a board. A new one is a file here, and its import below."""

from edgekit.device.flashers import qemu as _qemu  # noqa: F401  (registers itself)
from edgekit.device.flashers.registry import FLASHERS, Flasher, LiveBoard, find_flasher, flasher

__all__ = ["FLASHERS", "Flasher", "LiveBoard", "find_flasher", "flasher"]
