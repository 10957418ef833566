# SPDX-License-Identifier: Apache-2.0
"""Expected texts in tests/golden: compared, or written anew with `pytest --update-golden`."""

from __future__ import annotations

from pathlib import Path

import pytest

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def check_golden(request: pytest.FixtureRequest, name: str, text: str) -> None:
    path = GOLDEN / name
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    assert path.is_file(), f"{path} is missing: run `pytest --update-golden`"
    assert text == path.read_text(encoding="utf-8"), f"{path} differs: `pytest --update-golden` if that is meant"
