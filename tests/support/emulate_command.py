# SPDX-License-Identifier: Apache-2.0
"""`edgekit emulate` as a user runs it: a program of its own, whose first line is the port."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def emulate_command(*args: object, scratch: Path | None = None) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The port and the program; it is interrupted when the block ends."""
    environment = {**os.environ, **({} if scratch is None else {"TMPDIR": str(scratch)})}
    child = subprocess.Popen(
        [sys.executable, "-m", "edgekit", "emulate", *map(str, args)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, restore_signals=True,
    )  # fmt: skip
    assert child.stdout is not None and child.stderr is not None
    try:
        port = child.stdout.readline().strip()
        if not port:
            raise AssertionError(child.stderr.read())
        yield port, child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
        child.wait(20)
        child.stdout.close()
        child.stderr.close()
