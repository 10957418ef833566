# SPDX-License-Identifier: Apache-2.0
"""A Keras model as plain data, and back: the one module that knows how Keras stores a model's graph.

`read_graph` takes a functional or Sequential model apart; models nested in it are inlined, so that what is left is a
list of built-in layers in execution order. All graph surgery happens on this data, in numpy; `build_model` makes a
fresh Keras model of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from edgekit.errors import ModelError


@dataclass(frozen=True, slots=True)
class Ref:
    """Stands for tensor number `index` among the arguments of a call."""

    index: int


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer's kind (its class name), configuration and weights. `maker` rebuilds it: the Keras class, or None."""

    name: str
    kind: str
    config: Mapping[str, Any]
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)
    maker: Any = None

    def with_weights(self, **weights: np.ndarray) -> Layer:
        """This layer with some weights exchanged; the order of the others is kept."""
        return replace(self, weights={**self.weights, **weights})

    def configured(self, **settings: Any) -> Layer:
        """This layer with some settings exchanged."""
        return replace(self, config={**self.config, **settings})


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One call of a layer. A shared layer has several nodes; `name` is unique, `layer` names the Layer."""

    name: str
    layer: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    args: Any = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class LayerGraph:
    """Layers and their calls in execution order; tensors are numbers, `shapes` include the batch (None)."""

    name: str
    layers: Mapping[str, Layer]
    nodes: tuple[Node, ...]
    inputs: tuple[int, ...]
    input_names: tuple[str, ...]
    outputs: tuple[int, ...]
    shapes: Mapping[int, tuple[int | None, ...]]
    dtypes: Mapping[int, str] = field(default_factory=dict)

    def layer_of(self, node: Node) -> Layer:
        return self.layers[node.layer]

    def consumers(self) -> dict[int, list[Node]]:
        """The nodes that read each tensor."""
        readers: dict[int, list[Node]] = {}
        for node in self.nodes:
            for tensor in node.inputs:
                readers.setdefault(tensor, []).append(node)
        return readers

    def producers(self) -> dict[int, Node]:
        """The node that writes each tensor (model inputs have none)."""
        return {tensor: node for node in self.nodes for tensor in node.outputs}

    def calls(self) -> dict[str, list[Node]]:
        """The nodes of each layer; more than one where it is shared."""
        nodes: dict[str, list[Node]] = {}
        for node in self.nodes:
            nodes.setdefault(node.layer, []).append(node)
        return nodes

    def parameters(self) -> int:
        return sum(int(weight.size) for layer in self.layers.values() for weight in layer.weights.values())


def map_refs(value: Any, change: Callable[[Ref], Any]) -> Any:
    """`value` (nested tuples, lists and dicts) with every Ref exchanged by `change(ref)`."""
    if isinstance(value, Ref):
        return change(value)
    if isinstance(value, tuple | list):
        return type(value)(map_refs(item, change) for item in value)
    if isinstance(value, Mapping):
        return {key: map_refs(item, change) for key, item in value.items()}
    return value


def redirect(node: Node, moved: Mapping[int, int]) -> Node:
    """`node` reading tensor `moved[t]` wherever it read `t`."""
    if not any(tensor in moved for tensor in node.inputs):
        return node

    def swap(ref: Ref) -> Ref:
        return Ref(moved.get(ref.index, ref.index))

    return replace(
        node,
        inputs=tuple(moved.get(tensor, tensor) for tensor in node.inputs),
        args=map_refs(node.args, swap),
        kwargs=map_refs(node.kwargs, swap),
    )


def require_tensorflow() -> None:
    """Raise ModelError unless Keras runs on TensorFlow, the backend that can export to .tflite."""
    import keras

    backend = keras.config.backend()
    if backend != "tensorflow":
        raise ModelError(
            f"Keras runs on the {backend} backend here and only TensorFlow can be trained for and converted to "
            ".tflite; set KERAS_BACKEND=tensorflow before Keras is imported"
        )


def read_graph(model: Any) -> LayerGraph:
    """Take `model` apart. Raises ModelError for subclassed models and custom layers, naming them and the way round."""
    require_tensorflow()
    reader = _Reader()
    functional = _functional(model, model.name)
    inputs = [reader.new_tensor(tensor) for tensor in functional.inputs]
    outputs = reader.read(functional, inputs, {})
    return LayerGraph(
        name=str(model.name),
        layers=reader.layers,
        nodes=tuple(reader.nodes),
        inputs=tuple(inputs),
        input_names=tuple(str(tensor.name) for tensor in functional.inputs),
        outputs=tuple(outputs),
        shapes=reader.shapes,
        dtypes=reader.dtypes,
    )


def _functional(model: Any, name: str) -> Any:
    import keras

    if isinstance(model, keras.Sequential):
        if not model.built or model._functional is None:
            raise ModelError(
                f"the Sequential model {name!r} has no input shape yet; begin it with keras.Input(shape) or call "
                "model.build((None, ...)) before saving it"
            )
        return model._functional
    if isinstance(model, keras.Model) and hasattr(model, "_nodes_by_depth"):
        return model
    raise ModelError(
        f"{name!r} is a subclassed model ({type(model).__name__}): its graph is Python code and cannot be rewritten; "
        "express it with keras.Sequential or the functional API (keras.Model(inputs, outputs)), load the weights into "
        "that, and compress it"
    )


class _Reader:
    """Walks Keras's nodes; `env` maps a Keras tensor to the number of ours."""

    def __init__(self) -> None:
        self.layers: dict[str, Layer] = {}
        self.nodes: list[Node] = []
        self.shapes: dict[int, tuple[int | None, ...]] = {}
        self.dtypes: dict[int, str] = {}
        self._names: dict[int, str] = {}  # id(Keras layer) -> our name of it
        self._kept: list[Any] = []  # keeps ids unique

    def new_tensor(self, tensor: Any) -> int:
        index = len(self.shapes)
        self.shapes[index] = tuple(tensor.shape)
        self.dtypes[index] = str(tensor.dtype)
        return index

    def read(self, functional: Any, inputs: Sequence[int], inherited: Mapping[str, Any]) -> list[int]:
        """Append the nodes of `functional` called on tensors `inputs`; returns its outputs."""
        env = {id(tensor): index for tensor, index in zip(functional.inputs, inputs, strict=True)}
        for depth in sorted(functional._nodes_by_depth, reverse=True):
            for node in functional._nodes_by_depth[depth]:
                if not node.is_input:
                    self._read_node(node, env, inherited)
        return [env[id(tensor)] for tensor in functional.outputs]

    def _read_node(self, node: Any, env: dict[int, int], inherited: Mapping[str, Any]) -> None:
        import keras

        operation = node.operation
        kwargs = {key: value for key, value in node.arguments.kwargs.items() if value is not None}
        if "training" in inherited and getattr(operation, "_call_has_training_arg", False):
            kwargs.setdefault("training", inherited["training"])
        if isinstance(operation, keras.Model):
            inner = _functional(operation, operation.name)
            given = [env[id(tensor)] for tensor in node.input_tensors]
            results = self.read(inner, given, {key: kwargs[key] for key in ("training",) if key in kwargs})
            env.update((id(tensor), index) for tensor, index in zip(node.output_tensors, results, strict=True))
            return
        _refuse_custom(operation)

        def refer(value: Any) -> Any:
            return Ref(env[id(value)]) if isinstance(value, keras.KerasTensor) else value

        outputs = []
        for tensor in node.output_tensors:
            env[id(tensor)] = self.new_tensor(tensor)
            outputs.append(env[id(tensor)])
        layer = self._layer_name(operation)
        self.nodes.append(
            Node(
                name=self._unused(layer, {n.name for n in self.nodes}),
                layer=layer,
                inputs=tuple(env[id(tensor)] for tensor in node.input_tensors),
                outputs=tuple(outputs),
                args=keras.tree.map_structure(refer, tuple(node.arguments.args)),
                kwargs=keras.tree.map_structure(refer, kwargs),
            )
        )

    def _layer_name(self, operation: Any) -> str:
        if id(operation) in self._names:
            return self._names[id(operation)]
        name = self._unused(str(operation.name), set(self.layers))
        self._names[id(operation)] = name
        self._kept.append(operation)
        self.layers[name] = Layer(
            name, type(operation).__name__, dict(operation.get_config()), _weights_of(operation), type(operation)
        )
        return name

    @staticmethod
    def _unused(name: str, taken: set[str]) -> str:
        number, candidate = 1, name
        while candidate in taken:
            number += 1
            candidate = f"{name}_{number}"
        return candidate


