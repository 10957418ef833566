# SPDX-License-Identifier: Apache-2.0
"""A serial port on the network by RFC 2217: a pty behind a Telnet server on loopback that keeps what it is told.

A pty has no modem lines. This server has: what a client asks of DTR and RTS arrives here, and may restart the board.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Callable, Iterator

from serial import rfc2217


class RecordedPort:
    """What the server sets on the real port: here it is written down. `pulled` is called with the name of a modem line
    when it goes up, `opened` when a client comes."""

    bytesize, parity, stopbits, xonxoff, rtscts, break_condition = 8, "N", 1, False, False, False
    cts = dsr = ri = cd = False

    def __init__(self, pulled: Callable[[str], None], opened: Callable[[], None]) -> None:
        self.baudrate = 9600
        self.lines: list[tuple[str, bool]] = []
        self.pulled = pulled
        self.opened = opened

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in ("dtr", "rts"):
            self.lines.append((name, bool(value)))
            if value:
                self.pulled(name)

    def reset_input_buffer(self) -> None:
        pass

    def reset_output_buffer(self) -> None:
        pass


class _Connection:
    def __init__(self, client: socket.socket) -> None:
        self.client = client

    def write(self, data: bytes) -> None:
        self.client.sendall(data)


@contextlib.contextmanager
def rfc2217_server(
    pty: str, *, pulled: Callable[[str], None] = lambda line: None, opened: Callable[[], None] = lambda: None
) -> Iterator[tuple[str, RecordedPort]]:
    """The URL of a server for `pty`, and what clients set. One client at a time."""
    port = RecordedPort(pulled, opened)
    stop, stopped = os.pipe()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, pty, port, stop), daemon=True)
        thread.start()
        try:
            yield f"rfc2217://127.0.0.1:{server.getsockname()[1]}", port
        finally:
            os.write(stopped, b"x")
            thread.join(10)
            os.close(stop)
            os.close(stopped)


def _serve(server: socket.socket, pty: str, port: RecordedPort, stop: int) -> None:
    board = os.open(pty, os.O_RDWR | os.O_NOCTTY)
    try:
        while stop not in select.select([server, stop], [], [])[0]:
            client, _ = server.accept()
            port.opened()
            with client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if not _carry(client, board, rfc2217.PortManager(port, _Connection(client)), stop):
                    return
    finally:
        os.close(board)


def _carry(client: socket.socket, board: int, manager: rfc2217.PortManager, stop: int) -> bool:
    while True:
        ready = select.select([client, board, stop], [], [])[0]
        if stop in ready:
            return False
        try:
            if client in ready:
                data = client.recv(4096)
                if not data:
                    return True
                os.write(board, b"".join(manager.filter(data)))
            if board in ready:
                client.sendall(b"".join(manager.escape(os.read(board, 4096))))
        except OSError:
            return True
