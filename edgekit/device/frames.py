# SPDX-License-Identifier: Apache-2.0
"""Binary frames: the fast path beside the device protocol (firmware_templates/common/frames.h says the bytes).

`Session` sends samples ahead, takes results as they come, and repeats what the line lost. A result counts only in a
frame whose CRC-32 covers this session's number, for the very run that was asked for, on inputs whose CRC-32 the board
has compared. What damages more than that detects (one in 2**32 of the worst kind) is beyond it.
"""

from __future__ import annotations

import struct
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edgekit.device.transport import Transport
from edgekit.errors import DeviceError, DeviceSilentError

FRAMES_VERSION = 1
MARK = b"\xe5\xeb"
DATA, RUN, PROBE = 0x01, 0x02, 0x03
RESULT, NEXT, ERROR = 0x81, 0x82, 0x83
INPUTS_DIFFER = 1
NOBODY_ASKED = 0xFFFF

#: Frames are cut this small, so that a lost byte costs little.
MOST_PAYLOAD = 1024
_HEADER = struct.Struct("<BHH")
_OVERHEAD = len(MARK) + _HEADER.size + 4
_PLACE_BYTES = 4
_RUN_CRC_BYTES = 4
_FIRST_PROBE_S = 0.25
_LAST_PROBE_S = 5.0
#: Repeats without a result, beside one for each frame, after which the line counts as unusable.
_MOST_REPEATS = 12
_WRITE_TIMEOUT_S = 5.0


class SessionLostError(DeviceError):
    """The board no longer speaks frames: it speaks text, or nothing that makes sense. A new session may work."""


@dataclass(frozen=True, slots=True)
class Frame:
    kind: int
    sequence: int
    payload: bytes


@dataclass(slots=True)
class _Sample:
    """A sample on its way: its frames by sequence number, the run last."""

    ticket: int
    inputs: tuple[bytes, ...]
    frames: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def run(self) -> int:
        return self.frames[-1][0]


