# SPDX-License-Identifier: Apache-2.0
"""Whole models in float32, with islands of int8, and int8 models with islands of float32: numpy, C and the oracle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from host_model import build_host_model, seeded_samples
from random_models import random_model
from random_values import assert_same_values

from edgekit.codegen import generate_model
from edgekit.codegen.generated import Objective
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.ir.graph import Graph
from edgekit.oracle import Oracle, is_installed
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel

#: Share of a tensor's largest value: sums of random numbers cancel one another out.
_TOLERANCE = 1e-5


def _assert_c_equals_numpy(model: TfliteModel, folder: Path, optimize: Objective = "speed") -> None:
    graph = run_passes(import_tflite(model))
    generated = generate_model(
        graph, name=model.name, core="cortex-m4f", arch="portable", optimize=optimize, model_sha256=model.sha256
    )
    samples = seeded_samples(graph, 2)
    results = build_host_model(generated, graph, folder).run(samples, folder / "output.bin")
    for sample, (layers, outputs) in zip(samples, results, strict=True):
        values = evaluate(graph, sample)
        for op, layer in zip(graph.ops, layers, strict=True):
            if layer:  # else it was never whole
                assert_same_values(layer, values[op.outputs[0]], f"{op.kind} '{op.name}'")
        for index, output in zip(graph.outputs, outputs, strict=True):
            assert_same_values(output, values[index])


def _assert_near_the_oracle(model: TfliteModel) -> None:
    imported = import_tflite(model)
    graph = run_passes(imported)
    (sample,) = seeded_samples(graph, 1)
    values = evaluate(graph, sample)
    with Oracle(model, imported) as oracle:
        for index, raw in zip(graph.outputs, oracle.run(sample), strict=True):
            _assert_near(values[index], np.frombuffer(raw, values[index].dtype).reshape(values[index].shape))


def _assert_near(found: np.ndarray, wanted: np.ndarray) -> None:
    if found.dtype != np.float32:
        np.testing.assert_array_equal(found, wanted)
        return
    largest = float(np.abs(np.where(np.isfinite(wanted), wanted, 0)).max(initial=0))
    np.testing.assert_allclose(found, wanted, rtol=_TOLERANCE, atol=_TOLERANCE * largest)


@pytest.mark.parametrize("seed", range(5))
def test_every_layer_of_a_random_model_has_the_bits_of_numpy(tmp_path: Path, seed: int) -> None:
    _assert_c_equals_numpy(random_model(seed, dtype="float32"), tmp_path)


@pytest.mark.parametrize("seed", range(100, 103))
def test_outputs_of_a_small_arena_have_the_bits_of_numpy(tmp_path: Path, seed: int) -> None:
    _assert_c_equals_numpy(random_model(seed, dtype="float32"), tmp_path, "ram")


@pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")
@pytest.mark.parametrize("seed", range(12))
def test_random_models_are_near_the_oracle(seed: int) -> None:
    _assert_near_the_oracle(random_model(seed, dtype="float32"))


@pytest.mark.slow
@pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_many_random_models_are_near_the_oracle(seed: int) -> None:
    _assert_near_the_oracle(random_model(seed, most_ops=10, dtype="float32"))


@pytest.mark.slow
@pytest.mark.parametrize("optimize", ["speed", "ram"])
@pytest.mark.parametrize("seed", range(200, 230))
def test_many_random_models_have_the_bits_of_numpy(tmp_path: Path, seed: int, optimize: Objective) -> None:
    _assert_c_equals_numpy(random_model(seed, most_ops=10, dtype="float32"), tmp_path, optimize)


def _int8_around_float32() -> TfliteModel:
    model = ModelBuilder(5, name="mixed")
    x = model.fully_connected(model.conv_2d(model.input((1, 6, 6, 3)), 4, stride=2), 9, keep_dims=True)
    wide = model.dequantize(x)
    model.dtype = "float32"
    wide = model.softmax(model.relu(wide))
    model.dtype = "int8"
    return model.tflite([model.conv_2d(model.quantize(wide, scale=1 / 256, zero_point=-128), 5)])


def test_a_float32_island_of_an_int8_model_stays(tmp_path: Path) -> None:
    graph: Graph = import_tflite(_int8_around_float32())
    kinds = [op.kind for op in graph.ops]
    assert kinds == ["CONV_2D", "FULLY_CONNECTED", "DEQUANTIZE", "RELU", "SOFTMAX", "QUANTIZE", "CONV_2D"]
    assert [graph.tensors[index].dtype for index in (*graph.inputs, *graph.outputs)] == ["int8", "int8"]
    _assert_c_equals_numpy(_int8_around_float32(), tmp_path)


@pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")
def test_an_int8_model_with_a_float32_island_equals_the_oracle() -> None:
    _assert_near_the_oracle(_int8_around_float32())
