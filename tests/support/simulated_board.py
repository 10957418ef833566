# SPDX-License-Identifier: Apache-2.0
"""A board inside the process: a Transport that answers like the firmware, on a clock of its own.

Nothing sleeps: reading with nothing to read moves the clock on. `mute` hangs it, `scripted` maps a command (without its
tag) to the raw bytes it shall answer with, `noise` is said before anything else. `frame_bytes` is the longest payload
of binary frames, 0 for a firmware without them.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

BANNER = b"m-timestamp-mode-performance\r\nm-lap-us-1\r\nm-ek-boot-[2,%s]\r\nm-init-done\r\nm-ready\r\n"
SHA256 = "ab" * 32
SLICE_S = 0.1
QUIET_S = 0.1
MARK = b"\xe5\xeb"
DATA, RUN, PROBE, RESULT, NEXT, ERROR = 0x01, 0x02, 0x03, 0x81, 0x82, 0x83


@dataclass
class SimulatedBoard:
    """One input and one output by default: output `i` is the bitwise complement of the first input, xor `i`."""

    input_bytes: Sequence[int] = (40,)
    output_bytes: Sequence[int] = (4,)
    line_bytes: int = 31
    frame_bytes: int = 0
    profile: bool = False
    keeps: bool = True
    sha256: str = SHA256
    name: str = "simulated"
    noise: bytes = b""
    mute: bool = False
    scripted: dict[str, bytes] = field(default_factory=dict)
    on_reset: Callable[[], None] | None = None
    on_run: Callable[[], None] | None = None
    commands: list[str] = field(default_factory=list)
    resets: int = 0
    boots: int = 1
    clock: float = 0.0
    received_bytes: int = 0
    sent_bytes: int = 0

    def __post_init__(self) -> None:
        self._command = bytearray()
        self._out = bytearray(self.noise)
        self._inputs = [bytearray(size) for size in self.input_bytes]
        self._target = 0
        self._position = 0
        self._ran: list[bytes] | None = None
        self._frames: FrameReader | None = None

    def now(self) -> float:
        return self.clock

    def read(self, deadline: float) -> bytes:
        if self._out:
            self.clock += 0.001
            data = bytes(self._out[:64])
            del self._out[:64]
            self.sent_bytes += len(data)
            return data
        self.clock = max(self.clock, min(deadline, self.clock + SLICE_S))
        return b""

    def write(self, data: bytes, deadline: float) -> None:
        self.received_bytes += len(data)
        if self.mute:
            return
        for byte in data:
            self.take(byte)

    def take(self, byte: int) -> None:
        """One byte from the host."""
        if self._frames is not None:
            if (command := self._frames.take(byte, self.clock)) is None:
                return
            self._frames = None
        elif byte != ord("%"):
            self._command.append(byte)
            return
        else:
            command = self._command.decode("ascii", "replace").strip()
            self._command.clear()
        name = command.split(" #")[0]
        self.commands.append(name)
        self._out += self.scripted[name] if name in self.scripted else self._answer(command)

    def say(self, data: bytes) -> None:
        """Bytes to the host."""
        self._out += data

    def close(self) -> None:
        self.mute = True

    def reset(self) -> None:
        self.resets += 1
        self.restart(b"external")

    def restart(self, reason: bytes) -> None:
        """The firmware begins anew, with its banner."""
        self.mute = False
        self._command.clear()
        self._frames = None
        self._ran = None
        self.boots += 1
        self._out[:] = BANNER % reason
        if self.on_reset is not None:
            self.on_reset()

    def _answer(self, command: str) -> bytes:
        if len(command) > self.line_bytes:
            lines = ["e-[Command longer than 31 characters]"]
        elif not command:
            lines = ["e-[Empty command]"]
        else:
            words = command.split(" ")
            method = getattr(self, "_" + "_".join(words[: 2 if words[0] == "ek" else 1]), None)
            try:
                lines = [f"e-[Unknown command: {words[0]}]"] if method is None else method(words)
            except (ValueError, IndexError):
                lines = ["e-[Bad arguments]"]
            if words[0] == "ek" and "#" in command:
                text = command.removeprefix("ek ") + "".join(line + "\r\n" for line in lines)
                lines = [*lines, f"m-ek-check-[{zlib.crc32(self._seed() + text.encode('ascii', 'replace')):08x}]"]
        return "".join(line + "\r\n" for line in [*lines, "m-ready"]).encode("ascii", "replace")

    def _ek_sync(self, words: list[str]) -> list[str]:
        return [f"m-ek-sync-[{words[2]}]"]

    def _ek_id(self, words: list[str]) -> list[str]:
        facts = {
            "protocol": 2, "version": "0.1.0", "board": "mps2-an386", "engine": "aot", "model": "standin",
            "sha256": self.sha256, "build": self._build(),
            "inputs": ",".join(map(str, self.input_bytes)), "outputs": ",".join(map(str, self.output_bytes)),
            "load": self.input_bytes[0], "layers": 2, "line": self.line_bytes, "timer": "25000000,32",
            "keeps": int(self.keeps), "boots": self.boots, "frames": f"1,{self.frame_bytes}",
        }  # fmt: skip
        return [f"m-ek-{key}-[{value}]" for key, value in facts.items()]

    def _build(self) -> str:
        return "profile" if self.profile else "measured"

    def _seed(self) -> bytes:
        return f"mps2-an386,aot,{self._build()},{self.sha256}".encode() + struct.pack("<I", self.boots)

    def _ek_load(self, words: list[str]) -> list[str]:
        index, count = int(words[2]), int(words[3])
        if count != self.input_bytes[index]:
            return [f"e-[Input takes {self.input_bytes[index]} bytes]"]
        self._target, self._position, self._ran = index, 0, None
        return [f"m-[Expecting {count} bytes]"]

    def _db(self, words: list[str]) -> list[str]:
        done: list[str] = []
        self._ran = None
        for byte in bytes.fromhex(words[1]):
            if self._position < len(self._inputs[self._target]):
                self._inputs[self._target][self._position] = byte
                self._position += 1
                if self._position == len(self._inputs[self._target]):
                    done = ["m-load-done"]
        return done

    def _ek_inputs(self, words: list[str]) -> list[str]:
        return [f"m-ek-input-[{i},{len(data)},{zlib.crc32(data):08x}]" for i, data in enumerate(self._inputs)]

    def _ek_run(self, words: list[str]) -> list[str]:
        self.run()
        return [*self._ek_inputs(words), "m-ek-done-[1]"]

    def run(self) -> None:
        self._ran = [self.output(index) for index in range(len(self.output_bytes))]
        if self.on_run is not None:
            self.on_run()

    def output(self, index: int) -> bytes:
        return bytes(byte ^ 0xFF ^ index for byte in self._inputs[0])[: self.output_bytes[index]]

    def _ek_output(self, words: list[str]) -> list[str]:
        if self._ran is None:
            return ["e-[No output: run an inference first]"]
        data = self._ran[int(words[2])]
        return [f"m-ek-output-[{words[2]},{len(data)},{zlib.crc32(data):08x},{data.hex()}]"]

    def _ek_time(self, words: list[str]) -> list[str]:
        return ["m-ek-empty-[64]", *["m-ek-ticks-[6464]"] * min(100, int(words[2]))]

    def _ek_layers(self, words: list[str]) -> list[str]:
        layers = [bytes(range(8)), self.output(0)]
        lines = [f"m-ek-layer-[{i},640,{len(d)},{zlib.crc32(d):08x},{d.hex()}]" for i, d in enumerate(layers)]
        return ["m-ek-empty-[0]", *lines]

    def _ek_ram(self, words: list[str]) -> list[str]:
        return ["m-ek-ram-[224,4096,3168]"]

    def _ek_boot(self, words: list[str]) -> list[str]:
        return ["m-ek-boot-[1,power-on]"]

    def _ek_frames(self, words: list[str]) -> list[str]:
        if len(words[2]) != 8:
            return ["e-[Command 'ek frames' requires a session of 8 hex digits]"]
        self._frames = FrameReader(self, int(words[2], 16))
        return []


class FrameReader:
    """The board's side of binary frames, written from the description in frames.h."""

    def __init__(self, board: SimulatedBoard, session: int) -> None:
        self.board = board
        self.start = zlib.crc32(struct.pack("<I", session))
        self.expected = 0
        self.asked = False
        self.run_crc = 0
        self.frame = bytearray()
        self.text: bytearray | None = None
        self.clean = True
        self.last = board.clock

    def take(self, byte: int, now: float) -> str | None:
        """A byte; the command that ends the session, or None."""
        quiet, self.last = now - self.last > QUIET_S, now
        if quiet:
            self.frame.clear()
            self.clean = True
        if self.frame:
            self.frame.append(byte)
            self._frame()
            return None
        if byte == MARK[0]:
            self.text = None
            self.frame.append(byte)
            return None
        printable = 32 <= byte <= 126 or byte in b"\r\n"
        if self.text is None and self.clean and printable:
            self.text = bytearray()
        self.clean = False
        if not printable:
            self.text = None
        if self.text is not None:
            if byte == ord("%"):
                return self.text.decode("ascii").strip()
            self.text.append(byte)
        return None

    def _frame(self) -> None:
        if len(self.frame) == 2 and self.frame != MARK:
            self._end(clean=False, keep=MARK[:1] if self.frame[1] == MARK[0] else b"")
        if len(self.frame) < 7:
            return
        kind, sequence, count = struct.unpack_from("<BHH", self.frame, 2)
        if count > self.board.frame_bytes or kind not in (DATA, RUN, PROBE):
            self._ask()
            self._end(clean=False)
        elif len(self.frame) == 11 + count:
            body, crc = bytes(self.frame[2:-4]), self.frame[-4:]
            good = crc == struct.pack("<I", zlib.crc32(body, self.start))
            self._end(clean=good)
            if good:
                self._obey(kind, sequence, body[5:])
            else:
                self._ask()

    def _end(self, *, clean: bool, keep: bytes = b"") -> None:
        self.frame[:] = keep
        self.clean = clean

    def _obey(self, kind: int, sequence: int, payload: bytes) -> None:
        ahead = (sequence - self.expected) & 0xFFFF
        if kind == PROBE:
            self._say(NEXT, self.expected, struct.pack("<H", sequence))
        elif ahead == 0:
            self.expected = (self.expected + 1) & 0xFFFF
            self.asked = False
            if kind == DATA:
                self._data(sequence, payload)
            else:
                self._run(sequence, payload)
        elif ahead < 0x8000:
            self._ask()
        elif kind == RUN and ahead == 0xFFFF and self.board._ran is not None:
            self._result(sequence)

    def _data(self, sequence: int, payload: bytes) -> None:
        place = struct.unpack_from("<I", payload)[0]
        index, offset, data = place & 0xFF, place >> 8, payload[4:]
        if index >= len(self.board._inputs) or offset + len(data) > len(self.board._inputs[index]):
            self._say(ERROR, sequence, struct.pack("<Bi", 3, 0))
            return
        self.board._ran = None
        self.board._inputs[index][offset : offset + len(data)] = data

    def _run(self, sequence: int, payload: bytes) -> None:
        self.run_crc = zlib.crc32(payload)
        if payload != b"".join(struct.pack("<I", zlib.crc32(data)) for data in self.board._inputs):
            self._say(ERROR, sequence, struct.pack("<Bi", 1, 0))
            return
        self.board.run()
        if not self.board.mute:
            self._result(sequence)

    def _result(self, sequence: int) -> None:
        assert self.board._ran is not None
        self._say(RESULT, sequence, struct.pack("<I", self.run_crc) + b"".join(self.board._ran))

    def _ask(self) -> None:
        if not self.asked:
            self.asked = True
            self._say(NEXT, self.expected, struct.pack("<H", 0xFFFF))

    def _say(self, kind: int, sequence: int, payload: bytes) -> None:
        body = struct.pack("<BHH", kind, sequence, len(payload)) + payload
        self.board.say(MARK + body + struct.pack("<I", zlib.crc32(body, self.start)))
