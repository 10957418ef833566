# SPDX-License-Identifier: Apache-2.0
"""Hostile files at scale: edits that know the schema, and edits of bytes. No crash, no hang, no memory beyond a bound,
and what is still a model goes through all passes, the planner and, one in eight, the code generator.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from mutation_run import GENERATED, damaged, sound
from mutations import LAYOUT, places_of

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is bounded on Linux")


def run(seed: int, count: int, folder: Path) -> dict[str, int]:
    """What became of `count` damaged files, in a process of its own."""
    where = folder / "case"
    search = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "support" / "mutation_run.py", str(seed), str(count), str(where)],
        capture_output=True, text=True, timeout=3000,
        env={**os.environ, "PYTHONPATH": search, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    at = where.read_text().strip() if where.exists() else "none"
    assert done.returncode == 0, f"damaged({seed}, {at}): status {done.returncode}\n{done.stderr}"
    ends: dict[str, int] = json.loads(done.stdout)
    assert sum(ends.values()) == count
    return ends


def check_ends(ends: dict[str, int], count: int) -> None:
    """The damage is neither so slight that nothing is refused, nor so great that nothing gets to the code generator."""
    assert ends["MalformedModelError"] > count // 4
    assert ends["UnsupportedOpError"] > count // 50
    assert ends["imported"] > count // 10
    assert ends["generated"] > count // (20 * GENERATED)


def test_damaged_files_end_in_an_error_or_in_a_program(tmp_path: Path) -> None:
    check_ends(run(0, 2000, tmp_path), 2000)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(1, 41))
def test_200_000_damaged_files_end_in_an_error_or_in_a_program(seed: int, tmp_path: Path) -> None:
    ends = run(seed, 5000, tmp_path)
    print(ends)
    check_ends(ends, 5000)


def test_the_same_case_is_the_same_file() -> None:
    assert [damaged(3, case).content for case in range(50)] == [damaged(3, case).content for case in range(50)]
    assert damaged(3, 0).content != damaged(4, 0).content


def test_every_table_of_a_file_is_found() -> None:
    found = {kind for number in range(5) for kind in sound(number)[1].links}
    assert {kind for fields in LAYOUT.values() for kind in fields.values() if len(kind) > 3} - found <= {"[B]"}
    content, places = sound(0)
    assert places_of(content) == places
    draw = random.Random(0)
    at, form = draw.choice([place for place in places.scalars if place[1] == "i"])
    assert 0 <= at < len(content) and form == "i"
