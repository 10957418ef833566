# SPDX-License-Identifier: Apache-2.0
"""Graph surgery on real Keras models: what is taken apart and put together computes the same."""

from __future__ import annotations

from typing import Any

import keras_nets
import numpy as np
import pytest

from edgekit.compress.channels import couple_channels, remove_channels, silence_channels
from edgekit.compress.cost import macs
from edgekit.convert.keras_graph import build_model, read_graph
from edgekit.convert.rewrite import canonicalize, fold_batchnorm
from edgekit.errors import ModelError

keras = pytest.importorskip("keras", reason="Keras is not installed (edgekit[train])")


def answers(model: Any, *inputs: np.ndarray) -> list[np.ndarray]:
    outputs = model(list(inputs) if len(inputs) > 1 else inputs[0])
    return [np.asarray(output) for output in (outputs if isinstance(outputs, list | tuple) else [outputs])]


def samples(model: Any, count: int = 3) -> list[np.ndarray]:
    random = np.random.default_rng(1)
    return [random.normal(size=(count, *tensor.shape[1:])).astype(np.float32) for tensor in model.inputs]


@pytest.mark.parametrize("make", [keras_nets.residual, keras_nets.two_inputs])
@pytest.mark.parametrize("rewrite", [lambda graph: graph, canonicalize, fold_batchnorm])
def test_a_rewritten_model_computes_the_same(make: Any, rewrite: Any) -> None:
    model = make()
    rebuilt = build_model(rewrite(read_graph(model)))
    for old, new in zip(answers(model, *samples(model)), answers(rebuilt, *samples(model)), strict=True):
        assert np.allclose(old, new, atol=2e-6)


def test_canonical_form_is_stable() -> None:
    once = canonicalize(read_graph(keras_nets.residual()))
    again = canonicalize(read_graph(build_model(once)))
    assert [node.name for node in once.nodes] == [node.name for node in again.nodes]


def test_folding_leaves_no_batchnorm_and_no_dropout() -> None:
    graph = fold_batchnorm(read_graph(keras_nets.two_inputs()))
    assert not {"BatchNormalization", "Dropout"} & {layer.kind for layer in graph.layers.values()}


@pytest.mark.parametrize("make", [keras_nets.residual, keras_nets.two_inputs])
@pytest.mark.parametrize("folded", [False, True])
def test_a_model_without_some_channels_is_the_model_that_does_not_hear_them(make: Any, folded: bool) -> None:
    model = make()
    graph = (fold_batchnorm if folded else canonicalize)(read_graph(model))
    coupling = couple_channels(graph)
    assert coupling.classes
    keep = np.ones(len(coupling.locked), bool)
    random = np.random.default_rng(5)
    for units in coupling.classes:
        keep[random.permutation(units)[: len(units) // 2]] = False
    small = remove_channels(graph, coupling, keep)
    assert small.parameters() < graph.parameters() and macs(small) < macs(graph)
    silent = build_model(silence_channels(graph, coupling, keep))
    for old, new in zip(answers(silent, *samples(model)), answers(build_model(small), *samples(model)), strict=True):
        assert np.allclose(old, new, atol=2e-6)


def test_transposed_and_one_dimensional_layers_lose_channels_rightly() -> None:
    layers = keras.layers
    for model in (
        keras_nets.chain((4, 4, 3), layers.Conv2DTranspose(8, 3, strides=2), layers.BatchNormalization(),
                         layers.LeakyReLU(), layers.Conv2DTranspose(2, 3)),
        keras_nets.chain((16, 3), layers.Conv1D(8, 3), layers.DepthwiseConv1D(3, depth_multiplier=2),
                         layers.BatchNormalization(), layers.Reshape((6, 32)), layers.Dense(4)),
        keras_nets.chain((16, 3), layers.Conv1D(8, 3), layers.GlobalAveragePooling1D(), layers.Reshape((1, 8)),
                         layers.Conv1D(4, 1)),
    ):  # fmt: skip
        graph = canonicalize(read_graph(model))
        coupling = couple_channels(graph)
        keep = np.ones(len(coupling.locked), bool)
        for units in coupling.classes:
            keep[units[::2]] = False
        small, silent = remove_channels(graph, coupling, keep), silence_channels(graph, coupling, keep)
        new, old = (answers(build_model(one), *samples(model))[0] for one in (small, silent))
        assert np.allclose(old, new, atol=2e-6)


def test_a_subclassed_model_is_refused_by_name_with_a_way_round() -> None:
    class Own(keras.Model):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return inputs

    with pytest.raises(ModelError, match=r"'mine' is a subclassed model \(Own\).*functional API"):
        read_graph(Own(name="mine"))


def test_a_custom_layer_is_refused_by_name_with_a_way_round() -> None:
    class Twice(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return inputs * 2

    with pytest.raises(ModelError, match=r"'double' is the custom layer Twice.*built-in layers"):
        read_graph(keras.Sequential([keras.Input((3,)), Twice(name="double")]))


def test_a_lambda_layer_is_refused_by_name() -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda value: value, name="sly")])
    with pytest.raises(ModelError, match="'sly' is a Lambda layer"):
        read_graph(model)


def test_a_sequential_model_without_an_input_shape_is_refused() -> None:
    with pytest.raises(ModelError, match=r"no input shape yet"):
        read_graph(keras.Sequential([keras.layers.Dense(3)]))
