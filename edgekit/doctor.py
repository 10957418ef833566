# SPDX-License-Identifier: Apache-2.0
"""What this machine has and lacks for each of edgekit's tasks, with the command that mends it."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

from edgekit import __version__
from edgekit.boards import list_boards
from edgekit.device.ports import list_ports
from edgekit.errors import EdgekitError
from edgekit.firmware.toolchain import RISCV, ToolchainName
from edgekit.process import find_program, run

#: Seconds a program gets to say its version.
_VERSION_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked for. `found` is its version, None when missing; `remedy` is empty when nothing is to do."""

    task: str
    what: str
    found: str | None
    remedy: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    edgekit: str
    python: str
    platform: str
    checks: tuple[Check, ...]
    ports: tuple[str, ...]
    boards: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Program:
    task: str
    names: tuple[str, ...]
    apt: str
    dnf: str
    brew: str
    toolchain: ToolchainName | None = None


_PROGRAMS = (
    _Program("build for Cortex-M", ("arm-none-eabi-gcc",), "gcc-arm-none-eabi libnewlib-arm-none-eabi",
             "arm-none-eabi-gcc-cs arm-none-eabi-newlib", "--cask gcc-arm-embedded", "gcc"),
    _Program("build for RISC-V", tuple(f"{prefix}gcc" for prefix in RISCV.prefixes), RISCV.apt, RISCV.dnf, RISCV.brew,
             "gcc"),
    _Program("emulate Cortex-M", ("qemu-system-arm",), "qemu-system-arm", "qemu-system-arm", "qemu"),
    _Program("emulate RISC-V", ("qemu-system-riscv32",), "qemu-system-misc", "qemu-system-riscv", "qemu"),
    _Program("build", ("cmake",), "cmake", "cmake", "cmake"),
    _Program("build", ("ninja",), "ninja-build", "ninja-build", "ninja"),
)  # fmt: skip

_ZIG = ("build for any core with --toolchain zig", ("ziglang",), "edgekit[zig]")

#: task, distributions of which one suffices, what pip installs
_PACKAGES = (
    ("convert and compress", ("tensorflow", "tensorflow-cpu"), "edgekit[train]"),
    ("convert and compress", ("keras",), "edgekit[train]"),
    ("parity with the reference", ("tflite-micro",), "edgekit[oracle]"),
    ("desktop interpreter", ("ai-edge-litert", "tflite-runtime"), "edgekit[runtime]"),
    ("serial ports", ("pyserial",), "pyserial"),
)


def diagnose(toolchain: ToolchainName | None = None) -> Diagnosis:
    """Look for every program and package that some task needs, the serial ports and the boards; with `toolchain` for
    the compilers of that one alone."""
    programs = [program for program in _PROGRAMS if toolchain is None or program.toolchain in (None, toolchain)]
    packages = _PACKAGES if toolchain == "gcc" else (_ZIG, *_PACKAGES)
    checks = [_check_program(program) for program in programs]
    checks += [_check_package(task, names, extra) for task, names, extra in packages]
    return Diagnosis(
        edgekit=__version__,
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        checks=tuple(checks),
        ports=tuple(f"{port.device}: {port.description}" for port in list_ports()),
        boards=tuple(board.id for board in list_boards()),
    )


def _check_program(program: _Program) -> Check:
    path = next((found for name in program.names if (found := find_program(name))), None)
    what = program.names[0]
    if path is None:
        return Check(program.task, what, None, _install_command(program))
    try:
        done = run([path, "--version"], timeout_s=_VERSION_TIMEOUT_S)
    except EdgekitError as error:
        return Check(program.task, what, None, f"{path} does not run: {str(error).splitlines()[0]}")
    lines = (done.stdout or done.stderr).splitlines()
    return Check(program.task, what, lines[0].strip() if lines else "no version", "")


def _install_command(program: _Program) -> str:
    if sys.platform == "darwin":
        return f"brew install {program.brew}"
    if find_program("apt-get"):
        return f"sudo apt-get install -y --no-install-recommends {program.apt}"
    if find_program("dnf") and program.dnf:
        return f"sudo dnf install {program.dnf}"
    return f"install {' or '.join(program.names)} and put it on PATH (Debian: {program.apt})"


def _check_package(task: str, names: tuple[str, ...], extra: str) -> Check:
    for name in names:
        try:
            return Check(task, name, metadata.version(name), "")
        except metadata.PackageNotFoundError:
            continue
    return Check(task, names[0], None, f"pip install '{extra}'")
