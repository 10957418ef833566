# SPDX-License-Identifier: Apache-2.0
"""The ranges of a model's activations, read off samples: minimum and maximum, percentiles, or least squared error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from edgekit.convert.keras_graph import LayerGraph
from edgekit.convert.layer_kinds import WEIGHTED
from edgekit.convert.simulation import Parameters, Simulation, nudge

Method = Literal["minmax", "percentile", "mse"]
Range = tuple[float, float]

#: Bins of the histograms; a range is found to 1/2048 of its width.
_BINS = 2048
_BATCH = 64
#: Shares of the whole width that the search for the least error tries on either side.
_SHARES = np.linspace(0.3, 1.0, 36)


def float_parameters(graph: LayerGraph) -> Parameters:
    """What a Simulation of `graph` computes with when nothing is rounded."""
    weights = {
        (layer.name, name): value
        for layer in graph.layers.values()
        if layer.kind in WEIGHTED
        for name, value in layer.weights.items()
    }
    return Parameters(weights, dict.fromkeys(Simulation(graph).plan.learned, (0.0, 1.0)))


def calibrated_ranges(
    graph: LayerGraph, inputs: Sequence[np.ndarray], method: Method = "minmax", percentile: float = 99.99
) -> dict[str, Range]:
    """The range of every activation that has to learn one, over `inputs` (one array per model input), in float.

    "percentile" keeps the middle `percentile` percent of the values; "mse" has the least squared rounding error at
    8 bits. Zero lies in every range.
    """
    extremes: dict[str, Range] = {}

    def widen(name: str, values: np.ndarray) -> None:
        low, high = extremes.get(name, (0.0, 0.0))
        extremes[name] = (min(low, float(values.min())), max(high, float(values.max())))

    _observe(graph, inputs, widen)
    if method == "minmax":
        return extremes
    counts = {name: np.zeros(_BINS, np.int64) for name in extremes}

    def count(name: str, values: np.ndarray) -> None:
        if extremes[name][0] < extremes[name][1]:
            counts[name] += np.histogram(values, _BINS, extremes[name])[0]

    _observe(graph, inputs, count)
    if method == "percentile":
        return {name: percentile_range(counts[name], extremes[name], percentile) for name in extremes}
    return {name: least_error_range(counts[name], extremes[name]) for name in extremes}


def _observe(graph: LayerGraph, inputs: Sequence[np.ndarray], see: Callable[[str, np.ndarray], None]) -> None:
    """Call `see` with the name and the values of every range, batch after batch."""
    import tensorflow as tf

    simulation, parameters = Simulation(graph), float_parameters(graph)

    def values_of(*batch: Any) -> dict[str, Any]:
        seen: dict[str, list[Any]] = {}

        def keep(name: str, value: Any) -> None:
            seen.setdefault(name, []).append(tf.reshape(value, (-1,)))

        simulation.run(list(batch), parameters, observe=keep, rounding=False)
        return {name: tf.concat(values, 0) for name, values in seen.items()}

    specs = [tf.TensorSpec((None, *part.shape[1:]), part.dtype) for part in inputs]
    call = tf.function(values_of, input_signature=specs)
    for start in range(0, len(inputs[0]), _BATCH):
        batch = [tf.constant(part[start : start + _BATCH]) for part in inputs]
        for name, values in call(*batch).items():
            see(name, values.numpy())


def percentile_range(counts: np.ndarray, extremes: Range, percentile: float) -> Range:
    """The range that holds the middle `percentile` percent of the values counted in even bins over `extremes`."""
    total = int(counts.sum())
    if not total:
        return extremes
    edges = np.linspace(*extremes, len(counts) + 1)
    outside = (1 - percentile / 100) * total
    below, above = np.cumsum(counts), np.cumsum(counts[::-1])
    low = edges[int(np.searchsorted(below, outside, side="right"))] if extremes[0] < 0 else 0.0
    high = edges[-1 - int(np.searchsorted(above, outside, side="right"))] if extremes[1] > 0 else 0.0
    return (min(float(low), 0.0), max(float(high), 0.0))


def least_error_range(counts: np.ndarray, extremes: Range) -> Range:
    """The part of `extremes` whose 256 codes lie closest to the values counted in even bins over it."""
    if not counts.sum():
        return extremes
    edges = np.linspace(*extremes, len(counts) + 1)
    centres = (edges[:-1] + edges[1:]) / 2
    lows = _SHARES * extremes[0] if extremes[0] < 0 else np.zeros(1)
    highs = _SHARES * extremes[1] if extremes[1] > 0 else np.zeros(1)

    def error(low: float, high: float) -> float:
        low, high = nudge(low, high)
        step = (high - low) / 255
        rounded = np.rint((np.clip(centres, low, high) - low) / step) * step + low
        return float((counts * np.square(rounded - centres)).sum())

    # one side at a time, twice: the sides hardly depend on each other
    low, high = float(lows[-1]), float(highs[-1])
    for _ in range(2):
        high = min((float(value) for value in highs[::-1]), key=lambda value: error(low, value))
        low = min((float(value) for value in lows[::-1]), key=lambda value: error(value, high))
    return (low, high)
