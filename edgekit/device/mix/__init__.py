# SPDX-License-Identifier: Apache-2.0
"""Which blocks of machine code an emulated board runs, and how often: the base of cycle estimates.

A plugin counts them inside QEMU (`blocks.c`, built with the host's C compiler on first use). The counts are exact: they
add up to the instructions that the board's timer counts.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgekit.boards import Board
from edgekit.device.client import Device
from edgekit.device.protocol import Link
from edgekit.device.transport import open_transport
from edgekit.device.virtual import emulate
from edgekit.errors import ToolError
from edgekit.firmware.image import FirmwareImage
from edgekit.firmware.symbols import read_code
from edgekit.process import find_program, run

_COMPILE_TIMEOUT_S = 60.0
#: The function whose call ends a measurement, right after the model's.
_END = "ek_timer_ticks"


@dataclass(frozen=True, slots=True)
class Block:
    """Straight-line code that ran `executions` times, `jumps` of them by a taken branch."""

    address: int
    size_bytes: int
    executions: int
    jumps: int


def count_run(board: Board, image: FirmwareImage, inputs: Sequence[bytes]) -> tuple[Block, ...]:
    """The blocks of one inference, in a measured build. Raises ToolError or DeviceError where it cannot be counted."""

    def work(device: Device) -> None:
        device.infer(inputs)
        device.measure(1)

    return _count(board, image, f"{image.model_name}_run", work)[-1]


def count_layers(board: Board, image: FirmwareImage, inputs: Sequence[bytes], layers: int) -> list[tuple[Block, ...]]:
    """The blocks of each layer of one inference, in a profile build."""

    def work(device: Device) -> None:
        device.layers(inputs)

    return _count(board, image, f"{image.model_name}_step", work)[-layers:]


def _count(
    board: Board, image: FirmwareImage, function: str, work: Callable[[Device], None]
) -> list[tuple[Block, ...]]:
    functions = read_code(image.elf).functions
    if function not in functions or _END not in functions:
        raise ToolError(f"the firmware has no functions {function} and {_END} to count between; build it again")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edgekit-")))
        counts = folder / "counts"
        plugin = _build_plugin(folder)
        option = f"file={plugin},begin={functions[function]:#x},end={functions[_END]:#x},out={counts}"
        with _device(board, image, ["-plugin", option]) as device:
            work(device)
        return [_parse(line) for line in counts.read_text(encoding="ascii").splitlines()]


@contextlib.contextmanager
def _device(board: Board, image: FirmwareImage, options: Sequence[str]) -> Iterator[Device]:
    with emulate(board, image.elf, options) as live:
        with contextlib.closing(open_transport(live.port, board.serial.baud)) as transport:
            link = Link(transport, check=live.check)
            link.synchronise()
            device = Device(link, board, reset=live.reset, elf=image.elf)
            device.require(image)
            yield device


def _build_plugin(folder: Path) -> Path:
    compiler = find_program("cc") or find_program("gcc")
    if compiler is None:
        raise ToolError("counting blocks of code needs a C compiler for this machine (cc or gcc)")
    plugin = folder / "blocks.so"
    source = Path(__file__).with_name("blocks.c")
    run([compiler, "-O2", "-shared", "-fPIC", "-o", plugin, source], timeout_s=_COMPILE_TIMEOUT_S)
    return plugin


def _parse(line: str) -> tuple[Block, ...]:
    try:
        return tuple(Block(*map(int, each.split(" "))) for each in line.split(",") if each)
    except (ValueError, TypeError) as error:
        raise ToolError(f"the emulator's block counts cannot be read: {line[:80]!r}") from error
