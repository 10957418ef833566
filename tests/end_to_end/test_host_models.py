# SPDX-License-Identifier: Apache-2.0
"""Every layer of every model on the host: equal bytes to the reference interpreter and to exact integers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from host_model import build_host_model, seeded_samples
from random_models import random_model

from edgekit.codegen import generate_model
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.ir.graph import Graph
from edgekit.oracle import Oracle, is_installed
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel

MODELS = ("hello_world_int8", "ad01_int8", "kws_ref_model", "person_detect")
BOUNDS = {"hello_world_int8": 32, "ad01_int8": 768, "kws_ref_model": 16000, "person_detect": 55296}
SCRATCH_LIMIT_BYTES = 4096


def _host_results(graph: Graph, model: TfliteModel, folder: Path, samples: list[list[np.ndarray]]):
    generated = generate_model(graph, name=model.name, core="cortex-m3", arch="portable", model_sha256=model.sha256)
    return build_host_model(generated, graph, folder).run(samples, folder / "output.bin")


def _assert_layers_equal(graph: Graph, got: list[bytes], expected: dict[int, bytes], what: str) -> None:
    for number, (op, result) in enumerate(zip(graph.ops, got, strict=True)):
        wanted = expected.get(op.outputs[0])
        if wanted is not None:
            different = int((np.frombuffer(result, np.int8) != np.frombuffer(wanted, np.int8)).sum())
            assert not different, f"layer {number} {op.kind} '{op.name}': {different} bytes differ from {what}"


def _oracle_layers(oracle: Oracle, graph: Graph, sample: list[np.ndarray]) -> dict[int, bytes]:
    by_source = oracle.layers(sample)
    return {
        index: by_source[tensor.source]
        for index, tensor in enumerate(graph.tensors)
        if tensor.source is not None and tensor.source in by_source
    }


@pytest.mark.parametrize("name", MODELS)
def test_every_layer_of_a_real_model_equals_the_oracle(shared_dir: Path, tmp_path: Path, name: str) -> None:
    model = TfliteModel.read(shared_dir / "models" / f"{name}.tflite")
    graph = run_passes(import_tflite(model))
    samples = seeded_samples(graph, 5)
    results = _host_results(graph, model, tmp_path, samples)
    if not is_installed():
        pytest.skip("tflite-micro is not installed: there is no oracle to compare with")
    with Oracle(model, graph) as oracle:
        for sample, (layers, outputs) in zip(samples, results, strict=True):
            expected = _oracle_layers(oracle, graph, sample)
            assert sum(op.outputs[0] in expected for op in graph.ops) >= len(graph.ops) - 1
            _assert_layers_equal(graph, layers, expected, oracle.name)
            assert outputs == oracle.run(sample)


@pytest.mark.parametrize("name", MODELS)
def test_arena_of_a_real_model_meets_its_bound(shared_dir: Path, name: str) -> None:
    model = TfliteModel.read(shared_dir / "models" / f"{name}.tflite")
    graph = run_passes(import_tflite(model))
    plan = generate_model(graph, name=name, core="cortex-m3", model_sha256=model.sha256).plan
    assert plan.arena_bytes - plan.scratch_bytes <= BOUNDS[name]
    assert plan.scratch_bytes <= SCRATCH_LIMIT_BYTES


@pytest.mark.parametrize("seed", range(8))
def test_every_layer_of_a_random_model_equals_exact_integers(tmp_path: Path, seed: int) -> None:
    model = random_model(seed)
    graph = run_passes(import_tflite(model))
    samples = seeded_samples(graph, 3, seed)
    for sample, (layers, outputs) in zip(samples, _host_results(graph, model, tmp_path, samples), strict=True):
        values = {index: value.tobytes() for index, value in evaluate(graph, sample).items()}
        _assert_layers_equal(graph, layers, values, "exact integers")
        assert outputs == [values[index] for index in graph.outputs]


@pytest.mark.parametrize("seed", range(8, 12))
def test_every_layer_of_a_random_model_equals_the_oracle(tmp_path: Path, seed: int) -> None:
    if not is_installed():
        pytest.skip("tflite-micro is not installed: there is no oracle to compare with")
    model = random_model(seed)
    graph = run_passes(import_tflite(model))
    samples = seeded_samples(graph, 3, seed)
    results = _host_results(graph, model, tmp_path, samples)
    with Oracle(model, graph) as oracle:
        for sample, (layers, outputs) in zip(samples, results, strict=True):
            _assert_layers_equal(graph, layers, _oracle_layers(oracle, graph, sample), oracle.name)
            assert outputs == oracle.run(sample)
