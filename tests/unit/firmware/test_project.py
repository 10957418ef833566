# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from standin_model import standin_model

from edgekit.boards import Board, list_boards, load_board
from edgekit.errors import BoardError, EdgekitError, UsageError
from edgekit.firmware import build_project, staging, write_project
from edgekit.firmware.adapters import choose_adapter
from edgekit.firmware.project import project_files

BOARD = load_board("mps2-an386")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_project_has_model_firmware_and_facts(tmp_path: Path) -> None:
    write_project(standin_model(), BOARD, tmp_path / "p", labels=["yes", "no"])
    facts = json.loads((tmp_path / "p" / "edgekit.json").read_text())
    assert facts["board"] == "mps2-an386"
    assert facts["model"]["sha256"] == "ab" * 32
    assert facts["model"]["labels"] == ["yes", "no"]
    assert set(facts["files"]) | {"edgekit.json"} == set(contents(tmp_path / "p"))
    assert {"model/standin.c", "firmware/common/main.c", "toolchain.cmake"} <= set(facts["files"])


def test_two_projects_of_one_model_are_equal_and_name_no_place(tmp_path: Path) -> None:
    write_project(standin_model(), BOARD, tmp_path / "a")
    write_project(standin_model(), BOARD, tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert all(str(tmp_path).encode() not in text for text in contents(tmp_path / "a").values())


def test_nothing_is_left_unfilled() -> None:
    for path, text in project_files(standin_model(), BOARD).items():
        if path.endswith(("CMakeLists.txt", "toolchain.cmake", "README.md")):
            assert "@" not in text, path


@pytest.mark.parametrize("board", list_boards(), ids=lambda board: board.id)
def test_everything_that_lands_in_a_users_product_is_mit_0(board: Board) -> None:
    for path, text in project_files(standin_model(core=board.core), board).items():
        if path.startswith("firmware/"):
            assert "SPDX-License-Identifier: MIT-0" in text.splitlines()[0], path


def test_writing_again_touches_only_what_changed_and_keeps_the_users_files(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    write_project(standin_model(), BOARD, folder)
    (folder / "notes.txt").write_text("mine")
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*.c")}
    write_project(standin_model(weight_bytes=128), BOARD, folder)
    changed = {path.name for path, time in times.items() if path.stat().st_mtime_ns != time}
    assert changed == {"standin_weights.c"}
    assert (folder / "notes.txt").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p"]


def test_files_of_an_earlier_model_are_removed(tmp_path: Path) -> None:
    write_project(standin_model(name="old"), BOARD, tmp_path / "p")
    write_project(standin_model(name="young"), BOARD, tmp_path / "p")
    assert not list((tmp_path / "p" / "model").glob("old*"))


def test_a_folder_with_something_else_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match="not empty and no edgekit project"):
        write_project(standin_model(), BOARD, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(UsageError, match="is a file"):
        write_project(standin_model(), BOARD, tmp_path / "thesis.tex")


def test_a_manifest_cannot_reach_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    folder = tmp_path / "p"
    write_project(standin_model(), BOARD, folder)
    facts = json.loads((folder / "edgekit.json").read_text())
    facts["files"] += ["../precious", str(tmp_path / "precious"), 7]
    (folder / "edgekit.json").write_text(json.dumps(facts))
    write_project(standin_model(name="other"), BOARD, folder)
    assert (tmp_path / "precious").read_text() == "x"


@pytest.mark.parametrize("fails_at", [0, 3, 20])
def test_a_full_disk_leaves_the_old_project_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    write_project(standin_model(), BOARD, tmp_path / "old")
    before = contents(tmp_path / "old")
    written: list[Path] = []
    write = staging._write

    def full(path: Path, text: str) -> None:
        if len(written) == fails_at:
            raise OSError(28, "No space left on device", str(path))
        written.append(path)
        write(path, text)

    monkeypatch.setattr(staging, "_write", full)
    with pytest.raises(EdgekitError, match="No space left on device"):
        write_project(standin_model(name="fresh"), BOARD, tmp_path / "new")
    written.clear()
    if fails_at < 5:  # as many files change
        with pytest.raises(EdgekitError, match="No space left on device"):
            write_project(standin_model(name="fresh"), BOARD, tmp_path / "old")
        assert contents(tmp_path / "old") == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["old"]


def test_an_interrupted_project_is_not_built(tmp_path: Path) -> None:
    write_project(standin_model(), BOARD, tmp_path)
    (tmp_path / "edgekit.json").write_text('{"schema": 1, "complete": false, "files": []}')
    with pytest.raises(UsageError, match="was interrupted"):
        staging.read_manifest(tmp_path)
    write_project(standin_model(), BOARD, tmp_path)
    assert staging.read_manifest(tmp_path)["board"] == "mps2-an386"


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100000, '{"schema": 99}'])
def test_a_damaged_manifest_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "edgekit.json").write_text(text)
    with pytest.raises(UsageError, match=r"edgekit generate"):
        staging.read_manifest(tmp_path)


