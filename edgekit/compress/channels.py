# SPDX-License-Identifier: Apache-2.0
"""Which channels of a model can only be removed together, what each costs, and their removal.

Every channel of every tensor's last axis gets a number. Layers that pass channels on (BatchNormalization, depthwise,
pooling, Flatten, Concatenate) hand their numbers on; a residual Add makes pairs of numbers one. A set of equal numbers
is a *unit*: all of it goes or stays. Channels that reach a model output, come from a model input or pass a layer that
mixes them in unknown ways are locked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from edgekit.compress.cost import CallCost, call_costs
from edgekit.convert.keras_graph import Layer, LayerGraph, Node
from edgekit.convert.layer_kinds import (
    CHANNELWISE,
    DEPTHWISE,
    ELEMENTWISE,
    IDENTITY,
    TRANSPOSED,
    WEIGHTED,
    activation_of,
    normalizes_last_axis,
)

Ids = np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Coupling:
    """The units of a graph.

    `tensors[t]` and `inputs[layer]`, `outputs[layer]` (the axes of its kernel) hold unit numbers per channel;
    `locked[u]` tells whether unit u must stay; `classes` are the units that the same layers write: each class is cut
    in whole multiples, so that every layer's width stays a multiple.
    """

    tensors: Mapping[int, Ids]
    inputs: Mapping[str, Ids]
    outputs: Mapping[str, Ids]
    locked: np.ndarray
    classes: tuple[Ids, ...]
    costs: tuple[CallCost, ...]

    def count(self, keep: np.ndarray) -> Callable[[CallCost], tuple[int, int]]:
        """A call's channels in and out under `keep` (one flag per unit)."""

        def counts(call: CallCost) -> tuple[int, int]:
            return int(keep[self.inputs[call.layer]].sum()), int(keep[self.outputs[call.layer]].sum())

        return counts


def couple_channels(graph: LayerGraph) -> Coupling:
    """The units of a canonical graph."""
    return _Coupler(graph).finish()


