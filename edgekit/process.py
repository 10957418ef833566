# SPDX-License-Identifier: Apache-2.0
"""Runs other programs: argument lists only, always a deadline, always reaped. The only home of `subprocess`.

Every program gets a process group of its own, so that a time-out or Ctrl-C ends it with all its children, and on Linux
the kernel ends it when edgekit itself is killed.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from edgekit.errors import ToolError

#: Seconds a program gets between a polite request to end and being killed.
GRACE_S = 3.0

#: Asks `start` for a pipe to or from the program.
PIPE = subprocess.PIPE

#: What `start` yields: a running program.
Child = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Completed:
    """A finished program. `returncode` is negative when a signal ended it (POSIX)."""

    args: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str


def find_program(name: str) -> str | None:
    """The path of program `name`: beside the running Python (wheels such as cmake put it there), else on PATH."""
    beside = Path(sys.executable).parent
    return shutil.which(name, path=str(beside)) or shutil.which(name)


def run(
    args: Sequence[str | Path],
    *,
    timeout_s: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    check: bool = True,
    pass_fds: Sequence[int] = (),
) -> Completed:
    """Run `args` to its end and return what it printed.

    Raises ToolError when the program is missing, runs past `timeout_s` seconds, or (with `check`) exits non-zero.
    `env` is added to edgekit's own environment, `pass_fds` are open files that the program and its children inherit.
    """
    words = tuple(str(word) for word in args)
    with start(words, cwd=cwd, env=env, stdin=subprocess.PIPE if stdin is not None else None,
               stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=pass_fds) as child:  # fmt: skip
        try:
            out, err = child.communicate(stdin, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise ToolError(f"{Path(words[0]).name} did not finish within {timeout_s:g} s and was ended") from None
    done = Completed(words, child.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))
    if check and done.returncode != 0:
        raise ToolError(f"{describe_exit(done)}\n{(done.stderr or done.stdout).strip()}".strip())
    return done


def describe_exit(done: Completed) -> str:
    """One line on how a program ended, with the name of the signal if there was one."""
    name = Path(done.args[0]).name
    if done.returncode >= 0:
        return f"{name} failed with exit status {done.returncode}"
    with contextlib.suppress(ValueError):
        return f"{name} was ended by {signal.Signals(-done.returncode).name}"
    return f"{name} was ended by signal {-done.returncode}"


def own_module(name: str) -> tuple[list[str], dict[str, str]]:
    """Arguments and environment that run edgekit's module `name` under this Python, wherever edgekit was found."""
    root = str(Path(__file__).resolve().parent.parent)
    search = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    return [sys.executable, "-P", "-m", name], {"PYTHONPATH": search}


@contextlib.contextmanager
def start(
    args: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] | None = None,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    pass_fds: Sequence[int] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program and end it, with everything it started, when the block is left.

    Streams that are not given go to the null device. Raises ToolError when the program is missing.
    """
    words = [str(word) for word in args]
    try:
        child = subprocess.Popen(
            words,
            cwd=cwd,
            env=None if env is None else {**os.environ, **env},
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.DEVNULL if stdout is None else stdout,
            stderr=subprocess.DEVNULL if stderr is None else stderr,
            pass_fds=tuple(pass_fds) if os.name == "posix" else (),
            start_new_session=os.name == "posix",
            preexec_fn=functools.partial(_die_with, os.getpid()) if sys.platform == "linux" else None,
        )
    except FileNotFoundError as error:
        if cwd is not None and not cwd.is_dir():
            raise ToolError(f"cannot start {words[0]}: the folder {cwd} does not exist") from error
        raise ToolError(f"the program {words[0]} is not installed; `edgekit doctor` says how to get it") from error
    except OSError as error:
        raise ToolError(f"cannot start {words[0]}: {error.strerror or error}") from error
    try:
        yield child
    finally:
        stop(child)


def stop(child: subprocess.Popen[bytes]) -> None:
    """End `child` and its process group: ask, wait `GRACE_S`, kill. Closes the pipes."""
    if child.poll() is None:
        _signal_group(child, signal.SIGTERM)
        try:
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            _signal_group(child, getattr(signal, "SIGKILL", signal.SIGTERM))
            child.wait()
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(child.pid, number)
        else:
            child.send_signal(number)


_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _die_with(parent: int) -> None:
    """In the child, before exec: ask Linux for SIGKILL when `parent` dies, and end where it has died already."""
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
