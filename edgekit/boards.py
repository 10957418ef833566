# SPDX-License-Identifier: Apache-2.0
"""Boards as data: `Board` from `boards/<id>.toml`.

A board file holds facts alone. It names a template, a flasher and drivers by a word that the packages above resolve in
their registries, never a command or a path. Every key is checked: an unknown key, a wrong type or a missing key is a
`BoardError` that names the file, the key and what is allowed.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from edgekit.errors import BoardError, UsageError
from edgekit.resources import boards_dir

Core = Literal[
    "cortex-m0",
    "cortex-m0plus",
    "cortex-m3",
    "cortex-m4",
    "cortex-m4f",
    "cortex-m7",
    "cortex-m33",
    "cortex-m55",
    "rv32imc",
]
#: How far a board is verified: on the desk, on an emulator, linked by the real tool chain, or not even that.
Verified = Literal["hardware", "emulator", "linked", "not linked"]
#: How a serial port restarts the board: not at all, by a pulse on a modem line, or by opening the port.
Reset = Literal["none", "dtr", "rts", "open"]

CORES: tuple[str, ...] = get_args(Core)


@dataclass(frozen=True, slots=True)
class MemoryRegion:
    """`bytes` of memory from address `origin`."""

    origin: int
    bytes: int


@dataclass(frozen=True, slots=True)
class UsbId:
    """A USB vendor and product id."""

    vid: int
    pid: int


@dataclass(frozen=True, slots=True)
class Serial:
    """The serial port as the host sees it. `usb` lists the ids under which the board's port appears."""

    baud: int
    usb: tuple[UsbId, ...] = ()
    reset: Reset = "none"


@dataclass(frozen=True, slots=True)
class Uart:
    """The UART that carries the device protocol. `irq` is the interrupt of a received byte, None = polled."""

    driver: str
    base: int
    clock_hz: int
    irq: int | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """A free-running timer of `bits` at `hz`. `irq` is the interrupt of its wrap, None = there is none."""

    driver: str
    base: int
    hz: int
    bits: int
    irq: int | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """One 32-bit write to a register."""

    address: int
    value: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """The timestamp pin of energy mode: the writes that make it an output, and that drive it low and high."""

    low: Write
    high: Write
    setup: tuple[Write, ...] = ()


@dataclass(frozen=True, slots=True)
class Emulator:
    """The QEMU machine that stands for the board. One instruction takes 2**`icount_shift` ns of its virtual time."""

    machine: str
    icount_shift: int
    bios_none: bool = False

    @property
    def instruction_ns(self) -> int:
        return 1 << self.icount_shift


@dataclass(frozen=True, slots=True)
class Board:
    """A board on the desk or its emulation. `source` says where the facts come from."""

    id: str
    name: str
    core: Core
    clock_hz: int
    flash: MemoryRegion
    ram: MemoryRegion
    serial: Serial
    uart: Uart
    timer: Timer
    template: str
    flasher: str
    verified: Verified
    source: str
    emulator: Emulator | None = None
    pulse: Pulse | None = None

    @property
    def emulated(self) -> bool:
        return self.emulator is not None


def require_energy_mode(board: Board) -> None:
    """Raises UsageError where `board` has no pin to mark time on."""
    if board.pulse is None:
        raise UsageError(
            f"{board.id} has no energy mode: its board file names no timestamp pin; give one in a table [pulse]"
        )


