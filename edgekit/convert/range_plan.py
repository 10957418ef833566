# SPDX-License-Identifier: Apache-2.0
"""Which tensors of a model are quantized at int8, and which of them share one range: the rules of TFLite's kernels.

A tensor between a convolution and the ReLU fused into it never exists; pooling, padding and reshaping keep the scale of
their input; all parts of a concatenation have one scale; softmax, sigmoid and tanh prescribe theirs, and are brought to
another where they are concatenated with other tensors. The training-time simulation and the export read the same plan,
and so cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from edgekit.convert.keras_graph import LayerGraph, Node
from edgekit.convert.layer_kinds import (
    CONVOLUTIONS,
    DEPTHWISE,
    ELEMENTWISE,
    FIXED_RANGES,
    IDENTITY,
    MEANS,
    SAME_SCALE,
    SEPARABLE,
    WEIGHTED,
    activation_of,
    named_activation,
    sole_reader,
)
from edgekit.errors import ModelError

#: Operators whose int8 kernels clamp to a ReLU at no cost.
_FUSING = CONVOLUTIONS | DEPTHWISE | frozenset({"Dense", "Add", "Subtract", "Multiply"})
_JOINING = frozenset({"Concatenate", "Maximum", "Minimum"})
_SUPPORTED = WEIGHTED | SAME_SCALE | MEANS | IDENTITY | _JOINING | frozenset({"Add", "Subtract", "Multiply"})


@dataclass(frozen=True, slots=True)
class RangePlan:
    """`ranges[t]` names the range of tensor t; a tensor without one is computed and consumed inside one operator.

    `fixed` gives the ranges that are prescribed; `learned` names the other ones, in execution order. `changed` has the
    range that a node takes tensor t in, by (node, t), where that is not the tensor's own: it is quantized anew there.
    """

    ranges: Mapping[int, str]
    fixed: Mapping[str, tuple[float, float]]
    learned: tuple[str, ...]
    changed: Mapping[tuple[str, int], str] = field(default_factory=dict)


def plan_ranges(graph: LayerGraph) -> RangePlan:
    """The plan of a canonical graph without BatchNormalization. Raises ModelError naming a layer that has no place."""
    planner = _Planner(graph)
    for index, name in zip(graph.inputs, graph.input_names, strict=True):
        planner.open(index, f"input:{name}")
    for node in graph.nodes:
        planner.place(node)
    return planner.finish()


class _Planner:
    def __init__(self, graph: LayerGraph) -> None:
        self.graph = graph
        self.readers, self.producers = graph.consumers(), graph.producers()
        self.parent: dict[str, str] = {}
        self.range_of: dict[int, str] = {}
        self.fixed: dict[str, tuple[float, float]] = {}
        self.changed: dict[tuple[str, int], str] = {}

    def find(self, name: str) -> str:
        while self.parent[name] != name:
            name = self.parent[name]
        return name

    def open(self, tensor: int, name: str, fixed: tuple[float, float] | None = None) -> None:
        self.parent[name] = name
        self.range_of[tensor] = name
        if fixed is not None:
            self.fixed[name] = fixed

    def share(self, tensor: int, source: int) -> None:
        self.range_of[tensor] = self.find(self.range_of[source])

    def join(self, node: Node) -> None:
        """All inputs and the output have one range; prescribed ones are quantized anew where others have none of it."""
        roots = {tensor: self.find(self.range_of[tensor]) for tensor in node.inputs}
        free = list(dict.fromkeys(root for root in roots.values() if root not in self.fixed))
        limits = {self.fixed[root] for root in roots.values() if root in self.fixed}
        if free or len(limits) > 1:
            if not free:
                self.parent[node.name] = node.name
            common = free[0] if free else node.name
            for root in free[1:]:
                self.parent[root] = common
            for tensor, root in roots.items():
                if root in self.fixed:
                    self.changed[node.name, tensor] = common
            self.range_of[node.outputs[0]] = common
        else:
            self.share(node.outputs[0], node.inputs[0])

    def place(self, node: Node) -> None:
        layer = self.graph.layer_of(node)
        activation = activation_of(layer)
        self.check(node, activation)
        source, result = (node.inputs[0], node.outputs[0])
        if activation in ("relu", "relu6"):
            if source in self.range_of:
                self.share(result, source)  # TFLite Micro computes a RELU6 that changes the scale wrongly
            else:
                self.open(result, node.name)
        elif activation == "linear" or layer.kind in IDENTITY or layer.kind in SAME_SCALE:
            self.share(result, source)
        elif layer.kind in _JOINING:
            self.join(node)
        elif not (layer.kind in _FUSING and self.fuses_relu(result)):
            self.open(result, node.name, FIXED_RANGES.get(activation or ""))

    def fuses_relu(self, tensor: int) -> bool:
        reader = sole_reader(self.graph, self.readers, tensor)
        return reader is not None and activation_of(self.graph.layer_of(reader)) in ("relu", "relu6")

    def is_reshaped_twin(self, node: Node) -> bool:
        """Whether all inputs are one tensor in one new shape: the converter moves that behind the operator."""
        makers = [self.producers.get(tensor) for tensor in node.inputs]
        kinds = {self.graph.layer_of(maker).kind if maker else "" for maker in makers}
        return kinds <= {"Reshape", "Flatten"} and len({maker.inputs[0] for maker in makers if maker}) == 1

    def check(self, node: Node, activation: str | None) -> None:
        layer = self.graph.layer_of(node)
        if layer.kind == "BatchNormalization" or layer.kind in SEPARABLE:
            raise AssertionError(f"{layer.name} should have been rewritten before its ranges are planned")
        if activation is None and layer.kind not in _SUPPORTED:
            raise ModelError(
                f"layer {layer.name!r} ({layer.kind}{_detail(layer.config)}) cannot be trained for int8; use one of "
                f"{', '.join(sorted(_SUPPORTED - IDENTITY))} and the activations relu, relu6, leaky_relu, sigmoid, "
                "tanh, softmax, hard_swish, silu, or leave quantization to `edgekit convert`"
            )
        if layer.kind in ("Add", "Subtract", "Multiply") and len(node.inputs) != 2:
            raise ModelError(
                f"layer {layer.name!r} ({layer.kind}) combines {len(node.inputs)} tensors; training for int8 takes "
                "exactly two: chain several such layers, and fold constants into the layers around them"
            )
        if layer.kind in ELEMENTWISE and self.is_reshaped_twin(node):
            raise ModelError(
                f"layer {layer.name!r} ({layer.kind}) combines a reshaped tensor with itself, which the converter "
                "cannot quantize; combine first and reshape the result"
            )
        if layer.config.get("interpolation", "nearest") != "nearest":
            raise ModelError(f"layer {layer.name!r} interpolates; only interpolation='nearest' keeps the int8 scale")
        if layer.config.get("groups", 1) != 1:
            raise ModelError(f"layer {layer.name!r} is a grouped convolution, which the int8 kernels do not compute")
        if layer.config.get("data_format", "channels_last") != "channels_last":
            raise ModelError(f"layer {layer.name!r} is channels-first; .tflite is channels-last only")

    def finish(self) -> RangePlan:
        ranges = {tensor: self.find(name) for tensor, name in self.range_of.items()}
        used = dict.fromkeys(ranges.values())
        return RangePlan(
            ranges=ranges,
            fixed={name: limits for name, limits in self.fixed.items() if name in used},
            learned=tuple(name for name in used if name not in self.fixed),
            changed={place: self.find(name) for place, name in self.changed.items()},
        )


def _detail(config: Mapping[str, object]) -> str:
    activation = config.get("activation")
    return f", activation {activation!r}" if activation and named_activation(activation) is None else ""
