# SPDX-License-Identifier: Apache-2.0
"""Firmware around the stand-in model, built once for all tests here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from emulated_boards import KINDS, every_board, need_tools
from standin_model import standin_model

from edgekit.boards import Board, load_board
from edgekit.device.virtual import EmulatedBoard, emulate
from edgekit.firmware import FirmwareImage, build_project, write_project
from edgekit.process import find_program

Build = Callable[..., FirmwareImage]


@pytest.fixture(scope="session", autouse=True)
def _tools() -> None:
    for program in ("arm-none-eabi-gcc", "qemu-system-arm", "cmake", "ninja"):
        if find_program(program) is None:
            pytest.skip(f"{program} is not installed (`edgekit doctor` says how to get it)")


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """build(board_id, profile=..., **stand-in options): the same arguments are built once."""
    made: dict[tuple[object, ...], FirmwareImage] = {}

    def make(board_id: str = "mps2-an386", *, profile: bool = False, **options: object) -> FirmwareImage:
        key = (board_id, profile, *sorted(options.items()))
        if key not in made:
            board = load_board(board_id)
            folder = tmp_path_factory.mktemp("project") / "standin"
            write_project(standin_model(core=board.core, **options), board, folder)
            made[key] = build_project(folder, profile=profile)
        return made[key]

    return make


@pytest.fixture(scope="session")
def board() -> Board:
    return load_board("mps2-an386")


@pytest.fixture(params=every_board(fast=("mps2-an386",), only=KINDS))
def live_board(request: pytest.FixtureRequest) -> Board:
    """A board of every kind, one after the other."""
    found = load_board(request.param)
    need_tools(found)
    return found


@pytest.fixture
def live(live_board: Board, build: Build) -> Iterator[EmulatedBoard]:
    """A fresh emulated board that runs the misbehaving kws-shaped stand-in."""
    image = build(live_board.id, misbehaves=True)
    with emulate(live_board, image.elf) as running:
        yield running


@pytest.fixture
def empty_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where edgekit puts its temporary files during this test, to see that none is left."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder
