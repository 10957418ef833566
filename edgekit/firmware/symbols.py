# SPDX-License-Identifier: Apache-2.0
"""Functions of a built firmware: where they are, and their machine code."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from edgekit.errors import ToolError


@dataclass(frozen=True, slots=True)
class Code:
    """`functions` maps a name to its address; `segments` are (address, bytes) of what is loaded."""

    functions: dict[str, int]
    segments: tuple[tuple[int, bytes], ...] = field(repr=False)

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes of code at `address`. Raises ToolError when they are not in the image."""
        for start, content in self.segments:
            if start <= address and address + size <= start + len(content):
                return content[address - start : address - start + size]
        raise ToolError(f"the firmware has no {size} bytes of code at {address:#x}")


def read_code(elf: Path) -> Code:
    """The functions and loaded bytes of `elf`. Raises ToolError when it is no ELF file."""
    try:
        with elf.open("rb") as file:
            parsed = ELFFile(file)
            segments = tuple(
                (int(segment["p_vaddr"]), segment.data())
                for segment in parsed.iter_segments("PT_LOAD")
                if segment["p_filesz"]
            )
            functions = {
                symbol.name: int(symbol["st_value"]) & ~1  # bit 0 says Thumb
                for table in parsed.iter_sections()
                if isinstance(table, SymbolTableSection)
                for symbol in table.iter_symbols()
                if symbol["st_info"]["type"] == "STT_FUNC"
            }
    except (OSError, ELFError) as error:
        raise ToolError(f"cannot read the code of {elf}: {error}") from error
    return Code(functions, segments)
