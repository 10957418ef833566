# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from emulated_boards import KINDS, every_board
from flatbuffer_builder import ModelBuilder
from standin_model import standin_model

from edgekit.boards import CORES, MemoryRegion, list_boards, load_board
from edgekit.codegen import generate_model
from edgekit.errors import DoesNotFitError, ToolError, UsageError
from edgekit.firmware import build_project, find_image, write_project
from edgekit.firmware.symbols import read_code
from edgekit.firmware.toolchain import find_compiler
from edgekit.importer import import_tflite
from edgekit.passes import run_passes
from edgekit.process import find_program, run
from edgekit.resources import kernels_dir

#: One board of every core; the others differ in addresses alone.
FAST = (*KINDS, "mps2-an385", "mps2-an500")
COMBINATIONS = [
    *(
        pytest.param(board.id, profile, 490, marks=() if board.id in FAST and profile == "OFF" else (pytest.mark.slow,))
        for board in list_boards()
        for profile in ("OFF", "ON")
    ),
    ("mps2-an386", "OFF", 640),  # the ad01 adapter
]
#: Those of the generated CMakeLists.txt.
WARNINGS = ("-Werror", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow")
#: What compilers call for them, on Arm and RISC-V.
DIVISIONS_OF_64_BITS = {
    *("__aeabi_ldivmod", "__aeabi_uldivmod", "__divdi3", "__moddi3", "__udivdi3", "__umoddi3", "__udivmoddi4"),
    "__divmoddi4",
}


@pytest.mark.parametrize(("board_id", "profile", "elements"), COMBINATIONS)
def test_firmware_compiles_without_warnings_and_without_edgekit(
    tmp_path: Path, board_id: str, profile: str, elements: int
) -> None:
    board = load_board(board_id)
    if find_compiler(board.core) is None:
        pytest.skip(f"no compiler for {board.core}")
    model = standin_model(core=board.core, elements=elements, outputs=12 if elements == 490 else 640)
    write_project(model, board, tmp_path / "p")
    cmake = find_program("cmake") or "cmake"
    ninja = find_program("ninja") or "ninja"
    run([cmake, "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}", f"-DEDGEKIT_PROFILE={profile}",
         "-DCMAKE_C_FLAGS=-Werror", "-S", tmp_path / "p", "-B", tmp_path / "b"], timeout_s=120)  # fmt: skip
    run([cmake, "--build", tmp_path / "b"], timeout_s=300)
    assert (tmp_path / "b" / "firmware.bin").stat().st_size > 4000


@pytest.mark.parametrize("core", CORES)
def test_every_portable_kernel_compiles_without_warnings_for_every_core(core: str, tmp_path: Path) -> None:
    compiler = find_compiler(core)
    if compiler is None:
        pytest.skip(f"no compiler for {core}")
    folder = kernels_dir()
    sources = sorted(folder.glob("*.c"))
    assert sources
    quoted = [f"-iquote{folder}", f"-iquote{folder / 'arch' / 'portable'}"]
    flags = [*compiler.flags, *WARNINGS, "-std=c99", "-O2", "-ffreestanding"]
    run([compiler.path, *flags, *quoted, "-c", *sources], cwd=tmp_path, timeout_s=120)


def test_two_builds_are_equal_bytes_wherever_they_stand(tmp_path: Path) -> None:
    board = load_board("mps2-an386")
    images = []
    for name in ("one", "a b, 'c' $d"):
        write_project(standin_model(), board, tmp_path / name)
        images.append(build_project(tmp_path / name))
    assert images[0].binary.read_bytes() == images[1].binary.read_bytes()
    assert images[0].elf.read_bytes() == images[1].elf.read_bytes()


def test_sizes_come_from_the_sections_by_name(tmp_path: Path) -> None:
    board = load_board("mps2-an386")
    write_project(standin_model(weight_bytes=1000), board, tmp_path / "p")
    image = build_project(tmp_path / "p")
    memory = image.memory
    assert memory.weight_bytes == 1000
    assert memory.flash_bytes == image.binary.stat().st_size
    assert 0 <= memory.flash_bytes - memory.firmware_bytes - memory.kernel_code_bytes - 1000 < 64
    assert memory.arena_bytes == 984  # 980, a multiple of 8
    assert memory.static_ram_bytes > memory.arena_bytes + 2048
    assert memory.stack_bytes == 4096
    assert "arm-none-eabi-gcc" in image.compiler and "-O2" in image.flags
    assert find_image(tmp_path / "p") == image


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"flash": MemoryRegion(0, 4096)}, r"standin does not fit mps2-an386: [\d,]+ bytes of flash are missing"),
        ({"ram": MemoryRegion(0x20000000, 2048)}, r"standin does not fit mps2-an386: [\d,]+ bytes of RAM are missing"),
    ],
)
def test_the_linkers_overflow_is_a_model_that_does_not_fit(
    tmp_path: Path, change: dict[str, MemoryRegion], said: str
) -> None:
    board = dataclasses.replace(load_board("mps2-an386"), **change)
    write_project(standin_model(), board, tmp_path / "p")
    with pytest.raises(DoesNotFitError, match=said):
        build_project(tmp_path / "p")