class _Coupler:
    def __init__(self, graph: LayerGraph) -> None:
        self.graph = graph
        self.parent: list[int] = []
        self.locked: set[int] = set()
        self.tensors: dict[int, Ids] = {}
        self.inputs: dict[str, Ids] = {}
        self.outputs: dict[str, Ids] = {}
        for tensor in graph.inputs:
            self.tensors[tensor] = self.fresh(tensor, locked=True)
        for node in graph.nodes:
            self.place(node)
        for tensor in graph.outputs:
            self.lock(self.tensors[tensor])

    def fresh(self, tensor: int, locked: bool = False) -> Ids:
        width = int(self.graph.shapes[tensor][-1] or 1) if len(self.graph.shapes[tensor]) > 1 else 1
        ids = np.arange(len(self.parent), len(self.parent) + width)
        self.parent.extend(ids.tolist())
        if locked:
            self.lock(ids)
        return ids

    def lock(self, ids: Ids) -> None:
        self.locked.update(ids.tolist())

    def find(self, index: int) -> int:
        while self.parent[index] != index:
            self.parent[index] = self.parent[self.parent[index]]
            index = self.parent[index]
        return index

    def unite(self, left: Ids, right: Ids) -> None:
        for one, other in zip(left.tolist(), right.tolist(), strict=True):
            self.parent[self.find(other)] = self.find(one)

    def place(self, node: Node) -> None:
        layer, ids = self.graph.layer_of(node), None
        plain = layer.kind in WEIGHTED and layer.config.get("groups", 1) == 1
        if layer.config.get("data_format", "channels_last") == "channels_last":
            ids = self.weighted(node, layer) if plain else self.passed_on(node, layer)
        if ids is None:  # channels get mixed in a way that is not known here
            for tensor in node.inputs:
                self.lock(self.tensors[tensor])
            for tensor in node.outputs:
                self.tensors[tensor] = self.fresh(tensor, locked=True)
        else:
            self.tensors[node.outputs[0]] = ids

    def weighted(self, node: Node, layer: Layer) -> Ids:
        source = self.tensors[node.inputs[0]]
        if layer.name in self.inputs:  # shared by another call
            self.unite(self.inputs[layer.name], source)
            return self.outputs[layer.name]
        self.inputs[layer.name] = source
        if layer.kind in DEPTHWISE:
            self.outputs[layer.name] = np.repeat(source, layer.weights["kernel"].shape[-1])
        else:
            self.outputs[layer.name] = self.fresh(node.outputs[0])
        return self.outputs[layer.name]

    def passed_on(self, node: Node, layer: Layer) -> Ids | None:
        """The output's channels of a layer that only passes channels on, or None."""
        source = self.tensors[node.inputs[0]] if node.inputs else None
        activation = activation_of(layer)
        simple = layer.kind in CHANNELWISE | IDENTITY or activation not in (None, "softmax")
        if source is None:
            return None
        if simple or (layer.kind == "BatchNormalization" and normalizes_last_axis(self.graph, node)):
            return source
        if layer.kind in ELEMENTWISE:
            return self.elementwise(node)
        if layer.kind == "Concatenate":
            return self.concatenated(node, layer)
        before, after = self.graph.shapes[node.inputs[0]], self.graph.shapes[node.outputs[0]]
        if layer.kind in ("Flatten", "Reshape"):
            if after[-1] == before[-1]:
                return source
            if len(after) == 2 and None not in before[1:]:
                return np.tile(source, int(np.prod([size or 1 for size in before[1:-1]])))
        if layer.kind == "Permute" and layer.config["dims"][-1] == len(before) - 1:
            return source
        return None

    def elementwise(self, node: Node) -> Ids | None:
        ids = [self.tensors[tensor] for tensor in node.inputs]
        if len(ids) < 2 or len({len(part) for part in ids}) != 1:  # a constant, or a tensor spread over the channels
            return None
        for part in ids[1:]:
            self.unite(ids[0], part)
        return ids[0]

    def concatenated(self, node: Node, layer: Layer) -> Ids | None:
        ids = [self.tensors[tensor] for tensor in node.inputs]
        rank = len(self.graph.shapes[node.inputs[0]])
        if layer.config.get("axis", -1) in (-1, rank - 1):
            return np.concatenate(ids)
        for part in ids[1:]:
            self.unite(ids[0], part)
        return ids[0]

    def finish(self) -> Coupling:
        roots = np.array([self.find(index) for index in range(len(self.parent))], dtype=np.int64)
        _, unit_of = np.unique(roots, return_inverse=True)
        locked = np.zeros(int(unit_of.max()) + 1, bool)
        locked[unit_of[sorted(self.locked)]] = True
        outputs = {name: unit_of[ids] for name, ids in self.outputs.items()}
        writers: dict[int, list[str]] = {}
        for name, ids in outputs.items():
            for unit in np.unique(ids).tolist():
                writers.setdefault(unit, []).append(name)
        classes: dict[tuple[str, ...], list[int]] = {}
        for unit in sorted(writers):
            if not locked[unit]:
                classes.setdefault(tuple(writers[unit]), []).append(unit)
        return Coupling(
            tensors={tensor: unit_of[ids] for tensor, ids in self.tensors.items()},
            inputs={name: unit_of[ids] for name, ids in self.inputs.items()},
            outputs=outputs,
            locked=locked,
            classes=tuple(np.array(units) for units in classes.values()),
            costs=tuple(call for call in call_costs(self.graph) if call.layer in outputs),
        )


def _input_axis(layer: Layer) -> int:
    return -1 if layer.kind in TRANSPOSED else -2


