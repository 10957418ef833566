# SPDX-License-Identifier: Apache-2.0
"""Models that remember: a sequence of 50 inputs, step by step equal to the reference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import state_ops as ops
from flatbuffer_builder import ModelBuilder
from host_model import build_host_model
from random_values import random_values

from edgekit.codegen import generate_model
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate, initial_states
from edgekit.ir.graph import Graph
from edgekit.oracle import Oracle, is_installed
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel

STEPS = 50

needs_oracle = pytest.mark.skipif(not is_installed(), reason="tflite-micro is not installed")


def stacked(dtype: str) -> TfliteModel:
    """Two layers that remember, one dense layer between them."""
    model = ModelBuilder(seed=4)
    x = model.input((1, 10))
    y = ops.svdf(model, x, 6, memory=8, dtype=dtype, activation="RELU")
    y = model.fully_connected(y, 7)
    return model.tflite([ops.svdf(model, y, 4, rank=1, memory=3, dtype=dtype)])


def variables() -> TfliteModel:
    """Two variables: one starts with constants and is read before and after it is assigned to, one with its zero
    point."""
    model = ModelBuilder(seed=5)
    x = model.input((1, 10))
    handle, other = ops.variable(model, "hidden"), ops.variable(model, "sum")
    quant = ([0.05], [-7], 0)
    old = model.op("READ_VARIABLE", [handle], (1, 6), quant)
    mixed = model.add(model.fully_connected(x, 6), old)
    new = model.fully_connected(mixed, 6)
    model.tensors[new].quant = quant
    ops.assign(model, handle, new)
    again = ops.read(model, ops.variable(model, "hidden"), like=old)
    total = ops.read(model, other, like=mixed)
    summed = model.add(total, again)
    model.tensors[summed].quant = model.tensors[mixed].quant
    ops.assign(model, other, summed)
    ops.start_with(model, {"hidden": (model.random.integers(-128, 128, (1, 6)).astype(np.int8), quant)})
    return model.tflite([model.fully_connected(summed, 4), model.add(old, again)])


def lstm(dtype: str = "int8", **options: float) -> TfliteModel:
    """Two LSTM layers, one over several steps an inference."""
    model = ModelBuilder(seed=6, dtype=dtype)
    y = ops.lstm(model, model.reshape(model.input((1, 10)), (1, 2, 5)), 6, **options)
    y = model.fully_connected(model.reshape(y, (1, 12)), 8)
    return model.tflite([ops.lstm(model, model.reshape(y, (1, 1, 8)), 5)])


MODELS = {
    "lstm": lstm,
    "lstm, clipped": lambda: lstm(cell_clip=0.3, cell_exponent=-14),
    "lstm, coarse cell": lambda: lstm(cell_exponent=-5, gate_scale=20.0),
    "lstm, fine cell": lambda: lstm(cell_exponent=-19, cell_clip=0.0),
    "lstm, int16": lambda: lstm("int16"),
    "lstm, int16, clipped": lambda: lstm("int16", cell_clip=0.3, cell_exponent=-14),
    "lstm, int16, coarse cell": lambda: lstm("int16", cell_exponent=-5, gate_scale=20.0),
    "lstm, int16, fine cell": lambda: lstm("int16", cell_exponent=-19, cell_clip=0.0),
    "svdf, int16": lambda: stacked("int16"),
    "svdf, int8": lambda: stacked("int8"),
    "variables": variables,
}
each_model = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)


def sequence(graph: Graph) -> list[list[np.ndarray]]:
    """Random values over the whole range of the input's type."""
    random = np.random.default_rng(0)
    return [[random_values(random, graph.tensors[graph.inputs[0]].dtype, (1, 10))] for _ in range(STEPS)]


@needs_oracle
@each_model
def test_exact_integers_stay_equal_to_the_oracle(make: Callable[[], TfliteModel]) -> None:
    model = make()
    graph = run_passes(import_tflite(model))
    states = initial_states(graph)
    with Oracle(model, graph) as oracle:
        samples = sequence(graph)
        for sample, expected in zip(samples, oracle.run_sequence(samples), strict=True):
            values = evaluate(graph, sample, states)
            assert [values[index].tobytes() for index in graph.outputs] == expected


@needs_oracle
@each_model
def test_the_oracle_forgets_between_single_runs(make: Callable[[], TfliteModel]) -> None:
    model = make()
    samples = sequence(import_tflite(model))[:2]
    with Oracle(model) as oracle:
        first, second = (oracle.run(sample) for sample in samples)
        assert oracle.run(samples[0]) == first
        assert oracle.run_sequence(samples)[1] != second


@needs_oracle
@each_model
def test_every_layer_equals_the_oracle(make: Callable[[], TfliteModel]) -> None:
    """Those of the first inference: the reference shows no others."""
    model = make()
    graph = import_tflite(model)
    with Oracle(model, graph) as oracle:
        expected = oracle.layers(sequence(graph)[0])
    values = evaluate(graph, sequence(graph)[0])
    compared = [index for op in graph.ops for index in op.outputs if graph.tensors[index].source in expected]
    assert len(compared) >= 3
    for index in compared:
        assert values[index].tobytes() == expected[graph.tensors[index].source], graph.tensors[index].name


@each_model
def test_generated_c_remembers_as_exact_integers_do(tmp_path: Path, make: Callable[[], TfliteModel]) -> None:
    model = make()
    graph = run_passes(import_tflite(model))
    generated = generate_model(graph, name="recall", core="cortex-m3", model_sha256=model.sha256)
    assert "void recall_reset(void);" in generated.files["recall.h"]
    samples = sequence(graph)
    results = build_host_model(generated, graph, tmp_path).run(samples, tmp_path / "output.bin")
    states = initial_states(graph)
    for sample, (layers, outputs) in zip(samples, results, strict=True):
        # The program steps through the layers, then runs the whole: two inferences for each input.
        values = evaluate(graph, sample, states)
        assert layers == [values[op.outputs[0]].tobytes() for op in graph.ops]
        values = evaluate(graph, sample, states)
        assert outputs == [values[index].tobytes() for index in graph.outputs]


def test_a_model_without_state_has_no_reset() -> None:
    model = ModelBuilder(seed=1)
    tflite = model.tflite([model.relu(model.input((1, 4)))])
    generated = generate_model(import_tflite(tflite), name="plain", core="cortex-m3", model_sha256=tflite.sha256)
    assert "reset" not in generated.files["plain.h"]
