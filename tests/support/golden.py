# SPDX-License-Identifier: Apache-2.0
"""Expected texts in tests/golden: compared, or written anew with `pytest --update-golden`."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

GOLDEN = Path(__file__).resolve().parent.parent / "golden"

#: Characters of a difference that a failure prints.
_MOST_SHOWN = 4000


def check_golden(request: pytest.FixtureRequest, name: str, text: str) -> None:
    path = GOLDEN / name
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    assert path.is_file(), f"{path} is missing: run `pytest --update-golden`"
    wanted = path.read_text(encoding="utf-8")
    if text != wanted:
        lines = difflib.unified_diff(wanted.splitlines(), text.splitlines(), "wanted", "found", lineterm="", n=1)
        difference = "\n".join(lines)[:_MOST_SHOWN]
        pytest.fail(f"{path} differs: `pytest --update-golden` if that is meant\n{difference}", pytrace=False)
