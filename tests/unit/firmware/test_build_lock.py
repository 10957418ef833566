# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgekit.errors import ToolError
from edgekit.firmware import build_lock
from edgekit.firmware.build_lock import alone_in

# Begins a build whose compiler is `cat`, and dies as if killed; the compiler works on until its stdin ends.
_KILLED = """
import os, subprocess, sys
from pathlib import Path
from edgekit.firmware.build_lock import alone_in
with alone_in(Path(sys.argv[1])) as lock:
    compiler = subprocess.Popen(["cat"], pass_fds=[lock])
    (Path(sys.argv[1])).mkdir()
    (Path(sys.argv[1]) / "half").write_text("half")
    os._exit(9)
"""


def begun(folder: Path) -> bool:
    return (folder / "half").exists()


@pytest.mark.skipif(os.name != "posix", reason="only POSIX passes open files on")
def test_what_a_killed_build_left_working_is_waited_for_and_its_folder_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "build" / "measured"
    with subprocess.Popen([sys.executable, "-c", _KILLED, str(folder)], stdin=subprocess.PIPE) as killed:
        assert killed.wait(30) == 9
        monkeypatch.setattr(build_lock, "_WAIT_S", 0.2)
        with pytest.raises(ToolError, match=r"another build in .* does not end"), alone_in(folder):
            pass
        assert begun(folder)
    monkeypatch.undo()
    with alone_in(folder):
        assert not begun(folder)


def test_a_build_that_ended_or_failed_in_an_orderly_way_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "measured"
    with alone_in(folder):
        folder.mkdir()
        (folder / "half").write_text("whole")
    with pytest.raises(ToolError, match="error: expected ';'"), alone_in(folder):
        raise ToolError("error: expected ';'")
    with alone_in(folder):
        assert begun(folder)
    with pytest.raises(KeyboardInterrupt), alone_in(folder):
        raise KeyboardInterrupt
    with alone_in(folder):
        assert not begun(folder)
