# SPDX-License-Identifier: Apache-2.0
"""`edgekit inspect firmware.elf`: what fills flash and RAM."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from emulated_boards import need_tools
from standin_model import standin_model

from edgekit.boards import Board, load_board
from edgekit.device import open_device
from edgekit.errors import ToolError
from edgekit.firmware import build_project, write_project
from edgekit.firmware.contents import read_contents
from edgekit.firmware.stack import stack_bound


def test_sections_and_symbols_add_up_to_what_the_build_says(build) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    found = read_contents(image.elf)
    assert found.ram_bytes == image.memory.static_ram_bytes + image.memory.stack_bytes
    assert 0 <= image.memory.flash_bytes - found.flash_bytes < 64  # gaps of alignment
    sizes = {symbol.name: symbol for symbol in found.symbols}
    assert (sizes["standin_weights"].bytes, sizes["standin_weights"].section) == (64, ".model_rodata")
    assert sizes["standin_run"].kind == "function"
    assert (sizes["arena"].bytes, sizes["arena"].section) == (980, ".model_bss")
    for section in found.sections:
        inside = sum(symbol.bytes for symbol in found.symbols if symbol.section == section.name)
        assert inside <= max(section.flash_bytes, section.ram_bytes)


def test_the_stack_has_a_bound_that_no_run_exceeds(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    image = build()
    bound = stack_bound(image.elf.parent)
    assert bound is not None and bound.bytes is not None
    assert bound.path[:2] == ("ek_start", "main")
    assert all("div" in name for name in bound.unknown)
    with open_device(board, image) as device:
        device.infer([bytes(490)])
        device.measure(2)
        assert device.stack_peak_bytes() <= bound.bytes < 2 * device.stack_peak_bytes()


def test_recursion_has_no_bound_and_is_named(build) -> None:  # type: ignore[no-untyped-def]
    bound = stack_bound(build(misbehaves=True).elf.parent)
    assert bound is not None
    assert (bound.bytes, bound.reason) == (None, "overflow calls itself")
    assert bound.path[-2:] == ("overflow", "overflow")


def test_without_a_call_graph_there_is_no_bound(tmp_path: Path) -> None:
    assert stack_bound(tmp_path) is None


def test_the_command_shows_tables_and_json(build) -> None:  # type: ignore[no-untyped-def]
    elf = build(misbehaves=True).elf
    words = [sys.executable, "-m", "edgekit", "inspect", str(elf)]
    table = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert table.returncode == 0, table.stderr
    assert ".model_bss" in table.stdout and "standin_weights" in table.stdout
    found = json.loads(subprocess.run([*words, "--format", "json"], capture_output=True, text=True, timeout=60).stdout)
    assert set(found) == {"flash_bytes", "ram_bytes", "allocators", "sections", "symbols", "stack"}
    assert found["allocators"] == [] and "no allocator is linked" in table.stdout


@pytest.mark.parametrize("board_id", ["mps2-an386", "rv32-virt"])
def test_firmware_has_no_heap_and_one_that_had_would_show_it(board_id: str, build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    board = load_board(board_id)
    need_tools(board)
    assert read_contents(build(board_id, misbehaves=True).elf).allocators == ()
    write_project(standin_model(core=board.core), board, tmp_path / "p")
    main = next((tmp_path / "p" / "firmware").rglob("main.c"))
    main.write_text(f"{main.read_text()}\nvoid *malloc(unsigned long n);\nvoid *malloc(unsigned long n)\n{{\n"
                    "    static char heap[64];\n    return n < 64 ? heap : 0;\n}\n"
                    "void *(*volatile ek_taken)(unsigned long) __attribute__((used)) = malloc;\n")  # fmt: skip
    for script in (tmp_path / "p").rglob("*.ld"):  # the reference must not be collected
        script.write_text(f"EXTERN(malloc)\n{script.read_text()}")
    assert read_contents(build_project(tmp_path / "p").elf).allocators == ("malloc",)


def test_a_damaged_elf_is_one_line(build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    content = build(misbehaves=True).elf.read_bytes()
    for count in (4, 20, 60, len(content) // 2):
        cut = tmp_path / "cut.elf"
        cut.write_bytes(content[:count])
        with pytest.raises(ToolError, match="damaged ELF"):
            read_contents(cut)
