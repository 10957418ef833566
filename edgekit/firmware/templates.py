# SPDX-License-Identifier: Apache-2.0
"""The words that a board file may use for a template, a serial driver and a timer driver, and the files they stand for.

A new core family or driver is a file in firmware_templates/ and one line here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from edgekit.boards import Board
from edgekit.errors import BoardError
from edgekit.resources import firmware_templates_dir

#: Template -> its files in firmware_templates/, the linker script last.
TEMPLATES: dict[str, tuple[str, ...]] = {
    "cortex-m": ("cortex-m/startup.c", "cortex-m/fault.c", "cortex-m/system.c", "common/link.ld"),
    "rv32-virt": (
        "riscv/startup.c", "riscv/trap.c", "riscv/system.c", "riscv/virt.c", "riscv/machine.h", "common/link.ld"
    ),
}  # fmt: skip
UART_DRIVERS: dict[str, str] = {
    "cmsdk": "drivers/uart_cmsdk.c",
    "nrf51": "drivers/uart_nrf51.c",
    "ns16550": "drivers/uart_ns16550.c",
    "stm32": "drivers/uart_stm32.c",
}
TIMER_DRIVERS: dict[str, str] = {
    "cmsdk": "drivers/timer_cmsdk.c",
    "minstret": "drivers/timer_minstret.c",
    "nrf51": "drivers/timer_nrf51.c",
    "sse": "drivers/timer_sse.c",
    "stm32": "drivers/timer_stm32.c",
}

#: Timers that wake the core by other means than an interrupt of a number.
_TIMERS_WITHOUT_IRQ = {"minstret"}


@dataclass(frozen=True, slots=True)
class TemplateFiles:
    """Path in the project -> text; `sources` are the .c files of the firmware, in build order."""

    files: Mapping[str, str]
    sources: tuple[str, ...]


def collect_template(board: Board, adapter_source: str) -> TemplateFiles:
    """The firmware of `board` around a model with the given adapter. Raises BoardError for a word nobody knows."""
    family = _known(board, "template", board.template, TEMPLATES)
    drivers = (
        _known(board, "uart.driver", board.uart.driver, UART_DRIVERS),
        _known(board, "timer.driver", board.timer.driver, TIMER_DRIVERS),
    )
    for kind, driver, irq in (
        ("uart", board.uart.driver, board.uart.irq),
        ("timer", board.timer.driver, board.timer.irq),
    ):
        if irq is None and not (kind == "timer" and driver in _TIMERS_WITHOUT_IRQ):
            raise BoardError(
                f"board {board.id}: {kind}.irq is missing: the driver {driver!r} sleeps until an interrupt"
            )
    root = firmware_templates_dir()
    common = sorted(path.relative_to(root).as_posix() for path in root.glob("common/*.[ch]"))
    libc = ("libc/string.c", "libc/string.h")
    names = [*common, *family, *drivers, f"adapters/{adapter_source}", *libc, "zig/data.c"]
    files = {_place(name): (root / name).read_text(encoding="utf-8") for name in names}
    # One of the two layer sources is chosen by the build, and what a tool chain needs.
    sources = tuple(path for path in files if path.endswith(".c") and not re.search("/ek_layers_|/zig/", path))
    return TemplateFiles(files, sources)


def read_project_template(name: str) -> str:
    """The text of firmware_templates/project/`name`."""
    return (firmware_templates_dir() / "project" / name).read_text(encoding="utf-8")


def _place(name: str) -> str:
    return "firmware/link.ld" if name.endswith(".ld") else f"firmware/{name}"


_T = TypeVar("_T")


def _known(board: Board, key: str, word: str, registry: Mapping[str, _T]) -> _T:
    if word not in registry:
        close = difflib.get_close_matches(word, registry, n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise BoardError(f"board {board.id}: {key} is {word!r}, but must be one of {', '.join(registry)}{hint}")
    return registry[word]
