# SPDX-License-Identifier: Apache-2.0
"""Keras model with trained quantization -> int8 .tflite, with exactly the scales it was trained with."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgekit.convert.compression_record import CompressionRecord, TrainedQuantization
from edgekit.convert.keras_graph import LayerGraph, read_graph
from edgekit.convert.layer_kinds import WEIGHTED
from edgekit.convert.order import keep_order
from edgekit.convert.range_plan import plan_ranges
from edgekit.convert.serving import ModelInput, find_inputs, output_names, trace
from edgekit.convert.simulation import LIMITS, Parameters, Simulation, on_grid, step_shape
from edgekit.errors import ModelError
from edgekit.keras_models import native_stderr_held_back


def baked_parameters(graph: LayerGraph, quantization: TrainedQuantization) -> Parameters:
    """The constants of the exported model: kernels and biases on their grids, ranges, and how its sums are rounded."""
    weights: dict[tuple[str, str], Any] = {}
    lifts: dict[str, np.ndarray] = {}
    plan, calls, readers = plan_ranges(graph), graph.calls(), graph.consumers()

    def scale(tensor: int) -> float:
        name = plan.ranges.get(tensor) or plan.ranges[readers[tensor][0].outputs[0]]  # fused into its activation
        low, high = plan.fixed.get(name) or quantization.ranges[name]
        return (high - low) / 255.0

    for layer in graph.layers.values():
        if layer.kind not in WEIGHTED:
            continue
        steps, bits = quantization.steps[layer.name], quantization.bits[layer.name]
        weights[layer.name, "kernel"] = on_grid(layer.weights["kernel"], steps, bits)
        if "bias" in layer.weights:
            weights[layer.name, "bias"] = layer.weights["bias"]
        if len(calls[layer.name]) > 1:
            continue  # several inputs: no one grid
        node = calls[layer.name][0]
        unit = scale(node.inputs[0]) * steps.astype(np.float64).reshape(-1)
        if "bias" in layer.weights:
            weights[layer.name, "bias"] = (np.rint(layer.weights["bias"] / unit) * unit).astype(np.float32)
        lifts[layer.name] = rounding_lifts(unit, scale(node.outputs[0]))
    return Parameters(weights, quantization.ranges, lifts)


def rounding_lifts(unit: np.ndarray, scale: float) -> np.ndarray:
    """What TFLite's requantization adds to the magnitude of a sum, per channel, in real numbers.

    A sum of `unit`s becomes a code of `scale` in two roundings: to multiples of 2^-shift codes, where 2^shift is the
    size of scale / unit, then to a whole code, halves away from zero. What lies less than half such a multiple under a
    half is therefore rounded up.
    """
    shift = -np.frexp(unit / scale)[1]
    return np.asarray(scale * np.exp2(-(np.maximum(shift, 0) + 1.0)) * (shift > 0), np.float32)


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


def trained_module(model: Any, record: CompressionRecord) -> tuple[Any, list[ModelInput], list[str]]:
    """A tf.Module whose `serve` is the int8 model's float form with every scale written into it, and its port names."""
    import tensorflow as tf

    graph = read_graph(model)
    check_record(graph, record)
    assert record.quantization is not None
    inputs, outputs = find_inputs(model), output_names(model)
    simulation, baked = Simulation(graph), baked_parameters(graph, record.quantization)
    constants = Parameters({key: tf.constant(value) for key, value in baked.weights.items()}, baked.ranges)
    steps = {name: np.asarray(value) for name, value in record.quantization.steps.items()}

    def serve(*tensors: Any) -> dict[str, Any]:
        with tf.name_scope(graph.name):
            results = simulation.run(tensors, constants, steps=steps)
        return {name: tf.identity(value, name=name) for name, value in zip(outputs, results, strict=True)}

    module = tf.Module()
    specs = [tf.TensorSpec(port.shape, port.dtype, name=port.name) for port in inputs]
    module.serve = tf.function(serve, input_signature=specs)
    return module, inputs, outputs


def configure_trained(converter: Any) -> None:
    """Ask for full integers with the scales of the fake-quantization operators: no samples, nothing calibrated."""
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = converter.inference_output_type = tf.int8


def convert_trained(model: Any, record: CompressionRecord) -> bytes:
    """The int8 .tflite of a model whose record holds trained quantization, converted in this process."""
    import tensorflow as tf

    module, inputs, outputs = trained_module(model, record)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([trace(module)], module)
    configure_trained(converter)
    with native_stderr_held_back():
        content = bytes(converter.convert())
    return keep_order(content, [port.name for port in inputs], outputs)
