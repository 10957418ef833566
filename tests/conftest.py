# SPDX-License-Identifier: Apache-2.0
"""Fixtures and options that every test may use. Helpers shared between tests lie in tests/support."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "benchmarks")]

# A shell ignores Ctrl-C for what it starts in the background, and children would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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


#: What a complete machine may leave out; in CI (where the variable CI is set) any other skip fails the run.
EXPECTED_SKIPS = ("no board on the desk", "real models and data are not here", "recorded with", "ziglang is not")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput") or not os.environ.get("CI"):
        return
    reasons = {report.longrepr[2] for report in reporter.stats.get("skipped", ()) if isinstance(report.longrepr, tuple)}
    strange = sorted(reason for reason in reasons if not any(expected in reason for expected in EXPECTED_SKIPS))
    if strange:
        reporter.write_line(f"skips that a complete machine has no reason for: {'; '.join(strange)}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
