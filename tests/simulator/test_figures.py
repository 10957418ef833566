# SPDX-License-Identifier: Apache-2.0
"""Figures that may not grow unseen: instructions, arena, code and weights of nets with seeded random weights, for every
objective.

They are written anew with `pytest --update-golden`, and bind under the compiler that they were recorded with.
"""

from __future__ import annotations

import itertools
import json

import pytest
from golden import GOLDEN, check_golden
from reference_nets import REFERENCE_NETS

from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board
from edgekit.codegen.generated import Objective

FILE = "figures.json"
TOLERANCE = 1.01
BOARDS = ("mps2-an385", "mps2-an386", "mps3-an547")
#: Beside those for speed, what runs in `make test`.
FAST = {("ds_cnn", "mps2-an386", "size"), ("ds_cnn", "mps2-an386", "ram"), ("mobilenet", "mps3-an547", "ram")}
CASES = [
    pytest.param(*case, marks=() if case[2] == "speed" or case in FAST else (pytest.mark.slow,))
    for case in itertools.product(REFERENCE_NETS, BOARDS, ("speed", "size", "ram"))
]


@pytest.mark.parametrize(("net", "board", "optimize"), CASES)
def test_no_figure_grows_by_more_than_one_percent(
    net: str, board: str, optimize: Objective, request: pytest.FixtureRequest
) -> None:
    settings = Settings(inputs=1, repeats=1, optimize=optimize)
    found = bench(REFERENCE_NETS[net](), load_board(board), settings=settings)
    assert found.parity is None or found.parity.different_bytes == 0
    memory = found.memory
    if optimize == "speed":
        assert memory.arena_bytes - memory.scratch_bytes == memory.arena_lower_bound_bytes
        assert memory.scratch_bytes <= 4096
    case = f"{net} on {board}, {optimize}"
    measured = {
        "instructions": found.latency.instructions,
        "arena_bytes": memory.arena_bytes,
        "kernel_code_bytes": memory.kernel_code_bytes,
        "weight_bytes": memory.weight_bytes,
    }
    recorded = json.loads((GOLDEN / FILE).read_text()) if (GOLDEN / FILE).is_file() else {}
    if request.config.getoption("--update-golden"):
        recorded["compiler"] = found.conditions.compiler
        recorded[case] = measured
        check_golden(request, FILE, json.dumps(recorded, indent=1, sort_keys=True) + "\n")
        return
    if recorded["compiler"] != found.conditions.compiler:
        pytest.skip(f"recorded with {recorded['compiler']}, this is {found.conditions.compiler}")
    allowed = recorded[case]
    grown = {key: (allowed[key], value) for key, value in measured.items() if value > allowed[key] * TOLERANCE}
    assert not grown, f"recorded, measured: {grown}; `pytest --update-golden {__file__}` if that is meant"
