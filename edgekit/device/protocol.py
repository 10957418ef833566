# SPDX-License-Identifier: Apache-2.0
"""Commands and replies of the device protocol over a Transport.

A command ends with '%', its reply with the line m-ready. `Link` sends one command at a time, never waits without a
deadline, and turns every error line, crash and restart of the board into a DeviceError.
"""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Callable, Iterator, Sequence

from edgekit.device.frames import NOBODY_ASKED, Session, SessionLostError
from edgekit.device.transport import Transport
from edgekit.errors import DeviceCrashedError, DeviceError, DeviceSilentError, WrongFirmwareError

#: Silence after which a board that has nothing to compute counts as lost.
ANSWER_TIMEOUT_S = 5.0
#: A board that starts up shows its banner within 5 s.
SYNC_TIMEOUT_S = 6.0
READY = "m-ready"
_BANNER = "m-timestamp-mode-"
_FAULT = "e-[fault "
_ERROR = re.compile(r"e-\[(.*)\]")
_MAX_LINE = 64 * 1024 * 1024
_QUIET_S = 0.05
#: Of what stands beside frames, so much is kept to find a word that comes in two parts.
_KEPT_ASIDE = 256


class Link:
    """One command and one reply at a time, with a board that may be slow, noisy, crashed or gone.

    `check` is asked whenever the line is quiet; it raises DeviceError when the board can no longer answer.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        check: Callable[[], None] = lambda: None,
        reopen: Callable[[], Transport] | None = None,
        seed: int | None = None,
    ) -> None:
        """`reopen` opens the port again after it went away, waiting for it as long as makes sense. `seed` makes the
        words that tell one question from another those of an earlier run."""
        self._transport = transport
        self._check = check
        self._reopen = reopen
        self._received = bytearray()
        self.random = random.Random(secrets.randbits(63) if seed is None else seed)

    @property
    def name(self) -> str:
        return self._transport.name

    def command(self, text: str, *, timeout_s: float = ANSWER_TIMEOUT_S, limit_s: float | None = None) -> list[str]:
        """Send `text` and return the lines of its reply, without m-ready.

        `timeout_s` is how long the line may stay silent, `limit_s` how long the whole reply may take (default: 20 times
        that). Raises DeviceSilentError, DeviceCrashedError when the board faults or restarts, and DeviceError for an
        error line.
        """
        lines = self.exchange(text, timeout_s=timeout_s, limit_s=limit_s)
        self.refuse_errors(text, lines)
        return lines

    def exchange(self, text: str, *, timeout_s: float = ANSWER_TIMEOUT_S, limit_s: float | None = None) -> list[str]:
        """Like `command`, but error lines are lines like others."""
        self._send(text)
        lines: list[str] = []
        try:
            for line in self._reply(_shown(text), timeout_s, 20 * timeout_s if limit_s is None else limit_s):
                lines.append(line)
        except DeviceSilentError as error:
            error.lines = tuple(lines)
            raise
        return lines

    def refuse_errors(self, text: str, lines: Sequence[str]) -> None:
        """Raises DeviceError where one of `lines`, the reply to `text`, is an error line."""
        for line in lines:
            refusal = _ERROR.fullmatch(line)
            if refusal is not None:
                raise DeviceError(f"the board on {self.name} refused {_shown(text)!r}: {refusal[1]}")

    def synchronise(self, *, timeout_s: float = SYNC_TIMEOUT_S) -> None:
        """Find the end of whatever the board is saying: ask until the answer to the last question arrives.

        No banner is waited for: it may have gone by before the port was opened.
        """
        end = self._transport.now() + timeout_s
        self._send("")  # ends a half-sent command
        self._drain(end)
        wait_s = 0.2
        while self._transport.now() < end:
            word = f"{self.random.getrandbits(32):08x}"
            self._send(f"ek sync {word}")
            if self._await(f"m-ek-sync-[{word}]", min(end, self._transport.now() + wait_s)):
                if self._await(READY, end):
                    return
                break
            wait_s = min(2.0, wait_s * 1.5)
        raise DeviceSilentError(
            f"the board on {self.name} did not answer within {timeout_s:g} s; does it run edgekit's firmware, "
            "and is the baud rate right? (`edgekit flash` puts it there)"
        )

    @property
    def transport(self) -> Transport:
        """What it speaks over; another one after `reopen`."""
        return self._transport

    @property
    def can_reopen(self) -> bool:
        return self._reopen is not None

    def reopen(self) -> None:
        """Open the port anew. Raises DeviceError when it stays away."""
        assert self._reopen is not None
        self._transport.close()
        self._received.clear()
        self._transport = self._reopen()

    def close(self) -> None:
        """Release the port."""
        self._transport.close()

    def session(
        self, number: int, *, payload_bytes: int, output_bytes: Sequence[int], baud: int, timeout_s: float
    ) -> Session:
        """Binary frames, with a board that has just answered `ek frames` with `number`."""
        return Session(
            self._transport,
            number,
            payload_bytes=payload_bytes,
            output_bytes=output_bytes,
            baud=baud,
            timeout_s=timeout_s,
            text=self._aside,
            first_probe=self.random.randrange(NOBODY_ASKED),
            check=self._check,
        )

    def _aside(self, data: bytes) -> None:
        """What the board says beside frames: noise, or that it restarted, or that it is back in the protocol."""
        self._received += data
        starts = [at for mark in (_BANNER, _FAULT) if (at := self._received.find(mark.encode())) >= 0]
        if starts:
            del self._received[: min(starts)]
            for _ in self._reply("an inference", ANSWER_TIMEOUT_S, 20 * ANSWER_TIMEOUT_S):
                pass  # it ends with an error
        if f"{READY}\r\n".encode() in self._received:
            self._received.clear()
            raise SessionLostError(f"the board on {self.name} left the binary session")
        del self._received[:-_KEPT_ASIDE]

    def _send(self, text: str) -> None:
        self._transport.write(f"{text}%".encode("ascii"), self._transport.now() + ANSWER_TIMEOUT_S)

    def _drain(self, end: float) -> None:
        """Drop what arrives, until the line has been quiet for a moment."""
        quiet_at = self._transport.now() + _QUIET_S
        while self._transport.now() < min(quiet_at, end):
            data = self._transport.read(min(quiet_at, end))
            if data:
                quiet_at = self._transport.now() + _QUIET_S
                if data.rstrip().endswith(READY.encode()):
                    break
        self._received.clear()

    def _await(self, wanted: str, end: float) -> bool:
        while (line := self._line(end)) is not None:
            if line == wanted:
                return True
            if line == "e-[Unknown command: ek]":
                raise WrongFirmwareError(
                    f"the board on {self.name} runs another firmware; `edgekit flash` puts edgekit's there"
                )
        return False

    def _reply(self, shown: str, timeout_s: float, limit_s: float) -> Iterator[str]:
        """The lines up to m-ready. A fault or a banner in between is a crash, told when the restart is over."""
        crash: list[str] = []
        limit = self._transport.now() + limit_s
        while True:
            line = self._line(limit, timeout_s)
            if line is None:
                if crash:
                    raise DeviceCrashedError(_crash(shown, crash))
                raise DeviceSilentError(f"the board on {self.name} did not finish {shown!r} within {timeout_s:g} s")
            if crash or line.startswith((_BANNER, _FAULT)):
                crash.append(line)
                timeout_s = ANSWER_TIMEOUT_S
            if line == READY:
                break
            if not crash:
                yield line
        if crash:
            raise DeviceCrashedError(_crash(shown, crash))

    def _line(self, end: float, silence_s: float | None = None) -> str | None:
        """The next line without its end; None at `end`, or after `silence_s` without a byte."""
        start = 0
        quiet_at = end if silence_s is None else self._transport.now() + silence_s
        while (at := self._received.find(b"\n", start)) < 0:
            start = len(self._received)
            if self._transport.now() >= min(end, quiet_at):
                return None
            data = self._transport.read(min(end, quiet_at))
            if not data:
                self._check()
            elif silence_s is not None:
                quiet_at = self._transport.now() + silence_s
            self._received += data
            if len(self._received) > _MAX_LINE:
                raise DeviceError(f"the board on {self.name} sends without end; reset it")
        line = bytes(self._received[:at])
        del self._received[: at + 1]
        return line.replace(b"\r", b"").replace(b"\0", b"").decode("ascii", "replace")


def _shown(text: str) -> str:
    return text if len(text) <= 24 else text[:21] + "..."


def _crash(shown: str, lines: list[str]) -> str:
    fault = next((line for line in lines if line.startswith(_FAULT)), None)
    if fault is not None:
        return f"the board crashed in {shown!r}: {fault.removeprefix(_FAULT).rstrip(']')}"
    boot = next((line for line in lines if line.startswith("m-ek-boot-[")), "")
    reason = boot.rpartition(",")[2].rstrip("]")
    return f"the board restarted in the middle of {shown!r}" + (f" (reason: {reason})" if reason else "")
