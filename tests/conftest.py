# SPDX-License-Identifier: Apache-2.0
"""Fixtures and options that every test may use. Helpers shared between tests lie in tests/support."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the expected texts in tests/golden anew")
    parser.addoption("--board", help="the board on the desk, for tests/hardware")
    parser.addoption("--port", help="its serial port, where its USB id does not tell")


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of real models and data, or a skip."""
    folder = Path(os.environ.get("EDGEKIT_SHARED", ROOT.parent / "shared"))
    if not (folder / "models").is_dir():
        pytest.skip("real models and data are not here (EDGEKIT_SHARED, default ../shared)")
    return folder
