# SPDX-License-Identifier: Apache-2.0
"""Whole models of int16 activations, with islands of int8: numpy, C and the oracle have the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from flatbuffer_builder import ModelBuilder
from host_model import build_host_model, seeded_samples
from random_models import random_model

from edgekit.codegen import generate_model
from edgekit.codegen.generated import GeneratedModel, Objective
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.oracle import Oracle, is_installed
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel

needs_oracle = pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")


def _assert_c_equals_numpy(model: TfliteModel, folder: Path, optimize: Objective = "speed") -> GeneratedModel:
    graph = run_passes(import_tflite(model))
    generated = generate_model(
        graph, name=model.name, core="cortex-m4f", arch="portable", optimize=optimize, model_sha256=model.sha256
    )
    samples = seeded_samples(graph, 2)
    results = build_host_model(generated, graph, folder).run(samples, folder / "output.bin")
    for sample, (layers, outputs) in zip(samples, results, strict=True):
        values = evaluate(graph, sample)
        for op, layer in zip(graph.ops, layers, strict=True):
            assert not layer or layer == values[op.outputs[0]].tobytes(), f"{op.kind} '{op.name}'"
        assert outputs == [values[index].tobytes() for index in graph.outputs]
    return generated


def _assert_equals_the_oracle(model: TfliteModel) -> None:
    imported = import_tflite(model)
    for sample in seeded_samples(imported, 2):
        with Oracle(model, imported) as oracle:
            layers = oracle.layers(sample)
        for graph in (imported, run_passes(imported)):
            values = evaluate(graph, sample)
            for op in graph.ops:
                source = graph.output_tensor(op).source
                if source is not None:  # else narrowed by a pass
                    assert values[op.outputs[0]].tobytes() == layers[source], f"{op.kind} '{op.name}'"


@needs_oracle
@pytest.mark.parametrize("seed", range(12))
def test_random_models_equal_the_oracle_on_every_layer(seed: int) -> None:
    _assert_equals_the_oracle(random_model(seed, dtype="int16"))


@needs_oracle
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_many_random_models_equal_the_oracle_on_every_layer(seed: int) -> None:
    _assert_equals_the_oracle(random_model(seed, most_ops=10, dtype="int16"))


@pytest.mark.parametrize("seed", range(4))
def test_every_layer_of_a_random_model_has_the_bytes_of_numpy(tmp_path: Path, seed: int) -> None:
    _assert_c_equals_numpy(random_model(seed, dtype="int16"), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("optimize", ["speed", "ram"])
@pytest.mark.parametrize("seed", range(200, 230))
def test_many_random_models_have_the_bytes_of_numpy(tmp_path: Path, seed: int, optimize: Objective) -> None:
    _assert_c_equals_numpy(random_model(seed, most_ops=10, dtype="int16"), tmp_path, optimize)


def test_layers_run_by_bands_in_a_small_arena(tmp_path: Path) -> None:
    model = ModelBuilder(3, name="banded", dtype="int16")
    x = model.conv_2d(model.input((1, 24, 20, 2)), 12, activation="RELU")
    x = model.pool_2d("MAX_POOL_2D", model.depthwise_conv_2d(x, 2, stride=1))
    made = _assert_c_equals_numpy(model.tflite([model.conv_2d(x, 4, kernel=1)]), tmp_path, "ram")
    assert any(call.steps for call in made.kernels)
    assert made.arena_bytes < made.plan.lower_bound_bytes


def test_the_face_points_to_int16_where_all_inputs_and_outputs_are_that(tmp_path: Path) -> None:
    model = ModelBuilder(4, name="face", dtype="int16")
    x = model.input((1, 6))
    alike, mixed = [model.relu(x)], [model.relu(x), model.quantize(x, dtype="int8")]
    one = _assert_c_equals_numpy(model.tflite(alike), tmp_path / "alike").files["face.h"]
    assert "int16_t *face_input(int index);" in one and "const int16_t *face_output(int index);" in one
    assert "#define FACE_INPUT_0_TYPE int16_t" in one
    other = _assert_c_equals_numpy(model.tflite(mixed), tmp_path / "mixed").files["face.h"]
    assert "const void *face_output(int index);" in other
