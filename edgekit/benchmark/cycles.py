# SPDX-License-Identifier: Apache-2.0
"""Estimated cycles of code on a core, from the blocks that ran and published instruction timings.

Sources: Cortex-M0 TRM (Arm DDI 0432C, 3.3), Cortex-M0+ TRM (DDI 0484C, 3.3), Cortex-M3 TRM (DDI 0337, table 3-1),
Cortex-M4 TRM (DDI 0439B, 3.3.1 and 7.2.3). Arm publishes no such table for the Cortex-M7 (modelled as a two-wide
in-order pipeline) and the Cortex-M33 (modelled with loads of one cycle and a bubble before their use).

The model knows neither flash wait states nor caches nor bus conflicts, and no board has calibrated it: `RANGE` says how
far off it may be. Cores that are not in `MODELS` have no estimate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from edgekit.boards import Board
from edgekit.device.mix import Block, count_layers, count_run
from edgekit.errors import DeviceError, ToolError
from edgekit.firmware import FirmwareImage
from edgekit.firmware.symbols import Code, read_code

#: An estimate may be this share too high or too low.
RANGE = 0.30

_CLASSES = (
    ("load pair", r"ldrd"),
    ("load", r"ldr(b|h|sb|sh)?"),
    ("store pair", r"strd"),
    ("store", r"str(b|h)?"),
    ("load many", r"ldm(ia|db)?|pop"),
    ("store many", r"stm(ia|db)?|push"),
    ("float memory", r"v(ldr|str)"),
    ("float many", r"v(ldm|stm)(ia|db)?|vpop|vpush"),
    ("divide", r"[su]div"),
    ("multiply long", r"[su]m(ull|lal)|umaal|smlal\w+"),
    ("multiply add", r"ml[as]|sml[as]\w*|smml[as]r?"),
    ("multiply", r"muls?|smul\w*|smmulr?|smu[as]dx?"),
    ("call", r"blx?"),
    ("branch", r"bx?|cbn?z|tb[bh]"),
    ("if-then", r"it[te]*"),
    ("float multiply add", r"v(f?n?ml[as]|fm[as]|fnm[as])"),
    ("float divide", r"v(div|sqrt)"),
    ("float", r"v\w+"),
)
_CONDITION = r"(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)?(\.\w+)*"
_PATTERNS = [(name, re.compile(f"(?:{pattern}){_CONDITION}")) for name, pattern in _CLASSES]


@dataclass(frozen=True, slots=True)
class Instruction:
    """`kind` is one of `_CLASSES` or "other"; registers by capstone's numbers; `count` registers of a load or store."""

    kind: str
    size_bytes: int
    count: int
    reads: frozenset[int]
    writes: frozenset[int]
    address: frozenset[int]


@dataclass(frozen=True, slots=True)
class Model:
    """`straight` gives the cycles of straight-line code, `refill` those that a taken branch adds."""

    straight: Callable[[Sequence[Instruction]], int]
    refill: int


def estimate_run(board: Board, image: FirmwareImage, inputs: Sequence[bytes]) -> int | None:
    """Estimated cycles of one inference of a measured build.

    None where there is no emulator, no model of the core, or no tool to count with (a C compiler, capstone, a QEMU that
    takes the plugin): an estimate is an extra, and its lack must not fail a measurement.
    """
    if not _countable(board):
        return None
    try:
        return estimate_cycles(board.core, count_run(board, image, inputs), read_code(image.elf))
    except (ToolError, DeviceError):
        return None


def estimate_layers(board: Board, image: FirmwareImage, inputs: Sequence[bytes], layers: int) -> tuple[int | None, ...]:
    """Like `estimate_run` for every layer of a profile build."""
    nothing = (None,) * layers
    if not _countable(board):
        return nothing
    try:
        code = read_code(image.elf)
        found = count_layers(board, image, inputs, layers)
        return tuple(estimate_cycles(board.core, blocks, code) for blocks in found)
    except (ToolError, DeviceError):
        return nothing


def _countable(board: Board) -> bool:
    return board.emulated and board.core in MODELS


def estimate_cycles(core: str, blocks: Iterable[Block], code: Code) -> int | None:
    """Cycles of `blocks` on `core`; None for a core without a model. Raises ToolError when capstone is missing."""
    model = MODELS.get(core)
    if model is None:
        return None
    total = 0
    for block in blocks:
        instructions = decode(code.read(block.address, block.size_bytes), block.address)
        total += block.executions * model.straight(instructions) + block.jumps * model.refill
    return total


def decode(code: bytes, address: int) -> list[Instruction]:
    """Thumb machine code as instructions."""
    try:
        import capstone
    except ImportError:
        raise ToolError("estimating cycles needs the package capstone: pip install 'edgekit[cycles]'") from None
    disassembler = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    disassembler.detail = True
    return [_instruction(each) for each in disassembler.disasm(code, address)]


def classify(mnemonic: str) -> str:
    """The timing class of an instruction by its name."""
    return next((name for name, pattern in _PATTERNS if pattern.fullmatch(mnemonic)), "other")


