# SPDX-License-Identifier: Apache-2.0
"""A project -> FirmwareImage, by CMake and Ninja."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from edgekit.boards import CORES, Core
from edgekit.errors import ToolError, UsageError
from edgekit.firmware.build_lock import alone_in, remove_build
from edgekit.firmware.fit import does_not_fit
from edgekit.firmware.image import FirmwareImage
from edgekit.firmware.project import model_flags
from edgekit.firmware.sections import read_sections
from edgekit.firmware.staging import MANIFEST, read_manifest
from edgekit.firmware.toolchain import Compiler, ToolchainName, check_toolchain, require_compiler, require_program
from edgekit.process import Completed, run
from edgekit.progress import Progress, silent

CONFIGURE_TIMEOUT_S = 120.0
BUILD_TIMEOUT_S = 900.0
_QUOTED_LINES = 20
_NOT_IN_PATHS = ';"\\\n\r'
#: Messages in English, and no flags from the user's environment: the same project gives the same image.
_ENVIRONMENT = {"LC_ALL": "C", "CFLAGS": "", "LDFLAGS": "", "CPPFLAGS": ""}
#: What GNU ld and lld say of each memory region that is too small.
_OVERFLOW = re.compile(r"region [`'](FLASH|RAM)':? overflowed by (\d+) bytes?")


def build_project(
    directory: Path,
    *,
    profile: bool = False,
    energy: bool = False,
    toolchain: ToolchainName | None = None,
    progress: Progress = silent,
) -> FirmwareImage:
    """Build the project in `directory`, into its folder build/measured, build/profile or build/energy; with zig those
    names end in -zig. `toolchain` None is the one that the project was generated for.

    Raises ToolError for a missing or failing program, with the compiler's own words, and DoesNotFitError when the
    linker finds the board too small.
    """
    facts = read_manifest(directory)
    unbuildable = sorted(set(_NOT_IN_PATHS) & set(str(directory.resolve())))
    if unbuildable:
        raise UsageError(
            f"CMake cannot build in {str(directory)!r}: its path must not contain {' '.join(map(repr, unbuildable))}"
        )
    compiler = _compiler(directory, facts, toolchain)
    cmake = require_program("cmake", "cmake", "cmake", "cmake")
    ninja = require_program("ninja", "ninja-build", "ninja-build", "ninja")
    build = _build(profile, energy)
    folder = directory.resolve() / _folder(build, compiler)
    with alone_in(folder) as lock:
        progress("building firmware", 0, 2)
        _forget_moved(folder, directory.resolve())
        if not (folder / "build.ninja").is_file():
            configure: list[str | Path] = [cmake, "-G", "Ninja", "-S", directory.resolve(), "-B", folder,
                         f"-DCMAKE_MAKE_PROGRAM={ninja}", f"-DEDGEKIT_TOOLCHAIN={compiler.toolchain}",
                         f"-DEDGEKIT_ZIG={compiler.path}" if compiler.toolchain == "zig"
                         else f"-DEDGEKIT_PREFIX={compiler.path.removesuffix('gcc')}",
                         f"-DEDGEKIT_PROFILE={'ON' if profile else 'OFF'}",
                         f"-DEDGEKIT_ENERGY={'ON' if energy else 'OFF'}"]  # fmt: skip
            _run(configure, CONFIGURE_TIMEOUT_S, lock, facts)
        progress("building firmware", 1, 2)
        _run([cmake, "--build", folder], BUILD_TIMEOUT_S, lock, facts)
        progress("building firmware", 2, 2)
        return _image(directory, facts, build, compiler)


def find_image(directory: Path, *, profile: bool = False, toolchain: ToolchainName | None = None) -> FirmwareImage:
    """The image that `build_project` made in `directory`. Raises ToolError when there is none."""
    facts = read_manifest(directory)
    return _image(directory, facts, _build(profile, False), _compiler(directory, facts, toolchain))


def _build(profile: bool, energy: bool) -> str:
    if profile and energy:
        raise UsageError("there is no build for both energy mode and layers: choose one")
    return "profile" if profile else "energy" if energy else "measured"


def _folder(build: str, compiler: Compiler) -> Path:
    return Path("build") / (build if compiler.toolchain == "gcc" else f"{build}-{compiler.toolchain}")


def _compiler(directory: Path, facts: dict[str, Any], toolchain: ToolchainName | None) -> Compiler:
    return require_compiler(_core(directory, facts), toolchain or check_toolchain(facts.get("toolchain", "gcc")))


def _core(directory: Path, facts: dict[str, Any]) -> Core:
    core: Core = facts.get("core")  # type: ignore[assignment]
    if core not in CORES:
        raise UsageError(f"{directory / MANIFEST}: core is {core!r}, but must be one of {', '.join(CORES)}")
    return core


def _run(words: list[str | Path], timeout_s: float, lock: int, facts: dict[str, Any]) -> None:
    _check(run(words, timeout_s=timeout_s, env=_ENVIRONMENT, check=False, pass_fds=[lock]), facts)


def _forget_moved(folder: Path, source: Path) -> None:
    """CMake refuses a build folder that was configured under another path: start it anew."""
    try:
        cache = (folder / "CMakeCache.txt").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    home = re.search(r"^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$", cache, re.MULTILINE)
    if home is None or home[1] != source.as_posix():
        remove_build(folder)


def _check(done: Completed, facts: dict[str, Any]) -> None:
    if done.returncode == 0:
        return
    text = done.stdout + done.stderr
    # lld counts up from section to section.
    missing = {memory.replace("FLASH", "flash"): int(count) for memory, count in _OVERFLOW.findall(text)}
    if missing:
        raise does_not_fit(facts["model"]["name"], facts["board"], missing, "says the linker")
    lines = [line for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"\berror\b|undefined reference|No space left", line, re.IGNORECASE)]
    quoted = (telling or lines)[-_QUOTED_LINES:] if not telling else telling[:_QUOTED_LINES]
    raise ToolError("\n".join([f"building the firmware failed ({Path(done.args[0]).name})", *quoted]))


def _image(directory: Path, facts: dict[str, Any], build: str, compiler: Compiler) -> FirmwareImage:
    folder = directory / _folder(build, compiler)
    elf, binary = folder / "firmware.elf", folder / "firmware.bin"
    flags = (*compiler.flags, *model_flags(facts["optimize"]))
    return FirmwareImage(
        board_id=facts["board"],
        core=facts["core"],
        engine=facts["engine"],
        model_name=facts["model"]["name"],
        model_sha256=facts["model"]["sha256"],
        profile=build == "profile",
        energy=build == "energy",
        elf=elf,
        binary=binary,
        memory=read_sections(elf),
        compiler=compiler.version,
        flags=" ".join(flags),
    )
