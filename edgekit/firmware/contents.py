# SPDX-License-Identifier: Apache-2.0
"""What fills flash and RAM: every section and every symbol of a firmware, from its ELF."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from edgekit.errors import ToolError

_WRITE, _ALLOC = 1, 2
#: C's, newlib's and C++'s (operator new), without leading underscores.
_ALLOCATORS = {"malloc", "calloc", "realloc", "memalign", "malloc_r", "calloc_r", "realloc_r", "sbrk", "sbrk_r",
               "Znwj", "Znaj", "Znwm", "Znam"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """`flash_bytes` are those that are programmed, `ram_bytes` those that it takes while running."""

    name: str
    address: int
    flash_bytes: int
    ram_bytes: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """A function or variable, and the section it lies in."""

    name: str
    section: str
    kind: str
    address: int
    bytes: int


@dataclass(frozen=True, slots=True)
class FirmwareContents:
    """Sections by address, symbols by size, the largest first."""

    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]

    @property
    def flash_bytes(self) -> int:
        return sum(section.flash_bytes for section in self.sections)

    @property
    def ram_bytes(self) -> int:
        return sum(section.ram_bytes for section in self.sections)

    @property
    def allocators(self) -> tuple[str, ...]:
        """The functions that hand out heap; none of them means that there is no heap."""
        return tuple(sorted(symbol.name for symbol in self.symbols if symbol.name.strip("_") in _ALLOCATORS))

    def to_json(self) -> dict[str, Any]:
        sums = {"flash_bytes": self.flash_bytes, "ram_bytes": self.ram_bytes, "allocators": list(self.allocators)}
        return {**sums, **asdict(self)}


def is_elf(path: Path) -> bool:
    """Does the file begin like an ELF? False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"\x7fELF"
    except OSError:
        return False


def read_contents(elf: Path) -> FirmwareContents:
    """Sections and symbols of `elf`. Raises ToolError when it cannot be read as an ELF."""
    try:
        with elf.open("rb") as file:
            content = ELFFile(file)
            sections = [_section(section) for section in content.iter_sections() if section["sh_flags"] & _ALLOC]
            names = [section.name for section in content.iter_sections()]
            symbols = [
                Symbol(
                    name=symbol.name,
                    section=names[symbol["st_shndx"]],
                    kind="function" if symbol["st_info"]["type"] == "STT_FUNC" else "data",
                    address=int(symbol["st_value"]) & ~(symbol["st_info"]["type"] == "STT_FUNC"),  # without Thumb's bit
                    bytes=int(symbol["st_size"]),
                )
                for table in content.iter_sections()
                if isinstance(table, SymbolTableSection)
                for symbol in table.iter_symbols()
                if symbol["st_info"]["type"] in ("STT_FUNC", "STT_OBJECT") and isinstance(symbol["st_shndx"], int)
            ]
    except OSError as error:
        raise ToolError(f"cannot read {elf}: {error.strerror or error}") from error
    except (ELFError, KeyError, IndexError, ValueError, UnicodeDecodeError) as error:
        raise ToolError(f"{elf} is a damaged ELF file ({error}); build the project anew") from error
    return FirmwareContents(
        sections=tuple(sorted((each for each in sections if each.flash_bytes or each.ram_bytes), key=_address)),
        symbols=tuple(sorted((each for each in symbols if each.bytes), key=lambda each: (-each.bytes, each.name))),
    )


def _section(section: Any) -> Section:
    count = int(section["sh_size"])
    held = section["sh_type"] != "SHT_NOBITS"
    written = bool(section["sh_flags"] & _WRITE)
    return Section(section.name, int(section["sh_addr"]), count if held else 0, count if written or not held else 0)


def _address(section: Section) -> int:
    return section.address
