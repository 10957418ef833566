# SPDX-License-Identifier: Apache-2.0
"""Serial ports of the operating system: each byte goes out once, whatever the port and the clock do."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Iterator

import pytest

from edgekit.device.transport import SerialTransport
from edgekit.errors import DeviceError, DeviceGoneError

pty = pytest.importorskip("pty", reason="this system has no ptys")


@pytest.fixture
def ends() -> Iterator[tuple[int, SerialTransport]]:
    """The board's end of a pty, and a transport on the other."""
    import tty

    master, slave = pty.openpty()
    tty.setraw(slave)
    transport = SerialTransport(os.ttyname(slave), 115200)
    yield master, transport
    transport.close()
    for descriptor in (slave, master):
        os.close(descriptor)


def read_all(descriptor: int, count: int) -> bytes:
    """`count` bytes, or fewer where no more come."""
    found = b""
    while len(found) < count and select.select([descriptor], [], [], 20)[0]:
        found += os.read(descriptor, 65536)
    return found


def test_a_process_that_was_kept_waiting_sends_nothing_twice(
    ends: tuple[int, SerialTransport], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As seen on a loaded machine: pyserial finds its time over when all bytes are written."""
    from serial import serialutil

    monkeypatch.setattr(serialutil.Timeout, "expired", lambda self: True)
    board, transport = ends
    transport.write(b"db 00%", time.monotonic() + 5)
    transport.write(b"end", time.monotonic() + 5)
    assert read_all(board, 9) == b"db 00%end"


def test_more_bytes_than_the_buffers_hold_arrive_once_and_in_order(ends: tuple[int, SerialTransport]) -> None:
    board, transport = ends
    data = os.urandom(200_000)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(read_all(board, len(data))))
    reader.start()
    transport.write(data, time.monotonic() + 60)
    reader.join(60)
    assert found == [data]


def test_a_port_that_nobody_reads_ends_at_the_deadline(ends: tuple[int, SerialTransport]) -> None:
    board, transport = ends
    with pytest.raises(DeviceError, match=r"took only \d+ of 200000 bytes before the deadline") as caught:
        transport.write(bytes(200_000), transport.now() + 0.3)
    taken = int(str(caught.value).split("took only ")[1].split()[0])
    assert 256 < taken < 200_000 and len(read_all(board, taken)) == taken


def test_a_closed_port_is_gone(ends: tuple[int, SerialTransport]) -> None:
    _, transport = ends
    transport.close()
    with pytest.raises(DeviceGoneError):
        transport.write(b"x", transport.now() + 5)
