# SPDX-License-Identifier: Apache-2.0
"""What passes between an oracle and its child: frames of a word, a JSON header and byte strings.

A frame is `<4s word> <u32 count>`, then for each part `<u64 size> <bytes>`; part 0 is the header. Nothing is pickled,
and a size is checked against `LIMIT_BYTES` before anything is read.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

LIMIT_BYTES = 1 << 30
LIMIT_PARTS = 1 << 20

_HEAD = struct.Struct("<4sI")
_SIZE = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Frame:
    """`word` names the request or the answer, four ASCII letters; `header` is JSON-ready, `parts` are raw bytes."""

    word: str
    header: dict[str, Any]
    parts: tuple[bytes, ...] = ()


class BrokenPipe(Exception):
    """The other side has ended, or does not speak frames."""


def write_frame(stream: IO[bytes], word: str, header: dict[str, Any], parts: Sequence[bytes] = ()) -> None:
    """Write one frame and flush it."""
    everything = [json.dumps(header).encode(), *parts]
    pieces = [_HEAD.pack(word.encode("ascii"), len(everything))]
    for part in everything:
        pieces += [_SIZE.pack(len(part)), part]
    try:
        stream.write(b"".join(pieces))
        stream.flush()
    except (OSError, ValueError) as error:
        raise BrokenPipe("the other side closed the pipe") from error


def read_frame(stream: IO[bytes]) -> Frame:
    """Read one frame. Raises BrokenPipe at the end of the stream and for anything that is not a frame."""
    word, count = _HEAD.unpack(_read(stream, _HEAD.size))
    if not 1 <= count <= LIMIT_PARTS:
        raise BrokenPipe(f"{count} parts announced, 1 to {LIMIT_PARTS} are allowed")
    parts: list[bytes] = []
    left = LIMIT_BYTES
    for _ in range(count):
        (size,) = _SIZE.unpack(_read(stream, _SIZE.size))
        if size > left:
            raise BrokenPipe(f"a part of {size} bytes announced, {left} are left of the {LIMIT_BYTES} allowed")
        left -= size
        parts.append(_read(stream, size))
    try:
        header = json.loads(parts[0])
        return Frame(word.decode("ascii"), header if isinstance(header, dict) else {}, tuple(parts[1:]))
    except ValueError as error:
        raise BrokenPipe("not a frame") from error


def _read(stream: IO[bytes], size: int) -> bytes:
    pieces: list[bytes] = []
    left = size
    while left:
        try:
            piece = stream.read(min(left, 1 << 20))
        except (OSError, ValueError) as error:
            raise BrokenPipe("the pipe is closed") from error
        if not piece:
            raise BrokenPipe("the other side has ended")
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
