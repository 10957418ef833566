# SPDX-License-Identifier: Apache-2.0
"""Models under training, and what trained ones say: the float form and the form with int8 rounding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from edgekit.compress.task import logit_tensors
from edgekit.convert.compression_record import TrainedQuantization
from edgekit.convert.keras_graph import LayerGraph, build_model
from edgekit.convert.layer_kinds import WEIGHTED
from edgekit.convert.post_training import least_error_steps
from edgekit.convert.simulation import LIMITS, Parameters, Simulation, largest_steps, nudge, on_grid, step_shape
from edgekit.convert.trained import baked_parameters

_BATCH = 256
Predict = Callable[[Sequence[np.ndarray]], list[np.ndarray]]


def in_batches(function: Callable[[list[Any]], Sequence[Any]], inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """`function` over all samples; the last batch is filled up, so that it is traced for one size."""
    count = len(inputs[0])
    size = min(_BATCH, count)
    parts: list[list[np.ndarray]] = []
    for start in range(0, count, size):
        chosen = np.minimum(np.arange(start, start + size), count - 1)
        outputs = function([part[chosen] for part in inputs])
        parts.append([np.asarray(output)[: count - start] for output in outputs])
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def float_predictor(graph: LayerGraph, tensors: Sequence[int] | None = None) -> Predict:
    """The model's outputs, or the given tensors, computed in float."""
    import tensorflow as tf

    wanted = tuple(graph.outputs if tensors is None else tensors)
    model = build_model(replace(graph, outputs=wanted))
    call = tf.function(lambda inputs: _listed(model(_packed(inputs), training=False)))
    return lambda inputs: in_batches(call, inputs)


def quantized_predictor(graph: LayerGraph, quantization: TrainedQuantization) -> Predict:
    """The model's outputs with the rounding of its int8 form."""
    import tensorflow as tf

    simulation, parameters = Simulation(graph), baked_parameters(graph, quantization)
    call = tf.function(lambda inputs: simulation.run(inputs, parameters))
    return lambda inputs: in_batches(call, inputs)


