# SPDX-License-Identifier: Apache-2.0
"""Cores, and the compilers that build for them."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from edgekit.boards import CORES
from edgekit.errors import ToolError
from edgekit.process import find_program, run


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A GNU cross tool chain. `prefixes` are the names it goes by, the first is the one in generated projects. `dnf` is
    empty where Fedora has no package."""

    processor: str
    prefixes: tuple[str, ...]
    apt: str
    dnf: str
    brew: str


@dataclass(frozen=True, slots=True)
class Target:
    """What building and emulating for a core takes."""

    toolchain: Toolchain
    flags: tuple[str, ...]
    emulator: str


ARM = Toolchain(
    processor="arm",
    prefixes=("arm-none-eabi-",),
    apt="gcc-arm-none-eabi",
    dnf="arm-none-eabi-gcc-cs",
    brew="--cask gcc-arm-embedded",
)
RISCV = Toolchain(
    processor="riscv32",
    prefixes=("riscv64-unknown-elf-", "riscv64-elf-", "riscv32-unknown-elf-"),
    apt="gcc-riscv64-unknown-elf",
    dnf="",
    brew="riscv64-elf-gcc",
)


def _arm(cpu: str, *float_flags: str) -> Target:
    return Target(ARM, (f"-mcpu={cpu}", "-mthumb", *(float_flags or ("-mfloat-abi=soft",))), "qemu-system-arm")


_HARD = "-mfloat-abi=hard"

TARGETS: dict[str, Target] = {
    # Unified syntax: the start-up code is the same text on every Cortex-M.
    "cortex-m0": _arm("cortex-m0", "-mfloat-abi=soft", "-masm-syntax-unified"),
    "cortex-m0plus": _arm("cortex-m0plus", "-mfloat-abi=soft", "-masm-syntax-unified"),
    "cortex-m3": _arm("cortex-m3"),
    "cortex-m4": _arm("cortex-m4"),
    "cortex-m4f": _arm("cortex-m4", "-mfpu=fpv4-sp-d16", _HARD),
    "cortex-m7": _arm("cortex-m7", "-mfpu=fpv5-d16", _HARD),
    "cortex-m33": _arm("cortex-m33", "-mfpu=fpv5-sp-d16", _HARD),
    "cortex-m55": _arm("cortex-m55", _HARD),
    # ISA 2.2 has the CSR instructions in I. Named on their own (_zicsr), gcc 12 would take the libgcc of RV64.
    "rv32imc": Target(RISCV, ("-march=rv32imc", "-misa-spec=2.2", "-mabi=ilp32"), "qemu-system-riscv32"),
}
assert set(TARGETS) == set(CORES)


def find_tool(core: str, tool: str) -> str | None:
    """The path of GNU `tool` ("gcc", "addr2line") for `core`, None when it is not installed."""
    for prefix in TARGETS[core].toolchain.prefixes:
        path = find_program(prefix + tool)
        if path is not None:
            return path
    return None


def require_compiler(core: str) -> str:
    """The path of the C compiler for `core`. Raises ToolError with the command that installs it."""
    path = find_tool(core, "gcc")
    if path is None:
        toolchain = TARGETS[core].toolchain
        raise missing(f"{toolchain.prefixes[0]}gcc", toolchain.apt, toolchain.dnf, toolchain.brew)
    return path


def missing(program: str, apt: str, dnf: str, brew: str) -> ToolError:
    """The error for a program that is not installed, with the remedy of this platform first."""
    commands = {
        "Debian, Ubuntu": f"sudo apt-get install -y --no-install-recommends {apt}",
        **({"Fedora": f"sudo dnf install {dnf}"} if dnf else {}),
        "macOS": f"brew install {brew}",
    }
    order = sorted(commands, key=lambda system: system != ("macOS" if sys.platform == "darwin" else "Debian, Ubuntu"))
    remedies = "; ".join(f"{commands[system]} ({system})" for system in order)
    return ToolError(f"{program} is not installed; get it by: {remedies}")


def require_program(program: str, apt: str, dnf: str, brew: str) -> str:
    """The path of `program`. Raises ToolError with the command that installs it."""
    path = find_program(program)
    if path is None:
        raise missing(program, apt, dnf, brew)
    return path


def compiler_version(path: str) -> str:
    """The first line of what compiler `path` says of itself."""
    lines = run([path, "--version"], timeout_s=20).stdout.splitlines()
    return lines[0].strip() if lines else path
