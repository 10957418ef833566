# SPDX-License-Identifier: Apache-2.0
"""Every byte between edgekit and a board in a text file, and a transport that plays such a file back.

::

    # edgekit transcript 1: seed 4711, port /dev/ttyACM0
    0.000212 > 256b
    0.004031 < 652d5b456d707479

The time is in seconds since the port was opened, > is to the board. The seed is what edgekit draws its words from, so
that a replay asks the same questions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from edgekit.device.transport import Transport
from edgekit.errors import DataError, DeviceError, DeviceGoneError, UsageError

_HEAD = "# edgekit transcript 1: seed {seed}, port {port}"
_HEAD_FORM = re.compile(r"# edgekit transcript 1: seed ([0-9]{1,20}), port (.*)")
_LINE_FORM = re.compile(r"([0-9]+\.[0-9]{6}) ([<>]) ((?:[0-9a-f]{2})*)")


class RecordingTransport:
    """A transport around another one that writes down what passes, line by line as it happens."""

    def __init__(self, inner: Transport, path: Path, seed: int) -> None:
        self.inner = inner
        try:
            self._file: TextIO = path.open("w", encoding="ascii", errors="backslashreplace", buffering=1)
        except OSError as error:
            raise UsageError(f"cannot write the transcript {path}: {error.strerror or error}") from error
        self._start = inner.now()
        self._file.write(_HEAD.format(seed=seed, port=inner.name) + "\n")

    @property
    def name(self) -> str:
        return self.inner.name

    def now(self) -> float:
        return self.inner.now()

    def write(self, data: bytes, deadline: float) -> None:
        self._note(">", data)
        self.inner.write(data, deadline)

    def read(self, deadline: float) -> bytes:
        data = self.inner.read(deadline)
        if data:
            self._note("<", data)
        return data

    def close(self) -> None:
        self.inner.close()
        self._file.close()

    def _note(self, direction: str, data: bytes) -> None:
        if not self._file.closed:
            self._file.write(f"{self.inner.now() - self._start:.6f} {direction} {data.hex()}\n")


@dataclass(frozen=True, slots=True)
class _Event:
    time: float
    sent: bool
    data: bytes


class ReplayTransport:
    """Answers as the board of a transcript did, on the transcript's clock. Raises DeviceError when asked otherwise."""

    def __init__(self, path: Path) -> None:
        """Raises DataError when `path` is no transcript."""
        try:
            lines = path.read_text(encoding="ascii").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"cannot read the transcript {path}: {error}") from error
        head = _HEAD_FORM.fullmatch(lines[0]) if lines else None
        if head is None:
            raise DataError(f"{path} is no transcript: its first line is not of the form {_HEAD!r}")
        self.seed = int(head[1])
        self.name = head[2]
        self._events = [_event(path, number, line) for number, line in enumerate(lines[1:], 2)]
        self._at = 0
        self._unsent = b""
        self._clock = 0.0

    def now(self) -> float:
        return self._clock

    def write(self, data: bytes, deadline: float) -> None:
        while data:
            if not self._unsent:
                self._unsent = self._next(sent=True)
            count = min(len(data), len(self._unsent))
            if data[:count] != self._unsent[:count]:
                raise DeviceError(
                    f"the transcript has other bytes here: {self._unsent[:16]!r}, where edgekit now sends {data[:16]!r}"
                )
            data, self._unsent = data[count:], self._unsent[count:]

    def read(self, deadline: float) -> bytes:
        if self._at < len(self._events) and not self._events[self._at].sent and not self._unsent:
            return self._next(sent=False)
        if self._at == len(self._events):
            raise DeviceGoneError(f"the transcript of {self.name} ends here")
        self._clock = max(self._clock, min(deadline, self._events[self._at].time))
        return b""

    def close(self) -> None:
        """There is nothing to release."""

    def _next(self, *, sent: bool) -> bytes:
        """The bytes of the next event in this direction; what the board said before an early question is dropped."""
        while self._at < len(self._events):
            event = self._events[self._at]
            self._at += 1
            self._clock = max(self._clock, event.time)
            if event.sent == sent:
                return event.data
        raise DeviceGoneError(f"the transcript of {self.name} ends here")


def _event(path: Path, number: int, line: str) -> _Event:
    found = _LINE_FORM.fullmatch(line)
    if found is None:
        raise DataError(f"{path}, line {number}: {line[:40]!r} is not of the form 'SECONDS > HEX' or 'SECONDS < HEX'")
    return _Event(float(found[1]), found[2] == ">", bytes.fromhex(found[3]))
