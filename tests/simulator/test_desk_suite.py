# SPDX-License-Identifier: Apache-2.0
"""tests/hardware as a user runs it, with the port of `edgekit emulate` for the board on the desk."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from emulate_command import emulate_command

ROOT = Path(__file__).resolve().parents[2]
BOARD = "mps2-an386"


def run_suite(*args: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/hardware", *map(str, args)]
    return subprocess.run(words, capture_output=True, text=True, timeout=300, cwd=ROOT)


@pytest.mark.slow
def test_the_contract_of_a_device_holds_on_a_named_port(build) -> None:  # type: ignore[no-untyped-def]
    with emulate_command(BOARD, "--firmware", build(misbehaves=True).elf) as (port, _):
        done = run_suite("--board", BOARD, "--port", port)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\b\d+ passed", done.stdout) and "skipped" not in done.stdout


def test_without_a_board_it_skips_and_says_why() -> None:
    done = run_suite()
    assert done.returncode == 0, done.stdout
    assert re.search(r"\b\d+ skipped", done.stdout) and "passed" not in done.stdout
    assert "no board on the desk: give --board NAME" in done.stdout
