# SPDX-License-Identifier: Apache-2.0
"""The few words of QEMU's monitor protocol that edgekit speaks (JSON lines on a Unix socket)."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

from edgekit.errors import DeviceError

_TIMEOUT_S = 5.0


def execute(path: Path, command: str) -> Any:
    """Run monitor command `command` at socket `path` and return its result. Raises DeviceError."""
    try:
        with _connect(path) as connection, connection.makefile("rwb") as stream:
            stream.readline()  # greeting
            _ask(stream, "qmp_capabilities")
            return _ask(stream, command)
    except (OSError, ValueError) as error:
        raise DeviceError(f"the emulator's monitor does not answer {command!r} ({error})") from error


def _connect(path: Path) -> socket.socket:
    """QEMU may not listen yet: try until it does."""
    end = time.monotonic() + _TIMEOUT_S
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_TIMEOUT_S)
        try:
            connection.connect(str(path))
            return connection
        except OSError:
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def _ask(stream: Any, command: str) -> Any:
    stream.write(json.dumps({"execute": command}).encode() + b"\n")
    stream.flush()
    while True:
        line = stream.readline()
        if not line:
            raise ValueError("it closed the connection")
        answer = json.loads(line)
        if "error" in answer:
            raise ValueError(str(answer["error"].get("desc", "refused")))
        if "return" in answer:  # everything else is an event
            return answer["return"]
