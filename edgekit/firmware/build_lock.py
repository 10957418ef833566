# SPDX-License-Identifier: Apache-2.0
"""One build at a time in a folder, and none on top of one that was killed.

The lock is an open file that compilers and build tools inherit: it is free when the last of them is gone, also when
edgekit itself was killed and left them working. The file says for as long as a build lasts that it is not whole; the
next one begins such a folder anew.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from edgekit.errors import EdgekitError, ToolError

_WAIT_S = 900.0
_LOOK_EVERY_S = 0.1
_UNFINISHED = b"a build is under way, or was killed\n"


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[int]:
    """The lock of build `folder`, for programs to inherit. Raises ToolError when another build there does not end."""
    path = folder.with_name(f".{folder.name}.lock")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise EdgekitError(f"cannot write {path}: {error.strerror or error}") from error
    try:
        _wait_for(handle, folder)
        if os.read(handle, 1):
            remove_build(folder)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, _UNFINISHED)
        try:
            yield handle
        except EdgekitError:  # it ended by itself, in an orderly way
            os.ftruncate(handle, 0)
            raise
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def remove_build(folder: Path) -> None:
    """Remove build `folder`, where it exists."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise EdgekitError(f"cannot remove the old build {folder}: {error.strerror or error}") from error


def _wait_for(handle: int, folder: Path) -> None:
    if os.name != "posix":
        return
    import fcntl

    end = time.monotonic() + _WAIT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                raise ToolError(f"another build in {folder} does not end; end it and try again") from None
        time.sleep(_LOOK_EVERY_S)
