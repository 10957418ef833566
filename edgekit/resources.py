# SPDX-License-Identifier: Apache-2.0
"""Finds the data that edgekit ships (boards/, firmware_templates/, kernels/), writes files whole or not at all, and
lends folders for the time of a task.

In a checkout they stand beside the package; in an installed wheel boards/ and firmware_templates/ lie in
`edgekit/_data/`. A checkout wins, so that an edit takes effect at once.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from edgekit.errors import EdgekitError

_PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    checkout = _PACKAGE.parent / name
    if checkout.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return checkout
    return _PACKAGE / "_data" / name


def boards_dir() -> Path:
    """The folder of the shipped board files."""
    return _shipped("boards")


def firmware_templates_dir() -> Path:
    """The folder of the firmware templates."""
    return _shipped("firmware_templates")


def kernels_dir() -> Path:
    """The folder of the C kernels."""
    return _PACKAGE / "kernels"


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write `path` whole or not at all: beside it first, then renamed over it.

    Raises EdgekitError when the file system refuses (a full disk, no permission, no such folder); what was there
    before stays.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
        temporary = None
    except OSError as error:
        raise EdgekitError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


@contextlib.contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """A temporary folder that is gone when the block is left.

    A process that is killed leaves its folder behind; the next one that asks for the same `purpose` removes it.
    """
    prefix = f"edgekit-{purpose}-"
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*-*"):
        owner = folder.name.removeprefix(prefix).partition("-")[0]
        if owner.isdecimal() and _is_abandoned(folder, int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{os.getpid()}-") as name:
        yield Path(name)


def _is_abandoned(folder: Path, owner: int) -> bool:
    """Whether the folder is this user's and the process that made it has ended."""
    if os.name != "posix":
        return False  # signal 0 does harm there
    try:
        if folder.lstat().st_uid != os.getuid():
            return False
        os.kill(owner, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
