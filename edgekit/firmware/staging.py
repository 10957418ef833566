# SPDX-License-Identifier: Apache-2.0
"""Writes a folder of generated files whole or not at all, and leaves the user's own files in it alone."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from edgekit.errors import EdgekitError, UsageError

MANIFEST = "edgekit.json"
SCHEMA = 1


def write_folder(directory: Path, files: Mapping[str, str], facts: Mapping[str, Any]) -> None:
    """Make `directory` hold `files` and a manifest of them with `facts`.

    Everything is written beside `directory` first, so that a full disk leaves it as it was. Files of an earlier
    generation that are not among `files` are removed, files whose content stays are not touched, files that edgekit
    did not write are kept. Raises UsageError when the folder holds something else, EdgekitError when writing fails.
    """
    old = _generated_before(directory)
    manifest = _manifest(facts, sorted(files))
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with _stage_beside(directory) as stage:
            changed = [path for path, text in files.items() if old is None or not _holds(directory / path, text)]
            for path in changed:
                _write(stage / path, files[path])
            _write(stage / MANIFEST, manifest)
            if old is None:
                stage.replace(directory)
            elif changed or set(old) - set(files) or not _holds(directory / MANIFEST, manifest):
                _replace(directory, stage, changed, stale=sorted(set(old) - set(files)))
    except OSError as error:
        name = error.filename2 or error.filename or directory
        raise EdgekitError(f"cannot write the project {directory}: {error.strerror or error} ({name})") from error


def read_manifest(directory: Path) -> dict[str, Any]:
    """The facts of the project in `directory`. Raises UsageError when it holds none, or a half-written one."""
    path = directory / MANIFEST
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"{directory} is no edgekit project (no {MANIFEST}); make one with `edgekit generate`"
        ) from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is damaged ({error}); make the project anew with `edgekit generate`") from error
    if not isinstance(facts, dict) or facts.get("schema") != SCHEMA:
        raise UsageError(f"{path} is not of this edgekit's form; make the project anew with `edgekit generate`")
    if not facts.get("complete"):
        raise UsageError(f"writing {directory} was interrupted; make the project anew with `edgekit generate`")
    return facts


def _manifest(facts: Mapping[str, Any], files: Iterable[str], *, complete: bool = True) -> str:
    content = {"schema": SCHEMA, "complete": complete, **facts, "files": list(files)}
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"


def _generated_before(directory: Path) -> list[str] | None:
    """The files that an earlier generation wrote, None when the folder is new or empty."""
    if not directory.exists():
        return None
    if not directory.is_dir():
        raise UsageError(f"{directory} is a file; give a folder for the project")
    if not any(directory.iterdir()):
        return None
    try:
        facts = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        files = [path for path in facts["files"] if _is_inside(path)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{directory} is not empty and no edgekit project; give a new folder") from None
    return files


def _is_inside(path: object) -> bool:
    return isinstance(path, str) and not PurePosixPath(path).is_absolute() and ".." not in PurePosixPath(path).parts


@contextlib.contextmanager
def _stage_beside(directory: Path) -> Any:
    stage = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        mask = os.umask(0)
        os.umask(mask)
        stage.chmod(0o777 & ~mask)
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _replace(directory: Path, stage: Path, changed: list[str], *, stale: list[str]) -> None:
    """Rename file by file; the manifest says "incomplete" from the first to the last."""
    marker = stage / "incomplete"
    _write(marker, _manifest({}, [*changed, *stale], complete=False))
    marker.replace(directory / MANIFEST)
    for path in changed:
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (stage / path).replace(directory / path)
    for path in stale:
        (directory / path).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # not empty: the user's files are there
            (directory / path).parent.rmdir()
    (stage / MANIFEST).replace(directory / MANIFEST)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode("utf-8")
    except OSError:
        return False
