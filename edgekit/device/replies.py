# SPDX-License-Identifier: Apache-2.0
"""Reply lines of edgekit's own commands: m-ek-<what>-[<values>] -> values."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from edgekit.device.frames import FRAMES_VERSION
from edgekit.errors import DeviceError

PROTOCOL_VERSION = 2
_LINE = re.compile(r"m-ek-([a-z0-9]+)-\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a firmware says of itself. `build` is measured, profile or energy, `input_bytes` and `output_bytes` those of
    each tensor, `load_bytes` what `db load` takes, `line_bytes` the longest command. `keeps_inputs`: one load serves
    many inferences. `frame_bytes`: the longest payload of a binary frame, 0 where the firmware has none that edgekit
    speaks. `boots`: starts since power-on."""

    version: str
    board: str
    engine: str
    model: str
    model_sha256: str
    build: str
    input_bytes: tuple[int, ...]
    output_bytes: tuple[int, ...]
    load_bytes: int
    layers: int
    line_bytes: int
    timer_hz: int
    timer_bits: int
    keeps_inputs: bool
    frame_bytes: int
    boots: int

    @property
    def profile(self) -> bool:
        """Does it step through the model layer by layer?"""
        return self.build == "profile"

    @property
    def seed(self) -> bytes:
        """What the firmware begins the check of its replies with: who it is, in which of its runs."""
        return f"{self.board},{self.engine},{self.build},{self.model_sha256}".encode() + struct.pack("<I", self.boots)

    def same_firmware(self, other: Identity) -> bool:
        """Are the two the same but for restarts?"""
        return replace(self, boots=0) == replace(other, boots=0)


@dataclass(frozen=True, slots=True)
class Ram:
    """Bytes. `static_bytes`: variables and arena, without the stack."""

    stack_peak_bytes: int
    stack_bytes: int
    static_bytes: int


class GarbledReplyError(DeviceError):
    """A reply that is damaged, or belongs to another command: asking again may help."""


def values(lines: Sequence[str], what: str) -> list[list[str]]:
    """The values of all lines m-ek-`what`-[...]."""
    matches = (_LINE.fullmatch(line) for line in lines)
    return [match[2].split(",") for match in matches if match is not None and match[1] == what]


def one(lines: Sequence[str], what: str, count: int = 1) -> list[str]:
    """The values of the only line m-ek-`what`-[...], which must be `count`. Raises DeviceError."""
    found = values(lines, what)
    if len(found) != 1 or len(found[0]) != count:
        raise garbled(what, lines)
    return found[0]


def integer(text: str, what: str) -> int:
    """A decimal number of a reply. Raises DeviceError when it is none."""
    if not re.fullmatch(r"[0-9]{1,20}", text):
        raise DeviceError(f"the board's reply is garbled: {what} is {text[:40]!r}, not a number")
    return int(text)


def parse_identity(lines: Sequence[str]) -> Identity:
    """The reply of `ek id`. Raises DeviceError when it is garbled or of another protocol version."""
    require_version(lines)
    timer_hz, timer_bits = _integers(one(lines, "timer", 2), "timer")
    return Identity(
        version=one(lines, "version")[0],
        board=one(lines, "board")[0],
        engine=one(lines, "engine")[0],
        model=one(lines, "model")[0],
        model_sha256=one(lines, "sha256")[0],
        build=one(lines, "build")[0],
        input_bytes=_sizes(lines, "inputs"),
        output_bytes=_sizes(lines, "outputs"),
        load_bytes=integer(one(lines, "load")[0], "load"),
        layers=integer(one(lines, "layers")[0], "layers"),
        line_bytes=integer(one(lines, "line")[0], "line"),
        timer_hz=timer_hz,
        timer_bits=timer_bits,
        keeps_inputs=one(lines, "keeps")[0] == "1",
        frame_bytes=_frame_bytes(lines),
        boots=integer(one(lines, "boots")[0], "boots") & 0xFFFFFFFF,
    )


def require_version(lines: Sequence[str]) -> None:
    """Raises DeviceError where the reply of `ek id` is of another protocol version."""
    version = integer(one(lines, "protocol")[0], "protocol")
    if version != PROTOCOL_VERSION:
        raise DeviceError(
            f"the board's firmware speaks version {version} of edgekit's commands, this edgekit {PROTOCOL_VERSION}; "
            "build and flash it anew"
        )


def checked(seed: bytes, command: str, lines: Sequence[str]) -> list[str]:
    """The reply to the tagged `command` (without "ek ") without its last line, the check. Raises GarbledReplyError."""
    said = "".join(f"{line}\r\n" for line in lines[:-1])
    check = crc_text(seed + (command + said).encode("utf-8"))
    if not lines or lines[-1] != f"m-ek-check-[{check}]":
        raise garbled(command, lines)
    return list(lines[:-1])


def _frame_bytes(lines: Sequence[str]) -> int:
    version, payload = _integers(one(lines, "frames", 2), "frames")
    return payload if version == FRAMES_VERSION and payload > 16 else 0


def parse_ram(lines: Sequence[str]) -> Ram:
    """The reply of `ek ram`."""
    return Ram(*_integers(one(lines, "ram", 3), "ram"))


def parse_bytes(fields: Sequence[str], what: str, size: int | None = None) -> bytes:
    """Bytes of the fields [size, CRC, hexadecimal digits]. Raises DeviceError unless size and checksum agree."""
    if len(fields) != 3:
        raise garbled(what, fields)
    expected = integer(fields[0], what)
    try:
        data = bytes.fromhex(fields[2])
    except ValueError:
        raise garbled(what, fields) from None
    if len(data) != expected or size not in (None, expected) or crc_text(data) != fields[1]:
        raise DeviceError(
            f"the bytes of {what} came back damaged ({len(data)} of {expected}); check cable and baud rate"
        )
    return data


def crc_text(data: bytes) -> str:
    """The CRC-32 of `data` as the firmware prints it."""
    return f"{zlib.crc32(data):08x}"


def garbled(what: str, lines: Sequence[str]) -> GarbledReplyError:
    """The error for a reply about `what` that makes no sense."""
    shown = " | ".join(lines)[:120]
    return GarbledReplyError(f"the board's reply about {what} is garbled: {shown!r}; check cable and baud rate")


def _sizes(lines: Sequence[str], what: str) -> tuple[int, ...]:
    found = values(lines, what)
    if len(found) != 1:
        raise garbled(what, lines)
    return _integers(found[0], what)


def _integers(fields: Sequence[str], what: str) -> tuple[int, ...]:
    return tuple(integer(field, what) for field in fields)
