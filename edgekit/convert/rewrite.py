# SPDX-License-Identifier: Apache-2.0
"""Rewrites of a model's graph that leave its function as it is.

`canonicalize` brings a model into the form that every technique reads: no activation inside another layer, no separable
convolution. `fold_batchnorm` takes BatchNormalization out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from edgekit.convert.keras_graph import Layer, LayerGraph, Node, Ref, make_layer, redirect
from edgekit.convert.layer_kinds import (
    DEPTHWISE,
    IDENTITY,
    SEPARABLE,
    WEIGHTED,
    named_activation,
    normalizes_last_axis,
    scale_channels,
)
from edgekit.errors import ModelError

#: A node's replacement: layers to add, and the nodes that stand in its place.
Replacement = tuple[Mapping[str, Layer], tuple[Node, ...]]


class Editor:
    """A LayerGraph under change: hands out tensor numbers and unused names."""

    def __init__(self, graph: LayerGraph) -> None:
        self.graph = graph
        self.shapes = dict(graph.shapes)
        self.dtypes = dict(graph.dtypes)
        self.layers = dict(graph.layers)
        self._names = {node.name for node in graph.nodes} | set(graph.layers)

    def tensor(self, like: int) -> int:
        """A new tensor of the shape of `like`."""
        index = max(self.shapes) + 1
        self.shapes[index] = self.shapes[like]
        self.dtypes[index] = self.dtypes.get(like, "float32")
        return index

    def name(self, wanted: str) -> str:
        number, candidate = 1, wanted
        while candidate in self._names:
            number += 1
            candidate = f"{wanted}_{number}"
        self._names.add(candidate)
        return candidate

    def finish(self, nodes: tuple[Node, ...]) -> LayerGraph:
        """The graph with `nodes`; layers that no node calls any more are dropped."""
        used = {node.layer for node in nodes}
        layers = {name: layer for name, layer in self.layers.items() if name in used}
        return replace(self.graph, layers=layers, nodes=nodes, shapes=self.shapes, dtypes=self.dtypes)


def rewrite_nodes(graph: LayerGraph, change: Callable[[Editor, Node], tuple[Node, ...] | None]) -> LayerGraph:
    """Put `change(editor, node)` in the place of each node; None keeps it."""
    editor = Editor(graph)
    nodes: list[Node] = []
    for node in graph.nodes:
        nodes.extend(change(editor, node) or (node,))
    return editor.finish(tuple(nodes))


def canonicalize(graph: LayerGraph) -> LayerGraph:
    """Split separable convolutions, and take activations out of other layers. Idempotent."""
    return rewrite_nodes(rewrite_nodes(graph, _split_separable), _split_activation)


def _call(name: str, layer: str, source: int, result: int) -> Node:
    return Node(name, layer, (source,), (result,), (Ref(source),))


def _split_activation(editor: Editor, node: Node) -> tuple[Node, ...] | None:
    layer = editor.graph.layer_of(node)
    activation = layer.config.get("activation")
    if layer.kind not in WEIGHTED or named_activation(activation) == "linear":
        return None
    label = activation if isinstance(activation, str) else "activation"
    added = editor.name(f"{node.name}_{label}")
    editor.layers[layer.name] = layer.configured(activation="linear")
    editor.layers[added] = make_layer("Activation", added, {"activation": activation}, {})
    if not isinstance(activation, str):
        editor.layers[added] = editor.layers[added].configured(activation=activation)
    middle = editor.tensor(node.outputs[0])
    return replace(node, outputs=(middle,)), _call(added, added, middle, node.outputs[0])


def _split_separable(editor: Editor, node: Node) -> tuple[Node, ...] | None:
    layer = editor.graph.layer_of(node)
    if layer.kind not in SEPARABLE:
        return None
    depth, point = (editor.name(f"{node.name}_{part}") for part in ("depthwise", "pointwise"))
    if len(editor.graph.calls()[layer.name]) > 1:
        raise ModelError(f"the separable layer {layer.name!r} is shared by several calls; give each call its own layer")
    config, suffix = layer.config, layer.kind[-2:]
    shared = {key: config[key] for key in ("strides", "padding", "dilation_rate")}
    editor.layers[depth] = make_layer(
        f"DepthwiseConv{suffix}",
        depth,
        {**shared, "kernel_size": config["kernel_size"], "depth_multiplier": config["depth_multiplier"],
         "use_bias": False},
        {"kernel": layer.weights["depthwise_kernel"]},
    )  # fmt: skip
    bias = {"bias": layer.weights["bias"]} if "bias" in layer.weights else {}
    editor.layers[point] = make_layer(
        f"Conv{suffix}",
        point,
        {"filters": config["filters"], "kernel_size": 1, "use_bias": bool(bias), "activation": config["activation"]},
        {"kernel": layer.weights["pointwise_kernel"], **bias},
    )
    middle = editor.tensor(node.outputs[0])
    kernel = layer.weights["depthwise_kernel"]
    channels = int(kernel.shape[-1] * kernel.shape[-2])
    editor.shapes[middle] = (*editor.shapes[node.outputs[0]][:-1], channels)
    return (_call(depth, depth, node.inputs[0], middle), _call(point, point, middle, node.outputs[0]))


def drop_identities(graph: LayerGraph) -> LayerGraph:
    """Take out the layers that do nothing at inference, such as Dropout."""
    moved: dict[int, int] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        changed = redirect(node, moved)
        if graph.layer_of(node).kind in IDENTITY:
            moved[node.outputs[0]] = changed.inputs[0]
        else:
            nodes.append(changed)
    outputs = tuple(moved.get(tensor, tensor) for tensor in graph.outputs)
    return replace(Editor(graph).finish(tuple(nodes)), outputs=outputs)


def fold_batchnorm(graph: LayerGraph) -> LayerGraph:
    """Fold every BatchNormalization (and Rescaling) into the layer before it, else into the one after it, else into a
    1x1 depthwise convolution of its own. Raises ModelError where none of these is possible."""
    graph = drop_identities(canonicalize(graph))
    for node in [node for node in graph.nodes if graph.layer_of(node).kind in ("BatchNormalization", "Rescaling")]:
        graph = _fold_one(graph, node.name)
    return graph


def _fold_one(graph: LayerGraph, name: str) -> LayerGraph:
    node = next(node for node in graph.nodes if node.name == name)
    if not normalizes_last_axis(graph, node):
        raise ModelError(
            f"BatchNormalization layer {node.layer!r} normalizes axis {graph.layer_of(node).config['axis']}, which "
            "does not fold into a layer; use axis=-1, the channels"
        )
    factor, shift = _affine(graph.layer_of(node), int(graph.shapes[node.inputs[0]][-1] or 0))
    calls, readers = graph.calls(), graph.consumers()
    if len(calls[node.layer]) > 1:
        raise ModelError(
            f"{graph.layer_of(node).kind} layer {node.layer!r} is shared by several calls and cannot be "
            "folded; give each call its own layer"
        )
    before = graph.producers().get(node.inputs[0])
    alone = len(readers[node.inputs[0]]) == 1 and node.inputs[0] not in graph.outputs
    if before is not None and alone and graph.layer_of(before).kind in WEIGHTED and len(calls[before.layer]) == 1:
        layer = graph.layer_of(before)
        return _without(graph, node, {layer.name: folded_after(layer, factor, shift)})
    after = readers.get(node.outputs[0], [])
    if len(after) == 1 and node.outputs[0] not in graph.outputs and len(calls[after[0].layer]) == 1:
        layer = graph.layer_of(after[0])
        if _takes_input_affine(layer):
            return _without(graph, node, {layer.name: folded_before(layer, factor, shift)})
    return _as_depthwise(graph, node, factor, shift)


def _affine(layer: Layer, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """BatchNormalization at inference, or Rescaling, as factor * x + shift per channel."""
    if layer.kind == "Rescaling":
        return np.full(channels, layer.config["scale"], np.float64), np.full(
            channels, layer.config["offset"], np.float64
        )
    mean, variance = layer.weights["moving_mean"], layer.weights["moving_variance"]
    factor = 1.0 / np.sqrt(variance.astype(np.float64) + layer.config["epsilon"])
    if "gamma" in layer.weights:
        factor = factor * layer.weights["gamma"]
    shift = -mean * factor
    if "beta" in layer.weights:
        shift = shift + layer.weights["beta"]
    return factor, shift


def folded_after(layer: Layer, factor: np.ndarray, shift: np.ndarray) -> Layer:
    """`layer` followed by factor * y + shift, as one layer with a bias."""
    kernel = scale_channels(layer, layer.weights["kernel"].astype(np.float64), factor)
    bias = layer.weights.get("bias", np.zeros(1)) * factor + shift
    return _with_affine(layer, kernel, bias)


def folded_before(layer: Layer, factor: np.ndarray, shift: np.ndarray) -> Layer:
    """factor * x + shift followed by `layer` (without zero padding), as one layer with a bias."""
    kernel = layer.weights["kernel"].astype(np.float64)
    bias = (kernel * shift[:, None]).reshape(-1, kernel.shape[-1]).sum(0) + layer.weights.get("bias", 0.0)
    return _with_affine(layer, kernel * factor[:, None], bias)


def _with_affine(layer: Layer, kernel: np.ndarray, bias: np.ndarray) -> Layer:
    weights = {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}
    return replace(layer.configured(use_bias=True), weights=weights)


def _takes_input_affine(layer: Layer) -> bool:
    if layer.kind == "Dense":
        return True
    if layer.kind not in {"Conv1D", "Conv2D"} or layer.config.get("groups", 1) != 1:
        return False
    return bool(layer.config["padding"] == "valid") or max(layer.config["kernel_size"]) == 1


def _without(graph: LayerGraph, node: Node, layers: Mapping[str, Layer]) -> LayerGraph:
    """The graph without the one-input node, and with `layers` exchanged."""
    moved = {node.outputs[0]: node.inputs[0]}
    nodes = tuple(redirect(other, moved) for other in graph.nodes if other is not node)
    outputs = tuple(moved.get(tensor, tensor) for tensor in graph.outputs)
    return replace(Editor(replace(graph, layers={**graph.layers, **layers})).finish(nodes), outputs=outputs)


def _as_depthwise(graph: LayerGraph, node: Node, factor: np.ndarray, shift: np.ndarray) -> LayerGraph:
    dimensions = len(graph.shapes[node.inputs[0]])
    if dimensions not in (3, 4):
        raise ModelError(
            f"{graph.layer_of(node).kind} layer {node.layer!r} stands neither directly behind nor "
            "directly before a layer that it can be folded into; put it between the Dense layer and its activation"
        )
    editor = Editor(graph)
    name = editor.name(f"{node.name}_scale")
    kernel = factor.astype(np.float32).reshape((1,) * (dimensions - 2) + (-1, 1))
    kind = f"DepthwiseConv{dimensions - 2}D"
    assert kind in DEPTHWISE
    editor.layers[name] = make_layer(
        kind, name, {"kernel_size": 1}, {"kernel": kernel, "bias": shift.astype(np.float32)}
    )
    new = _call(name, name, node.inputs[0], node.outputs[0])
    return editor.finish(tuple(new if other is node else other for other in graph.nodes))
