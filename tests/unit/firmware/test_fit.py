# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses

import pytest
from standin_model import standin_model

from edgekit.boards import load_board
from edgekit.errors import DoesNotFitError, ToolError
from edgekit.firmware import build, check_fit, require_fit, toolchain
from edgekit.process import Completed

SMALL = load_board("an385-stm32f103")


def test_a_small_model_fits_with_both_reasons() -> None:
    fit = require_fit(standin_model(), SMALL)
    assert fit.fits and fit.flash_missing_bytes == fit.ram_missing_bytes == 0
    assert [reason.split(":")[0] for reason in fit.reasons] == ["flash", "RAM"]
    assert all("to spare" in reason for reason in fit.reasons)


def test_missing_flash_is_counted_to_the_byte() -> None:
    fit = check_fit(standin_model(weight_bytes=SMALL.flash.bytes), SMALL)
    assert not fit.fits
    assert fit.flash_missing_bytes == fit.flash_needed_bytes - SMALL.flash.bytes > 0
    with pytest.raises(DoesNotFitError, match=rf"{fit.flash_missing_bytes:,} bytes of flash are missing"):
        require_fit(standin_model(weight_bytes=SMALL.flash.bytes), SMALL)


def test_missing_ram_names_the_arena_and_the_stack() -> None:
    with pytest.raises(DoesNotFitError, match=r"bytes of RAM are missing .*arena 40,000 \+ stack 2,048"):
        require_fit(standin_model(elements=20_000), SMALL)


def test_the_adapters_buffer_counts() -> None:
    plain = check_fit(standin_model(elements=640, outputs=10), SMALL).ram_needed_bytes
    assert check_fit(standin_model(elements=640, outputs=640), SMALL).ram_needed_bytes == plain + 2560


def test_the_linkers_overflow_is_the_same_error() -> None:
    said = "ld: region `FLASH' overflowed by 1234 bytes\nld: region `RAM' overflowed by 1 byte\n"
    facts = {"model": {"name": "big"}, "board": "tiny"}
    with pytest.raises(DoesNotFitError, match=r"big does not fit tiny: 1,234 bytes of flash and 1 bytes of RAM"):
        build._check(Completed(("cmake",), 1, said, ""), facts)


def test_compile_errors_are_quoted() -> None:
    said = "[1/9] Building\n[2/9] Building\nmodel/x.c:3:1: error: expected ';'\nninja: build stopped\n"
    with pytest.raises(ToolError, match=r"failed \(cmake\)\nmodel/x.c:3:1: error: expected ';'$"):
        build._check(Completed(("/usr/bin/cmake",), 1, said, ""), {})


def test_a_missing_compiler_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "find_program", lambda name: None)
    with pytest.raises(
        ToolError, match=r"arm-none-eabi-gcc is not installed.*apt-get install.*dnf install.*brew install"
    ):
        toolchain.require_compiler("cortex-m3")


@pytest.mark.parametrize("board", ["mps2-an386", "rv32-virt"])
def test_dsp_kernels_and_risc_v_code_need_more_flash(board: str) -> None:
    plain, large = (check_fit(standin_model(), load_board(name)) for name in ("mps2-an385", board))
    assert large.flash_needed_bytes > plain.flash_needed_bytes
    assert large.ram_needed_bytes == plain.ram_needed_bytes


def test_a_micro_bit_says_how_many_bytes_are_missing() -> None:
    microbit = load_board("microbit")
    assert require_fit(standin_model(elements=4_000), microbit).ram_missing_bytes == 0
    with pytest.raises(DoesNotFitError, match=r"does not fit microbit: 6,688 bytes of RAM are missing .*stack 2,048"):
        require_fit(standin_model(elements=10_000), microbit)


def test_small_boards_get_a_shorter_line_and_stack() -> None:
    from edgekit.firmware.fit import line_bytes, stack_bytes

    tiny = dataclasses.replace(SMALL, ram=dataclasses.replace(SMALL.ram, bytes=8 * 1024))
    assert (line_bytes(tiny), stack_bytes(tiny)) == (128, 1024)
    assert line_bytes(SMALL) == 512
    assert line_bytes(load_board("mps2-an386")) == 2048


def test_missing_zig_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "find_zig", lambda: None)
    with pytest.raises(ToolError, match=r"zig is not installed.*pip install 'edgekit\[zig\]'"):
        toolchain.require_compiler("cortex-m3", "zig")


def test_llds_overflow_is_told_as_the_last_section_says() -> None:
    said = (
        "ld.lld: error: section '.text' will not fit in region 'FLASH': overflowed by 8516 bytes\n"
        "ld.lld: error: section '.data' will not fit in region 'FLASH': overflowed by 8532 bytes\n"
    )
    with pytest.raises(DoesNotFitError, match=r"big does not fit tiny: 8,532 bytes of flash"):
        build._check(Completed(("cmake",), 1, said, ""), {"model": {"name": "big"}, "board": "tiny"})