def take_kernel(layer: Layer, kernel: np.ndarray, keep_in: np.ndarray, keep_out: np.ndarray) -> np.ndarray:
    """The part of a WEIGHTED layer's kernel (or of its mask) that connects kept channels."""
    if layer.kind in DEPTHWISE:
        return kernel.compress(keep_in, axis=-2)
    axis = _input_axis(layer)
    return kernel.compress(keep_in, axis=axis).compress(keep_out, axis=-3 - axis)


def remove_channels(graph: LayerGraph, coupling: Coupling, keep: np.ndarray) -> LayerGraph:
    """A smaller graph that has the units flagged in `keep` only."""
    layers = dict(graph.layers)
    for node in graph.nodes:
        layers[node.layer] = _narrowed(graph, node, coupling, keep)
    shapes = dict(graph.shapes)
    for tensor, ids in coupling.tensors.items():
        if len(shapes[tensor]) > 1:
            shapes[tensor] = (*shapes[tensor][:-1], int(keep[ids].sum()))
    return replace(graph, layers=layers, shapes=shapes)


def _narrowed(graph: LayerGraph, node: Node, coupling: Coupling, keep: np.ndarray) -> Layer:
    layer = graph.layer_of(node)
    if layer.name in coupling.outputs:
        keep_in, keep_out = keep[coupling.inputs[layer.name]], keep[coupling.outputs[layer.name]]
        weights = {"kernel": take_kernel(layer, layer.weights["kernel"], keep_in, keep_out)}
        if "bias" in layer.weights:
            weights["bias"] = layer.weights["bias"][keep_out]
        width = {"Dense": "units"}.get(layer.kind, "filters")
        config = {} if layer.kind in DEPTHWISE else {width: int(keep_out.sum())}
        return replace(layer.configured(**config), weights=weights)
    kept = keep[coupling.tensors[node.outputs[0]]]
    if layer.kind == "BatchNormalization":
        return replace(layer, weights={name: value[kept] for name, value in layer.weights.items()})
    if layer.kind == "Reshape" and not kept.all():
        shape = list(layer.config["target_shape"])
        return layer.configured(target_shape=(*shape[:-1], int(kept.sum())))
    return layer


def silence_channels(graph: LayerGraph, coupling: Coupling, keep: np.ndarray) -> LayerGraph:
    """The graph at its old size, in which no layer listens to the units that are not in `keep`.

    It computes what the graph without them computes: the definition that removal is tested against.
    """
    layers = dict(graph.layers)
    for name, ids in coupling.inputs.items():
        layer = layers[name]
        if layer.kind not in DEPTHWISE:
            flags = keep[ids].astype(np.float32)
            shape = flags if _input_axis(layer) == -1 else flags[:, None]
            layers[name] = layer.with_weights(kernel=layer.weights["kernel"] * shape)
    return replace(graph, layers=layers)


def choose_channels(
    coupling: Coupling,
    importance: np.ndarray,
    price: Callable[[np.ndarray], float],
    target: float,
    multiple: int = 4,
) -> np.ndarray:
    """Flags of the units to keep so that `price(keep)` is at most `target`.

    Takes away, `multiple` channels of one class at a time, what has the least importance for the cost it saves. Every
    class keeps at least `multiple` units. Stops early when nothing more can go.
    """
    keep = np.ones(len(coupling.locked), bool)
    ranked = [units[np.argsort(importance[units], kind="stable")] for units in coupling.classes]
    now = price(keep)
    while now > target:
        best: tuple[float, int, np.ndarray, float] | None = None
        for index, units in enumerate(ranked):
            count = len(units) % multiple or multiple
            if len(units) - count < multiple:
                continue
            candidate = keep.copy()
            candidate[units[:count]] = False
            after = price(candidate)
            score = float(importance[units[:count]].sum()) / max(now - after, 1e-9)
            if best is None or score < best[0]:
                best = (score, index, candidate, after)
        if best is None:
            break
        _, index, keep, now = best
        ranked[index] = ranked[index][len(ranked[index]) % multiple or multiple :]
    return keep
