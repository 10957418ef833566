# SPDX-License-Identifier: Apache-2.0
"""`edgekit inspect firmware.elf`: what fills flash and RAM."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edgekit.errors import ToolError
from edgekit.firmware.contents import read_contents


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


def test_the_command_shows_tables_and_json(build) -> None:  # type: ignore[no-untyped-def]
    elf = build(misbehaves=True).elf
    words = [sys.executable, "-m", "edgekit", "inspect", str(elf)]
    table = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert table.returncode == 0, table.stderr
    assert ".model_bss" in table.stdout and "standin_weights" in table.stdout
    found = json.loads(subprocess.run([*words, "--format", "json"], capture_output=True, text=True, timeout=60).stdout)
    assert set(found) == {"flash_bytes", "ram_bytes", "sections", "symbols"}


def test_a_damaged_elf_is_one_line(build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    content = build(misbehaves=True).elf.read_bytes()
    for count in (4, 20, 60, len(content) // 2):
        cut = tmp_path / "cut.elf"
        cut.write_bytes(content[:count])
        with pytest.raises(ToolError, match="damaged ELF"):
            read_contents(cut)
