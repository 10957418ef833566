# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from hypothesis import given, settings
from hypothesis import strategies as st
from random_models import random_model
from random_values import random_values

from edgekit.importer import import_tflite
from edgekit.ir.attributes import Conv2DAttrs, Padding
from edgekit.ir.evaluate import evaluate
from edgekit.ir.graph import Graph
from edgekit.passes import PIPELINE, Pass, run_passes


def build(model: ModelBuilder, *outputs: int) -> Graph:
    return import_tflite(model.tflite(list(outputs)))


def by_source(graph: Graph, seed: int) -> dict[int | None, bytes]:
    """The bytes of every activation of the file for one random input."""
    random = np.random.default_rng(seed)
    tensors = [graph.tensors[index] for index in graph.inputs]
    inputs = [random_values(random, tensor.dtype, tensor.shape) for tensor in tensors]
    values = evaluate(graph, inputs)
    sources = {index: graph.tensors[index].source for index in values}
    return {sources[index]: value.tobytes() for index, value in values.items() if sources[index] is not None}


def check_lossless(before: Graph, after: Graph) -> None:
    expected, found = by_source(before, 1), by_source(after, 1)
    assert set(found) <= set(expected)
    assert all(expected[source] == value for source, value in found.items())
    for edge in ("inputs", "outputs"):
        sides = [[graph.tensors[index].source for index in getattr(graph, edge)] for graph in (before, after)]
        assert sides[0] == sides[1]


def kinds(graph: Graph) -> list[str]:
    return [op.kind for op in graph.ops]


@settings(derandomize=True, database=None, max_examples=120, deadline=None)
@given(st.integers(0, 100_000))
def test_passes_change_no_byte_of_the_tensors_that_stay(seed: int) -> None:
    graph = import_tflite(random_model(seed))
    check_lossless(graph, run_passes(graph))


@settings(derandomize=True, database=None, max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_passes_change_no_bit_of_float32(seed: int) -> None:
    graph = import_tflite(random_model(seed, dtype="float32"))
    check_lossless(graph, run_passes(graph))


@pytest.mark.parametrize("apply", PIPELINE, ids=lambda apply: apply.__name__)
def test_every_pass_alone_is_lossless_and_idempotent(apply: Pass) -> None:
    for seed in range(40):
        graph = import_tflite(random_model(seed))
        once = apply(graph)
        check_lossless(graph, once)
        assert kinds(apply(once)) == kinds(once)


def test_copies_are_dropped() -> None:
    model = ModelBuilder()
    x = model.input((1, 4, 4, 2))
    y = model.pad(x, ((0, 0),) * 4)
    y = model.op("QUANTIZE", [y], (1, 4, 4, 2), model.tensors[y].quant)
    y = model.reshape(y, (1, 4, 4, 2))
    graph = build(model, model.relu(y, same_quant=False))
    after = run_passes(graph)
    assert kinds(after) == ["RELU"]
    check_lossless(graph, after)


def test_a_copy_to_an_output_leaves_the_output_in_place() -> None:
    model = ModelBuilder()
    x = model.quantize(model.input((1, 4)))
    y = model.op("QUANTIZE", [x], (1, 4), model.tensors[x].quant)
    graph = build(model, y, model.relu(x, same_quant=False))
    after = run_passes(graph)
    assert kinds(after) == ["QUANTIZE", "RELU"]
    check_lossless(graph, after)


def test_a_copy_from_input_to_output_stays() -> None:
    model = ModelBuilder()
    graph = build(model, model.reshape(model.input((1, 4)), (1, 4)))
    assert kinds(run_passes(graph)) == ["RESHAPE"]


def test_chains_of_reshapes_become_one() -> None:
    model = ModelBuilder()
    x = model.input((1, 4, 4, 2))
    graph = build(model, model.relu(model.reshape(model.reshape(x, (1, 32)), (1, 8, 4)), same_quant=False))
    after = run_passes(graph)
    assert kinds(after) == ["RESHAPE", "RELU"]
    check_lossless(graph, after)


@pytest.mark.parametrize(("fused", "relu"), [("NONE", "RELU"), ("NONE", "RELU6"), ("RELU", "RELU6"), ("RELU6", "RELU")])
def test_activations_of_equal_scale_are_fused(fused: str, relu: str) -> None:
    model = ModelBuilder(2)
    x = model.conv_2d(model.input((1, 4, 4, 2)), 3, activation=fused)
    graph = build(model, model.relu(x, kind=relu))
    after = run_passes(graph)
    assert kinds(after) == ["CONV_2D"]
    check_lossless(graph, after)


def test_activations_that_rescale_or_share_their_input_stay() -> None:
    model = ModelBuilder(2)
    x = model.conv_2d(model.input((1, 4, 4, 2)), 3)
    assert kinds(run_passes(build(model, model.relu(x, same_quant=False)))) == ["CONV_2D", "RELU"]
    model = ModelBuilder(2)
    x = model.conv_2d(model.input((1, 4, 4, 2)), 3)
    assert kinds(run_passes(build(model, model.relu(x), x))) == ["CONV_2D", "RELU"]


def test_padding_moves_into_the_convolution_behind_it() -> None:
    model = ModelBuilder(2)
    x = model.pad(model.input((1, 5, 5, 2)), ((0, 0), (1, 0), (0, 2), (0, 0)))
    graph = build(model, model.conv_2d(x, 3, padding="VALID"))
    after = run_passes(graph)
    assert kinds(after) == ["CONV_2D"]
    assert after.ops[0].attrs == Conv2DAttrs(1, 1, 1, 1, Padding(1, 0, 0, 2))
    check_lossless(graph, after)


def test_padding_of_channels_or_beyond_the_filter_stays() -> None:
    for paddings in (((0, 0), (0, 0), (0, 0), (0, 2)), ((0, 0), (3, 0), (0, 0), (0, 0))):
        model = ModelBuilder(2)
        x = model.pad(model.input((1, 5, 5, 2)), paddings)
        assert kinds(run_passes(build(model, model.conv_2d(x, 3, padding="VALID")))) == ["PAD", "CONV_2D"]


def test_dead_operations_go_and_unread_inputs_stay() -> None:
    model = ModelBuilder(2)
    used, unread = model.input((1, 4)), model.input((1, 4))
    model.quantize(unread)
    graph = build(model, model.quantize(used))
    after = run_passes(graph)
    assert kinds(after) == ["QUANTIZE"]
    assert len(after.inputs) == 2
    assert len(after.tensors) == 3
