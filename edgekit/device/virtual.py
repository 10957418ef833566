# SPDX-License-Identifier: Apache-2.0
"""Emulated boards: QEMU behind an ordinary serial port.

The port is a pty of our own whose other end QEMU inherits. So its name is known before QEMU starts, nothing that the
firmware prints is dropped while nobody listens, and a client may close and open it again.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from edgekit.boards import Board
from edgekit.device.qmp import execute
from edgekit.errors import DeviceError
from edgekit.firmware.toolchain import TARGETS, require_program
from edgekit.process import Child, Completed, describe_exit, start

#: Unix socket paths end at 104 (macOS) or 108 bytes.
_MAX_SOCKET_FOLDER = 80
_HARMLESS = "has no peer"


class EmulatedBoard:
    """A running emulator. `port` is the pty that stands for the board's serial port."""

    def __init__(self, port: str, child: Child, folder: Path) -> None:
        self.port = port
        self._child = child
        self._folder = folder

    def check(self) -> None:
        """Raises DeviceError, with the emulator's own last words, when it has ended."""
        status = self._child.poll()
        if status is None:
            return
        words = (
            tuple(str(word) for word in self._child.args) if isinstance(self._child.args, list) else ("the emulator",)
        )
        said = (self._folder / "stderr").read_text(encoding="utf-8", errors="replace").splitlines()
        telling = [line.strip() for line in said if line.strip() and _HARMLESS not in line]
        raise DeviceError(
            f"{describe_exit(Completed(words, status, '', ''))}: {telling[0] if telling else 'no message'}"
        )

    def reset(self) -> None:
        """Press the reset button; RAM keeps its content."""
        self.check()
        execute(self._folder / "qmp", "system_reset")


@contextlib.contextmanager
def emulate(board: Board, elf: Path, options: Sequence[str] = ()) -> Iterator[EmulatedBoard]:
    """Run `elf` on the emulator of `board`, with more `options`; nothing of it is left when the block ends.

    Raises DeviceError where there is no emulator for the board or this system, ToolError when QEMU is missing.
    """
    if os.name != "posix":
        raise DeviceError("emulated boards need Linux or macOS: this system has no ptys")
    if board.emulator is None:
        raise DeviceError(f"{board.id} has no emulator; connect the board and name its port with --port")
    name = TARGETS[board.core].emulator
    package = "qemu-system-misc" if "riscv" in name else name
    program = require_program(name, package, name.replace("riscv32", "riscv"), "qemu")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edgekit-", dir=_short_folder())))
        master, port = _open_pty(stack)
        log = stack.enter_context((folder / "stderr").open("wb"))
        child = stack.enter_context(
            start(
                [*_arguments(program, board, elf, master, folder), *options], stdout=log, stderr=log, pass_fds=(master,)
            )
        )
        yield EmulatedBoard(port, child, folder)


def _arguments(program: str, board: Board, elf: Path, master: int, folder: Path) -> list[str]:
    emulator = board.emulator
    assert emulator is not None
    # A comma separates options for QEMU; doubled, it stands for itself.
    return [
        program,
        "-M", emulator.machine,
        *(["-bios", "none"] if emulator.bios_none else []),
        "-display", "none", "-nodefaults", "-no-user-config",
        "-icount", f"shift={emulator.icount_shift}",
        "-kernel", str(elf),
        "-add-fd", f"fd={master},set=1",
        "-chardev", "serial,id=uart,path=/dev/fdset/1",
        "-serial", "chardev:uart",
        "-qmp", f"unix:{str(folder / 'qmp').replace(',', ',,')},server=on,wait=off",
    ]  # fmt: skip


def _open_pty(stack: contextlib.ExitStack) -> tuple[int, str]:
    """A raw pty, closed with `stack`: the end for the emulator, and the name of the other. That one stays open here, so
    that the emulator never sees a hang-up when a client closes it."""
    import pty
    import tty

    master, slave = pty.openpty()
    stack.callback(os.close, master)
    stack.callback(os.close, slave)
    tty.setraw(slave)
    return master, os.ttyname(slave)


def _short_folder() -> str | None:
    return "/tmp" if len(tempfile.gettempdir()) > _MAX_SOCKET_FOLDER else None
