# SPDX-License-Identifier: Apache-2.0
"""Models that remember, on emulated boards: 50 inputs one after the other, each output equal to the reference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import state_ops as ops
from emulated_boards import need_tools
from flatbuffer_builder import ModelBuilder
from random_values import random_values
from sequence_model import sequence_model

from edgekit.boards import load_board
from edgekit.codegen import generate_model
from edgekit.device import open_device
from edgekit.firmware import build_project, write_project
from edgekit.importer import import_tflite
from edgekit.oracle import Oracle, is_installed
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel

pytestmark = pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")

STEPS = 50


def remembering() -> TfliteModel:
    """All that remembers: SVDF, an LSTM, and a variable that starts with constants."""
    model = ModelBuilder(seed=7, name="recall")
    x = ops.svdf(model, model.input((1, 10)), 8)
    x = model.reshape(ops.lstm(model, model.reshape(x, (1, 2, 4)), 5), (1, 10))
    handle, quant = ops.variable(model), ([0.05], [-7], 0)
    old = model.op("READ_VARIABLE", [handle], (1, 6), quant)
    new = model.add(model.fully_connected(x, 6), old)
    model.tensors[new].quant = quant
    ops.assign(model, handle, new)
    ops.start_with(model, {"memory": (model.random.integers(-128, 128, (1, 6)).astype(np.int8), quant)})
    return model.tflite([model.fully_connected(new, 9)])


def remembering_int16() -> TfliteModel:
    """Two LSTMs, the first over two steps of time an inference."""
    model = ModelBuilder(seed=8, name="recall", dtype="int16")
    x = model.reshape(ops.lstm(model, model.reshape(model.input((1, 10)), (1, 2, 5)), 6), (1, 12))
    x = model.reshape(model.fully_connected(x, 8), (1, 1, 8))
    return model.tflite([ops.lstm(model, x, 5, cell_clip=0.5, cell_exponent=-14)])


@pytest.mark.parametrize("name", ["mps2-an386", pytest.param("rv32-virt", marks=pytest.mark.slow)])
@pytest.mark.parametrize("make", [remembering, remembering_int16])
def test_fifty_steps_equal_the_reference_and_a_reset_begins_afresh(
    tmp_path: Path, make: Callable[[], TfliteModel], name: str
) -> None:
    board, model = load_board(name), make()
    need_tools(board)
    graph = run_passes(import_tflite(model))
    generated = generate_model(graph, name=model.name, core=board.core, model_sha256=model.sha256)
    write_project(sequence_model(generated, STEPS), board, tmp_path / "project")
    image = build_project(tmp_path / "project")
    with open_device(board, image) as device, Oracle(model, graph) as oracle:
        for seed in (0, 1):
            random = np.random.default_rng(seed)
            steps = random_values(random, graph.tensors[graph.inputs[0]].dtype, (STEPS, 1, 10))
            expected = b"".join(outputs[0] for outputs in oracle.run_sequence([[step] for step in steps]))
            assert len(set(expected)) > 50
            assert device.infer([steps.tobytes()]) == [expected]