def test_a_model_for_another_core_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="generated for cortex-m3"):
        write_project(standin_model(core="cortex-m3"), BOARD, tmp_path / "p")


@pytest.mark.parametrize("board", list_boards(), ids=lambda board: board.id)
def test_a_project_has_start_up_and_drivers_of_its_board_alone(board: Board) -> None:
    files = project_files(standin_model(core=board.core), board)
    drivers = {path.removeprefix("firmware/drivers/") for path in files if "/drivers/" in path}
    assert drivers == {f"uart_{board.uart.driver}.c", f"timer_{board.timer.driver}.c"}
    folder = "firmware/cortex-m/" if board.core.startswith("cortex-m") else "firmware/riscv/"
    assert [path for path in files if path.endswith("/startup.c")] == [folder + "startup.c"]
    assert {"firmware/link.ld", "firmware/common/boot.c"} <= set(files)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"template": "cortexm"}, "template is 'cortexm', but must be one of cortex-m, .*; did you mean 'cortex-m'"),
        ({"uart": dataclasses.replace(BOARD.uart, driver="cmsd")}, "uart.driver is 'cmsd'"),
        ({"timer": dataclasses.replace(BOARD.timer, irq=None)}, "timer.irq is missing"),
        ({"uart": dataclasses.replace(BOARD.uart, driver="stm32", irq=None)}, "uart.irq is missing"),
    ],
)
def test_words_that_nobody_knows_are_named(tmp_path: Path, change: dict[str, object], said: str) -> None:
    with pytest.raises(BoardError, match=said):
        write_project(standin_model(), dataclasses.replace(BOARD, **change), tmp_path / "p")
    assert not list(tmp_path.iterdir())


def test_adapters_follow_the_shapes() -> None:
    assert choose_adapter(standin_model(elements=490, outputs=12)).model_id == "kws01"
    assert choose_adapter(standin_model(elements=640, outputs=640)).model_id == "ad01"
    assert choose_adapter(standin_model(elements=640, outputs=640)).buffer_bytes == 2560
    assert choose_adapter(standin_model(elements=64, outputs=10, name="digits")).model_id == "digits"
    assert choose_adapter(standin_model(elements=490, outputs=12, inputs=2)).model_id == "standin"


def test_adapters_of_known_shapes_are_for_int8() -> None:
    model = standin_model(elements=640, outputs=640)
    floating = dataclasses.replace(model.inputs[0], dtype="float32")
    chosen = choose_adapter(dataclasses.replace(model, inputs=(floating,)))
    assert (chosen.model_id, chosen.source) == ("standin", "raw.c")


def test_a_project_remembers_its_toolchain_and_refuses_one_that_nobody_knows(tmp_path: Path) -> None:
    write_project(standin_model(), BOARD, tmp_path, toolchain="zig")
    facts = json.loads((tmp_path / "edgekit.json").read_text())
    assert facts["toolchain"] == "zig"
    assert "set(EDGEKIT_TOOLCHAIN zig CACHE" in (tmp_path / "toolchain.cmake").read_text()
    (tmp_path / "edgekit.json").write_text(json.dumps({**facts, "toolchain": "icc"}))
    with pytest.raises(UsageError, match="there is no tool chain 'icc'; it may be gcc, zig"):
        build_project(tmp_path)