def load_board(name_or_path: str | Path) -> Board:
    """The board called `name_or_path`, or the one in the .toml file of that path. Raises BoardError."""
    text = str(name_or_path)
    if text.endswith(".toml"):
        return _read(Path(text))
    known = {path.stem: path for path in _files()}
    if text not in known:
        close = difflib.get_close_matches(text, known, n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise BoardError(
            f"there is no board {text!r}{hint} (`edgekit boards` lists {len(known)}, or give a .toml file)"
        )
    return _read(known[text])


def list_boards() -> list[Board]:
    """All shipped boards, by id. Raises BoardError at the first bad file."""
    return [_read(path) for path in _files()]


def _files() -> list[Path]:
    return sorted(boards_dir().glob("*.toml"))


def _read(path: Path) -> Board:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BoardError(f"cannot read the board file {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BoardError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BoardError(f"{path}: not TOML: {error or 'nested too deeply'}") from error
    table = _Table(path, "", content)
    board = _board(table)
    table.no_more()
    if path.parent == boards_dir() and board.id != path.stem:
        raise BoardError(f"{path}: id is {board.id!r}, but a board file is named <id>.toml: '{board.id}.toml'")
    return board


def _board(table: _Table) -> Board:
    identity = table.text("id", pattern=_ID, form="lower-case letters, digits and hyphens")
    if "m-ready" in identity:
        raise table.error("id", "must not contain 'm-ready', which ends every reply of the device protocol")
    emulator = table.optional_table("emulator")
    pulse = table.optional_table("pulse")
    board = Board(
        id=identity,
        name=table.text("name"),
        core=table.choice("core", CORES),  # type: ignore[arg-type]
        clock_hz=table.integer("clock_hz", 1, 2**40),
        flash=_region(table.table("flash")),
        ram=_region(table.table("ram")),
        serial=_serial(table.table("serial")),
        uart=_uart(table.table("uart")),
        timer=_timer(table.table("timer")),
        template=table.text("template", pattern=_WORD, form=_WORD_FORM),
        flasher=table.text("flasher", pattern=_WORD, form=_WORD_FORM),
        verified=table.choice("verified", get_args(Verified)),  # type: ignore[arg-type]
        source=table.text("source"),
        emulator=None if emulator is None else _emulator(emulator),
        pulse=None if pulse is None else _pulse(pulse),
    )
    if board.flasher == "qemu" and board.emulator is None:
        raise table.error("emulator", "is missing: the flasher 'qemu' needs the table [emulator]")
    if (
        board.flash.origin < board.ram.origin + board.ram.bytes
        and board.ram.origin < board.flash.origin + board.flash.bytes
    ):
        raise table.error("ram", "overlaps flash")
    return board


def _region(table: _Table) -> MemoryRegion:
    region = MemoryRegion(
        origin=table.integer("origin", 0, 2**32 - 4, multiple_of=4),
        bytes=table.integer("bytes", 1024, 2**32, multiple_of=4),
    )
    table.no_more()
    if region.origin + region.bytes > 2**32:
        raise table.error("bytes", f"{region.bytes} from {region.origin:#x} runs past the 32-bit address space")
    return region


def _serial(table: _Table) -> Serial:
    serial = Serial(
        baud=table.integer("baud", 1200, 12_000_000),
        usb=tuple(_usb(entry) for entry in table.tables("usb")),
        reset=table.choice("reset", get_args(Reset), default="none"),  # type: ignore[arg-type]
    )
    table.no_more()
    return serial


def _usb(table: _Table) -> UsbId:
    usb = UsbId(vid=table.integer("vid", 0, 0xFFFF), pid=table.integer("pid", 0, 0xFFFF))
    table.no_more()
    return usb


def _uart(table: _Table) -> Uart:
    uart = Uart(
        driver=table.text("driver", pattern=_WORD, form=_WORD_FORM),
        base=table.integer("base", 0, 2**32 - 4, multiple_of=4),
        clock_hz=table.integer("clock_hz", 1, 2**40),
        irq=table.optional_integer("irq", 0, 239),
    )
    table.no_more()
    return uart


def _timer(table: _Table) -> Timer:
    timer = Timer(
        driver=table.text("driver", pattern=_WORD, form=_WORD_FORM),
        base=table.integer("base", 0, 2**32 - 4, multiple_of=4),
        hz=table.integer("hz", 1000, 2**32 - 1),
        bits=table.integer("bits", 16, 32),
        irq=table.optional_integer("irq", 0, 239),
    )
    table.no_more()
    return timer


def _pulse(table: _Table) -> Pulse:
    pulse = Pulse(
        low=_write(table.table("low")),
        high=_write(table.table("high")),
        setup=tuple(_write(entry) for entry in table.tables("setup")),
    )
    table.no_more()
    return pulse


def _write(table: _Table) -> Write:
    write = Write(
        address=table.integer("address", 0, 2**32 - 4, multiple_of=4), value=table.integer("value", 0, 2**32 - 1)
    )
    table.no_more()
    return write


def _emulator(table: _Table) -> Emulator:
    emulator = Emulator(
        machine=table.text("machine", pattern=_WORD, form=_WORD_FORM),
        icount_shift=table.integer("icount_shift", 0, 10),
        bios_none=table.boolean("bios_none", default=False),
    )
    table.no_more()
    return emulator


_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_WORD = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_WORD_FORM = "one word of lower-case letters, digits, - and _"
_T = TypeVar("_T")
_REQUIRED: Any = object()


class _Table:
    """One TOML table under check: it remembers which keys were asked for, so that the others can be refused."""

    def __init__(self, path: Path, name: str, content: Mapping[str, Any]) -> None:
        self.path = path
        self._name = name
        self._content = content
        self._asked: list[str] = []

    def error(self, key: str, what: str) -> BoardError:
        return BoardError(f"{self.path}: {self._name}{key} {what}")

    def no_more(self) -> None:
        """Refuse the keys that nobody asked for."""
        for key in self._content:
            if key not in self._asked:
                close = difflib.get_close_matches(key, self._asked, n=1, cutoff=0.5)
                hint = f"did you mean {close[0]!r}? " if close else ""
                raise self.error(key, f"is not a known key; {hint}Known: {', '.join(self._asked)}")

    def _get(self, key: str, kind: type[_T], word: str, default: Any = _REQUIRED) -> Any:
        self._asked.append(key)
        if key not in self._content:
            if default is _REQUIRED:
                close = difflib.get_close_matches(key, [k for k in self._content if k not in self._asked], n=1)
                hint = f" (there is {close[0]!r}: a typo?)" if close else ""
                raise self.error(key, f"is missing: {word} is needed{hint}")
            return default
        value = self._content[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(key, f"is {value!r}, but must be {word}")
        return value

    def text(self, key: str, *, pattern: re.Pattern[str] | None = None, form: str = "") -> str:
        value: str = self._get(key, str, "a text")
        if pattern is not None and (not pattern.fullmatch(value) or len(value) > 64):
            raise self.error(key, f"is {value!r}, but must be {form}, up to 64")
        if not value or not value.isprintable():
            raise self.error(key, f"is {value!r}, but must be one line of printable text")
        return value

    def choice(self, key: str, allowed: Sequence[str], default: Any = _REQUIRED) -> str:
        value: str = self._get(key, str, f"one of {', '.join(allowed)}", default)
        if value not in allowed:
            close = difflib.get_close_matches(value, allowed, n=1, cutoff=0.5)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise self.error(key, f"is {value!r}, but must be one of {', '.join(allowed)}{hint}")
        return value

    def integer(self, key: str, low: int, high: int, *, multiple_of: int = 1) -> int:
        return self._checked(key, self._get(key, int, "an integer"), low, high, multiple_of)

    def optional_integer(self, key: str, low: int, high: int) -> int | None:
        value = self._get(key, int, "an integer", None)
        return None if value is None else self._checked(key, value, low, high, 1)

    def _checked(self, key: str, value: int, low: int, high: int, multiple_of: int) -> int:
        if not low <= value <= high or value % multiple_of:
            rule = f" and a multiple of {multiple_of}" if multiple_of > 1 else ""
            raise self.error(key, f"is {value}, but must be {low} to {high}{rule}")
        return value

    def boolean(self, key: str, *, default: bool) -> bool:
        value: bool = self._get(key, bool, "true or false", default)
        return value

    def table(self, key: str) -> _Table:
        return self._sub(key, self._get(key, dict, f"a table [{self._name}{key}]"))

    def optional_table(self, key: str) -> _Table | None:
        content = self._get(key, dict, f"a table [{self._name}{key}]", None)
        return None if content is None else self._sub(key, content)

    def tables(self, key: str) -> list[_Table]:
        entries = self._get(key, list, "a list of tables", [])
        for entry in entries:
            if not isinstance(entry, dict):
                raise self.error(key, f"holds {entry!r}, but must be a list of tables")
        return [self._sub(f"{key}[{index}]", entry) for index, entry in enumerate(entries)]

    def _sub(self, key: str, content: Mapping[str, Any]) -> _Table:
        return _Table(self.path, f"{self._name}{key}.", content)
