# SPDX-License-Identifier: Apache-2.0
"""Device: an open session with a board that runs edgekit's firmware."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from edgekit.boards import Board
from edgekit.device.faults import explain_fault
from edgekit.device.protocol import ANSWER_TIMEOUT_S, Link
from edgekit.device.replies import (
    Identity,
    Ram,
    crc_text,
    garbled,
    integer,
    one,
    parse_bytes,
    parse_identity,
    parse_ram,
    values,
)
from edgekit.errors import DeviceCrashedError, DeviceError, DeviceSilentError, UsageError
from edgekit.firmware.image import FirmwareImage

#: Longest inference that is waited for.
INFERENCE_TIMEOUT_S = 60.0


class LayerRun(NamedTuple):
    """One layer of one inference: timer ticks and the bytes of its output."""

    ticks: int
    output: bytes


class Device:
    """A board that answers. After a DeviceError the next command finds the board again, by a reset if need be."""

    def __init__(
        self,
        link: Link,
        board: Board,
        *,
        reset: Callable[[], None] | None = None,
        elf: Path | None = None,
        inference_timeout_s: float = INFERENCE_TIMEOUT_S,
    ) -> None:
        """`reset` restarts the board from outside, None where only the firmware itself can."""
        self.board = board
        self._link = link
        self._reset = reset
        self._elf = elf
        self._inference_timeout_s = inference_timeout_s
        self._identity: Identity | None = None
        self._lost = False
        self._loaded: tuple[bytes, ...] | None = None
        self._empty_ticks: int | None = None

    def identity(self) -> Identity:
        """Who the firmware says it is."""
        if self._identity is None:
            self._identity = parse_identity(self._command("ek id"))
        return self._identity

    def require(self, image: FirmwareImage) -> None:
        """Raises DeviceError unless the board runs `image`'s model, for its board, engine and kind of build."""
        found = self.identity()
        pairs = (
            ("board", found.board, image.board_id),
            ("model", found.model_sha256, image.model_sha256),
            ("engine", found.engine, image.engine),
            ("build", _build(found.profile), _build(image.profile)),
        )
        for what, have, want in pairs:
            if have != want:
                raise DeviceError(
                    f"the board on {self._link.name} runs firmware for {what} {have}, not {want}; "
                    "flash it with `edgekit flash`"
                )

    def infer(self, inputs: Sequence[bytes]) -> list[bytes]:
        """Run the model once on the raw bytes of its inputs; the raw bytes of its outputs.

        Inputs and outputs are confirmed by checksum.
        """
        self._load(inputs)
        lines = self._command("ek run", self._inference_timeout_s)
        self._confirm_inputs(lines, inputs)
        if one(lines, "done") != ["1"]:
            raise garbled("ek run", lines)
        return [self._output(index, size) for index, size in enumerate(self.identity().output_bytes)]

    def measure(self, repeats: int, warmups: int = 0) -> list[int]:
        """Timer ticks of each of `repeats` inferences, after `warmups` more, all on the inputs of the last `infer`."""
        if repeats < 1 or warmups < 0:
            raise UsageError(f"cannot measure {repeats} repeats after {warmups} warm-ups: at least 1 and 0")
        count = repeats + warmups
        if self.identity().keeps_inputs:
            return self._time(count)[warmups:]
        ticks: list[int] = []
        for _ in range(count):
            if self._loaded is not None:
                self._load(self._loaded)
            ticks += self._time(1)
        return ticks[warmups:]

    def instructions_from_ticks(self, ticks: int) -> int | None:
        """Instructions in a measured time, the measuring itself taken off: exact on an emulator, None on hardware."""
        if self.board.emulator is None:
            return None
        return self._instructions(ticks) - self._instructions(self._empty())

    def microseconds_from_ticks(self, ticks: int) -> float:
        """A measured time in microseconds of the board's timer, the measuring itself taken off."""
        return max(0, ticks - self._empty()) * 1e6 / self.identity().timer_hz

    def layers(self, inputs: Sequence[bytes]) -> list[LayerRun]:
        """One inference, layer by layer, with the output of each. Raises DeviceError unless it is the profile build."""
        identity = self.identity()
        if not identity.profile:
            raise DeviceError(
                "the board runs the measured build, which has no layers; build with profile=True and flash it"
            )
        self._load(inputs)
        lines = self._command("ek inputs")
        self._confirm_inputs(lines, inputs)
        limit_s = 20 * self._inference_timeout_s
        lines = self._command("ek layers data", self._inference_timeout_s, limit_s=limit_s)
        self._empty_ticks = integer(one(lines, "empty")[0], "empty")
        runs: list[LayerRun] = []
        for fields in values(lines, "layer"):
            if len(fields) != 5 or integer(fields[0], "layer") != len(runs):
                raise garbled("layers", fields)
            runs.append(LayerRun(integer(fields[1], "layer"), parse_bytes(fields[2:], f"layer {len(runs)}")))
        if len(runs) != identity.layers:
            raise DeviceError(f"the board sent {len(runs)} of {identity.layers} layers; check cable and baud rate")
        return runs

    def ram(self) -> Ram:
        """Stack and static RAM, as the board sees them."""
        return parse_ram(self._command("ek ram"))

    def stack_peak_bytes(self) -> int:
        """The most stack that has been in use since the board started."""
        return self.ram().stack_peak_bytes

    def boot(self) -> tuple[int, str]:
        """How often the board started since power-on, and why the last time."""
        count, reason = one(self._command("ek boot"), "boot", 2)
        return integer(count, "boot"), reason

    def reset(self) -> None:
        """Restart the board and find it again. Raises DeviceError when it stays silent."""
        self._forget()
        if self._reset is not None:
            self._reset()
        else:
            self._link.command("ek reset")
        self._link.synchronise()
        self._lost = False

    def _command(self, text: str, timeout_s: float = ANSWER_TIMEOUT_S, limit_s: float | None = None) -> list[str]:
        if self._lost:
            self._recover()
        try:
            return self._link.command(text, timeout_s=timeout_s, limit_s=limit_s)
        except DeviceCrashedError as error:
            self._forget()
            cause = explain_fault(str(error), self.board.core, self._elf)
            raise DeviceCrashedError(f"{error} ({cause})" if cause else str(error)) from error
        except DeviceSilentError as error:
            self._lost = True
            raise DeviceSilentError(f"{error}; it hangs or is gone, the next command resets it") from error
        except BaseException:
            self._lost = True  # an unknown part of the reply is still on its way
            raise

    def _recover(self) -> None:
        try:
            self._link.synchronise(timeout_s=1.0)
            self._lost = False
        except DeviceSilentError:
            if self._reset is None:
                raise
            self.reset()

    def _forget(self) -> None:
        self._identity = None
        self._loaded = None

    def _load(self, inputs: Sequence[bytes]) -> None:
        sizes = self.identity().input_bytes
        if tuple(len(data) for data in inputs) != sizes:
            given = ", ".join(str(len(data)) for data in inputs)
            raise UsageError(f"the model takes inputs of {', '.join(map(str, sizes))} bytes, not {given}")
        self._loaded = None
        step = (self.identity().line_bytes - len("db ")) // 2
        for index, data in enumerate(inputs):
            self._command(f"ek load {index} {len(data)}")
            done = False
            for start in range(0, len(data), step):
                done = "m-load-done" in self._command(f"db {data[start : start + step].hex()}")
            if not done:
                raise DeviceError(f"the board did not confirm input {index}; check cable and baud rate")
        self._loaded = tuple(inputs)

    def _confirm_inputs(self, lines: Sequence[str], inputs: Sequence[bytes]) -> None:
        wanted = [[str(index), str(len(data)), crc_text(data)] for index, data in enumerate(inputs)]
        if values(lines, "input") != wanted:
            raise DeviceError("the inputs arrived damaged on the board (checksums differ); check cable and baud rate")

    def _output(self, index: int, size: int) -> bytes:
        # Hexadecimal digits of ten bits each, at half the nominal speed.
        limit_s = ANSWER_TIMEOUT_S + 2 * size * 2 * 10 / self.board.serial.baud
        fields = one(self._command(f"ek output {index}", limit_s=limit_s), "output", 4)
        if fields[0] != str(index):
            raise garbled(f"output {index}", fields)
        return parse_bytes(fields[1:], f"output {index}", size)

    def _time(self, count: int) -> list[int]:
        lines = self._command(f"ek time {count}", self._inference_timeout_s, limit_s=count * self._inference_timeout_s)
        self._empty_ticks = integer(one(lines, "empty")[0], "empty")
        ticks = [integer(fields[0], "ticks") for fields in values(lines, "ticks")]
        if len(ticks) != count:
            raise DeviceError(f"the board sent {len(ticks)} of {count} times; check cable and baud rate")
        return ticks

    def _empty(self) -> int:
        if self._empty_ticks is None:
            self._time(1)
        assert self._empty_ticks is not None
        return self._empty_ticks

    def _instructions(self, ticks: int) -> int:
        assert self.board.emulator is not None
        ticks_per_1e9 = self.identity().timer_hz * self.board.emulator.instruction_ns
        return (ticks * 10**9 + ticks_per_1e9 // 2) // ticks_per_1e9


def _build(profile: bool) -> str:
    return "profile" if profile else "measured"
