# SPDX-License-Identifier: Apache-2.0
"""The list of TFLM's faults says the truth: there TFLM and LiteRT's reference kernels differ, and nowhere near."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder

from edgekit.importer import import_tflite
from edgekit.oracle import Oracle, is_installed, known_faults
from edgekit.tflite import TfliteModel

pytestmark = pytest.mark.skipif(
    not (is_installed("tflite-micro") and is_installed("litert")),
    reason="tflite-micro and ai-edge-litert are needed side by side",
)


def relu6_model(out_scale: float) -> TfliteModel:
    model = ModelBuilder(seed=1)
    x = model.input((1, 32), scale=0.1, zero_point=-20)
    return model.tflite([model.op("RELU6", [x], (1, 32), ([out_scale], [-128], 0))])


def outputs(model: TfliteModel, engine: str) -> list[bytes]:
    sample = np.linspace(-128, 127, 32).astype(np.int8)
    with Oracle(model, engine=engine) as oracle:
        return oracle.run([sample])


def test_a_rescaling_relu6_is_computed_wrongly_and_judged_by_litert() -> None:
    model = relu6_model(0.03)
    graph = import_tflite(model)
    assert known_faults(graph)
    assert outputs(model, "tflite-micro") != outputs(model, "litert")
    with Oracle(model, graph) as oracle:
        assert oracle.name.startswith("ai-edge-litert") and "TFLM is no judge here" in oracle.name


def test_weights_dequantized_per_channel_are_computed_wrongly() -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 4), dtype="float32")
    weights = model.constant(np.full((2, 4), 10, np.int8), ([0.1, 0.5], [0, 0], 0))
    floats = model.op("DEQUANTIZE", [weights], (2, 4), None, dtype="float32")
    tflite = model.tflite([model.op("FULLY_CONNECTED", [x, floats, -1], (1, 2), None, dtype="float32", options_type=8)])
    sample = [np.ones((1, 4), np.float32)]
    with Oracle(tflite, engine="litert") as right, Oracle(tflite) as wrong:
        assert np.frombuffer(right.run(sample)[0], np.float32) == pytest.approx([4.0, 20.0])
        assert np.frombuffer(wrong.run(sample)[0], np.float32) != pytest.approx([4.0, 20.0])
