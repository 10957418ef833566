# SPDX-License-Identifier: Apache-2.0
"""What a model costs on a microcontroller: multiply-accumulates and bytes of flash at int8."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from edgekit.convert.keras_graph import LayerGraph
from edgekit.convert.layer_kinds import DEPTHWISE, SEPARABLE, TRANSPOSED, WEIGHTED

#: Bytes that every output channel adds to its weights: an int32 bias and the float32 scale of its requantization.
CHANNEL_BYTES = 8


@dataclass(frozen=True, slots=True)
class CallCost:
    """One call of a WEIGHTED layer: `positions` outputs per channel, `taps` weights per pair of channels.

    `first` tells whether this is the layer's first call: its weights are stored once.
    """

    layer: str
    depthwise: bool
    positions: int
    taps: int
    first: bool

    def macs(self, channels_in: int, channels_out: int) -> int:
        return self.positions * self.taps * channels_out * (1 if self.depthwise else channels_in)

    def weights(self, channels_in: int, channels_out: int) -> int:
        if not self.first:
            return 0
        return self.taps * channels_out * (1 if self.depthwise else channels_in)

    def flash_bytes(self, channels_in: int, channels_out: int, bits: int = 8) -> float:
        stored = self.weights(channels_in, channels_out) * bits / 8
        return stored + (CHANNEL_BYTES * channels_out if self.first else 0)


def call_costs(graph: LayerGraph) -> tuple[CallCost, ...]:
    """The calls of all WEIGHTED layers in execution order. Unknown sizes (a variable length) count as one."""
    found, seen = [], set()
    for node in graph.nodes:
        layer = graph.layer_of(node)
        if layer.kind not in WEIGHTED:
            continue
        tensor = node.inputs[0] if layer.kind in TRANSPOSED else node.outputs[0]
        positions = int(np.prod([size or 1 for size in graph.shapes[tensor][1:-1]]))
        taps = int(np.prod(layer.weights["kernel"].shape[:-2]))
        found.append(CallCost(layer.name, layer.kind in DEPTHWISE, positions, taps, layer.name not in seen))
        seen.add(layer.name)
    return tuple(found)


def widths(graph: LayerGraph) -> Mapping[str, tuple[int, int]]:
    """Channels in and out of every WEIGHTED layer."""
    found = {}
    for layer in graph.layers.values():
        if layer.kind in WEIGHTED:
            *_, before, after = layer.weights["kernel"].shape
            if layer.kind in DEPTHWISE:
                after *= before
            found[layer.name] = (after, before) if layer.kind in TRANSPOSED else (before, after)
    return found


def macs(graph: LayerGraph) -> int:
    """Multiply-accumulates of one inference of a canonical graph."""
    assert not any(layer.kind in SEPARABLE for layer in graph.layers.values())
    sizes = widths(graph)
    return sum(call.macs(*sizes[call.layer]) for call in call_costs(graph))


def flash_bytes(graph: LayerGraph, bits: Mapping[str, int] | None = None) -> int:
    """Bytes of weights, biases and scales, at 8 bits a weight or at `bits` by layer."""
    sizes = widths(graph)
    return round(
        sum(call.flash_bytes(*sizes[call.layer], (bits or {}).get(call.layer, 8)) for call in call_costs(graph))
    )


#: What `prune_channels` can save, by the name in a recipe.
MEASURES: Mapping[str, Callable[[CallCost, int, int], float]] = {
    "macs": lambda call, before, after: call.macs(before, after),
    "flash": lambda call, before, after: call.flash_bytes(before, after),
}
