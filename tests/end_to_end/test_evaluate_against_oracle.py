# SPDX-License-Identifier: Apache-2.0
"""Exact integers in numpy equal the reference interpreter, on every byte of every layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from random_models import random_model

from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.ir.graph import Graph
from edgekit.oracle import Oracle, is_installed
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel

pytestmark = pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")


def inputs_of(graph: Graph, seed: int) -> list[np.ndarray[tuple[int, ...], np.dtype[np.int8]]]:
    """Seed 0 saturates; others are random."""
    random = np.random.default_rng(seed)
    shapes = [graph.tensors[index].shape for index in graph.inputs]
    if seed == 0:
        return [np.full(shape, 127, np.int8) for shape in shapes]
    return [random.integers(-128, 128, shape).astype(np.int8) for shape in shapes]


def compare(model: TfliteModel, samples: int) -> None:
    imported = import_tflite(model)
    with Oracle(model) as oracle:
        for seed in range(samples):
            inputs = inputs_of(imported, seed)
            layers = oracle.layers(inputs)
            assert all(imported.output_tensor(op).source is not None for op in imported.ops)
            for graph in (imported, run_passes(imported)):
                values = evaluate(graph, inputs)
                for op in graph.ops:
                    for index in op.outputs:
                        source = graph.tensors[index].source
                        if source is None:
                            continue  # narrowed by a pass: its channels are a part of the file's tensor
                        assert values[index].tobytes() == layers[source], f"{op.kind} '{op.name}', input {seed}"


@pytest.mark.parametrize("name", ["ad01_int8", "hello_world_int8", "kws_ref_model", "person_detect"])
def test_real_models_agree_on_every_layer(shared_dir: Path, name: str) -> None:
    compare(TfliteModel.read(shared_dir / "models" / f"{name}.tflite"), samples=3)


@pytest.mark.parametrize("seed", range(40))
def test_random_models_agree_on_every_layer(seed: int) -> None:
    compare(random_model(seed), samples=2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1400))
def test_many_random_models_agree_on_every_layer(seed: int) -> None:
    compare(random_model(seed, most_ops=10), samples=2)


@pytest.mark.parametrize("same_quant", [False, True])
@pytest.mark.parametrize("keep_dims", [False, True])
def test_means_over_any_axes_agree(keep_dims: bool, same_quant: bool) -> None:
    for axes in ((1, 2), (2, 1), (1,), (2,), (-1,), (1, 2, 3), (0, 1)):
        model = ModelBuilder(3)
        x = model.input((1, 5, 7, 6))
        compare(model.tflite([model.mean(x, axes, keep_dims=keep_dims, same_quant=same_quant)]), samples=2)


@pytest.mark.parametrize("scale", [1e-4, 0.02, 0.5, 30.0, 1000.0])
def test_softmax_agrees_at_any_scale(scale: float) -> None:
    for beta in (0.1, 1.0, 10.0):
        model = ModelBuilder(4)
        x = model.input((3, 12), scale=float(np.float32(scale)))
        compare(model.tflite([model.softmax(x, beta)]), samples=3)


@pytest.mark.parametrize("shape", [(1, 1, 1, 6), (1, 5, 1, 1), (1, 1, 7, 6), (6,), (1,)])
def test_broadcast_sums_agree(shape: tuple[int, ...]) -> None:
    model = ModelBuilder(4)
    compare(model.tflite([model.add(model.input((1, 5, 7, 6)), model.input(shape), activation="RELU6")]), samples=2)


@pytest.mark.parametrize("factor", [1e-4, 0.01, 50.0, 1e5])
def test_extreme_rescaling_agrees(factor: float) -> None:
    for per_channel in (False, True):
        model = ModelBuilder(5)
        x = model.input((1, 6, 6, 3))
        x = model.conv_2d(x, 4, scale_factor=factor, per_channel=per_channel)
        x = model.depthwise_conv_2d(x, 2, scale_factor=factor, per_channel=per_channel)
        x = model.fully_connected(x, 5, scale_factor=factor, per_channel=per_channel, keep_dims=True)
        compare(model.tflite([x]), samples=2)
