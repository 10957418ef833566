# SPDX-License-Identifier: Apache-2.0
"""The board on the desk: `pytest tests/hardware --board NAME --port /dev/ttyACM0`, with firmware around the stand-in
model, which these tests build and flash. `--port` may be the port of a running `edgekit emulate` as well.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from standin_model import standin_model

from edgekit.boards import Board, load_board
from edgekit.device import Device, flash, open_device
from edgekit.firmware import FirmwareImage, build_project, write_project


@pytest.fixture(scope="session")
def desk(request: pytest.FixtureRequest) -> tuple[Board, str | None]:
    """The board and its port, or a skip."""
    name = request.config.getoption("--board")
    if name is None:
        pytest.skip("no board on the desk: give --board NAME and, where its USB id does not tell, --port PORT")
    return load_board(name), request.config.getoption("--port")


@pytest.fixture(scope="session")
def image(desk: tuple[Board, str | None], tmp_path_factory: pytest.TempPathFactory) -> FirmwareImage:
    board, port = desk
    folder = tmp_path_factory.mktemp("project") / "standin"
    write_project(standin_model(core=board.core, misbehaves=True), board, folder)
    built = build_project(folder)
    if not board.emulated:
        flash(board, built, port=port)
    return built


@pytest.fixture(params=[True, False], ids=["frames", "text"])
def device(request: pytest.FixtureRequest, desk: tuple[Board, str | None], image: FirmwareImage) -> Iterator[Device]:
    board, port = desk
    with open_device(board, image, port=port, frames=request.param, inference_timeout_s=5) as opened:
        yield opened
