# SPDX-License-Identifier: Apache-2.0
"""What a fault report of the board means, and where in the source it happened."""

from __future__ import annotations

import re
from pathlib import Path

from edgekit.firmware.symbols import find_place

#: Bits of the Configurable Fault Status Register (Arm DDI 0403, B3.2.15) -> what they mean.
_CFSR = {
    0: "instruction fetch from forbidden memory",
    1: "access to forbidden memory",
    4: "no memory for the stack",
    8: "instruction fetch from nowhere",
    9: "access to an address where nothing is",
    10: "access to an address where nothing is (imprecise)",
    12: "no memory for the stack",
    16: "undefined instruction",
    17: "branch to an address without the Thumb bit",
    18: "bad return from an exception",
    19: "use of the FPU while it is off",
    20: "stack limit passed",
    24: "unaligned access",
    25: "division by zero",
}
#: mcause of RISC-V (RISC-V Privileged Architecture, 3.1.15) -> what it means.
_MCAUSE = {
    0: "branch to an odd address",
    1: "instruction fetch from nowhere",
    2: "undefined instruction",
    3: "breakpoint",
    4: "unaligned access",
    5: "read from an address where nothing is",
    6: "unaligned access",
    7: "write to an address where nothing is, or that is read-only",
    11: "call of an operating system",
}


def explain_fault(report: str, core: str, elf: Path | None) -> str:
    """One phrase on the registers in `report`: the cause and, with the ELF, function and source line. "" if unknown."""
    registers = {name: int(value, 16) for name, value in re.findall(r"\b(pc|lr|cfsr|bfar)=([0-9a-f]{8})\b", report)}
    if "stack=overflow" in report:
        return "the stack overflowed"
    causes = [text for bit, text in _CFSR.items() if registers.get("cfsr", 0) >> bit & 1]
    trap = re.search(r"\bexc=(\d+)\b", report) if core.startswith("rv32") else None
    if trap is not None and int(trap[1]) in _MCAUSE:
        causes = [_MCAUSE[int(trap[1])]]
    place = find_place(elf, registers["pc"]) if elf is not None and "pc" in registers else ""
    return " ".join(part for part in ("; ".join(causes), f"in {place}" if place else "") if part)
