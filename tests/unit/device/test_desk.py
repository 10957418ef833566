# SPDX-License-Identifier: Apache-2.0
"""Ports, transports, faults and flashers, without a board."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from edgekit.boards import UsbId, load_board
from edgekit.device.faults import explain_fault
from edgekit.device.flashers import find_flasher, flasher
from edgekit.device.ports import PortInfo, find_port, list_ports
from edgekit.device.session import open_device
from edgekit.device.transport import open_transport
from edgekit.errors import BoardError, DeviceError, UsageError

EMULATED = load_board("mps2-an386")
REAL = dataclasses.replace(
    EMULATED, emulator=None, serial=dataclasses.replace(EMULATED.serial, usb=(UsbId(0x0483, 0x374B),))
)
STLINK = PortInfo("/dev/ttyACM0", "STLink", 0x0483, 0x374B, "066")
OTHER = PortInfo("/dev/ttyUSB0", "FTDI", 0x0403, 0x6001, None)


def test_ports_are_listed_by_name() -> None:
    names = [port.device for port in list_ports()]
    assert names == sorted(names)


def test_the_board_is_found_by_its_usb_id() -> None:
    assert find_port(REAL, [OTHER, STLINK]) == "/dev/ttyACM0"


def test_no_port_or_several_ask_for_port() -> None:
    with pytest.raises(DeviceError, match=r"no port is a .*ports: /dev/ttyUSB0.*--port"):
        find_port(REAL, [OTHER])
    twin = dataclasses.replace(STLINK, device="/dev/ttyACM1", serial_number="067")
    with pytest.raises(DeviceError, match=r"2 ports could be .*serial number 067.*--port"):
        find_port(REAL, [STLINK, twin])


def test_a_port_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"there is no port .*edgekit doctor"):
        open_transport(str(tmp_path / "tty"), 115200)


@pytest.mark.parametrize("url", ["socket://", "socket://host", "socket://host:x", "socket://:1", "socket://h:99999"])
def test_a_malformed_socket_is_one_line(url: str) -> None:
    with pytest.raises(DeviceError, match="not of the form socket://HOST:PORT"):
        open_transport(url, 115200)


def test_a_refused_connection_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
    with pytest.raises(DeviceError, match=r"cannot connect to socket://127\.0\.0\.1:"):
        open_transport(f"socket://127.0.0.1:{number}", 115200)


def test_a_socket_carries_bytes_and_its_end_is_noticed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        transport = open_transport(f"socket://127.0.0.1:{server.getsockname()[1]}", 115200)
        client, _ = server.accept()
        with client:
            transport.write(b"name%", transport.now() + 5)
            assert client.recv(5, socket.MSG_WAITALL) == b"name%"
            client.sendall(b"m-ready\r\n")
            assert transport.read(transport.now() + 5) == b"m-ready\r\n"
            assert transport.read(transport.now() + 0.05) == b""
        with pytest.raises(DeviceError, match="closed the connection"):
            transport.read(transport.now() + 5)
        transport.close()
        transport.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ptys")
def test_a_pty_carries_bytes_and_a_full_one_meets_its_deadline() -> None:
    import os
    import pty
    import tty

    master, slave = pty.openpty()
    tty.setraw(slave)
    transport = open_transport(os.ttyname(slave), 115200)
    try:
        os.write(master, b"m-ready\r\n")
        received = b""
        while len(received) < 9:
            received += transport.read(transport.now() + 5)
        assert received == b"m-ready\r\n"
        reader = threading.Thread(target=lambda: os.read(master, 5))
        reader.start()
        transport.write(b"name%", transport.now() + 5)
        reader.join(5)
        start = time.monotonic()
        with pytest.raises(DeviceError, match="before the deadline"):
            transport.write(b"x" * 1_000_000, transport.now() + 0.3)
        assert time.monotonic() - start < 10
    finally:
        transport.close()
        os.close(master)
        os.close(slave)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ptys")
def test_a_port_opens_once() -> None:
    import os
    import pty

    master, slave = pty.openpty()
    first = open_transport(os.ttyname(slave), 115200)
    with pytest.raises(DeviceError, match="in use by another program"):
        open_transport(os.ttyname(slave), 115200)
    first.close()
    os.close(master)
    os.close(slave)


def test_fault_registers_are_put_in_words() -> None:
    report = "exc=3 pc=0000010c lr=0000051b cfsr=00008200 hfsr=40000000 bfar=9ffffff0"
    assert explain_fault(report, "cortex-m4f", None) == "access to an address where nothing is"
    trap = "exc=5 pc=8000016a lr=80000714 sp=80400f40 mtval=effffff0"
    assert explain_fault(trap, "rv32imc", None) == "read from an address where nothing is"
    assert explain_fault("exc=7 stack=overflow sp=803fff50", "rv32imc", None) == "the stack overflowed"
    assert explain_fault("exc=3 stack=overflow sp=1ffffef0", "cortex-m4f", None) == "the stack overflowed"
    assert explain_fault("no registers", "cortex-m4f", Path("none.elf")) == ""


def test_an_unknown_flasher_suggests_a_close_one() -> None:
    with pytest.raises(BoardError, match="flasher is 'qemuu', but must be one of qemu; did you mean 'qemu'"):
        find_flasher(dataclasses.replace(EMULATED, flasher="qemuu"))


def test_two_flashers_of_one_name_are_a_bug() -> None:
    with pytest.raises(ValueError, match="two flashers are called 'qemu'"):
        flasher("qemu")(find_flasher(EMULATED))


def test_an_emulated_board_needs_an_image_or_a_port() -> None:
    with pytest.raises(UsageError, match="give the image"), open_device(EMULATED, None):
        pass


def test_every_module_imports_without_posix_modules() -> None:
    script = """
import importlib, pkgutil, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "termios", "pty", "tty"):
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
for name in ("fcntl", "termios", "pty", "tty"):
    sys.modules.pop(name, None)
import edgekit
for package in ("boards", "firmware", "device"):
    module = importlib.import_module(f"edgekit.{package}")
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), f"edgekit.{package}."):
        importlib.import_module(found.name)
assert "serial" not in sys.modules and "tensorflow" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
