# SPDX-License-Identifier: Apache-2.0
"""Device: an open session with a board that runs edgekit's firmware.

Samples go in binary frames where the firmware has them, else through the text protocol: inputs in `db` commands of 31
bytes, confirmed by the CRC-32 that the board computes just before the inference; outputs read twice, each reply under a
CRC-32 that also covers the question and who the firmware is. For a wrong result to be accepted there, damage must keep
CRC-32: never up to three flipped bits or a burst of 32 bits in a reply of this length, one in 2**32 of anything worse;
on the outputs it must strike twice, in the same way, which a stuck bit in the board's memory could do and noise on the
line hardly. What the public commands `infer` and `results` print has no checksum: two equal corruptions of a results
line pass for a result with clients that read it twice, and one with clients that read it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from edgekit.boards import Board
from edgekit.device.connection import Connection
from edgekit.device.frames import Session, SessionLostError
from edgekit.device.protocol import ANSWER_TIMEOUT_S, Link
from edgekit.device.replies import (
    GarbledReplyError,
    Ram,
    crc_text,
    garbled,
    integer,
    one,
    parse_bytes,
    parse_ram,
    values,
)
from edgekit.errors import DeviceError, DeviceSilentError, UsageError

#: Longest inference that is waited for.
INFERENCE_TIMEOUT_S = 60.0
#: Bytes of an input in one `db` command: what the protocol's 80 characters hold, as its public clients send it.
DB_BYTES = 31
#: Longest that the line may be silent in a window of inferences, which lasts ten seconds of the board's time.
_WINDOW_TIMEOUT_S = 120.0
_LAP = "m-lap-us-"
#: Sessions in a row that may be lost, or not even begin, without a result.
_MOST_SESSIONS = 5
#: A board that stands for a UART with flow control takes a sample ahead, unless its results could fill the line.
_AHEAD_OUTPUT_BYTES = 2048


class LayerRun(NamedTuple):
    """One layer of one inference: timer ticks and the bytes of its output."""

    ticks: int
    output: bytes


class Device(Connection):
    """A board that answers. After a DeviceError the next command finds the board again, by a reset if need be."""

    def __init__(
        self,
        link: Link,
        board: Board,
        *,
        reset: Callable[[], None] | None = None,
        elf: Path | None = None,
        inference_timeout_s: float = INFERENCE_TIMEOUT_S,
        frames: bool = True,
    ) -> None:
        """`reset` restarts the board from outside, None where only the firmware itself can. Without `frames` samples
        go through the text protocol even where the firmware has binary frames."""
        super().__init__(link, board, reset=reset, elf=elf, busy_s=inference_timeout_s)
        self._frames = frames
        self._loaded: tuple[bytes, ...] | None = None
        self._empty_ticks: int | None = None

    def infer(self, inputs: Sequence[bytes]) -> list[bytes]:
        """Run the model once on the raw bytes of its inputs; the raw bytes of its outputs.

        Inputs and outputs are confirmed by checksum.
        """
        return next(iter(self.stream([inputs])))

    def stream(self, samples: Iterable[Sequence[bytes]]) -> Iterator[list[bytes]]:
        """`infer` for each of `samples`, in order. Samples are sent ahead where the board takes them."""
        if not (self._frames and self.identity().frame_bytes):
            for inputs in samples:
                yield self._infer_text(inputs)
            return
        yield from self._stream_frames(iter(samples))

    def _stream_frames(self, samples: Iterator[Sequence[bytes]]) -> Iterator[list[bytes]]:
        if self._session is not None and not self._session.clean:
            self._leave()  # samples of a stream that was not read to its end are on their way
        pending: dict[int, tuple[bytes, ...]] = {}
        done: dict[int, list[bytes]] = {}
        given = 0
        more = True
        while True:
            while more and len(pending) < self._depth():
                inputs = next(samples, None)
                if inputs is None:
                    more = False
                else:
                    self._require_sizes(inputs)
                    self._submit(given + len(done) + len(pending), inputs, pending)
            if not pending:
                return
            try:
                ticket, outputs = self._collect(pending)
            except DeviceSilentError as error:
                error.inputs = pending[min(pending)]
                raise
            self._loaded = pending.pop(ticket)
            done[ticket] = outputs
            while given in done:
                yield done.pop(given)
                given += 1

    def _submit(self, ticket: int, inputs: Sequence[bytes], pending: dict[int, tuple[bytes, ...]]) -> None:
        """Send one more sample; in a session that has yet to begin it is sent by `_collect`."""
        if self._lost or self._identity is None:
            self._session = None
        pending[ticket] = tuple(inputs)
        session = self._session
        if session is not None:
            self._guard(lambda: session.submit(ticket, inputs))

    def _collect(self, pending: dict[int, tuple[bytes, ...]]) -> tuple[int, list[bytes]]:
        for attempt in range(_MOST_SESSIONS):
            try:
                session = self._session or self._begin_session(pending)
            except (GarbledReplyError, DeviceSilentError):
                if attempt == _MOST_SESSIONS - 1:
                    raise
                continue
            try:
                return self._guard(session.collect)
            except SessionLostError:
                if attempt == _MOST_SESSIONS - 1:
                    raise
        raise AssertionError("unreachable")

    def _begin_session(self, pending: dict[int, tuple[bytes, ...]]) -> Session:
        number = self._link.random.getrandbits(32)
        identity = self.identity()  # asked first: any command ends the frames
        self._ask(f"frames {number:08x}")
        session = self._link.session(
            number,
            payload_bytes=identity.frame_bytes,
            output_bytes=identity.output_bytes,
            baud=self.board.serial.baud,
            timeout_s=self._busy_s,
        )
        self._session = session
        for ticket, inputs in pending.items():
            self._guard(lambda ticket=ticket, inputs=inputs: session.submit(ticket, inputs))  # type: ignore[misc]
        return session

    def _depth(self) -> int:
        """Samples on their way at once. A UART without flow control would lose what comes during an inference."""
        emulated = self.board.emulator is not None
        return 2 if emulated and sum(self.identity().output_bytes) <= _AHEAD_OUTPUT_BYTES else 1

    def _infer_text(self, inputs: Sequence[bytes]) -> list[bytes]:
        self._load(inputs)
        try:
            lines = self._ask("run", self._busy_s)
        except DeviceSilentError as error:
            error.inputs = tuple(inputs)
            raise
        self._confirm_inputs(lines, inputs)
        if one(lines, "done") != ["1"]:
            raise garbled("run", lines)
        sizes = list(enumerate(self.identity().output_bytes))
        first, second = ([self._output(index, size) for index, size in sizes] for _ in range(2))
        if first != second:
            raise DeviceError("two readings of the outputs differ; check cable and baud rate")
        return first

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

    def window(self, inputs: Sequence[bytes], iterations: int, warmups: int, expected: Sequence[bytes]) -> int | None:
        """Microseconds of the board's clock that `iterations` inferences in a row take, after `warmups` more; None in
        the energy-mode build, which marks them on a pin. Raises DeviceError unless they end with `expected`."""
        self._load(inputs)
        lines = self._ask(f"infer {iterations} {warmups}", max(self._busy_s, _WINDOW_TIMEOUT_S))
        found = [self._output(index, size) for index, size in enumerate(self.identity().output_bytes)]
        if self.identity().keeps_inputs and found != list(expected):
            raise DeviceError("the last of many inferences gave other outputs than a single one; the board is unwell")
        laps = [integer(line.removeprefix(_LAP), "lap") for line in lines if line.startswith(_LAP)]
        if self.identity().build == "energy" and not laps:
            return None
        if len(laps) != 2 or laps[1] < laps[0]:
            raise garbled("infer", lines)
        return laps[1] - laps[0]

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
        lines = self._ask("inputs")
        self._confirm_inputs(lines, inputs)
        limit_s = 20 * self._busy_s
        try:
            lines = self._ask("layers data", self._busy_s, limit_s=limit_s)
        except DeviceSilentError as error:
            layer = len(values(error.lines, "layer"))
            silent = DeviceSilentError(f"layer {layer} of {identity.layers} (counted from 0) does not end: {error}")
            silent.layer = layer
            raise silent from error
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
        return parse_ram(self._ask("ram"))

    def stack_peak_bytes(self) -> int:
        """The most stack that has been in use since the board started."""
        return self.ram().stack_peak_bytes

    def boot(self) -> tuple[int, str]:
        """How often the board started since power-on, and why the last time."""
        count, reason = one(self._ask("boot"), "boot", 2)
        return integer(count, "boot"), reason

    def _require_sizes(self, inputs: Sequence[bytes]) -> None:
        sizes = self.identity().input_bytes
        if tuple(len(data) for data in inputs) != sizes:
            given = ", ".join(str(len(data)) for data in inputs)
            raise UsageError(f"the model takes inputs of {', '.join(map(str, sizes))} bytes, not {given}")

    def _load(self, inputs: Sequence[bytes]) -> None:
        self._require_sizes(inputs)
        self._loaded = None
        step = min(DB_BYTES, (self.identity().line_bytes - len("db ")) // 2)
        for index, data in enumerate(inputs):
            self._ask(f"load {index} {len(data)}")
            for start in range(0, len(data), step):
                command = f"db {data[start : start + step].hex()}"
                lines = self._guard(lambda command=command: self._link.command(command))  # type: ignore[misc]
                if lines != (["m-load-done"] if start + step >= len(data) else []):
                    self._lost = True
                    raise garbled(f"input {index}", lines)
        self._loaded = tuple(inputs)

    def _confirm_inputs(self, lines: Sequence[str], inputs: Sequence[bytes]) -> None:
        wanted = [[str(index), str(len(data)), crc_text(data)] for index, data in enumerate(inputs)]
        if values(lines, "input") != wanted:
            raise DeviceError("the inputs arrived damaged on the board (checksums differ); check cable and baud rate")

    def _forget(self) -> None:
        super()._forget()
        self._loaded = None

    def _output(self, index: int, size: int) -> bytes:
        # Hexadecimal digits of ten bits each, at half the nominal speed.
        limit_s = ANSWER_TIMEOUT_S + 2 * size * 2 * 10 / self.board.serial.baud
        fields = one(self._ask(f"output {index}", limit_s=limit_s), "output", 4)
        if fields[0] != str(index):
            raise garbled(f"output {index}", fields)
        return parse_bytes(fields[1:], f"output {index}", size)

    def _time(self, count: int) -> list[int]:
        lines = self._ask(f"time {count}", self._busy_s, limit_s=count * self._busy_s)
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
