# SPDX-License-Identifier: Apache-2.0
"""Cross-layer equalization: moves scale between neighbouring layers, channel by channel, and changes no output.

Between two layers that are joined by a ReLU (or by nothing), channel i may be made larger in the first and smaller in
the second by the same factor. Where one scale serves all channels of a tensor (activations, Dense weights, weights of
few bits) channels of equal reach lose less (Nagel et al., "Data-Free Quantization", 2019).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgekit.convert.keras_graph import Layer, LayerGraph, Node
from edgekit.convert.layer_kinds import (
    CHANNELWISE,
    CONVOLUTIONS,
    DEPTHWISE,
    IDENTITY,
    WEIGHTED,
    activation_of,
    per_channel,
    scale_channels,
    sole_reader,
)

#: f(s * x) = s * f(x) for s > 0.
_HOMOGENEOUS = {"linear", "relu", "leaky_relu"}
_ROUNDS = 20
_CLOSE_ENOUGH = 1e-3
#: A channel is scaled by at most this in one round: dead channels have no reach to divide by.
_LARGEST_FACTOR = 64.0


def equalize(graph: LayerGraph) -> LayerGraph:
    """`graph` (canonical, BatchNormalization folded) with equal reach on both sides of every channel that has two."""
    pairs = equalizable_pairs(graph)
    layers = dict(graph.layers)
    for _ in range(_ROUNDS):
        largest = 1.0
        for first, second in pairs:
            factor = _factor(layers[first], layers[second])
            layers[first], layers[second] = _scaled(layers[first], layers[second], factor)
            largest = max(largest, float(np.maximum(factor, 1 / factor).max()))
        if largest < 1 + _CLOSE_ENOUGH:
            break
    return replace(graph, layers=layers)


def equalizable_pairs(graph: LayerGraph) -> list[tuple[str, str]]:
    """Names of the layers that are joined channel to channel, by functions that let a positive factor through."""
    readers, calls = graph.consumers(), graph.calls()
    pairs = []
    for node in graph.nodes:
        if graph.layer_of(node).kind not in WEIGHTED or len(calls[node.layer]) > 1:
            continue
        reached = sole_reader(graph, readers, node.outputs[0])
        while reached is not None and _lets_factors_through(graph, reached):
            reached = sole_reader(graph, readers, reached.outputs[0])
        if reached is not None and len(calls[reached.layer]) == 1 and _takes_factors(graph.layer_of(reached)):
            pairs.append((node.layer, reached.layer))
    return pairs


def _lets_factors_through(graph: LayerGraph, node: Node) -> bool:
    layer = graph.layer_of(node)
    if layer.kind in CHANNELWISE or layer.kind in IDENTITY:
        return len(node.inputs) == 1 and layer.config.get("data_format") != "channels_first"
    return activation_of(layer) in _HOMOGENEOUS


def _takes_factors(layer: Layer) -> bool:
    return layer.kind in CONVOLUTIONS | DEPTHWISE | {"Dense"} and layer.config.get("groups", 1) == 1


def _input_reach(layer: Layer) -> np.ndarray:
    """The largest weight that meets each input channel."""
    kernel = np.abs(layer.weights["kernel"])
    return np.asarray(kernel.max(axis=tuple(axis for axis in range(kernel.ndim) if axis != kernel.ndim - 2)))


def _factor(first: Layer, second: Layer) -> np.ndarray:
    """What each channel of the first layer is multiplied by; 1 where either side has no weight."""
    before = np.abs(per_channel(first, first.weights["kernel"])).max(0).astype(np.float64)
    after = _input_reach(second).astype(np.float64)
    alive = (before > 0) & (after > 0)
    factor = np.sqrt(np.where(alive, after, 1.0) / np.where(alive, before, 1.0))
    return np.asarray(np.clip(factor, 1 / _LARGEST_FACTOR, _LARGEST_FACTOR))


def _scaled(first: Layer, second: Layer, factor: np.ndarray) -> tuple[Layer, Layer]:
    weights = {"kernel": scale_channels(first, first.weights["kernel"].astype(np.float64), factor).astype(np.float32)}
    if "bias" in first.weights:
        weights["bias"] = (first.weights["bias"] * factor).astype(np.float32)
    kernel = (second.weights["kernel"] / factor[:, None]).astype(np.float32)
    return first.with_weights(**weights), second.with_weights(kernel=kernel)
