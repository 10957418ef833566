# SPDX-License-Identifier: Apache-2.0
"""Keras model with trained quantization -> int8 .tflite, with exactly the scales it was trained with."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgekit.convert.compression_record import CompressionRecord, TrainedQuantization
from edgekit.convert.keras_graph import LayerGraph, read_graph
from edgekit.convert.layer_kinds import WEIGHTED
from edgekit.convert.simulation import LIMITS, Parameters, Simulation, on_grid, step_shape
from edgekit.errors import ModelError


def baked_parameters(graph: LayerGraph, quantization: TrainedQuantization) -> Parameters:
    """The constants of the exported graph: kernels on their grid, biases, ranges."""
    weights: dict[tuple[str, str], Any] = {}
    for layer in graph.layers.values():
        if layer.kind not in WEIGHTED:
            continue
        steps, bits = quantization.steps[layer.name], quantization.bits[layer.name]
        weights[layer.name, "kernel"] = on_grid(layer.weights["kernel"], steps, bits)
        if "bias" in layer.weights:
            weights[layer.name, "bias"] = layer.weights["bias"]
    return Parameters(weights, quantization.ranges)


def check_record(graph: LayerGraph, record: CompressionRecord) -> None:
    """Raise ModelError unless the record describes this very model."""
    for name, mask in record.masks.items():
        layer = graph.layers.get(name)
        if layer is None or layer.weights["kernel"].shape != mask.shape:
            raise ModelError(f"the compression record has a mask for {name!r}, which is not a layer of this model")
    if record.quantization is None:
        return
    names = {layer.name for layer in graph.layers.values() if layer.kind in WEIGHTED}
    wanted = set(Simulation(graph).plan.learned)
    if names != set(record.quantization.bits) or not wanted <= set(record.quantization.ranges):
        raise ModelError(
            "the compression record's trained ranges do not belong to this model; compress it again, or save it from "
            "Keras once, which drops the record"
        )
    for name in names:
        steps, bits = record.quantization.steps[name], record.quantization.bits[name]
        if steps.shape != step_shape(graph.layers[name]) or bits not in LIMITS or not (steps > 0).all():
            raise ModelError(f"the compression record's quantization steps of layer {name!r} are not usable")


def trained_function(model: Any, record: CompressionRecord) -> Any:
    """A TensorFlow module whose `serve` is the int8 model's float form, batch 1, with every scale written into it."""
    import tensorflow as tf

    graph = read_graph(model)
    check_record(graph, record)
    assert record.quantization is not None
    quantization = record.quantization
    simulation, constants = Simulation(graph), baked_parameters(graph, quantization)
    constants = Parameters({key: tf.constant(value) for key, value in constants.weights.items()}, constants.ranges)
    steps = {name: np.asarray(value) for name, value in quantization.steps.items()}
    module = tf.Module()
    signature = [
        tf.TensorSpec((1, *graph.shapes[tensor][1:]), tf.float32, name=name)
        for tensor, name in zip(graph.inputs, graph.input_names, strict=True)
    ]

    def serve(*inputs: Any) -> dict[str, Any]:
        outputs = simulation.run(inputs, constants, steps=steps)
        return {f"output_{index}": value for index, value in enumerate(outputs)}

    module.serve = tf.function(serve, input_signature=signature)
    return module


def convert_trained(model: Any, record: CompressionRecord) -> bytes:
    """The int8 .tflite of a model whose record holds trained quantization. Runs the native converter."""
    import tensorflow as tf

    module = trained_function(model, record)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([module.serve.get_concrete_function()], module)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())
