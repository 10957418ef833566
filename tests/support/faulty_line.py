# SPDX-License-Identifier: Apache-2.0
"""A transport to a SimulatedBoard on which a seeded generator lets things go wrong, one fault after the other.

The clock is the board's own: nothing sleeps. A fault strikes at a byte of the coming traffic, in one of the directions.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from simulated_board import SHA256, SimulatedBoard

from edgekit.errors import DeviceGoneError

OTHER_SHA256 = "cd" * 32
KINDS = (
    "drop", "flip", "duplicate", "insert", "delay", "truncate", "reset", "silent reset", "re-enumerate", "hang",
    "change identity",
)  # fmt: skip
#: What happens to the board, whatever the direction.
TO_THE_BOARD = frozenset(KINDS[6:])
_FOLLOWING_BYTES = 900


@dataclass
class Fault:
    kind: str
    outward: bool
    countdown: int


class FaultyBoard(SimulatedBoard):
    """Computes another function while its identity is another."""

    def output(self, index: int) -> bytes:
        right = super().output(index)
        return right if self.sha256 == SHA256 else bytes(byte ^ 0x5A for byte in right)


class FaultyLine:
    """What edgekit opens. `arm` draws the next fault; it strikes once."""

    name = "simulated"

    def __init__(self, board: SimulatedBoard, seed: int) -> None:
        self.board = board
        self.random = random.Random(seed)
        self.fault: Fault | None = None
        self.struck: dict[str, int] = dict.fromkeys(KINDS, 0)
        self.gone = False
        self.hung = False
        self._held = b""
        self._held_until = 0.0

    def arm(self) -> None:
        self.fault = Fault(
            self.random.choice(KINDS), self.random.random() < 0.5, self.random.randrange(_FOLLOWING_BYTES)
        )

    def disarm(self) -> None:
        self.fault = None

    # ---- what edgekit calls ----

    def now(self) -> float:
        return self.board.now()

    def write(self, data: bytes, deadline: float) -> None:
        self._require_port()
        data = self._struck(data, outward=True)
        if not self.hung:
            self.board.write(data, deadline)

    def read(self, deadline: float) -> bytes:
        self._require_port()
        if self._held:
            if self.board.now() < self._held_until:
                self.board.clock = min(max(deadline, self.board.clock + 0.001), self._held_until)
                return b""
            held, self._held = self._held, b""
            return held
        return self._struck(self.board.read(deadline), outward=False)

    def close(self) -> None:
        self._held = b""

    def reset(self) -> None:
        self.hung = False
        self.board.reset()

    def reopen(self) -> FaultyLine:
        self.gone = False
        self.board.clock += 1.0
        return self

    # ---- what goes wrong ----

    def _require_port(self) -> None:
        if self.gone:
            raise DeviceGoneError("the port simulated went away")

    def _struck(self, data: bytes, *, outward: bool) -> bytes:
        fault = self.fault
        if fault is None or fault.outward != outward:
            return data
        if fault.countdown >= len(data):
            fault.countdown -= len(data)
            return data
        self.fault = None
        self.struck[fault.kind] += 1
        if fault.kind in TO_THE_BOARD:
            return self._strike_board(fault, data)
        return self._damaged(fault.kind, data, fault.countdown, outward)

    def _damaged(self, kind: str, data: bytes, at: int, outward: bool) -> bytes:
        count = self.random.choice((1, 1, 2, 5, 30))
        if kind == "drop":
            return data[:at] + data[at + count :]
        if kind == "flip":
            changed = bytes(byte ^ self.random.randrange(1, 256) for byte in data[at : at + count])
            return data[:at] + changed + data[at + count :]
        if kind == "duplicate":
            return data[: at + count] + data[at:]
        if kind == "insert":
            return data[:at] + self.random.randbytes(count) + data[at:]
        if kind == "delay":
            return self._delayed(data, at, self.random.choice((0.01, 0.2, 1.0, 4.0)), outward)
        return data[:at]  # truncate

    def _delayed(self, data: bytes, at: int, seconds: float, outward: bool) -> bytes:
        if outward:
            if not self.hung:
                self.board.write(data[:at], self.board.now())
            self.board.clock += seconds
            return data[at:]
        self._held, self._held_until = data[at:], self.board.now() + seconds
        return data[:at]

    def _strike_board(self, fault: Fault, data: bytes) -> bytes:
        board = self.board
        sent = data[: fault.countdown]
        if fault.outward and not self.hung:
            board.write(sent, board.now())
        if fault.kind == "hang":
            self.hung = True
            board._out.clear()
        elif fault.kind == "re-enumerate":
            self.gone = True
            raise DeviceGoneError("the port simulated went away")
        else:
            if fault.kind == "change identity":
                board.sha256 = OTHER_SHA256
            board.restart(b"external")
            if fault.kind == "silent reset" or self.random.random() < 0.5:
                board._out.clear()
        return b"" if fault.outward else sent