def _instruction(found: object) -> Instruction:
    from capstone.arm import ARM_OP_MEM, ARM_OP_REG

    operands = found.operands  # type: ignore[attr-defined]
    reads, writes = found.regs_access()  # type: ignore[attr-defined]
    kind = classify(found.mnemonic)  # type: ignore[attr-defined]
    registers = sum(operand.type == ARM_OP_REG for operand in operands)
    if kind.endswith("many") and not found.mnemonic.startswith(("pop", "push", "vpop", "vpush")):  # type: ignore[attr-defined]
        registers -= 1  # the base
    address = {
        register
        for operand in operands
        if operand.type == ARM_OP_MEM
        for register in (operand.mem.base, operand.mem.index)
        if register
    }
    size: int = found.size  # type: ignore[attr-defined]
    return Instruction(kind, size, registers, frozenset(reads), frozenset(writes), frozenset(address))


#: Cycles by class where they do not depend on the neighbours; registers of a multiple transfer are added.
_M0 = {"load": 2, "store": 2, "load many": 1, "store many": 1, "call": 2}
_M3 = {
    "load pair": 3, "store pair": 3, "load many": 1, "store many": 1, "multiply add": 2, "multiply long": 4,
    "divide": 7,
}  # fmt: skip
_M4 = {
    "load pair": 3, "store pair": 3, "load many": 1, "store many": 1, "float memory": 2, "float many": 1, "divide": 7,
    "float multiply add": 3, "float divide": 14,
}  # fmt: skip
_M33 = {"load pair": 2, "store pair": 2, "load many": 0, "store many": 0, "float many": 0, "divide": 7,
        "float multiply add": 3, "float divide": 14, "if-then": 0}  # fmt: skip


def _many(each: Instruction) -> int:
    return each.count if each.kind.endswith("many") else 0


def _m0(instructions: Sequence[Instruction]) -> int:
    return sum(_M0.get(each.kind, 1) + _many(each) for each in instructions)


def _pipelined(table: dict[str, int]) -> Callable[[Sequence[Instruction]], int]:
    """Cortex-M3 and M4: a load after a load takes one cycle unless its address needs the loaded value; an IT after a
    16-bit instruction is folded into it."""

    def straight(instructions: Sequence[Instruction]) -> int:
        cycles = 0
        before: Instruction | None = None
        for each in instructions:
            if each.kind == "load":
                follows = before is not None and before.kind == "load" and not before.writes & each.address
                cycles += 1 if follows else 2
            elif each.kind == "if-then":
                cycles += 0 if before is not None and before.size_bytes == 2 else 1
            else:
                cycles += table.get(each.kind, 1) + _many(each)
            before = each
        return cycles

    return straight


def _m33(instructions: Sequence[Instruction]) -> int:
    cycles = 0
    before: Instruction | None = None
    for each in instructions:
        if before is not None and before.writes & (each.reads | each.address):
            multiplies = before.kind.startswith("multiply")
            cycles += before.kind.startswith("load") or (multiplies and not each.kind.startswith("multiply"))
        cycles += max(1 if each.kind != "if-then" else 0, _M33.get(each.kind, 1) + _many(each))
        before = each
    return cycles


_M7_LATENCY = {"memory": 2, "multiply": 2, "float": 3, "branch": 1, "other": 1}
_M7_WIDTH = {"memory": 1, "multiply": 1, "float": 1, "branch": 1, "other": 2}


def _m7_unit(kind: str) -> str:
    if kind.startswith(("load", "store")) or kind in ("float memory", "float many"):
        return "memory"
    if kind.startswith("multiply") or kind == "divide":
        return "multiply"
    if kind.startswith("float"):
        return "float"
    return "branch" if kind in ("branch", "call") else "other"


def _m7(instructions: Sequence[Instruction]) -> int:
    """Two instructions a cycle, in order, one of each unit (two of the integer unit), when their operands are ready."""
    ready: dict[int, int] = {}
    cycle, issued = 0, 0
    used: dict[str, int] = {}
    for each in instructions:
        unit = _m7_unit(each.kind)
        needed = max((ready.get(register, 0) for register in each.reads | each.address), default=0)
        while needed > cycle or issued >= 2 or used.get(unit, 0) >= _M7_WIDTH[unit]:
            cycle, issued, used = cycle + 1, 0, {}
        issued += 1
        used[unit] = used.get(unit, 0) + 1
        cycle += max(0, (_many(each) + 1) // 2 - 1)
        latency = {"divide": 8, "float divide": 14}.get(each.kind, _M7_LATENCY[unit])
        for register in each.writes:
            ready[register] = cycle + latency
    return cycle + 1


MODELS = {
    "cortex-m0": Model(_m0, 2),
    "cortex-m0plus": Model(_m0, 1),
    "cortex-m3": Model(_pipelined(_M3), 2),
    "cortex-m4": Model(_pipelined(_M4), 2),
    "cortex-m4f": Model(_pipelined(_M4), 2),
    "cortex-m7": Model(_m7, 1),
    "cortex-m33": Model(_m33, 1),
}
