# SPDX-License-Identifier: Apache-2.0
"""Cross-layer equalization: the same function, and channels that one scale can serve."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras_nets
import numpy as np
import pytest

from edgekit.compress import parse_recipe
from edgekit.compress.students import float_predictor, quantized_predictor
from edgekit.convert.equalize import equalizable_pairs, equalize
from edgekit.convert.keras_graph import LayerGraph, read_graph
from edgekit.convert.layer_kinds import per_channel, scale_channels
from edgekit.convert.post_training import PostTraining, quantize_after_training
from edgekit.convert.rewrite import fold_batchnorm
from edgekit.errors import UsageError

keras = pytest.importorskip("keras", reason="Keras is not installed (edgekit[train])")


@pytest.fixture(scope="module")
def graph() -> LayerGraph:
    layers = keras.layers
    model = keras_nets.chain(
        (8, 8, 3),
        layers.Conv2D(12, 3, padding="same", name="stem"),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="deep"),
        layers.LeakyReLU(),
        layers.MaxPooling2D(),
        layers.Conv2D(16, 1, name="mix"),
        layers.ReLU(6.0),
        layers.Conv2D(16, 1, name="clipped"),
        layers.ReLU(),
        layers.GlobalAveragePooling2D(),
        layers.Dense(16, name="hidden"),
        layers.ReLU(),
        layers.Dense(4, name="head"),
    )
    return fold_batchnorm(read_graph(model))


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(150, 8, 8, 3)).astype(np.float32)


def unbalanced(graph: LayerGraph) -> LayerGraph:
    """The same function with channels that differ by up to 2 ** 5 in reach, as some training leaves them."""
    random, layers = np.random.default_rng(1), dict(graph.layers)
    for first, second in equalizable_pairs(graph):
        before, after = layers[first], layers[second]
        factor = 2.0 ** random.uniform(-2.5, 2.5, len(before.weights["bias"]))
        layers[first] = before.with_weights(
            kernel=scale_channels(before, before.weights["kernel"], factor).astype(np.float32),
            bias=(before.weights["bias"] * factor).astype(np.float32),
        )
        layers[second] = after.with_weights(kernel=(after.weights["kernel"] / factor[:, None]).astype(np.float32))
    return replace(graph, layers=layers)


def test_relu6_stands_in_the_way_and_relu_and_pooling_do_not(graph: LayerGraph) -> None:
    assert equalizable_pairs(graph) == [
        ("stem", "deep"),
        ("deep", "mix"),
        ("clipped", "hidden"),
        ("hidden", "head"),
    ]


def test_a_tensor_with_two_readers_is_left_alone() -> None:
    layers = keras.layers
    inputs = keras.Input((4, 4, 2))
    shared = layers.Conv2D(4, 1, name="first")(inputs)
    joined = layers.Add()([layers.Conv2D(4, 1, name="left")(shared), shared])
    assert equalizable_pairs(fold_batchnorm(read_graph(keras.Model(inputs, joined)))) == []


def test_the_function_stays_and_the_reach_is_balanced(graph: LayerGraph, samples: np.ndarray) -> None:
    before, after = unbalanced(graph), equalize(unbalanced(graph))
    exact = float_predictor(graph)([samples])[0]
    for changed in (before, after):
        assert np.abs(float_predictor(changed)([samples])[0] - exact).max() < 1e-4 * np.abs(exact).max()
    first, second = after.layers["hidden"].weights["kernel"], after.layers["head"].weights["kernel"]
    assert np.allclose(np.abs(first).max(0), np.abs(second).max(1), rtol=0.01)


def test_dead_channels_are_survived(graph: LayerGraph, samples: np.ndarray) -> None:
    stem = graph.layers["stem"]
    kernel = stem.weights["kernel"].copy()
    kernel[..., 3] = 0
    dead = replace(graph, layers={**graph.layers, "stem": stem.with_weights(kernel=kernel)})
    exact = float_predictor(dead)([samples])[0]
    assert np.abs(float_predictor(equalize(dead))([samples])[0] - exact).max() < 1e-4 * np.abs(exact).max()
    assert np.abs(per_channel(stem, equalize(dead).layers["stem"].weights["kernel"])[:, 3]).max() == 0


def test_unbalanced_channels_quantize_better_after_it(graph: LayerGraph, samples: np.ndarray) -> None:
    exact = float_predictor(graph)([samples])[0]

    def error(some: LayerGraph) -> float:
        rounded, quantization = quantize_after_training(some, [samples], PostTraining(bias_correction=False))
        return float(np.square(quantized_predictor(rounded, quantization)([samples])[0] - exact).mean())

    assert error(equalize(unbalanced(graph))) < 0.3 * error(unbalanced(graph))


def test_equalizing_after_quantizing_is_refused() -> None:
    steps: Any = 'schema = 1\n[[step]]\ntechnique = "quantize"\n[[step]]\ntechnique = "equalize"\n'
    with pytest.raises(UsageError, match="equalize must not come after quantize: it scales the channels"):
        parse_recipe(steps)
