# SPDX-License-Identifier: Apache-2.0
"""Recurrent layers: LSTM as one operator, and models that take one time step an inference.

TFLite has an operator for a whole LSTM layer. Its converter makes one of a function that bears the mark which Keras 2
put on its LSTM layers; Keras 3 does not, and its loops cannot be quantized. So `fused_lstms` puts the mark on.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from edgekit.convert.keras_graph import LayerGraph, Node, map_refs, read_graph
from edgekit.convert.schemes import Representative
from edgekit.convert.serving import ModelInput, every_layer
from edgekit.dataset import Samples
from edgekit.errors import ConversionError

if TYPE_CHECKING:
    import keras

_RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN"})
#: Layers that treat every time step by itself.
_PER_STEP = frozenset(
    {
        *("Activation", "ELU", "LeakyReLU", "ReLU"),
        *("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"),
        *("BatchNormalization", "Dense", "LayerNormalization", "Normalization", "Rescaling", "TimeDistributed"),
        *("Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D"),
    }
)
_number = itertools.count()


def fusable_lstms(model: keras.Model) -> list[Any]:
    """The LSTM layers that one TFLite operator computes, but for those that are unrolled by choice."""
    return [layer for layer in every_layer(model) if type(layer).__name__ == "LSTM" and _is_fusable(layer)]


def _is_fusable(layer: Any) -> bool:
    import keras

    plain = layer.activation is keras.activations.tanh and layer.recurrent_activation is keras.activations.sigmoid
    by_choice = layer.unroll and not layer.stateful
    return plain and not (by_choice or layer.return_state or layer.go_backwards)


@contextlib.contextmanager
def fused_lstms(layers: Sequence[Any]) -> Iterator[None]:
    """Within, calls of `layers` are traced as functions that the converter makes one operator of.

    It starts with what the last inference left, as the operator does: a model is reset before each sequence.
    """
    calls = [layer.call for layer in layers]
    for layer, call in zip(layers, calls, strict=True):
        layer.call = _fused_call(layer, call)
    try:
        yield
    finally:
        for layer, call in zip(layers, calls, strict=True):
            layer.call = call


def _fused_call(layer: Any, original: Any) -> Any:
    import tensorflow as tf

    function = _marked_function()

    def call(sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        if initial_state is not None or mask is not None:
            return original(sequences, initial_state=initial_state, mask=mask, training=training)
        cell = layer.cell
        zeros = tf.zeros((sequences.shape[0], cell.units))
        bias = tf.zeros(4 * cell.units) if cell.bias is None else tf.convert_to_tensor(cell.bias)
        weights = tf.convert_to_tensor(cell.kernel), tf.convert_to_tensor(cell.recurrent_kernel)
        last, every, *_ = function(sequences, zeros, zeros, *weights, bias)
        return every if layer.return_sequences else last

    return call


def _marked_function() -> Any:
    """An LSTM as Keras 2 wrote it down: arguments, results and attributes are what the converter looks for."""
    import tensorflow as tf

    def standard_lstm(inputs: Any, hidden: Any, cell: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> Any:
        outputs = []
        for step in range(inputs.shape[1]):
            gates = tf.matmul(inputs[:, step], kernel) + tf.matmul(hidden, recurrent_kernel) + bias
            learn, forget, value, show = tf.split(gates, 4, axis=1)
            cell = tf.sigmoid(forget) * cell + tf.sigmoid(learn) * tf.tanh(value)
            hidden = tf.sigmoid(show) * tf.tanh(cell)
            outputs.append(hidden)
        return hidden, tf.stack(outputs, axis=1), hidden, cell, tf.constant(0.0)

    attributes = {"api_implements": f"lstm_{next(_number)}", "time_major": False, "go_backwards": False}
    return tf.function(standard_lstm, experimental_attributes=attributes, autograph=False)


def step_model(model: keras.Model) -> keras.Model:
    """`model` for one time step: inputs [1, 1, features], recurrent layers keep their state, weights are the same.

    Raises ConversionError for a layer that looks at several steps in another way.
    """
    graph = read_graph(model)
    _require_steps(graph)
    try:
        return _build(graph)
    except (ValueError, TypeError) as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise ConversionError(
            f"the model does not work on single time steps ({reason}); "
            "behind the last recurrent layer with return_sequences=False any layer is fine"
        ) from error


def _require_steps(graph: LayerGraph) -> None:
    """Every layer that sees the time axis is recurrent, or works step by step."""
    timed = {index for index in graph.inputs if len(graph.shapes[index]) == 3}
    found = False
    for node in graph.nodes:
        layer = graph.layer_of(node)
        if not timed.intersection(node.inputs):
            continue
        joined = layer.kind == "Concatenate" and layer.config.get("axis") in (-1, 2)
        if layer.kind in _RECURRENT:
            found = True
            if layer.config.get("go_backwards") or layer.config.get("return_state"):
                raise ConversionError(f"the layer '{layer.name}' runs backwards or returns its state; try a plain one")
        elif layer.kind not in _PER_STEP and not joined:
            raise ConversionError(
                f"the layer '{layer.name}' ({layer.kind}) looks at several time steps at once, which a model of single "
                f"steps cannot; supported over time: {', '.join(sorted(_RECURRENT))} and layers that work on each step"
            )
        if layer.kind not in _RECURRENT or layer.config.get("return_sequences"):
            timed.update(node.outputs)
    if not found:
        raise ConversionError("no LSTM, GRU or SimpleRNN of the model runs over an input [steps, features]")


def _build(graph: LayerGraph) -> keras.Model:
    import keras

    made: dict[str, Any] = {}
    env: dict[int, Any] = {}
    for index, name in zip(graph.inputs, graph.input_names, strict=True):
        _, *sizes = graph.shapes[index]
        shape = (1, 1, *sizes[1:]) if len(sizes) == 2 else (1, *sizes)
        env[index] = keras.Input(batch_shape=shape, dtype=graph.dtypes.get(index, "float32"), name=name)
    for node in graph.nodes:
        result = _call(graph, node, made, env)
        env.update(zip(node.outputs, keras.tree.flatten(result), strict=True))
    for name, operation in made.items():
        states = {id(state) for state in keras.tree.flatten(getattr(operation, "states", None) or [])}
        variables = [variable for variable in getattr(operation, "weights", ()) if id(variable) not in states]
        for variable, value in zip(variables, graph.layers[name].weights.values(), strict=True):
            variable.assign(value)
    inputs, outputs = [env[index] for index in graph.inputs], [env[index] for index in graph.outputs]
    alone = inputs[0] if len(inputs) == 1 else inputs
    return keras.Model(alone, outputs[0] if len(outputs) == 1 else outputs, name=graph.name)


def _call(graph: LayerGraph, node: Node, made: dict[str, Any], env: Mapping[int, Any]) -> Any:
    layer = graph.layer_of(node)
    if layer.name not in made:
        settings = {"stateful": True, "unroll": True} if layer.kind in _RECURRENT else {}
        named = {"name": layer.name} if "name" in layer.config else {}
        made[layer.name] = layer.maker.from_config({**layer.config, **settings, **named})
    args, kwargs = (map_refs(given, lambda ref: env[ref.index]) for given in (node.args, node.kwargs))
    return made[layer.name](*args, **kwargs)


def steps_of(samples: Samples, inputs: Sequence[ModelInput]) -> Representative:
    """Sequence after sequence, step after step, as a model of single steps is fed; `inputs` are the whole model's."""

    def generate() -> Iterator[Mapping[str, npt.NDArray[np.generic]]]:
        for position in range(len(samples)):
            given = [(port, values[position]) for port, values in zip(inputs, samples.inputs, strict=True)]
            for step in range(max(port.shape[1] for port in inputs if len(port.shape) == 3)):
                yield {
                    port.name: value.reshape(port.shape)[:, step : step + 1] if len(port.shape) == 3 else value
                    for port, value in given
                }

    return generate
