# SPDX-License-Identifier: Apache-2.0
"""A Keras model as a TensorFlow function of one sample with named inputs and outputs, and what must hold for that."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgekit.errors import ConversionError

if TYPE_CHECKING:
    import keras

SIGNATURE = "serving_default"

#: Input names that Keras makes up; they count what the process built before, so a number by position replaces them.
_AUTOMATIC = re.compile(r"(keras_tensor|input_layer|input)(_\d+)?")


@dataclass(frozen=True, slots=True)
class ModelInput:
    """An input of the Keras model, batch 1. It is a port that samples can be fitted to."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None = None
    zero_point: int | None = None


def find_inputs(model: keras.Model) -> list[ModelInput]:
    """The model's inputs with a batch of 1. Raises ConversionError for a model that has no fixed ones."""
    tensors = _symbolic_inputs(model)
    names = _unique_names(["" if _AUTOMATIC.fullmatch(tensor.name) else tensor.name for tensor in tensors], "input")
    found = []
    for name, tensor in zip(names, tensors, strict=True):
        found.append(fixed_input(name, tuple(tensor.shape), str(tensor.dtype)))
    return found


def fixed_input(name: str, shape: Sequence[int | None], dtype: str) -> ModelInput:
    """The input with a batch of 1. Raises ConversionError where its shape is not otherwise fixed."""
    batch, *rest = shape or (None,)
    if batch not in (None, 1):
        raise ConversionError(
            f"the input '{name}' has a fixed batch of {batch}: one sample at a time runs on a board; "
            "build the model with keras.Input(shape=...) and no batch size"
        )
    if any(size is None for size in rest):
        raise ConversionError(
            f"the input '{name}' has the shape {_shape_text(shape)}, sizes that are only known at run time; "
            "build the model with a fixed input shape"
        )
    return ModelInput(name, (1, *(size for size in rest if size is not None)), dtype)


def check_convertible(model: keras.Model) -> None:
    """Raise ConversionError for what the converter would turn into nonsense."""
    for layer in every_layer(model):
        policy = str(getattr(getattr(layer, "dtype_policy", None), "name", "float32"))
        if getattr(layer, "quantization_mode", None):
            raise ConversionError(
                f"the layer '{layer.name}' was quantized by Keras ({policy}), which does not convert; "
                "start from the float model: edgekit quantizes it (--scheme int8)"
            )
        if policy in ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"):
            raise ConversionError(
                f"the layer '{layer.name}' has the dtype policy {policy}; rebuild the model under 'float32' and copy "
                "the weights (new.set_weights(old.get_weights()))"
            )


def every_layer(model: keras.Model) -> Iterator[Any]:
    """All layers, those of nested models and wrappers too."""
    for layer in getattr(model, "layers", []):
        yield layer
        if getattr(layer, "layers", None) is not None:
            yield from every_layer(layer)
        inner = getattr(layer, "layer", None)
        if inner is not None:
            yield inner


def layer_types(model: keras.Model) -> list[str]:
    """The classes of all layers, in order, each once."""
    return list(dict.fromkeys(type(layer).__name__ for layer in every_layer(model)))


def has_own_layers(model: keras.Model) -> bool:
    """Whether some layer is not part of Keras, so that a .keras file alone does not bring the model back."""
    return any(type(layer).__module__.partition(".")[0] != "keras" for layer in (model, *every_layer(model)))


def serving_module(model: keras.Model, inputs: Sequence[ModelInput]) -> Any:
    """A tf.Module that holds the model's variables and `serve`, its function of one sample; `trace` it."""
    import keras
    import tensorflow as tf

    structure = getattr(model, "_inputs_struct", None)
    outputs = _unique_names(getattr(model, "output_names", None) or [], "output")

    def serve(*tensors: Any) -> dict[str, Any]:
        several = structure is not None and len(tensors) > 1
        arguments = keras.tree.pack_sequence_as(structure, list(tensors)) if several else _alone(tensors)
        results = keras.tree.flatten(model(arguments, training=False))
        names = outputs if len(outputs) == len(results) else [f"output_{i}" for i in range(len(results))]
        # identity: an output that is an input, or is listed twice, needs a tensor of its own
        return {name: tf.identity(result, name=name) for name, result in zip(names, results, strict=True)}

    module = tf.Module()
    states = [keras.tree.flatten(getattr(layer, "states", None) or []) for layer in every_layer(model)]
    module.variables_of_model = [variable.value for variable in (*model.variables, *itertools.chain(*states))]
    specs = [tf.TensorSpec(port.shape, port.dtype, name=port.name) for port in inputs]
    module.serve = tf.function(serve, input_signature=specs)
    return module


def trace(module: Any) -> Any:
    """The concrete function of a `serving_module`, with operations named "model/layer/operation" as Keras has them."""
    import tensorflow as tf

    opened = tf.name_scope

    @contextlib.contextmanager
    def exact(name: str) -> Iterator[str]:
        # Keras opens each layer's scope twice, and TensorFlow numbers the second one; a trailing slash enters the first
        parent = tf.compat.v1.get_default_graph().get_name_scope() if not tf.executing_eagerly() else ""
        absolute = name if name.endswith("/") else f"{parent}/{name}/" if parent else f"{name}/"
        with opened(absolute if re.match(r"[A-Za-z0-9.]", absolute) else name) as scope:
            yield scope

    tf.name_scope = exact
    try:
        return module.serve.get_concrete_function()
    finally:
        tf.name_scope = opened


def output_names(model: keras.Model) -> list[str]:
    """The names of the model's outputs in its order, as `serving_module` gives them."""
    import keras

    count = len(keras.tree.flatten(model.outputs))
    names = _unique_names(getattr(model, "output_names", None) or [], "output")
    return names if len(names) == count else [f"output_{i}" for i in range(count)]


def _alone(tensors: Sequence[Any]) -> Any:
    return tensors[0] if len(tensors) == 1 else list(tensors)


def _symbolic_inputs(model: keras.Model) -> list[Any]:
    try:
        tensors = list(model.inputs or [])
    except (AttributeError, ValueError, TypeError):
        tensors = []
    if tensors:
        return tensors
    if type(model).__name__ == "Sequential":
        raise ConversionError(
            f"the model '{model.name}' has no input shape yet: put keras.Input(shape=...) first, or call it once"
        )
    raise ConversionError(
        f"the model '{model.name}' is a subclass without fixed inputs: wrap it, "
        "inputs = keras.Input(shape=...); keras.Model(inputs, model(inputs))"
    )


def _unique_names(names: Iterable[str], fallback: str) -> list[str]:
    """Names that TensorFlow takes for arguments, each once, close to the given ones."""
    taken: list[str] = []
    for position, name in enumerate(names):
        clean = re.sub(r"[^A-Za-z0-9_]", "_", str(name))
        if not re.match(r"[A-Za-z]", clean):
            clean = f"{fallback}_{position}"
        while clean in taken:
            clean += f"_{position}"
        taken.append(clean)
    return taken


def _shape_text(shape: Sequence[int | None]) -> str:
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"