class Session:
    """One run of frames with a board that has just answered `ek frames` with `number`.

    `text` is given what the board says beside frames, and raises when it tells of a crash or the end of the session.
    """

    def __init__(
        self,
        transport: Transport,
        number: int,
        *,
        payload_bytes: int,
        output_bytes: Sequence[int],
        baud: int,
        timeout_s: float,
        text: Callable[[bytes], None],
        check: Callable[[], None],
        first_probe: int = 0,
    ) -> None:
        self._transport = transport
        self._payload = min(MOST_PAYLOAD, payload_bytes) - _PLACE_BYTES
        self._output_bytes = tuple(output_bytes)
        self._baud = baud
        self._timeout_s = timeout_s
        self._check = check
        self._start = zlib.crc32(struct.pack("<I", number))
        self._parser = Parser(self._start, _RUN_CRC_BYTES + max(2, sum(output_bytes)), text)
        self._pending: deque[_Sample] = deque()
        self._next = 0
        self._probe = first_probe
        self._probes_open = 0
        self._repeats = 0
        self._ever_repeated = False
        self._progress_at = transport.now()

    @property
    def clean(self) -> bool:
        """Nothing is on its way, from either side. After a repeat that is not known: the board may answer twice."""
        return not (self._pending or self._probes_open or self._ever_repeated) and self._parser.empty

    def submit(self, ticket: int, inputs: Sequence[bytes]) -> None:
        """Send a sample. `collect` gives its outputs under `ticket`."""
        sample = _Sample(ticket, tuple(inputs))
        self._number(sample)
        if not self._pending:
            self._repeats = 0
            self._progress_at = self._transport.now()
        self._pending.append(sample)
        self._send([frame for _, frame in sample.frames])

    def collect(self) -> tuple[int, list[bytes]]:
        """The outputs of the next sample that is done, with its ticket.

        Raises DeviceSilentError when the board hangs, SessionLostError when it left the session, DeviceError when the
        inference fails.
        """
        probe_at = self._transport.now() + _FIRST_PROBE_S + self._wire_s()
        wait_s = _FIRST_PROBE_S
        while True:
            for frame in self._parser.frames():
                if (done := self._take(frame)) is not None:
                    return done
                if frame.kind == NEXT:  # it lives and has been told what to do
                    wait_s = _FIRST_PROBE_S
                    probe_at = self._transport.now() + wait_s + self._wire_s()
            now = self._transport.now()
            if now - self._progress_at > self._timeout_s + self._wire_s():
                raise DeviceSilentError(
                    f"the board on {self._transport.name} did not finish an inference within {self._timeout_s:g} s"
                )
            if now >= probe_at:
                self._ask()
                wait_s = min(_LAST_PROBE_S, wait_s * 2)
                probe_at = self._transport.now() + wait_s
            data = self._transport.read(min(probe_at, self._progress_at + self._timeout_s + self._wire_s() + 0.001))
            if data:
                self._parser.feed(data)
            else:
                self._check()

    def _take(self, frame: Frame) -> tuple[int, list[bytes]] | None:
        if frame.kind == RESULT:
            return self._result(frame)
        if frame.kind == ERROR:
            self._error(frame)
        elif frame.kind == NEXT and len(frame.payload) == 2:
            (answered,) = struct.unpack("<H", frame.payload)
            if answered == NOBODY_ASKED or (answered == self._probe and self._probes_open):
                self._probes_open = 0 if answered == self._probe else self._probes_open
                self._repeat(frame.sequence)
        return None

    def _result(self, frame: Frame) -> tuple[int, list[bytes]] | None:
        sample = next((each for each in self._pending if each.run == frame.sequence), None)
        if sample is None or len(frame.payload) != _RUN_CRC_BYTES + sum(self._output_bytes):
            return None  # of a run that was answered before
        if frame.payload[:_RUN_CRC_BYTES] != struct.pack("<I", zlib.crc32(_run_payload(sample.inputs))):
            return None  # of other inputs, under a number that was given twice
        self._pending.remove(sample)
        self._repeats = 0
        self._progress_at = self._transport.now()
        outputs, at = [], _RUN_CRC_BYTES
        for size in self._output_bytes:
            outputs.append(frame.payload[at : at + size])
            at += size
        return sample.ticket, outputs

    def _error(self, frame: Frame) -> None:
        if len(frame.payload) != 5 or not any(frame.sequence == each for s in self._pending for each, _ in s.frames):
            return
        code, status = struct.unpack("<Bi", frame.payload)
        if code == INPUTS_DIFFER:
            self._restart(_after(frame.sequence))
            return
        what = f"Inference failed with status {status}" if code == 2 else "the frame lies outside the inputs"
        raise DeviceError(f"the board on {self._transport.name} refused 'run': {what}")

    def _repeat(self, expected: int) -> None:
        """Send again what the board lacks; it waits for `expected`."""
        if not self._pending:
            return
        first = self._pending[0]
        resumes = not _before(expected, first.frames[0][0]) and not _before(first.run, expected)
        said_again = expected == _after(first.run) and self._repeats % 2 == 0
        if not resumes and not said_again:
            self._restart(expected)
            return
        self._count_repeat()
        # A run that is done, but whose result was lost on the way, is answered again.
        again = [first.frames[-1][1]] if said_again else []
        self._send(again + [data for s in self._pending for number, data in s.frames if not _before(number, expected)])

    def _restart(self, expected: int) -> None:
        """Number all pending samples anew from `expected`, and send them whole."""
        self._count_repeat()
        self._next = expected
        for sample in self._pending:
            self._number(sample)
        self._send([frame for sample in self._pending for _, frame in sample.frames])

    def _count_repeat(self) -> None:
        self._repeats += 1
        self._ever_repeated = True
        if self._repeats > _MOST_REPEATS + sum(len(sample.frames) for sample in self._pending):
            raise SessionLostError(
                f"the line to the board on {self._transport.name} damages too much ({self._repeats} repeats without a "
                "result); check cable and baud rate"
            )

    def _ask(self) -> None:
        self._probe = (self._probe + 1) % NOBODY_ASKED
        self._probes_open += 1
        self._send([self._frame(PROBE, self._probe, b"")])

    def _number(self, sample: _Sample) -> None:
        sample.frames = []
        for index, data in enumerate(sample.inputs):
            for start in range(0, len(data), self._payload):
                place = struct.pack("<I", index | start << 8)
                self._add(sample, DATA, place + data[start : start + self._payload])
        self._add(sample, RUN, _run_payload(sample.inputs))

    def _add(self, sample: _Sample, kind: int, payload: bytes) -> None:
        sample.frames.append((self._next, self._frame(kind, self._next, payload)))
        self._next = _after(self._next)

    def _frame(self, kind: int, sequence: int, payload: bytes) -> bytes:
        return encode(self._start, Frame(kind, sequence, payload))

    def _send(self, frames: Sequence[bytes]) -> None:
        data = b"".join(frames)
        if data:
            self._transport.write(data, self._transport.now() + self._timeout_s + _WRITE_TIMEOUT_S)

    def _wire_s(self) -> float:
        """Time on the wire of all that is pending, ten bits a byte, at half the nominal speed."""
        count = sum(len(frame) for sample in self._pending for _, frame in sample.frames)
        return 20 * count / self._baud


