# SPDX-License-Identifier: Apache-2.0
"""Quantization without training: ranges from samples, weight steps by search, biases corrected layer by layer.

The result is what quantization-aware training returns too, so both are exported in one way: `convert.trained`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from edgekit.convert.calibrated_ranges import Method, calibrated_ranges, float_parameters
from edgekit.convert.compression_record import CompressionRecord, TrainedQuantization
from edgekit.convert.equalize import equalize
from edgekit.convert.keras_graph import Layer, LayerGraph, build_model, read_graph
from edgekit.convert.layer_kinds import DEPTHWISE, WEIGHTED, output_channels
from edgekit.convert.rewrite import fold_batchnorm
from edgekit.convert.simulation import LIMITS, Parameters, Simulation, largest_steps, nudge, on_grid
from edgekit.dataset import Samples
from edgekit.errors import UsageError

#: Samples whose activations are held at once while biases are corrected.
_CORRECTION_SAMPLES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class PostTraining:
    """`bits` of the weights (2 to 8; fewer than 8 is a preview of packed storage: the file still has int8 weights),
    `layer_bits` overrides them by layer, or for "first", "last" and "depthwise" ones. `equalize` balances the channels
    between neighbouring layers first. `ranges`: how activations get theirs. `weights`: "max" reaches the largest
    weight of each channel, "mse" has the least squared rounding error. `bias_correction` moves the mean of each
    channel back to the float model's, after all layers before it were corrected."""

    bits: int = 8
    layer_bits: Mapping[str, int] = field(default_factory=dict)
    ranges: Method = "minmax"
    percentile: float = 99.99
    weights: Literal["max", "mse"] = "max"
    bias_correction: bool = True
    equalize: bool = False


def quantize_after_training(
    graph: LayerGraph, inputs: Sequence[np.ndarray], settings: PostTraining | None = None
) -> tuple[LayerGraph, TrainedQuantization]:
    """`graph` (canonical, BatchNormalization folded) with its weights on their grid, and the scales that go with it.

    `inputs`: calibration samples, one array per model input.
    """
    settings = settings or PostTraining()
    bits = bits_of_layers(graph, settings.bits, settings.layer_bits)
    graph = equalize(graph) if settings.equalize else graph
    found = calibrated_ranges(graph, inputs, settings.ranges, settings.percentile)
    ranges = {name: nudge(*extremes) for name, extremes in found.items()}
    steps, layers = {}, dict(graph.layers)
    for name, width in bits.items():
        layer = graph.layers[name]
        steps[name] = least_error_steps(layer, width) if settings.weights == "mse" else largest_steps(layer, width)
        layers[name] = layer.with_weights(kernel=on_grid(layer.weights["kernel"], steps[name], width))
    rounded = replace(graph, layers=layers)
    if settings.bias_correction:
        few = [part[:_CORRECTION_SAMPLES] for part in inputs]
        rounded = correct_biases(graph, rounded, ranges, few)
    return rounded, TrainedQuantization(bits, steps, ranges)


def quantized_model(model: Any, samples: Samples, settings: PostTraining) -> tuple[Any, CompressionRecord]:
    """A Keras model with its weights on their grid, calibrated on `samples`, and the record of its scales."""
    graph = fold_batchnorm(read_graph(model))
    inputs = [part.reshape(len(part), *part.shape[2:]) for part in samples.inputs]
    rounded, quantization = quantize_after_training(graph, inputs, settings)
    return build_model(rounded), CompressionRecord(quantization=quantization)


def least_error_steps(layer: Layer, bits: int) -> np.ndarray:
    """Steps with the least squared rounding error, among clippings at 0.3 to 1 of each channel's largest weight."""
    kernel, top = layer.weights["kernel"], largest_steps(layer, bits)
    axes = tuple(axis for axis, size in enumerate(top.shape) if size == 1)
    best, least = top, np.full(top.shape, np.inf)
    for share in np.linspace(1.0, 0.3, 71):
        steps = np.asarray(top * np.float32(share), np.float32)
        error = np.square(on_grid(kernel, steps, bits) - kernel).sum(axis=axes, keepdims=True)
        best, least = np.where(error < least, steps, best), np.minimum(error, least)
    return np.asarray(best, np.float32)


def correct_biases(
    graph: LayerGraph,
    rounded: LayerGraph,
    ranges: Mapping[str, tuple[float, float]],
    inputs: Sequence[np.ndarray],
) -> LayerGraph:
    """`rounded` with biases under which every channel has the mean that it has in `graph`, in execution order.

    A layer that is called several times keeps its bias: one bias cannot serve all its calls.
    """
    batch = [np.asarray(part) for part in inputs]
    exact = Simulation(graph).begin(batch, float_parameters(graph), rounding=False)
    weights: dict[tuple[str, str], Any] = dict(float_parameters(rounded).weights)
    trial = Simulation(rounded).begin(batch, Parameters(weights, ranges))
    calls = graph.calls()
    layers = dict(rounded.layers)
    for node in graph.nodes:
        exact.node(node)
        layer = graph.layer_of(node)
        if layer.kind in WEIGHTED and len(calls[layer.name]) == 1:
            source = node.inputs[0]
            missing = exact.weighted(layer, exact.values[source]) - trial.weighted(layer, trial.values[source])
            shift = np.asarray(missing).reshape(-1, output_channels(layer)).mean(0)
            bias = layers[layer.name].weights.get("bias", np.zeros(output_channels(layer), np.float32))
            corrected = np.asarray(bias + shift, np.float32)
            weights[layer.name, "bias"] = corrected
            layers[layer.name] = layers[layer.name].configured(use_bias=True).with_weights(bias=corrected)
        trial.node(node)
    return replace(rounded, layers=layers)


def bits_of_layers(graph: LayerGraph, bits: int, overrides: Mapping[str, int]) -> dict[str, int]:
    """Weight bits of every layer that has weights. `overrides` by layer name, or "first", "last", "depthwise"; a name
    goes before those."""
    names = list(dict.fromkeys(node.layer for node in graph.nodes if graph.layer_of(node).kind in WEIGHTED))
    groups = {"depthwise": [name for name in names if graph.layers[name].kind in DEPTHWISE],
              "first": names[:1], "last": names[-1:]}  # fmt: skip
    unknown = sorted(set(overrides) - set(groups) - set(names))
    if unknown:
        raise UsageError(
            f"bits are given for '{unknown[0]}'; the layers with weights are {', '.join(names)}, or say "
            f"{', '.join(groups)}"
        )
    found = dict.fromkeys(names, bits)
    for group, members in groups.items():
        found.update(dict.fromkeys(members, overrides[group]) if group in overrides else {})
    found.update({name: width for name, width in overrides.items() if name in found})
    wrong = [width for width in found.values() if width not in LIMITS]
    if wrong:
        raise UsageError(f"weights of {wrong[0]} bits: {min(LIMITS)} to {max(LIMITS)} are possible")
    return found
