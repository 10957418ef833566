# SPDX-License-Identifier: Apache-2.0
"""An emulated board as a port for other programs: a pty under a name of the user's choice, or TCP on loopback."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from edgekit.boards import Board
from edgekit.device.virtual import EmulatedBoard, emulate
from edgekit.errors import DeviceError, UsageError

_SLICE_S = 0.2
_CHUNK = 4096
_BANNER_TIMEOUT_S = 5.0


class ServedBoard:
    """A running emulator and the name of its port. `wait` keeps it up."""

    def __init__(self, live: EmulatedBoard, port: str, bridge: _Bridge | None) -> None:
        self.port = port
        self._live = live
        self._bridge = bridge

    def wait(self) -> None:
        """Serve until interrupted. Raises DeviceError when the emulator ends by itself."""
        while True:
            self._live.check()
            if self._bridge is None:
                select.select([], [], [], _SLICE_S)
            else:
                self._bridge.carry(_SLICE_S)


@contextlib.contextmanager
def serve(board: Board, elf: Path, *, link: Path | None = None, tcp: int | None = None) -> Iterator[ServedBoard]:
    """Run `elf` on the emulator of `board` behind a pty, linked at `link` where given, or behind TCP port `tcp` of this
    machine (0: any). Nothing of it is left when the block ends.

    The block begins when the firmware has started: a client's first command is not answered by the banner.
    """
    if link is not None and tcp is not None:
        raise UsageError("give --link or --tcp, not both")
    with contextlib.ExitStack() as stack:
        server = None if tcp is None else stack.enter_context(_listen(tcp))
        live = stack.enter_context(emulate(board, elf))
        _swallow_banner(live)
        if server is not None:
            bridge = stack.enter_context(contextlib.closing(_Bridge(live.port, server)))
            yield ServedBoard(live, f"socket://127.0.0.1:{server.getsockname()[1]}", bridge)
            return
        if link is not None:
            stack.enter_context(_linked(link, live.port))
        yield ServedBoard(live, str(link or live.port), None)


class _Bridge:
    """Carries bytes between the pty of a board and one TCP client at a time; a client may go and another come."""

    def __init__(self, port: str, server: socket.socket) -> None:
        self._pty = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._server = server
        self._client: socket.socket | None = None
        self._to_board = bytearray()
        self._to_client = bytearray()

    def carry(self, seconds: float) -> None:
        """Carry what there is, or wait for it."""
        client = self._client
        readers: list[int | socket.socket] = [self._server]
        writers: list[int | socket.socket] = []
        if client is not None:
            if not self._to_client:
                readers.append(self._pty)
            else:
                writers.append(client)
            if len(self._to_board) < _CHUNK:
                readers.append(client)
        if self._to_board:
            writers.append(self._pty)
        ready, free, _ = select.select(readers, writers, [], seconds)
        if client is not None and (client in ready or client in free):
            self._serve_client(client, client in ready)
        with contextlib.suppress(BlockingIOError):
            if self._pty in ready:
                self._to_client += os.read(self._pty, _CHUNK)
            if self._pty in free:
                del self._to_board[: os.write(self._pty, self._to_board)]
        if self._server in ready:
            self._accept()

    def close(self) -> None:
        self._hang_up()
        os.close(self._pty)

    def _accept(self) -> None:
        newcomer, _ = self._server.accept()
        if self._client is not None:
            newcomer.close()  # the port is taken, as a serial port would be
            return
        newcomer.setblocking(False)
        newcomer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = newcomer

    def _serve_client(self, client: socket.socket, readable: bool) -> None:
        try:
            if self._to_client:
                del self._to_client[: client.send(self._to_client)]
            if readable:
                data = client.recv(_CHUNK)
                _acknowledge_at_once(client)
                if not data:
                    self._hang_up()
                self._to_board += data
        except BlockingIOError:
            pass
        except OSError:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None
        self._to_client.clear()


def _acknowledge_at_once(client: socket.socket) -> None:
    """Let a client go on that writes a command and its '%' apart and, by Nagle's algorithm, keeps the second back until
    the first is acknowledged: 40 ms for each command otherwise. The kernel forgets, so it is told each time."""
    if hasattr(socket, "TCP_QUICKACK"):  # Linux
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _swallow_banner(live: EmulatedBoard) -> None:
    """Wait for the end of the banner, or for so long as the protocol gives it."""
    pty = os.open(live.port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        said = b""
        end = time.monotonic() + _BANNER_TIMEOUT_S
        while b"m-ready\r\n" not in said and time.monotonic() < end:
            live.check()
            if select.select([pty], [], [], _SLICE_S)[0]:
                said += os.read(pty, _CHUNK)
    finally:
        os.close(pty)


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise DeviceError(
            f"cannot listen on TCP port {port}: {error.strerror or error}; --tcp 0 takes a free one"
        ) from error


@contextlib.contextmanager
def _linked(link: Path, port: str) -> Iterator[None]:
    """`link` -> `port` while the block lasts. A link that a killed emulation left behind is replaced."""
    try:
        if stat.S_ISLNK(link.lstat().st_mode) and str(link.readlink()).startswith("/dev/"):
            link.unlink()
    except FileNotFoundError:
        pass
    try:
        link.symlink_to(port)
    except FileExistsError:
        raise UsageError(f"{link} exists and is no port of an emulated board; give --link a new name") from None
    except OSError as error:
        raise UsageError(f"cannot make the link {link}: {error.strerror or error}") from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if str(link.readlink()) == port:  # not that of another one that came after us
                link.unlink()
