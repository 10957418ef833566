# SPDX-License-Identifier: Apache-2.0
"""Real models on the emulated boards: the bytes of the exact integer evaluation, and counts that repeat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from emulated_boards import every_board, need_tools

from edgekit.boards import load_board
from edgekit.codegen import generate_model
from edgekit.device import open_device
from edgekit.errors import DoesNotFitError
from edgekit.firmware import build_project, check_fit, require_fit, write_project
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.passes import run_passes
from edgekit.process import find_program, run
from edgekit.tflite import TfliteModel

MODELS = ["hello_world_int8", "ad01_int8", "kws_ref_model", "person_detect"]


@pytest.mark.parametrize("board_id", ["mps2-an385", "mps2-an386"])
@pytest.mark.parametrize("name", MODELS)
def test_a_reference_model_gives_exact_bytes_layer_by_layer(
    name: str, board_id: str, shared_dir: Path, tmp_path: Path
) -> None:
    source = TfliteModel.read(shared_dir / "models" / f"{name}.tflite")
    graph = run_passes(import_tflite(source))
    board = load_board(board_id)
    model = generate_model(graph, name=source.name, core=board.core, model_sha256=source.sha256)
    fit = require_fit(model, board)
    write_project(model, board, tmp_path / "p")
    image = build_project(tmp_path / "p")
    assert image.memory.flash_bytes <= fit.flash_needed_bytes
    assert image.memory.static_ram_bytes + image.memory.stack_bytes <= fit.ram_needed_bytes
    random = np.random.default_rng(7)
    samples = [[random.integers(-128, 128, port.shape, dtype=np.int8) for port in model.inputs] for _ in range(2)]
    with open_device(board, image) as device:
        for inputs in samples:
            values = evaluate(graph, inputs)
            outputs = device.infer([value.tobytes() for value in inputs])
            assert outputs == [values[index].tobytes() for index in graph.outputs]
        counts = [device.instructions_from_ticks(ticks) for ticks in device.measure(2)]
    profile = build_project(tmp_path / "p", profile=True)
    with open_device(board, profile) as device:
        runs = device.layers([value.tobytes() for value in samples[-1]])
        assert [run.output for run in runs] == [values[op.outputs[0]].tobytes() for op in graph.ops]
        parts = sum(device.instructions_from_ticks(run.ticks) or 0 for run in runs)
    assert counts[0] == counts[1]
    assert abs(parts - (counts[0] or 0)) <= 20 * len(runs)


@pytest.mark.parametrize("board_id", every_board(fast=("mps2-an386",)))
@pytest.mark.parametrize("name", ["ad01_int8", "person_detect"])
def test_a_generated_model_compiles_without_warnings(
    name: str, board_id: str, shared_dir: Path, tmp_path: Path
) -> None:
    source = TfliteModel.read(shared_dir / "models" / f"{name}.tflite")
    board = load_board(board_id)
    need_tools(board)
    model = generate_model(run_passes(import_tflite(source)), name=name, core=board.core, model_sha256=source.sha256)
    if not check_fit(model, board).fits:
        with pytest.raises(DoesNotFitError, match="are missing"):
            require_fit(model, board)
        return
    write_project(model, board, tmp_path / "p")
    for profile in ("ON", "OFF"):
        words = ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={find_program('ninja')}", "-DCMAKE_C_FLAGS=-Werror"]
        run([find_program("cmake") or "", *words, f"-DEDGEKIT_PROFILE={profile}", "-S", tmp_path / "p",
             "-B", tmp_path / profile], timeout_s=120)  # fmt: skip
        run([find_program("cmake") or "", "--build", tmp_path / profile], timeout_s=300)