def encode(start: int, frame: Frame) -> bytes:
    """The bytes of `frame` in the session whose CRC starts at `start`."""
    body = _HEADER.pack(frame.kind, frame.sequence, len(frame.payload)) + frame.payload
    return MARK + body + struct.pack("<I", zlib.crc32(body, start))


class Parser:
    """Bytes -> frames. What does not become one goes to `text`, in order."""

    def __init__(self, start: int, most_payload: int, text: Callable[[bytes], None]) -> None:
        self._start = start
        self._most = most_payload
        self._text = text
        self._bytes = bytearray()

    @property
    def empty(self) -> bool:
        return not self._bytes

    def feed(self, data: bytes) -> None:
        self._bytes += data

    def frames(self) -> list[Frame]:
        """The frames that are complete. What is none is passed on; what may become one is kept."""
        found: list[Frame] = []
        aside = bytearray()
        while True:
            at = self._bytes.find(MARK)
            if at < 0:
                keep = 1 if self._bytes.endswith(MARK[:1]) else 0
                aside += self._bytes[: len(self._bytes) - keep]
                del self._bytes[: len(self._bytes) - keep]
                break
            aside += self._bytes[:at]
            del self._bytes[:at]
            if len(self._bytes) < len(MARK) + _HEADER.size:
                break
            kind, sequence, count = _HEADER.unpack_from(self._bytes, len(MARK))
            whole = count <= self._most and kind in (RESULT, NEXT, ERROR)
            if whole and len(self._bytes) < _OVERHEAD + count:
                break
            body = bytes(self._bytes[len(MARK) : len(MARK) + _HEADER.size + count])
            if whole and self._bytes[_OVERHEAD - 4 + count : _OVERHEAD + count] == struct.pack(
                "<I", zlib.crc32(body, self._start)
            ):
                found.append(Frame(kind, sequence, body[_HEADER.size :]))
                del self._bytes[: _OVERHEAD + count]
            else:  # a frame may begin inside what is none
                aside += self._bytes[: len(MARK)]
                del self._bytes[: len(MARK)]
        if aside:
            self._text(bytes(aside))
        return found


def _run_payload(inputs: Sequence[bytes]) -> bytes:
    return b"".join(struct.pack("<I", zlib.crc32(data)) for data in inputs)


def _after(number: int) -> int:
    return (number + 1) & 0xFFFF


def _before(left: int, right: int) -> bool:
    """Is sequence number `left` before `right`, modulo 2**16?"""
    return 0 < (right - left) & 0xFFFF < 0x8000
