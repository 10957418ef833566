# SPDX-License-Identifier: Apache-2.0
"""Functions of a built firmware: where they are, their machine code and its source lines."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elftools.common.exceptions import DWARFError, ELFError
from elftools.dwarf.descriptions import describe_form_class
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


def find_place(elf: Path, address: int) -> str:
    """ "function (file:line)" of a code address, less of it where the debug information tells no more, "" for none."""
    try:
        with elf.open("rb") as file:
            parsed = ELFFile(file)
            function = next(
                (
                    symbol.name
                    for table in parsed.iter_sections()
                    if isinstance(table, SymbolTableSection)
                    for symbol in table.iter_symbols()
                    if symbol["st_info"]["type"] == "STT_FUNC"
                    and 0 <= address - (symbol["st_value"] & ~1) < max(1, symbol["st_size"])
                ),
                "",
            )
            inlined, line = _source(parsed.get_dwarf_info(), address) if parsed.has_dwarf_info() else ("", "")
    except (OSError, ELFError, DWARFError, KeyError):
        return ""
    function = inlined or function
    return f"{function} ({line})" if function and line else function


def _source(dwarf: Any, address: int) -> tuple[str, str]:
    """The innermost function inlined at `address` and "file:line", "" for none."""
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        start = before = None
        for state in (entry.state for entry in ([] if program is None else program.get_entries())):
            if state is None:
                continue
            start = state.address if before is None else start
            # What the linker left out stays behind at address 0.
            if start and before is not None and before.address <= address < state.address:
                line = f"{_file_name(program.header, before.file)}:{before.line}"
                return _inlined_function(dwarf, unit, address), line
            before = None if state.end_sequence else state
    return "", ""


def _inlined_function(dwarf: Any, unit: Any, address: int) -> str:
    name = ""
    for entry in unit.iter_DIEs():  # what is inlined stands behind that in which it is
        ranges = _address_ranges(dwarf, unit, entry) if entry.tag == "DW_TAG_inlined_subroutine" else ()
        if any(low <= address < high for low, high in ranges):
            origin = entry.get_DIE_from_attribute("DW_AT_abstract_origin")
            name = origin.attributes["DW_AT_name"].value.decode("utf-8", "replace")
    return name


def _address_ranges(dwarf: Any, unit: Any, entry: Any) -> Iterator[tuple[int, int]]:
    """(first, behind the last) of the code of `entry`, see DWARF 5, 2.17."""
    attributes = entry.attributes
    if "DW_AT_high_pc" in attributes:
        low, high = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
        yield low, high.value + (low if describe_form_class(high.form) == "constant" else 0)
    if "DW_AT_ranges" in attributes:
        top = unit.get_top_DIE().attributes
        base = top["DW_AT_low_pc"].value if "DW_AT_low_pc" in top else 0
        lists = dwarf.range_lists()
        for item in lists.get_range_list_at_offset(attributes["DW_AT_ranges"].value, cu=unit):
            if not hasattr(item, "begin_offset"):
                base = item.base_address
                continue
            start = 0 if item.is_absolute else base
            yield start + item.begin_offset, start + item.end_offset


def _file_name(header: Any, number: int) -> str:
    """The path inside the project."""
    first = 0 if header.version >= 5 else 1  # files, and folders beside that of the compilation, count from there
    entry = header.file_entry[number - first]
    folders = [folder.decode("utf-8", "replace") for folder in header.include_directory]
    inside = entry.dir_index - first
    folder = folders[inside] if 0 <= inside < len(folders) else ""
    return posixpath.normpath(posixpath.join(folder, entry.name.decode("utf-8", "replace")))
