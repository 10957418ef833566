# SPDX-License-Identifier: Apache-2.0
"""Figures that may not grow unseen: instructions, arena, code and weights of nets with seeded random weights.

They are written anew with `pytest --update-golden`, and bind under the compiler that they were recorded with.
"""

from __future__ import annotations

import json

import pytest
from golden import GOLDEN, check_golden
from reference_nets import REFERENCE_NETS

from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board

FILE = "figures.json"
TOLERANCE = 1.01
BOARDS = ("mps2-an385", "mps2-an386", "mps3-an547")


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("net", REFERENCE_NETS)
def test_no_figure_grows_by_more_than_one_percent(net: str, board: str, request: pytest.FixtureRequest) -> None:
    found = bench(REFERENCE_NETS[net](), load_board(board), settings=Settings(inputs=1, repeats=1))
    assert found.parity is None or found.parity.different_bytes == 0
    memory = found.memory
    assert memory.arena_bytes - memory.scratch_bytes == memory.arena_lower_bound_bytes
    assert memory.scratch_bytes <= 4096
    measured = {
        "instructions": found.latency.instructions,
        "arena_bytes": memory.arena_bytes,
        "kernel_code_bytes": memory.kernel_code_bytes,
        "weight_bytes": memory.weight_bytes,
    }
    recorded = json.loads((GOLDEN / FILE).read_text()) if (GOLDEN / FILE).is_file() else {}
    if request.config.getoption("--update-golden"):
        recorded["compiler"] = found.conditions.compiler
        recorded[f"{net} on {board}"] = measured
        check_golden(request, FILE, json.dumps(recorded, indent=1, sort_keys=True) + "\n")
        return
    if recorded["compiler"] != found.conditions.compiler:
        pytest.skip(f"recorded with {recorded['compiler']}, this is {found.conditions.compiler}")
    allowed = recorded[f"{net} on {board}"]
    grown = {key: (allowed[key], value) for key, value in measured.items() if value > allowed[key] * TOLERANCE}
    assert not grown, f"recorded, measured: {grown}; `pytest --update-golden {__file__}` if that is meant"
