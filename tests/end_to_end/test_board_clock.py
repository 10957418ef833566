# SPDX-License-Identifier: Apache-2.0
"""The 64-bit clock of the firmware over a timer of any width, compiled for this machine."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from edgekit.process import find_program, run
from edgekit.resources import firmware_templates_dir

MAIN = """
#include <stdio.h>
#include "clock.h"
#include "ek_config.h"
static unsigned long long now;
uint32_t ek_timer_ticks(void) { return (uint32_t)(now & ((1ull << EK_TIMER_BITS) - 1)); }
static int work(void) { for (int i = 0; i < 7; i++) { now += 3000000; (void)ek_clock_ticks(); } now += 11; return 5; }
int main(void)
{
    unsigned long long step;
    while (scanf("%llu", &step) == 1) {
        now += step;
        printf("%llu\\n", (unsigned long long)ek_clock_microseconds());
    }
    int status;
    printf("%llu", (unsigned long long)ek_clock_measure(work, &status));
    printf(" %d\\n", status);
    return 0;
}
"""


@pytest.mark.parametrize(("bits", "hz"), [(24, 16_000_000), (32, 25_000_000), (32, 1_000_000_000), (24, 32_768)])
def test_microseconds_go_on_past_every_wrap_of_the_timer_and_of_32_bits(bits: int, hz: int, tmp_path: Path) -> None:
    compiler = find_program("gcc") or find_program("cc")
    if compiler is None:
        pytest.skip("there is no C compiler for this machine")
    (tmp_path / "ek_config.h").write_text(f"#define EK_TIMER_BITS {bits}\n#define EK_TIMER_HZ {hz}u\n")
    (tmp_path / "main.c").write_text(MAIN)
    common = firmware_templates_dir() / "common"
    for name in ("clock.c", "clock.h", "timer.h"):
        (tmp_path / name).write_text((common / name).read_text())
    words = ["-std=c99", "-Wall", "-Wextra", "-Werror", tmp_path / "clock.c", tmp_path / "main.c"]
    run([compiler, *words, "-o", tmp_path / "clock"], timeout_s=60)
    draw = random.Random(bits * hz)
    steps = [draw.randrange(1 << bits - 1, 1 << bits) for _ in range(6000)]
    lines = run([tmp_path / "clock"], timeout_s=60, stdin=" ".join(map(str, steps)).encode()).stdout.splitlines()
    total, expected = 0, []
    for step in steps:
        total += step
        expected.append(total * 1_000_000 // hz)
    assert [int(line) for line in lines[:-1]] == expected
    assert expected[-1] > 1 << 32  # 71.6 minutes
    assert lines[-1] == f"{7 * 3_000_000 + 11} 5"  # a measured time is exact over a wrap too
