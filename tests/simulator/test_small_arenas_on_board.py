# SPDX-License-Identifier: Apache-2.0
"""Models in small arenas with a core's own kernels: each whole layer right after its step, and all outputs."""

from __future__ import annotations

from pathlib import Path

import pytest
from host_model import seeded_samples
from mobile_models import random_mobile_model

from edgekit.benchmark.parity import first_different_layer
from edgekit.boards import load_board
from edgekit.codegen import generate_model
from edgekit.device import open_device
from edgekit.firmware import build_project, write_project
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.passes import run_passes


@pytest.mark.parametrize("seed", [2, 4, 5, 10])
@pytest.mark.parametrize("board_id", ["mps2-an386", "mps3-an547"])
def test_outputs_over_inputs_and_bands_change_no_byte(board_id: str, tmp_path: Path, seed: int) -> None:
    board, model = load_board(board_id), random_mobile_model(seed)
    graph = run_passes(import_tflite(model))
    generated = generate_model(graph, name=model.name, core=board.core, optimize="ram", model_sha256=model.sha256)
    write_project(generated, board, tmp_path / "project")
    image = build_project(tmp_path / "project", profile=True)
    with open_device(board, image) as device:
        for sample in seeded_samples(graph, 2, seed):
            raw = [value.tobytes() for value in sample]
            assert first_different_layer(device, graph, raw, generated.inputs) is None
            values = evaluate(graph, sample)
            assert device.infer(raw) == [values[index].tobytes() for index in graph.outputs]
