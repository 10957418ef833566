# SPDX-License-Identifier: Apache-2.0
"""Cores, and the compilers that build for them."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from edgekit.boards import CORES, Core
from edgekit.errors import ToolError, UsageError
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
    """What building and emulating for a core takes: `flags` of GCC, and `zig` of Zig's clang."""

    toolchain: Toolchain
    flags: tuple[str, ...]
    zig: tuple[str, ...]
    emulator: str


#: GNU's cross compilers, or clang and lld as the package ziglang brings them.
ToolchainName = Literal["gcc", "zig"]
TOOLCHAINS: tuple[ToolchainName, ...] = get_args(ToolchainName)


@dataclass(frozen=True, slots=True)
class Compiler:
    """The C compiler at `path`, with the `flags` that choose the core."""

    toolchain: ToolchainName
    path: str
    flags: tuple[str, ...]

    @property
    def version(self) -> str:
        """One line on what it is."""
        if self.toolchain == "gcc":
            return _first_line([self.path, "--version"])
        return f"zig {_first_line([self.path, 'version'])}, {_first_line([self.path, 'cc', '--version'])}"


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


_SOFT, _HARD = "-mfloat-abi=soft", "-mfloat-abi=hard"


def _arm(cpu: str, *flags: str, zig: str = "") -> Target:
    """`zig` names the features that its `cpu` lacks."""
    float_flags = flags or (_SOFT,)
    system = "thumb-freestanding-eabihf" if _HARD in float_flags else "thumb-freestanding-eabi"
    return Target(
        ARM,
        (f"-mcpu={cpu}", "-mthumb", *float_flags),
        ("-target", system, f"-mcpu={cpu.replace('-', '_')}{zig}"),
        "qemu-system-arm",
    )


TARGETS: dict[str, Target] = {
    # Unified syntax: the start-up code is the same text on every Cortex-M.
    "cortex-m0": _arm("cortex-m0", _SOFT, "-masm-syntax-unified"),
    "cortex-m0plus": _arm("cortex-m0plus", _SOFT, "-masm-syntax-unified"),
    "cortex-m3": _arm("cortex-m3"),
    "cortex-m4": _arm("cortex-m4"),
    "cortex-m4f": _arm("cortex-m4", "-mfpu=fpv4-sp-d16", _HARD, zig="+vfp4d16sp"),
    "cortex-m7": _arm("cortex-m7", "-mfpu=fpv5-d16", _HARD, zig="+fp_armv8d16"),
    "cortex-m33": _arm("cortex-m33", "-mfpu=fpv5-sp-d16", _HARD, zig="+dsp+fp_armv8d16sp"),
    "cortex-m55": _arm("cortex-m55", _HARD, zig="+mve_fp"),
    # ISA 2.2 has the CSR instructions in I. Named on their own (_zicsr), gcc 12 would take the libgcc of RV64.
    "rv32imc": Target(
        RISCV,
        ("-march=rv32imc", "-misa-spec=2.2", "-mabi=ilp32"),
        ("-target", "riscv32-freestanding-none", "-mcpu=generic_rv32+m+c+zicsr"),
        "qemu-system-riscv32",
    ),
}
assert set(TARGETS) == set(CORES)


def check_toolchain(name: object) -> ToolchainName:
    """`name` if there is such a tool chain. Raises UsageError."""
    for known in TOOLCHAINS:
        if name == known:
            return known
    raise UsageError(f"there is no tool chain {name!r}; it may be {', '.join(TOOLCHAINS)}")


def find_compiler(core: Core, toolchain: ToolchainName = "gcc") -> Compiler | None:
    """The C compiler of `toolchain` for `core`, None when it is not installed."""
    target = TARGETS[core]
    if toolchain == "zig":
        path = find_zig()
        return None if path is None else Compiler("zig", path, target.zig)
    for prefix in target.toolchain.prefixes:
        path = find_program(prefix + "gcc")
        if path is not None:
            return Compiler("gcc", path, target.flags)
    return None


def find_zig() -> str | None:
    """The program zig: of the package ziglang, else on PATH."""
    package = importlib.util.find_spec("ziglang")
    for folder in [] if package is None else package.submodule_search_locations or []:
        program = Path(folder) / ("zig.exe" if sys.platform == "win32" else "zig")
        if program.is_file():
            return str(program)
    return find_program("zig")


def require_compiler(core: Core, toolchain: ToolchainName = "gcc") -> Compiler:
    """The C compiler of `toolchain` for `core`. Raises ToolError with the command that installs it."""
    found = find_compiler(core, toolchain)
    if found is not None:
        return found
    if toolchain == "zig":
        raise ToolError("zig is not installed; get it by: pip install 'edgekit[zig]'")
    gnu = TARGETS[core].toolchain
    raise missing(f"{gnu.prefixes[0]}gcc", gnu.apt, gnu.dnf, gnu.brew)


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


def _first_line(command: list[str]) -> str:
    lines = run(command, timeout_s=20).stdout.splitlines()
    return lines[0].strip() if lines else Path(command[0]).name