def _listed(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def _packed(inputs: Sequence[Any]) -> Any:
    return inputs[0] if len(inputs) == 1 else list(inputs)


class FloatStudent:
    """A model as Keras computes it; masked weights stay zero. `extra` tensors are returned behind the logits, averaged
    over all axes but batch and channels."""

    def __init__(
        self, graph: LayerGraph, masks: Mapping[str, np.ndarray], extra: Sequence[int] = (), widths: Sequence[int] = ()
    ) -> None:
        import tensorflow as tf

        self.graph = graph
        self._logits = len(graph.outputs)
        self.model = build_model(replace(graph, outputs=(*logit_tensors(graph), *extra)))
        kernels = {layer.name: layer.kernel for layer in self.model.layers if layer.name in masks}
        self._masked = [(kernels[name], tf.constant(mask, tf.float32)) for name, mask in masks.items()]
        self._projections = [
            None if graph.shapes[tensor][-1] == width else _projection(int(graph.shapes[tensor][-1] or 1), width)
            for tensor, width in zip(extra, widths, strict=True)
        ]
        self.trainable = [variable.value for variable in self.model.trainable_variables]
        self.trainable += [projection for projection in self._projections if projection is not None]
        self.state = [variable.value for variable in self.model.variables]
        self.state += [projection for projection in self._projections if projection is not None]

    def logits(self, inputs: Sequence[Any], step: Any) -> list[Any]:
        import tensorflow as tf

        outputs = _listed(self.model(_packed(inputs), training=True))
        features = []
        for value, projection in zip(outputs[self._logits :], self._projections, strict=True):
            pooled = tf.reduce_mean(value, axis=list(range(1, len(value.shape) - 1)))
            features.append(pooled if projection is None else tf.matmul(pooled, projection))
        return [*outputs[: self._logits], *features]

    def after_step(self, step: int, steps: int) -> None:
        for kernel, mask in self._masked:
            kernel.assign(kernel.value * mask)

    def set_masks(self, masks: Mapping[str, np.ndarray]) -> None:
        """Other masks from now on."""
        import tensorflow as tf

        kernels = {layer.name: layer.kernel for layer in self.model.layers if layer.name in masks}
        self._masked = [(kernels[name], tf.constant(mask, tf.float32)) for name, mask in masks.items()]

    def kernel(self, name: str) -> np.ndarray:
        return np.asarray(self.model.get_layer(name).kernel.value.numpy())

    def trained_graph(self) -> LayerGraph:
        """The graph with the weights as they are now."""
        layers = dict(self.graph.layers)
        present = {layer.name: layer for layer in self.model.layers}
        for name, layer in layers.items():
            if layer.weights and name in present:
                values = [np.asarray(variable.value.numpy()) for variable in present[name].weights]
                layers[name] = replace(layer, weights=dict(zip(layer.weights, values, strict=True)))
        return replace(self.graph, layers=layers)


def _projection(before: int, after: int) -> Any:
    import tensorflow as tf

    random = np.random.default_rng([before, after])
    return tf.Variable(random.normal(0, before**-0.5, (before, after)).astype(np.float32))


class QuantizedStudent:
    """A folded model with the rounding of its int8 form.

    8-bit weights: the grid always reaches the largest weight. Fewer bits: the steps are learned with the weights
    (Esser et al., 2020). Activation ranges follow the data ("ema") until `freeze` of the training, or are learned.
    """

    def __init__(
        self,
        graph: LayerGraph,
        bits: Mapping[str, int],
        ranges: Mapping[str, tuple[float, float]],
        masks: Mapping[str, np.ndarray],
        *,
        learn_ranges: bool,
        steps: int,
        freeze: float = 0.7,
        decay: float = 0.98,
    ) -> None:
        import tensorflow as tf

        self.graph, self.bits, self.masks = graph, bits, masks
        self.simulation = Simulation(graph)
        self._targets = logit_tensors(graph)
        self._learn, self._until, self._decay = learn_ranges, freeze * steps, decay
        self.weights: dict[tuple[str, str], Any] = {}
        self.log_steps: dict[str, Any] = {}
        for layer in graph.layers.values():
            if layer.kind not in WEIGHTED:
                continue
            for name, value in layer.weights.items():
                self.weights[layer.name, name] = tf.Variable(value)
            if bits[layer.name] < 8:
                self.log_steps[layer.name] = tf.Variable(np.log(least_error_steps(layer, bits[layer.name])))
        self.lows = {name: tf.Variable(np.float32(low)) for name, (low, _) in ranges.items()}
        self.highs = {name: tf.Variable(np.float32(high)) for name, (_, high) in ranges.items()}
        moved = [*self.lows.values(), *self.highs.values()]
        self.trainable = [*self.weights.values(), *self.log_steps.values(), *(moved if learn_ranges else [])]
        self.state = [*self.weights.values(), *self.log_steps.values(), *moved]

    def parameters(self) -> Parameters:
        """Differentiable weights on their grid, and the ranges."""
        import tensorflow as tf

        weights = {}
        for (layer, name), variable in self.weights.items():
            value = tf.convert_to_tensor(variable)
            if name == "kernel":
                if layer in self.masks:
                    value = value * tf.constant(self.masks[layer], tf.float32)
                value = quantize_weights(value, self._steps(layer, value), LIMITS[self.bits[layer]])
            weights[layer, name] = value
        ranges = {
            name: (tf.minimum(low, 0.0), tf.maximum(self.highs[name], tf.minimum(low, 0.0) + 1e-5))
            for name, low in self.lows.items()
        }
        return Parameters(weights, ranges)

    def _steps(self, layer: str, kernel: Any) -> Any:
        import tensorflow as tf

        if layer in self.log_steps:
            return tf.exp(self.log_steps[layer])
        shape = step_shape(self.graph.layers[layer])
        axes = [axis for axis, size in enumerate(shape) if size == 1]
        largest = tf.reduce_max(tf.abs(kernel), axis=axes, keepdims=True)
        return tf.stop_gradient(tf.maximum(largest, 1e-8) / LIMITS[self.bits[layer]])

    def logits(self, inputs: Sequence[Any], step: Any) -> list[Any]:
        import tensorflow as tf

        seen: dict[str, list[Any]] = {}
        outputs = self.simulation.run(
            inputs,
            self.parameters(),
            observe=None if self._learn else lambda name, value: seen.setdefault(name, []).append(value),
            until=self._targets,
        )
        for name, values in seen.items():
            low = tf.reduce_min([tf.reduce_min(value) for value in values])
            high = tf.reduce_max([tf.reduce_max(value) for value in values])
            rest = tf.where(step < self._until, 1.0 - self._decay, 0.0)
            self.lows[name].assign_add(rest * (low - self.lows[name]))
            self.highs[name].assign_add(rest * (high - self.highs[name]))
        return outputs

    def after_step(self, step: int, steps: int) -> None:
        pass

    def result(self) -> tuple[LayerGraph, TrainedQuantization]:
        """The graph with its weights on their grid, and the quantization that belongs to it."""
        layers, steps = dict(self.graph.layers), {}
        for name, layer in layers.items():
            if layer.kind not in WEIGHTED:
                continue
            values = {key: np.asarray(self.weights[name, key].numpy()) for key in layer.weights}
            if name in self.masks:
                values["kernel"] = np.where(self.masks[name], values["kernel"], np.float32(0))
            current = layer.with_weights(**values)
            if name in self.log_steps:
                steps[name] = np.exp(self.log_steps[name].numpy()).astype(np.float32)
            else:
                steps[name] = largest_steps(current, self.bits[name])
            layers[name] = current.with_weights(kernel=on_grid(values["kernel"], steps[name], self.bits[name]))
        ranges = {name: nudge(float(low.numpy()), float(self.highs[name].numpy())) for name, low in self.lows.items()}
        return replace(self.graph, layers=layers), TrainedQuantization(dict(self.bits), steps, ranges)


def quantize_weights(kernel: Any, steps: Any, limit: int) -> Any:
    """`kernel` on the grid of `steps`. Gradients pass straight through the rounding, to the steps as in LSQ."""
    import tensorflow as tf

    ratio = tf.clip_by_value(kernel / steps, -float(limit), float(limit))
    rounded = ratio + tf.stop_gradient(tf.round(ratio) - ratio)
    return rounded * steps
