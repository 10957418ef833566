# SPDX-License-Identifier: Apache-2.0
"""Bytes to and from a board: the seam of a few methods that everything above the wire stands on."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import time
from typing import Any, Protocol

from edgekit.errors import DeviceError, DeviceGoneError

#: Longest wait inside one system call, so that a deadline, a dead emulator and Ctrl-C are noticed soon.
SLICE_S = 0.1
CONNECT_TIMEOUT_S = 5.0
#: Longest that a port without a descriptor to wait for may take for a few bytes.
WRITE_TIMEOUT_S = 5.0


class Transport(Protocol):
    """A byte stream with a clock. Methods raise DeviceGoneError when the other side is gone."""

    @property
    def name(self) -> str:
        """What the user calls it: /dev/ttyACM0, socket://host:1234."""

    def write(self, data: bytes, deadline: float) -> None:
        """Send all of `data`. Raises DeviceError at `deadline`, in the time of `now`, or WRITE_TIMEOUT_S later."""

    def read(self, deadline: float) -> bytes:
        """At least one byte; or b"" at `deadline` or, earlier, whenever there is nothing yet."""

    def now(self) -> float:
        """Seconds on the clock of the deadlines."""

    def close(self) -> None:
        """Release the port. May be called twice."""


def open_transport(port: str, baud: int, *, idle_lines: bool = False) -> Transport:
    """Open `port`: a device path, a pty, socket://HOST:PORT, rfc2217://HOST:PORT or another URL of pyserial.

    `idle_lines` keeps DTR and RTS low, for boards that one of them restarts. Raises DeviceError.
    """
    if port.startswith("socket://"):
        return SocketTransport(port)
    return SerialTransport(port, baud, idle_lines=idle_lines)


class SerialTransport:
    """A serial port or pty, through pyserial."""

    def __init__(self, port: str, baud: int, *, idle_lines: bool = False) -> None:
        import serial

        self._port = port
        options: dict[str, Any] = {"baudrate": baud, "timeout": SLICE_S}
        if not port.startswith("rfc2217://"):  # pyserial knows no deadline for its writing
            options["write_timeout"] = WRITE_TIMEOUT_S
        if "://" not in port:
            options["exclusive"] = True
        try:
            self._serial = serial.serial_for_url(port, do_not_open=True, **options)
            if idle_lines:
                self._serial.dtr = self._serial.rts = False
            self._serial.open()
        except (OSError, ValueError) as error:  # serial.SerialException is an OSError
            raise DeviceError(_explain_open(port, error)) from error

    def open_again(self) -> None:
        """Close and open the port. Raises DeviceGoneError when it does not come back."""
        self._serial.close()
        try:
            self._serial.open()
        except (OSError, ValueError) as error:
            raise self._gone(error) from error

    @property
    def name(self) -> str:
        return self._port

    def now(self) -> float:
        return time.monotonic()

    def write(self, data: bytes, deadline: float) -> None:
        import serial

        sent = 0
        while sent < len(data):
            try:
                sent += self._write_some(data[sent : sent + 256])
            except serial.SerialTimeoutException as error:
                raise DeviceError(f"{self._port} did not take all bytes within {WRITE_TIMEOUT_S:g} s") from error
            except (OSError, TypeError) as error:  # TypeError: pyserial, of a port closed meanwhile
                raise self._gone(error) from error
            if sent < len(data) and self.now() >= deadline:
                raise DeviceError(f"{self._port} took only {sent} of {len(data)} bytes before the deadline")

    def _write_some(self, data: bytes) -> int:
        """How many bytes the port took, 0 when it took none for a while.

        pyserial's own `write` may time out when all is written, and does not say how much was: whoever then writes
        again sends a command twice, and takes the second reply for that to the next command. Where there is nothing
        else (on Windows, for URLs) its timeout is the end.
        """
        if os.name != "posix" or "://" in self._port:
            return self._serial.write(data) or 0
        descriptor = self._serial.fileno()
        if not select.select([], [descriptor], [], SLICE_S)[1]:
            return 0
        try:
            return os.write(descriptor, data)
        except BlockingIOError:
            return 0

    def read(self, deadline: float) -> bytes:
        try:
            first: bytes = self._serial.read(1)
            waiting = self._serial.in_waiting if first else 0
            return first + bytes(self._serial.read(waiting)) if waiting else first
        except (OSError, TypeError) as error:
            raise self._gone(error) from error

    def pulse(self, line: str, seconds: float) -> None:
        """Pull modem line "dtr" or "rts" for a moment. A pty has none: then nothing happens."""
        with contextlib.suppress(OSError):
            setattr(self._serial, line, True)
            time.sleep(seconds)
            setattr(self._serial, line, False)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._serial.close()

    def _gone(self, error: Exception) -> DeviceGoneError:
        return DeviceGoneError(f"the port {self._port} went away ({error}); plug the board in again and repeat")


class SocketTransport:
    """A TCP port that carries a serial line, as QEMU and ser2net serve it."""

    def __init__(self, url: str) -> None:
        self._url = url
        host, _, number = url.removeprefix("socket://").rstrip("/").rpartition(":")
        if not host or not number.isdecimal() or not 0 < int(number) < 65536:
            raise DeviceError(f"{url!r} is not of the form socket://HOST:PORT")
        try:
            self._socket = socket.create_connection((host.strip("[]"), int(number)), CONNECT_TIMEOUT_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 40 ms for each command
            self._socket.settimeout(SLICE_S)
        except OSError as error:
            raise DeviceError(f"cannot connect to {url}: {error.strerror or error}") from error

    @property
    def name(self) -> str:
        return self._url

    def now(self) -> float:
        return time.monotonic()

    def write(self, data: bytes, deadline: float) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except TimeoutError:
                if self.now() >= deadline:
                    raise DeviceError(f"{self._url} took no more bytes before the deadline") from None
            except OSError as error:
                raise DeviceGoneError(f"{self._url} went away ({error.strerror or error})") from error

    def read(self, deadline: float) -> bytes:
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return b""
        except OSError as error:
            raise DeviceGoneError(f"{self._url} went away ({error.strerror or error})") from error
        if not data:
            raise DeviceGoneError(f"{self._url} closed the connection")
        return data

    def close(self) -> None:
        self._socket.close()


def _explain_open(port: str, error: Exception) -> str:
    number = getattr(error, "errno", None)
    reason = str(error)
    if number == errno.EACCES:
        return f"no permission to open {port}: join its group (`sudo usermod -aG dialout $USER`) and log in again"
    if number == errno.ENOENT or "FileNotFoundError" in reason:
        return f"there is no port {port}; `edgekit doctor` lists the ports"
    if number in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in reason:
        return f"{port} is in use by another program (a serial monitor?): close it and try again"
    return f"cannot open {port}: {reason}"
