# SPDX-License-Identifier: Apache-2.0
"""Exact sizes from an ELF, by the names that the linker script gives its sections."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from edgekit.errors import ToolError

_STATIC_RAM = (".data", ".bss", ".model_bss", ".noinit")


@dataclass(frozen=True, slots=True)
class SectionSizes:
    """Bytes. `flash_bytes`: every byte that is programmed, from the vectors to the initial values of variables;
    `weight_bytes`: read-only data of model and kernels; `kernel_code_bytes`: their text; `firmware_bytes`: code and
    constants around them; `static_ram_bytes`: variables and arena; `stack_bytes`: reserved beside them."""

    flash_bytes: int
    weight_bytes: int
    kernel_code_bytes: int
    firmware_bytes: int
    static_ram_bytes: int
    arena_bytes: int
    stack_bytes: int


def read_sections(elf: Path) -> SectionSizes:
    """The sizes in `elf`. Raises ToolError when it is no ELF of edgekit's linker script."""
    try:
        with elf.open("rb") as file:
            content = ELFFile(file)
            sizes = {section.name: int(section["sh_size"]) for section in content.iter_sections()}
            loads = [
                (int(segment["p_paddr"]), int(segment["p_filesz"]))
                for segment in content.iter_segments()
                if segment["p_type"] == "PT_LOAD" and segment["p_filesz"] > 0
            ]
    except OSError as error:
        raise ToolError(f"cannot read {elf}: {error.strerror or error}; build the project first") from error
    except ELFError as error:
        raise ToolError(f"{elf} is not an ELF file ({error}); build the project anew") from error
    if ".model_rodata" not in sizes or not loads:
        raise ToolError(f"{elf} was not linked by edgekit's linker script (no section .model_rodata)")
    return SectionSizes(
        flash_bytes=max(start + count for start, count in loads) - min(start for start, _ in loads),
        weight_bytes=sizes[".model_rodata"],
        kernel_code_bytes=sizes.get(".model_text", 0),
        firmware_bytes=sizes.get(".vectors", 0) + sizes.get(".text", 0),
        static_ram_bytes=sum(sizes.get(name, 0) for name in _STATIC_RAM),
        arena_bytes=sizes.get(".model_bss", 0),
        stack_bytes=sizes.get(".stack", 0),
    )
