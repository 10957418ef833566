# SPDX-License-Identifier: Apache-2.0
"""Does a model fit a board? Asked before anything is built."""

from __future__ import annotations

from dataclasses import dataclass

from edgekit.boards import Board
from edgekit.codegen.generated import GeneratedModel
from edgekit.errors import DoesNotFitError
from edgekit.firmware.adapters import choose_adapter

#: Flash for code, beside the weights: firmware and kernels. Measured with gcc 12.2: firmware takes 10.2 KiB on a
#: Cortex-M4F, 11.4 on a Cortex-M3, 13.5 on a Cortex-M0 and 16.7 on RV32IMC, whose arithmetic comes from libgcc; the
#: kernels of a reference model up to 7.2 KiB where they are portable and 14.6 with DSP instructions. The rest is for
#: models with more kinds of layers. The build tells the exact figure.
CODE_RESERVE_BYTES = 32 * 1024
_SMALL_CODE_RESERVE_BYTES = 24 * 1024
_SMALL_CODE = ("cortex-m0", "cortex-m0plus", "cortex-m3")
#: .data, .bss and .noinit of the firmware without line buffer and adapter's buffer (measured: 136 bytes).
HARNESS_RAM_BYTES = 512

_KIB = 1024


@dataclass(frozen=True, slots=True)
class Fit:
    """Bytes that a model needs and a board has. `reasons` says in one line each what the bytes are for."""

    board_id: str
    fits: bool
    flash_needed_bytes: int
    flash_available_bytes: int
    ram_needed_bytes: int
    ram_available_bytes: int
    reasons: tuple[str, ...]

    @property
    def flash_missing_bytes(self) -> int:
        return max(0, self.flash_needed_bytes - self.flash_available_bytes)

    @property
    def ram_missing_bytes(self) -> int:
        return max(0, self.ram_needed_bytes - self.ram_available_bytes)


def stack_bytes(board: Board) -> int:
    """The stack that the firmware reserves: 4 KiB, less where RAM is scarce."""
    if board.ram.bytes >= 32 * _KIB:
        return 4 * _KIB
    return 2 * _KIB if board.ram.bytes >= 16 * _KIB else _KIB


def line_bytes(board: Board) -> int:
    """The firmware's command buffer: long commands load inputs quickly, where there is RAM for it."""
    for ram, line in ((64 * _KIB, 2 * _KIB), (32 * _KIB, _KIB), (16 * _KIB, 512)):
        if board.ram.bytes >= ram:
            return line
    return 128


def check_fit(model: GeneratedModel, board: Board) -> Fit:
    """What `model` needs of `board`'s flash and RAM, and what there is."""
    code = _SMALL_CODE_RESERVE_BYTES if board.core in _SMALL_CODE else CODE_RESERVE_BYTES
    flash_needed = model.weight_bytes + code
    stack, line, adapter = stack_bytes(board), line_bytes(board), choose_adapter(model).buffer_bytes
    ram_needed = model.arena_bytes + stack + line + adapter + HARNESS_RAM_BYTES
    flash_fits, ram_fits = flash_needed <= board.flash.bytes, ram_needed <= board.ram.bytes
    reasons = (
        _reason("flash", flash_needed, board.flash.bytes,
                f"weights {model.weight_bytes:,} + reserve for code {code:,}"),
        _reason("RAM", ram_needed, board.ram.bytes,
                f"arena {model.arena_bytes:,} + stack {stack:,} + buffers {line + adapter + HARNESS_RAM_BYTES:,}"),
    )  # fmt: skip
    return Fit(
        board_id=board.id,
        fits=flash_fits and ram_fits,
        flash_needed_bytes=flash_needed,
        flash_available_bytes=board.flash.bytes,
        ram_needed_bytes=ram_needed,
        ram_available_bytes=board.ram.bytes,
        reasons=reasons,
    )


def require_fit(model: GeneratedModel, board: Board) -> Fit:
    """Like `check_fit`. Raises DoesNotFitError, with the bytes that are missing."""
    fit = check_fit(model, board)
    if not fit.fits:
        missing = {"flash": fit.flash_missing_bytes, "RAM": fit.ram_missing_bytes}
        reasons = dict(zip(missing, fit.reasons, strict=True))
        too_big = [memory for memory, count in missing.items() if count]
        raise does_not_fit(
            model.name,
            board.id,
            {memory: missing[memory] for memory in too_big},
            "; ".join(reasons[memory] for memory in too_big),
        )
    return fit


def does_not_fit(model: str, board_id: str, missing: dict[str, int], reason: str = "") -> DoesNotFitError:
    """The error for a model that is too big: before the build and, from the linker, after it."""
    lack = " and ".join(f"{count:,} bytes of {memory}" for memory, count in missing.items())
    detail = f" ({reason})" if reason else ""
    return DoesNotFitError(
        f"{model} does not fit {board_id}: {lack} are missing{detail}; take a larger board (`edgekit boards`), "
        "a smaller model, or --optimize size or ram"
    )


def _reason(memory: str, needed: int, available: int, parts: str) -> str:
    verdict = f"{needed - available:,} missing" if needed > available else f"{available - needed:,} to spare"
    return f"{memory}: needs {needed:,} bytes ({parts}), has {available:,}: {verdict}"
