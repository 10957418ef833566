# SPDX-License-Identifier: Apache-2.0
"""A board on the desk: ports, transports, the device protocol, emulators, flashing."""

from edgekit.device.client import Device, LayerRun
from edgekit.device.replies import Identity, Ram
from edgekit.device.session import flash, open_device

__all__ = ["Device", "Identity", "LayerRun", "Ram", "flash", "open_device"]