def _refuse_custom(operation: Any) -> None:
    kind = type(operation)
    if kind.__name__ == "Lambda":
        raise ModelError(
            f"layer {operation.name!r} is a Lambda layer, whose Python code can be neither rewritten nor saved safely; "
            "replace it by built-in layers or keras.ops, or keep it out of the model"
        )
    if kind.__module__.partition(".")[0] != "keras":
        raise ModelError(
            f"layer {operation.name!r} is the custom layer {kind.__name__}; compression knows Keras's built-in layers "
            "only: build it from those, or cut the model there and compress the parts"
        )


def _weights_of(operation: Any) -> dict[str, np.ndarray]:
    import keras

    weights: dict[str, np.ndarray] = {}
    for variable in getattr(operation, "weights", ()):
        name = str(variable.name)
        while name in weights:
            name += "_"
        weights[name] = np.array(keras.ops.convert_to_numpy(variable))
    return weights


def build_model(graph: LayerGraph) -> Any:
    """A fresh Keras model of `graph` with its weights."""
    import keras

    made: dict[str, Any] = {}
    env: dict[int, Any] = {}
    for index, name in zip(graph.inputs, graph.input_names, strict=True):
        env[index] = keras.Input(graph.shapes[index][1:], dtype=graph.dtypes.get(index, "float32"), name=name)
    for node in graph.nodes:
        if node.layer not in made:
            layer = graph.layers[node.layer]
            made[node.layer] = layer.maker.from_config({**layer.config, **_own_name(layer)})
        args = map_refs(node.args, lambda ref: env[ref.index])
        kwargs = map_refs(node.kwargs, lambda ref: env[ref.index])
        result = made[node.layer](*args, **kwargs)
        env.update(zip(node.outputs, keras.tree.flatten(result), strict=True))
    for name, operation in made.items():
        weights = graph.layers[name].weights
        for variable, value in zip(getattr(operation, "weights", ()), weights.values(), strict=True):
            variable.assign(value)
    outputs = [env[index] for index in graph.outputs]
    return keras.Model(
        [env[index] for index in graph.inputs] if len(graph.inputs) > 1 else env[graph.inputs[0]],
        outputs if len(outputs) > 1 else outputs[0],
        name=graph.name,
    )


def _own_name(layer: Layer) -> dict[str, str]:
    return {"name": layer.name} if "name" in layer.config else {}


def make_layer(kind: str, name: str, config: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> Layer:
    """A new layer of a built-in kind, for surgery that adds layers."""
    import keras

    maker = getattr(keras.layers, kind)
    return Layer(name, kind, {**maker(**{**config, "name": name}).get_config()}, dict(weights), maker)
