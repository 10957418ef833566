# SPDX-License-Identifier: Apache-2.0
"""Which port is the board, before and after it went away, and how it is opened."""

from __future__ import annotations

import dataclasses
import errno
from typing import Any

import pytest
import serial
from simulated_board import SimulatedBoard

from edgekit.boards import load_board
from edgekit.device import session
from edgekit.device.ports import PortInfo, named_port, same_port
from edgekit.device.reset import reset_of
from edgekit.device.transport import SerialTransport, open_transport
from edgekit.errors import DeviceError, DeviceGoneError

BOARD = load_board("mps2-an386")
FIRST = PortInfo("/dev/ttyACM0", "STLink", 0x0483, 0x374B, "066A")
SECOND = PortInfo("/dev/ttyACM1", "STLink", 0x0483, 0x374B, "066B")


def test_a_port_is_named_by_its_serial_number_too() -> None:
    assert named_port("066B", [FIRST, SECOND]) == "/dev/ttyACM1"
    assert named_port("/dev/ttyS0", [FIRST, SECOND]) == "/dev/ttyS0"
    with pytest.raises(DeviceError, match="all have the serial number 066A"):
        named_port("066A", [FIRST, dataclasses.replace(SECOND, serial_number="066A")])


def test_a_port_that_comes_back_under_another_name_is_known_by_its_serial_number() -> None:
    moved = dataclasses.replace(FIRST, device="/dev/ttyACM2")
    assert same_port(FIRST, [SECOND, moved]) == "/dev/ttyACM2"
    assert same_port(FIRST, [SECOND]) is None
    plain = PortInfo("/dev/ttyS0", "", None, None, None)
    assert same_port(plain, [FIRST]) == "/dev/ttyS0"


def test_a_board_that_re_enumerates_is_found_and_asked_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unplugged(SimulatedBoard):
        gone = False

        def write(self, data: bytes, deadline: float) -> None:
            if self.gone:
                raise DeviceGoneError("went away")
            super().write(data, deadline)

        def close(self) -> None:
            pass

    boards = [Unplugged(), Unplugged()]
    listings = iter([[FIRST], [], [SECOND], [dataclasses.replace(FIRST, device="/dev/ttyACM2")]])
    opened: list[str] = []

    def open_simulated(port: str, baud: int, *, idle_lines: bool = False) -> SimulatedBoard:
        opened.append(port)
        return boards[len(opened) - 1]

    monkeypatch.setattr(session, "list_ports", lambda: next(listings))
    monkeypatch.setattr(session, "open_transport", open_simulated)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with session.open_device(BOARD, None, port="066A") as device:
        device.identity()
        boards[0].gone = True
        with pytest.raises(DeviceGoneError):
            device.infer([bytes(40)])
        assert device.infer([bytes(40)]) == [b"\xff" * 4]
    assert opened == ["/dev/ttyACM0", "/dev/ttyACM2"]
    assert boards[1].commands.count("ek id") == 1


class FakeSerial:
    """Records what is done to a port."""

    def __init__(self, url: str, **options: Any) -> None:
        self.done: list[object] = []
        self.options = options

    def __setattr__(self, name: str, value: object) -> None:
        if name in ("dtr", "rts"):
            self.done.append((name, value))
        super().__setattr__(name, value)

    def open(self) -> None:
        self.done.append("open")

    def close(self) -> None:
        self.done.append("close")


def opened(monkeypatch: pytest.MonkeyPatch, *, idle_lines: bool) -> tuple[SerialTransport, FakeSerial]:
    made: list[FakeSerial] = []
    monkeypatch.setattr(serial, "serial_for_url", lambda *a, **o: made.append(FakeSerial(*a, **o)) or made[0])
    transport = open_transport("/dev/ttyACM0", 9600, idle_lines=idle_lines)
    assert isinstance(transport, SerialTransport)
    return transport, made[0]


def test_modem_lines_are_low_before_the_port_opens_where_one_of_them_restarts_the_board(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, port = opened(monkeypatch, idle_lines=True)
    assert port.done == [("rts", False), ("dtr", False), "open"] or port.done == [
        ("dtr", False), ("rts", False), "open"
    ]  # fmt: skip
    assert port.options["exclusive"] is True
    _, port = opened(monkeypatch, idle_lines=False)
    assert port.done == ["open"]


@pytest.mark.parametrize(
    ("how", "done"),
    [("dtr", [("dtr", True), ("dtr", False)]), ("rts", [("rts", True), ("rts", False)]), ("open", ["close", "open"])],
)
def test_a_board_is_restarted_the_way_its_file_says(
    how: str, done: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    transport, port = opened(monkeypatch, idle_lines=False)
    port.done.clear()
    board = dataclasses.replace(BOARD, serial=dataclasses.replace(BOARD.serial, reset=how))  # type: ignore[arg-type]
    restart = reset_of(board, lambda: transport)
    assert restart is not None
    restart()
    assert port.done == done
    assert reset_of(BOARD, lambda: transport) is None


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EACCES, r"no permission .*sudo usermod -aG dialout"),
        (errno.EBUSY, "in use by another program .*close it"),
        (errno.ENOENT, "there is no port .*edgekit doctor"),
    ],
)
def test_a_port_that_does_not_open_says_the_remedy(number: int, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str, **options: Any) -> None:
        raise serial.SerialException(number, "could not open port")

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    with pytest.raises(DeviceError, match=remedy):
        open_transport("/dev/ttyACM0", 9600)
