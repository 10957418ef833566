# SPDX-License-Identifier: Apache-2.0
"""The timestamp pin of the energy-mode firmware against a model of its registers, compiled for this machine."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from edgekit.boards import Pulse, Write, load_board
from edgekit.firmware.headers import config_header
from edgekit.process import find_program, run
from edgekit.resources import firmware_templates_dir

SYSTEM = """
#include <stdint.h>
extern uint32_t *ek_register(uint32_t address);
#define EK_REGISTER(address) (*ek_register(address))
"""
MAIN = """
#include <stdint.h>
#include <stdio.h>
#include "pulse.h"
static uint64_t ticks;
static uint32_t value, address;
static void show(void)
{
    if (address != 0) { printf("%llu %x %x\\n", (unsigned long long)ticks, (unsigned)address, (unsigned)value); }
    address = 0;
}
uint32_t *ek_register(uint32_t at) { show(); address = at; return &value; }
uint64_t ek_clock_ticks(void) { show(); return ticks += 5; }
int main(void)
{
    ek_pulse_init(); show();
    ek_pulse(); show();
    ek_pulse_wait(500);
    printf("%llu\\n", (unsigned long long)ticks);
    return 0;
}
"""


def test_the_pin_falls_for_100_us_and_the_pause_is_half_a_second(tmp_path: Path) -> None:
    compiler = find_program("gcc") or find_program("cc")
    if compiler is None:
        pytest.skip("there is no C compiler for this machine")
    pulse = Pulse(
        low=Write(0x48000018, 0x200000),
        high=Write(0x48000018, 0x20),
        setup=(Write(0x40021000, 1), Write(0x48000000, 4)),
    )
    board = dataclasses.replace(load_board("mps2-an386"), pulse=pulse)
    (tmp_path / "ek_config.h").write_text(config_header(board))
    (tmp_path / "system.h").write_text(SYSTEM)
    (tmp_path / "main.c").write_text(MAIN)
    common = firmware_templates_dir() / "common"
    for name in ("pulse.c", "pulse.h", "clock.h"):
        (tmp_path / name).write_text((common / name).read_text())
    words = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-DEK_ENERGY", tmp_path / "pulse.c", tmp_path / "main.c"]
    run([compiler, *words, "-o", tmp_path / "pulse"], timeout_s=60)
    lines = run([tmp_path / "pulse"], timeout_s=20).stdout.splitlines()
    writes = [line.split() for line in lines[:-1]]
    assert [(address, value) for _, address, value in writes] == [
        ("40021000", "1"), ("48000000", "4"), ("48000018", "20"), ("48000018", "200000"), ("48000018", "20")
    ]  # fmt: skip
    fell, rose, ended = int(writes[3][0]), int(writes[4][0]), int(lines[-1])
    assert 100 <= (rose - fell) / 25 < 102
    assert 500_000 <= (ended - rose) / 25 < 500_100


def test_a_board_without_a_pin_has_no_energy_build() -> None:
    text = config_header(dataclasses.replace(load_board("mps2-an386"), pulse=None))
    assert '#error "the board file has no [pulse]' in text
