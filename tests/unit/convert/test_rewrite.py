# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from layer_graphs import GraphBuilder

from edgekit.convert.keras_graph import Layer
from edgekit.convert.rewrite import drop_identities, fold_batchnorm
from edgekit.errors import ModelError


def normalized(values: np.ndarray, layer: Layer) -> np.ndarray:
    weights = layer.weights
    scale = weights["gamma"] / np.sqrt(weights["moving_variance"] + layer.config["epsilon"])
    return np.asarray((values - weights["moving_mean"]) * scale + weights["beta"])


def test_batchnorm_behind_a_layer_is_folded_into_it() -> None:
    net = GraphBuilder((6,))
    dense = net.dense("dense", net.inputs[0], 5)
    graph = net.build(net.batchnorm("norm", dense))
    folded = fold_batchnorm(graph)
    x = np.random.default_rng(1).normal(size=(7, 6))
    old, new = graph.layers["dense"].weights, folded.layers["dense"].weights
    expected = normalized(x @ old["kernel"] + old["bias"], graph.layers["norm"])
    assert np.allclose(x @ new["kernel"] + new["bias"], expected, atol=1e-5)
    assert [node.name for node in folded.nodes] == ["dense"] and folded.outputs == (dense,)


def test_batchnorm_behind_an_activation_is_folded_into_the_dense_layer_after_it() -> None:
    net = GraphBuilder((6,))
    relu = net.relu("relu", net.dense("first", net.inputs[0], 5))
    graph = net.build(net.dense("second", net.batchnorm("norm", relu), 3))
    folded = fold_batchnorm(graph)
    x = np.random.default_rng(1).normal(size=(7, 5))
    old, new = graph.layers["second"].weights, folded.layers["second"].weights
    expected = normalized(x, graph.layers["norm"]) @ old["kernel"] + old["bias"]
    assert np.allclose(x @ new["kernel"] + new["bias"], expected, atol=1e-4)
    assert "norm" not in folded.layers


def test_batchnorm_that_has_no_neighbour_to_go_into_is_refused_by_name() -> None:
    net = GraphBuilder((6,))
    relu = net.relu("relu", net.dense("first", net.inputs[0], 5))
    with pytest.raises(ModelError, match="'norm'"):
        fold_batchnorm(net.build(net.batchnorm("norm", relu)))


def test_a_shared_convolution_is_not_changed_by_the_batchnorm_of_one_call() -> None:
    net = GraphBuilder((6,), (6,))
    one, two = (net.dense("shared", source, 5) for source in net.inputs)
    graph = net.build(net.batchnorm("norm", one), two)
    with pytest.raises(ModelError, match="'norm'"):
        fold_batchnorm(graph)


def test_dropout_disappears_and_its_readers_read_its_input() -> None:
    net = GraphBuilder((6,))
    dense = net.dense("dense", net.inputs[0], 5)
    out = net.relu("relu", net.call("Dropout", "drop", dense, rate=0.5))
    graph = drop_identities(net.build(out))
    assert [node.name for node in graph.nodes] == ["dense", "relu"]
    assert graph.nodes[1].inputs == (dense,) and set(graph.layers) == {"dense", "relu"}


def test_batchnorm_over_another_axis_is_refused_by_name() -> None:
    net = GraphBuilder((6, 4))
    dense = net.dense("dense", net.inputs[0], 5)
    norm = net.batchnorm("norm", dense)
    net.layers["norm"] = net.layers["norm"].configured(axis=1)
    with pytest.raises(ModelError, match="'norm' normalizes axis 1"):
        fold_batchnorm(net.build(norm))
