# SPDX-License-Identifier: Apache-2.0
"""Models with the smallest arena on the host, sanitized: every layer that is whole, and all outputs."""

from __future__ import annotations

from pathlib import Path

import pytest
from host_model import build_host_model, seeded_samples
from mobile_models import random_mobile_model
from random_models import random_model

from edgekit.codegen import GeneratedModel, generate_model
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.ir.graph import Graph
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel


def check(model: TfliteModel, folder: Path, samples: int = 3) -> GeneratedModel:
    """A layer's bytes are compared right after its step, when outputs lie over inputs already."""
    graph = run_passes(import_tflite(model))
    generated = generate_model(
        graph, name=model.name, core="cortex-m3", arch="portable", optimize="ram", model_sha256=model.sha256
    )
    fed = seeded_samples(graph, samples, seed=1)
    results = build_host_model(generated, graph, folder).run(fed, folder / "output.bin")
    for sample, (layers, outputs) in zip(fed, results, strict=True):
        values = {index: value.tobytes() for index, value in evaluate(graph, sample).items()}
        _assert_equal(graph, generated, layers, values)
        assert outputs == [values[index] for index in graph.outputs]
    return generated


def _assert_equal(graph: Graph, model: GeneratedModel, layers: list[bytes], values: dict[int, bytes]) -> None:
    for number, (op, result) in enumerate(zip(graph.ops, layers, strict=True)):
        whole = op.outputs[0] in model.plan.offsets
        assert result == (values[op.outputs[0]] if whole else b""), f"layer {number} {op.kind} '{op.name}' differs"


@pytest.mark.parametrize(("name", "limit"), [("kws_ref_model", 9_600), ("person_detect", 33_000), ("ad01_int8", 768)])
def test_real_models_keep_their_bytes_in_small_arenas(shared_dir: Path, tmp_path: Path, name: str, limit: int) -> None:
    model = check(TfliteModel.read(shared_dir / "models" / f"{name}.tflite"), tmp_path)
    assert model.arena_bytes <= limit


@pytest.mark.parametrize("seed", range(8))
def test_mobile_nets_keep_their_bytes(tmp_path: Path, seed: int) -> None:
    check(random_mobile_model(seed), tmp_path)


@pytest.mark.parametrize("seed", range(4))
def test_networks_of_all_operators_keep_their_bytes(tmp_path: Path, seed: int) -> None:
    check(random_model(seed), tmp_path)


def test_some_of_these_networks_run_by_bands_and_some_in_place() -> None:
    models = [
        generate_model(run_passes(import_tflite(random_mobile_model(seed))), name="net", core="cortex-m3",
                       optimize="ram", model_sha256="0" * 64)
        for seed in range(8)
    ]  # fmt: skip
    assert sum(any(call.fused_into is not None for call in model.kernels) for model in models) >= 2
    assert sum(bool(model.plan.overlaps) for model in models) >= 4
