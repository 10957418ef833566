# SPDX-License-Identifier: Apache-2.0
"""Keeping in touch with a board: asking so that the answer is known to be its own, and finding it again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from edgekit.boards import Board
from edgekit.device.faults import explain_fault
from edgekit.device.frames import Session
from edgekit.device.protocol import ANSWER_TIMEOUT_S, SYNC_TIMEOUT_S, Link
from edgekit.device.replies import Identity, checked, parse_identity
from edgekit.errors import DeviceCrashedError, DeviceError, DeviceGoneError, DeviceSilentError, WrongFirmwareError
from edgekit.firmware.image import FirmwareImage

#: How long a board that was lost is asked before it is reset.
_FIND_AGAIN_S = 1.0

T = TypeVar("T")


class Connection:
    """A board that answers. After a DeviceError the next command finds it again, by a reset if need be; what it runs
    must then be what it ran before."""

    def __init__(
        self, link: Link, board: Board, *, reset: Callable[[], None] | None, elf: Path | None, busy_s: float
    ) -> None:
        """`busy_s`: the longest that the board computes without a word."""
        self.board = board
        self._link = link
        self._reset = reset
        self._elf = elf
        self._busy_s = busy_s
        self._identity: Identity | None = None
        self._first: Identity | None = None
        self._session: Session | None = None
        self._lost = False
        self._gone = False

    def identity(self) -> Identity:
        """Who the firmware says it is. Raises WrongFirmwareError when that is not what it said before a restart."""
        if self._lost:
            self._recover()  # first: it forgets who the board was
        if self._identity is None:
            found = self._exchange("id", self._parse_identity)
            if self._first is not None and not found.same_firmware(self._first):
                raise WrongFirmwareError(
                    f"the board on {self._link.name} became another one: it ran {self._first.model} "
                    f"({self._first.model_sha256[:8]}) and now {found.model} ({found.model_sha256[:8]}); flash it again"
                )
            self._identity = self._first = found
        return self._identity

    def require(self, image: FirmwareImage) -> None:
        """Raises WrongFirmwareError unless the board runs `image`'s model, for its board, engine and kind of build."""
        found = self.identity()
        pairs = (
            ("board", found.board, image.board_id),
            ("model", found.model_sha256, image.model_sha256),
            ("engine", found.engine, image.engine),
            ("build", found.build, image.build),
        )
        for what, have, want in pairs:
            if have != want:
                raise WrongFirmwareError(
                    f"the board on {self._link.name} runs firmware for {what} {have}, not {want}; "
                    "flash it with `edgekit flash`"
                )

    def reset(self) -> None:
        """Restart the board and find it again. Raises DeviceError when it stays silent."""
        if self._reset is not None:
            self._session = None
            self._guard(self._reset)
        else:
            self._leave()
            self._guard(lambda: self._link.command("ek reset"))
        self._forget()
        self._guard(self._link.synchronise)
        self._lost = False

    def close(self) -> None:
        """Leave the board as any other client expects it (restarted, where it hangs), and release the port."""
        if self._lost and self._reset is not None and not self._gone:
            with contextlib.suppress(DeviceError, OSError):
                self._reset()
        elif self._session is not None:
            with contextlib.suppress(DeviceError):  # who opens a board that is gone finds it again
                self._ask("boot")
        self._link.close()

    def _ask(self, text: str, timeout_s: float = ANSWER_TIMEOUT_S, limit_s: float | None = None) -> list[str]:
        """One of edgekit's own commands. Its reply is known to be whole, to belong to it, and to come from the firmware
        that was identified and has not restarted since."""
        seed = self.identity().seed

        def parse(command: str, lines: list[str]) -> list[str]:
            lines = checked(seed, command, lines)  # an error line without its check answers a damaged command
            self._link.refuse_errors(text, lines)
            return lines

        return self._exchange(text, parse, timeout_s, limit_s)

    def _exchange(
        self,
        text: str,
        parse: Callable[[str, list[str]], T],
        timeout_s: float = ANSWER_TIMEOUT_S,
        limit_s: float | None = None,
    ) -> T:
        tagged = f"{text} #{self._link.random.getrandbits(16):04x}"
        self._ready()
        return self._guard(
            lambda: parse(tagged, self._link.exchange(f"ek {tagged}", timeout_s=timeout_s, limit_s=limit_s))
        )

    def _parse_identity(self, command: str, lines: list[str]) -> Identity:
        found = parse_identity(lines)
        checked(found.seed, command, lines)
        return found

    def _ready(self) -> None:
        """Make the board listen to commands of the device protocol."""
        if self._lost:
            self._recover()
        self._leave()

    def _leave(self) -> None:
        if self._session is None:
            return
        clean, self._session = self._session.clean, None
        if not clean:
            self._guard(lambda: self._link.synchronise(timeout_s=self._busy_s + SYNC_TIMEOUT_S))

    def _guard(self, work: Callable[[], T]) -> T:
        """Do `work` on the link, and remember when it went wrong."""
        try:
            return work()
        except DeviceCrashedError as error:
            self._forget()
            cause = explain_fault(str(error), self.board.core, self._elf)
            raise DeviceCrashedError(f"{error} ({cause})" if cause else str(error)) from error
        except DeviceSilentError as error:
            self._lost = True
            silent = DeviceSilentError(f"{error}; it hangs or is gone, the next command resets it")
            silent.lines = error.lines
            raise silent from error
        except DeviceGoneError:
            self._lost = self._gone = True
            raise
        except BaseException:
            self._lost = True  # an unknown part of the reply is still on its way
            raise
        finally:
            if self._lost:
                self._session = None

    def _recover(self) -> None:
        self._forget()
        if self._gone and self._link.can_reopen:
            self._link.reopen()
            self._gone = False
        try:
            self._link.synchronise(timeout_s=_FIND_AGAIN_S)
            self._lost = False
        except DeviceGoneError:
            self._gone = True
            raise
        except DeviceSilentError:
            if self._reset is None:
                raise
            self.reset()

    def _forget(self) -> None:
        self._session = None
        self._identity = None
