# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from constant_channels import random_saturated_model, saturate
from flatbuffer_builder import ModelBuilder
from hypothesis import given, settings
from hypothesis import strategies as st
from random_models import random_model

from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.ir.graph import Graph
from edgekit.ir.macs import graph_macs
from edgekit.ir.ranges import reachable_values
from edgekit.ir.verify import verify
from edgekit.passes import run_passes
from edgekit.passes.fold_constant_channels import fold_constant_channels
from edgekit.passes.remove_dead_channels import live_channels, remove_dead_channels
from edgekit.tflite import TfliteModel

derandomized = settings(derandomize=True, database=None, max_examples=150, deadline=None)
seeds = st.integers(0, 1_000_000)


def samples(graph: Graph, seed: int) -> list[list[np.ndarray]]:
    """Random inputs, and those at the ends of int8 in many patterns."""
    random = np.random.default_rng(seed)
    shapes = [graph.tensors[index].shape for index in graph.inputs]
    drawn = [[random.integers(-128, 128, shape).astype(np.int8) for shape in shapes] for _ in range(2)]
    ends = [[random.choice(np.array([-128, 127], np.int8), shape) for shape in shapes] for _ in range(3)]
    flat = [[np.full(shape, value, np.int8) for shape in shapes] for value in (-128, 127)]
    return [*drawn, *ends, *flat]


def check_lossless(graph: Graph, seed: int) -> Graph:
    """Both passes: every channel that stays keeps its bytes, on every tensor, and so do all outputs."""
    folded = fold_constant_channels(graph)
    verify(folded, after="fold_constant_channels")
    live = live_channels(folded)
    small = remove_dead_channels(folded)
    verify(small, after="remove_dead_channels")
    for sample in samples(graph, seed):
        before, after = evaluate(graph, sample), evaluate(small, sample)
        for index, value in after.items():
            expected = before[index][..., live[index]] if before[index].ndim else before[index]
            assert value.tobytes() == expected.tobytes(), f"tensor {index}"
        for index in graph.outputs:
            assert after[index].tobytes() == before[index].tobytes()
    return small


@derandomized
@given(seeds)
def test_channels_go_without_changing_a_byte(seed: int) -> None:
    check_lossless(import_tflite(random_saturated_model(seed)), seed)


@derandomized
@given(seeds)
def test_any_model_keeps_its_bytes(seed: int) -> None:
    check_lossless(import_tflite(random_model(seed)), seed)


@derandomized
@given(seeds, st.booleans())
def test_values_stay_inside_their_intervals(seed: int, saturated: bool) -> None:
    graph = import_tflite(random_saturated_model(seed) if saturated else random_model(seed))
    found = reachable_values(graph)
    for sample in samples(graph, seed):
        for index, value in evaluate(graph, sample).items():
            rows = value.astype(np.int64).reshape(-1, len(found[index].low))
            assert (rows >= found[index].low).all() and (rows <= found[index].high).all()


def test_most_saturated_models_become_smaller() -> None:
    graphs = [import_tflite(random_saturated_model(seed)) for seed in range(60)]
    assert sum(graph_macs(run_passes(graph)) < graph_macs(graph) for graph in graphs) > 30


def mobile(share: float, activation: str = "RELU") -> Graph:
    """Pointwise and depthwise layers by turns, with one quarter of each live."""
    model = ModelBuilder(7)
    x = model.conv_2d(model.input((1, 8, 8, 3)), 16, stride=2, activation=activation)
    for _ in range(3):
        x = model.depthwise_conv_2d(x, activation=activation)
        x = model.conv_2d(x, 32, kernel=1, activation=activation)
    x = model.fully_connected(model.reshape(model.pool_2d("AVERAGE_POOL_2D", x, kernel=2), (1, -1)), 8)
    saturate(model, share, dead=0.0)
    return import_tflite(model.tflite([x]))


def test_a_mobile_net_loses_its_constant_channels_with_all_that_leads_to_them() -> None:
    graph = mobile(0.75)
    small = run_passes(graph)
    check_lossless(graph, 0)
    assert graph_macs(small) * 3 < graph_macs(graph)
    channels = [small.output_tensor(op).shape[-1] for op in small.ops]
    assert all(count % 4 == 0 for count in channels)
    assert any("influence no output" in note and "MACs" in note and "B of weights" in note for note in small.notes)


def test_a_model_without_constant_channels_stays_as_it_is() -> None:
    graph = mobile(0.0, activation="NONE")
    assert remove_dead_channels(fold_constant_channels(graph)) is graph


def held_graph(bias: int, zero_point: int, padding: str, kernel: int = 3) -> Graph:
    """A convolution of 8 channels, 4 of them at one value, and a convolution that reads them."""
    model = ModelBuilder(3)
    x = model.conv_2d(model.input((1, 5, 5, 4)), 8, kernel=1, activation="RELU")
    model.tensors[x].quant = ([0.05], [zero_point], 0)
    bias_data = model.tensors[model.ops[0].inputs[2]]
    bias_data.data = np.array([bias] * 4 + [0] * 4, np.int32)
    return import_tflite(model.tflite([model.conv_2d(x, 4, kernel=kernel, padding=padding)]))


@pytest.mark.parametrize(
    ("bias", "zero_point", "padding", "kernel", "channels"),
    [
        (-(2**28), -5, "SAME", 3, 4),  # the zero point: as good as padding
        (-(2**28), -5, "VALID", 3, 4),
        (2**28, -5, "VALID", 3, 4),
        (2**28, -5, "SAME", 3, 8),  # at the border the filter misses some of the constant's weights
        (2**28, -5, "SAME", 1, 4),
        (0, -5, "VALID", 3, 8),
    ],
)
def test_padding_decides_whether_a_constant_can_be_folded(
    bias: int, zero_point: int, padding: str, kernel: int, channels: int
) -> None:
    small = check_lossless(held_graph(bias, zero_point, padding, kernel), 1)
    assert small.output_tensor(small.ops[0]).shape == (1, 5, 5, channels)


def test_channels_of_outputs_and_inputs_stay() -> None:
    model = ModelBuilder(3)
    x = model.conv_2d(model.input((1, 4, 4, 8)), 8, kernel=1, activation="RELU")
    y = model.conv_2d(x, 4, kernel=1)
    for op in model.ops:
        weights = model.tensors[op.inputs[1]]
        weights.data = np.zeros_like(weights.data)
    graph = import_tflite(model.tflite([y, x]))
    small = check_lossless(graph, 1)
    assert [small.tensors[index].shape for index in (*small.inputs, *small.outputs)] == [
        graph.tensors[index].shape for index in (*graph.inputs, *graph.outputs)
    ]


def test_a_sum_that_may_wrap_around_is_not_taken_for_constant() -> None:
    model = ModelBuilder(3)
    x = model.conv_2d(model.input((1, 2, 2, 4)), 8, kernel=1, activation="RELU")
    model.tensors[model.ops[0].inputs[2]].data = np.full(8, 2**31 - 1, np.int32)
    graph = import_tflite(model.tflite([model.conv_2d(x, 4, kernel=1)]))
    assert not reachable_values(graph)[graph.ops[0].outputs[0]].constant.any()
    check_lossless(graph, 1)


@pytest.mark.parametrize("name", ["kws_ref_model", "person_detect", "ad01_int8", "hello_world_int8"])
def test_real_models_keep_their_bytes(shared_dir: Path, name: str) -> None:
    check_lossless(import_tflite(TfliteModel.read(shared_dir / "models" / f"{name}.tflite")), 1)
