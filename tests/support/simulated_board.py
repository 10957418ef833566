# SPDX-License-Identifier: Apache-2.0
"""A board inside the process: a Transport that answers like the firmware, on a clock of its own.

Nothing sleeps: reading with nothing to read moves the clock on. `mute` hangs it, `scripted` maps a command to the raw
bytes it shall answer with, `noise` is said before anything else.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

BANNER = b"m-timestamp-mode-performance\r\nm-lap-us-1\r\nm-ek-boot-[2,%s]\r\nm-init-done\r\nm-ready\r\n"
SHA256 = "ab" * 32
SLICE_S = 0.1


@dataclass
class SimulatedBoard:
    """Two inputs and one output by default: the output is the bitwise complement of the first input."""

    input_bytes: Sequence[int] = (40,)
    output_bytes: Sequence[int] = (4,)
    line_bytes: int = 31
    profile: bool = False
    keeps: bool = True
    name: str = "simulated"
    noise: bytes = b""
    mute: bool = False
    scripted: dict[str, bytes] = field(default_factory=dict)
    on_reset: Callable[[], None] | None = None
    commands: list[str] = field(default_factory=list)
    resets: int = 0
    clock: float = 0.0

    def __post_init__(self) -> None:
        self._command = bytearray()
        self._out = bytearray(self.noise)
        self._inputs = [bytearray(size) for size in self.input_bytes]
        self._target = 0
        self._position = 0

    def now(self) -> float:
        return self.clock

    def read(self, deadline: float) -> bytes:
        if self._out:
            self.clock += 0.001
            data = bytes(self._out[:64])
            del self._out[:64]
            return data
        self.clock = max(self.clock, min(deadline, self.clock + SLICE_S))
        return b""

    def write(self, data: bytes, deadline: float) -> None:
        if self.mute:
            return
        for byte in data:
            if byte != ord("%"):
                self._command.append(byte)
                continue
            command = self._command.decode("ascii", "replace").strip()
            self._command.clear()
            self.commands.append(command)
            self._out += self.scripted[command] if command in self.scripted else self._answer(command)

    def close(self) -> None:
        self.mute = True

    def reset(self) -> None:
        self.resets += 1
        self.mute = False
        self._command.clear()
        self._out[:] = BANNER % b"external"
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
            lines = [f"e-[Unknown command: {words[0]}]"] if method is None else method(words)
        return "".join(line + "\r\n" for line in [*lines, "m-ready"]).encode("ascii")

    def _ek_sync(self, words: list[str]) -> list[str]:
        return [f"m-ek-sync-[{words[2]}]"]

    def _ek_id(self, words: list[str]) -> list[str]:
        facts = {
            "protocol": 1, "version": "0.1.0", "board": "mps2-an386", "engine": "aot", "model": "standin",
            "sha256": SHA256, "build": "profile" if self.profile else "measured",
            "inputs": ",".join(map(str, self.input_bytes)), "outputs": ",".join(map(str, self.output_bytes)),
            "load": self.input_bytes[0], "layers": 2, "line": self.line_bytes, "timer": "25000000,32",
            "keeps": int(self.keeps),
        }  # fmt: skip
        return [f"m-ek-{key}-[{value}]" for key, value in facts.items()]

    def _ek_load(self, words: list[str]) -> list[str]:
        self._target, self._position = int(words[2]), 0
        return [f"m-[Expecting {words[3]} bytes]"]

    def _db(self, words: list[str]) -> list[str]:
        for byte in bytes.fromhex(words[1]):
            self._inputs[self._target][self._position] = byte
            self._position += 1
        return ["m-load-done"] if self._position == len(self._inputs[self._target]) else []

    def _ek_inputs(self, words: list[str]) -> list[str]:
        return [f"m-ek-input-[{i},{len(data)},{zlib.crc32(data):08x}]" for i, data in enumerate(self._inputs)]

    def _ek_run(self, words: list[str]) -> list[str]:
        return [*self._ek_inputs(words), "m-ek-done-[1]"]

    def output(self, index: int) -> bytes:
        return bytes(byte ^ 0xFF for byte in self._inputs[0])[: self.output_bytes[index]]

    def _ek_output(self, words: list[str]) -> list[str]:
        data = self.output(int(words[2]))
        return [f"m-ek-output-[{words[2]},{len(data)},{zlib.crc32(data):08x},{data.hex()}]"]

    def _ek_time(self, words: list[str]) -> list[str]:
        return ["m-ek-empty-[64]", *["m-ek-ticks-[6464]"] * int(words[2])]

    def _ek_layers(self, words: list[str]) -> list[str]:
        layers = [bytes(range(8)), self.output(0)]
        lines = [f"m-ek-layer-[{i},640,{len(d)},{zlib.crc32(d):08x},{d.hex()}]" for i, d in enumerate(layers)]
        return ["m-ek-empty-[0]", *lines]

    def _ek_ram(self, words: list[str]) -> list[str]:
        return ["m-ek-ram-[224,4096,3168]"]

    def _ek_boot(self, words: list[str]) -> list[str]:
        return ["m-ek-boot-[1,power-on]"]
