# SPDX-License-Identifier: Apache-2.0
"""Finished and half-finished training on disk, so that an interrupted compression goes on where it was.

Everything between two pieces of training is deterministic and quick, so a resumed run repeats it and takes the
training's results from here.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from edgekit.convert.compression_record import pack_arrays
from edgekit.errors import UsageError
from edgekit.resources import write_atomically

_FINGERPRINT = "run.json"


class Journal:
    """Results by key in `folder`; without a folder nothing is kept."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    @classmethod
    def open(cls, folder: Path, fingerprint: Mapping[str, str], *, resume: bool) -> Journal:
        """The journal of one run. With `resume` it must be there and be of the same model, recipe, data and seed."""
        stored = folder / _FINGERPRINT
        if resume:
            if not stored.is_file():
                raise UsageError(f"there is nothing to resume: {folder} does not exist; start without --resume")
            known = json.loads(stored.read_text())
            changed = [key for key in fingerprint if known.get(key) != fingerprint[key]]
            if changed:
                raise UsageError(
                    f"cannot resume: {', '.join(changed)} changed since the interruption; run with what it began "
                    "with, or start anew without --resume"
                )
            return cls(folder)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_atomically(stored, json.dumps(dict(fingerprint), indent=1, sort_keys=True))
        return cls(folder)

    def read(self, key: str, *, partial: bool = False) -> dict[str, np.ndarray] | None:
        path = self._path(key, partial)
        if path is None or not path.is_file():
            return None
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def write(self, key: str, arrays: Mapping[str, np.ndarray], *, partial: bool = False) -> None:
        path = self._path(key, partial)
        if path is None:
            return
        write_atomically(path, pack_arrays(arrays))
        half = self._path(key, True)
        if not partial and half is not None:
            half.unlink(missing_ok=True)

    def remove(self) -> None:
        """The run is done."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, key: str, partial: bool) -> Path | None:
        return None if self.folder is None else self.folder / f"{key}{'.part' if partial else ''}.npz"
