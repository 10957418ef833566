# SPDX-License-Identifier: Apache-2.0
"""A .tflite flatbuffer as a value: its name, bytes and digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from edgekit.errors import MalformedModelError, ModelError


@dataclass(frozen=True, slots=True)
class TfliteModel:
    """The bytes of a .tflite file, unparsed.

    `name` is the stem of the file it came from; `sha256` the hexadecimal digest of `content`.
    """

    name: str
    content: bytes = field(repr=False)
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.content).hexdigest())

    @classmethod
    def read(cls, path: Path) -> TfliteModel:
        """Read `path`. Raises ModelError when it cannot be read, MalformedModelError when it is no flatbuffer."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
        if content[4:8] != b"TFL3":
            raise MalformedModelError(
                f"{path} is not a .tflite file (bytes 4 to 8 are {content[4:8]!r}, not b'TFL3'); "
                "make one with `edgekit convert`"
            )
        return cls(path.stem, content)
