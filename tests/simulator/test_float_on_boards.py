# SPDX-License-Identifier: Apache-2.0
"""float32 on emulated boards: hard floats, soft floats and RISC-V give the bits of numpy on every layer."""

from __future__ import annotations

from pathlib import Path

import pytest
from emulated_boards import every_board, need_tools
from float_ops import BEYOND_THE_ORACLE, FORMS, SHAPE, float_model
from host_model import seeded_samples

from edgekit.benchmark.parity import FLOAT_TOLERANCE, first_different_layer
from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board
from edgekit.codegen import generate_model
from edgekit.device import open_device
from edgekit.firmware import build_project, write_project
from edgekit.importer import import_tflite
from edgekit.oracle import is_installed
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel

#: Hard floats of three kinds, soft ones of two.
_BOARDS = ("mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547", "mps2-an385", "rv32-virt")


def every_form(*, of_the_oracle: bool) -> TfliteModel:
    model = float_model(6)
    x = model.input(SHAPE)
    magnitude = model.op("ABS", [x], SHAPE, None)
    forms = FORMS if of_the_oracle else {**FORMS, **BEYOND_THE_ORACLE}
    # Roots of negative numbers are NaNs of either sign.
    return model.tflite([build(model, magnitude if name == "RSQRT" else x) for name, build in forms.items()])


@pytest.mark.parametrize("board_id", every_board(fast=("mps2-an386", "mps2-an385"), only=_BOARDS))
def test_every_layer_has_the_bits_of_numpy(board_id: str, tmp_path: Path) -> None:
    board, model = load_board(board_id), every_form(of_the_oracle=False)
    need_tools(board)
    graph = run_passes(import_tflite(model))
    generated = generate_model(graph, name=model.name, core=board.core, model_sha256=model.sha256)
    write_project(generated, board, tmp_path / "project")
    image = build_project(tmp_path / "project", profile=True)
    (sample,) = seeded_samples(graph, 1)
    with open_device(board, image) as device:
        raw = [value.tobytes() for value in sample]
        assert first_different_layer(device, graph, raw, generated.inputs) is None


@pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")
def test_bench_tells_how_near_floats_are() -> None:
    board = load_board("mps2-an386")
    need_tools(board)
    parity = bench(every_form(of_the_oracle=True), board, settings=Settings(inputs=2)).parity
    assert parity is not None and parity.holds and parity.wrong_inputs == 0
    assert parity.different_bytes > 0 and parity.first_different_layer is None
    assert parity.float_tolerance == FLOAT_TOLERANCE
    assert parity.float_difference is not None and 0 < parity.float_difference < 1e-6