def test_a_mistake_in_the_c_code_is_quoted(tmp_path: Path) -> None:
    write_project(standin_model(), load_board("mps2-an386"), tmp_path / "p")
    with (tmp_path / "p" / "model" / "standin.c").open("a") as file:
        file.write("\nint oops(void) { return nowhere; }\n")
    with pytest.raises(ToolError, match=r"standin\.c:\d+:\d+: error: .nowhere. undeclared"):
        build_project(tmp_path / "p")


def test_a_moved_project_still_builds(tmp_path: Path) -> None:
    write_project(standin_model(), load_board("mps2-an386"), tmp_path / "old")
    build_project(tmp_path / "old")
    (tmp_path / "old").rename(tmp_path / "new")
    assert build_project(tmp_path / "new").elf.is_file()


def test_no_project_and_no_build_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no edgekit project"):
        build_project(tmp_path)
    write_project(standin_model(), load_board("mps2-an386"), tmp_path / "p")
    with pytest.raises(ToolError, match="build the project first"):
        find_image(tmp_path / "p")


@pytest.mark.parametrize("name", ["string", "text", "system", "firmware", "stdint"])
def test_a_models_name_cannot_shadow_a_header(tmp_path: Path, name: str) -> None:
    write_project(standin_model(name=name), load_board("mps2-an386"), tmp_path / "p")
    build_project(tmp_path / "p")


@pytest.mark.parametrize("board_id", every_board(fast=("microbit", "mps2-an386", "rv32-virt")))
def test_pooling_mean_and_softmax_divide_no_64_bits(board_id: str, tmp_path: Path) -> None:
    board = load_board(board_id)
    if find_compiler(board.core) is None:
        pytest.skip(f"no compiler for {board.core}")
    builder = ModelBuilder(seed=1, name="pools")
    x = builder.input((1, 6, 6, 5))
    pools = [builder.pool_2d(kind, x, kernel=3) for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D")]
    model = builder.tflite([*pools, builder.mean(x), builder.softmax(builder.reshape(x, (1, -1)))])
    graph = run_passes(import_tflite(model))
    write_project(
        generate_model(graph, name="pools", core=board.core, model_sha256=model.sha256), board, tmp_path / "p"
    )
    linked = set(read_code(build_project(tmp_path / "p").elf).functions)
    assert {"ek_average_pool_2d_s8", "ek_max_pool_2d_s8", "ek_mean_s8", "ek_softmax_s8"} <= linked
    # The firmware around the model divides times by clocks.
    called = {name for path in (tmp_path / "p").rglob("ek_model.dir/**/*.obj") for name in undefined_symbols(path)}
    assert "ek_mean_s8" in called
    assert called.isdisjoint(DIVISIONS_OF_64_BITS)


def undefined_symbols(path: Path) -> set[str]:
    """Those that an object file takes from others."""
    with path.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        return {symbol.name for symbol in table.iter_symbols() if symbol["st_shndx"] == "SHN_UNDEF"}
