# SPDX-License-Identifier: Apache-2.0
"""Which serial ports are there, and which of them is the board."""

from __future__ import annotations

from dataclasses import dataclass

from edgekit.boards import Board
from edgekit.errors import DeviceError


@dataclass(frozen=True, slots=True)
class PortInfo:
    """A serial port; `vid`, `pid` and `serial_number` are None where it is not on USB."""

    device: str
    description: str
    vid: int | None
    pid: int | None
    serial_number: str | None


def list_ports() -> list[PortInfo]:
    """The serial ports of this machine, by name."""
    from serial.tools import list_ports as pyserial_ports

    found = [
        PortInfo(port.device, port.description or "", port.vid, port.pid, port.serial_number)
        for port in pyserial_ports.comports()
    ]
    return sorted(found, key=lambda port: port.device)


def named_port(name: str, ports: list[PortInfo]) -> str:
    """The port that the user calls `name`: a device, a URL, or the USB serial number of one of `ports`."""
    matching = [port.device for port in ports if port.serial_number == name]
    if len(matching) > 1:
        raise DeviceError(f"{', '.join(matching)} all have the serial number {name}; name the port itself")
    return matching[0] if matching else name


def same_port(before: PortInfo, ports: list[PortInfo]) -> str | None:
    """Where the port `before` is among `ports` after it went away: by its serial number, else by its name."""
    if before.serial_number is not None:
        key = (before.vid, before.pid, before.serial_number)
        return next((each.device for each in ports if (each.vid, each.pid, each.serial_number) == key), None)
    return before.device


def find_port(board: Board, ports: list[PortInfo]) -> str:
    """The one among `ports` that is `board` by its USB id. Raises DeviceError when there is none, or a choice."""
    ids = {(usb.vid, usb.pid) for usb in board.serial.usb}
    matching = [port for port in ports if (port.vid, port.pid) in ids]
    if len(matching) == 1:
        return matching[0].device
    if matching:
        names = ", ".join(f"{port.device} (serial number {port.serial_number})" for port in matching)
        raise DeviceError(
            f"{len(matching)} ports could be {board.id}: {names}; choose one with --port, by name or number"
        )
    there = ", ".join(port.device for port in ports) or "none"
    raise DeviceError(f"no port is a {board.id} by its USB id (ports: {there}); plug it in or name it with --port")
