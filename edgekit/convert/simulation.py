# SPDX-License-Identifier: Apache-2.0
"""A model computed in float with the rounding of its int8 form: what training sees, and what the converter is given.

`Simulation` runs a canonical LayerGraph on TensorFlow. Weights lie on the grid that their `steps` span (per output
channel; per tensor for Dense, whose per-channel form the converter cannot fold), activations are rounded to their
ranges. In a graph made for export every rounding is a fake-quantization operator, from which the converter takes the
scales, so that it needs no calibration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgekit.convert.keras_graph import Layer, LayerGraph, Node
from edgekit.convert.layer_kinds import (
    CONVOLUTIONS,
    DEPTHWISE,
    IDENTITY,
    MEANS,
    SAME_SCALE,
    SEPARABLE,
    TRANSPOSED,
    WEIGHTED,
    activation_of,
    negative_slope,
    per_channel,
)
from edgekit.convert.range_plan import RangePlan, plan_ranges

assert not SEPARABLE & WEIGHTED  # a separable convolution is two layers here

#: One step for the whole kernel: the converter transposes it and cannot follow per-channel scales.
PER_TENSOR = TRANSPOSED | frozenset({"Dense"})
#: Pooling layers whose output lies between codes.
AVERAGES = frozenset({"AveragePooling1D", "AveragePooling2D"})
_TIE = 2e-4  # codes: decides a tie, and is less than the distance of other means from one
#: A quantized weight never takes the most negative code: TFLite's weights are symmetric.
LIMITS = {bits: 2 ** (bits - 1) - 1 for bits in range(2, 9)}


def step_shape(layer: Layer) -> tuple[int, ...]:
    """The shape of a layer's quantization steps, broadcastable over its kernel."""
    kernel = layer.weights["kernel"].shape
    if layer.kind in PER_TENSOR:
        return (1,) * len(kernel)
    if layer.kind in DEPTHWISE:
        return (1,) * (len(kernel) - 2) + kernel[-2:]
    return (1,) * (len(kernel) - 1) + kernel[-1:]


def largest_steps(layer: Layer, bits: int) -> np.ndarray:
    """Steps whose grid just reaches the largest weight of each channel."""
    kernel = layer.weights["kernel"]
    shape = step_shape(layer)
    largest = np.abs(kernel).max() if layer.kind in PER_TENSOR else np.abs(per_channel(layer, kernel)).max(0)
    steps = np.maximum(largest, 1e-8).astype(np.float32) / np.float32(LIMITS[bits])
    return np.asarray(steps, np.float32).reshape(shape)


def on_grid(kernel: np.ndarray, steps: np.ndarray, bits: int) -> np.ndarray:
    """`kernel` rounded to the nearest codes times `steps`."""
    codes = np.clip(np.rint(kernel / steps), -LIMITS[bits], LIMITS[bits])
    return np.asarray(codes * steps, np.float32)


def nudge(low: float, high: float) -> tuple[float, float]:
    """The nearest range of 256 codes that holds zero exactly, as float32 values."""
    low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-6:
        high = low + 1e-6
    scale = np.float32((high - low) / 255.0)
    zero = int(np.clip(np.rint(-low / float(scale)), 0, 255))
    return float(-zero * scale), float((255 - zero) * scale)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a Simulation computes with, as numpy arrays, tensors or variables.

    `weights` by layer and weight name, kernels already on their grid; `ranges` by the plan's names. `lifts` by layer,
    per channel: what TFLite's rounding in two stages adds to a sum's magnitude (see `rounding_lifts`); training does
    without.
    """

    weights: Mapping[tuple[str, str], Any]
    ranges: Mapping[str, tuple[Any, Any]]
    lifts: Mapping[str, Any] = field(default_factory=dict)


class Simulation:
    """`graph` with the rounding of its int8 form.

    `observe(range name, tensor)` is called on every activation before it is rounded. With `steps` the graph is made
    for export: kernels pass through a fake-quantization operator of their own.
    """

    def __init__(self, graph: LayerGraph) -> None:
        self.graph = graph
        self.plan: RangePlan = plan_ranges(graph)

    def run(
        self,
        inputs: Sequence[Any],
        parameters: Parameters,
        *,
        observe: Callable[[str, Any], None] | None = None,
        steps: Mapping[str, np.ndarray] | None = None,
        rounding: bool = True,
        until: Sequence[int] | None = None,
    ) -> list[Any]:
        """The model's outputs, or the tensors `until`, for `inputs` (one per model input, batch first)."""
        import tensorflow as tf

        call = self.begin(inputs, parameters, observe=observe, steps=steps, rounding=rounding)
        for node in self.graph.nodes:
            with tf.name_scope(node.name):  # the operators of the .tflite file are called after their layers
                call.node(node)
        return [call.values[tensor] for tensor in (self.graph.outputs if until is None else until)]

    def begin(
        self,
        inputs: Sequence[Any],
        parameters: Parameters,
        *,
        observe: Callable[[str, Any], None] | None = None,
        steps: Mapping[str, np.ndarray] | None = None,
        rounding: bool = True,
    ) -> Call:
        """An execution that stands at its inputs; `node` takes it on, in the order of the graph's nodes."""
        call = Call(self, parameters, observe, steps, rounding)
        for tensor, value in zip(self.graph.inputs, inputs, strict=True):
            call.store(tensor, value)
        return call


class Call:
    """One execution: the values of all tensors so far."""

    def __init__(
        self,
        simulation: Simulation,
        parameters: Parameters,
        observe: Callable[[str, Any], None] | None,
        steps: Mapping[str, np.ndarray] | None,
        rounding: bool,
    ) -> None:
        self.graph, self.plan = simulation.graph, simulation.plan
        self.parameters, self.observe, self.steps, self.rounding = parameters, observe, steps, rounding
        self.values: dict[int, Any] = {}
        self.requantized = {self.plan.ranges[tensor] for _, tensor in self.plan.changed}

    def round(self, name: str, value: Any) -> Any:
        import tensorflow as tf

        if name in self.plan.fixed:
            low, high = self.plan.fixed[name]
        else:
            if self.observe is not None:
                self.observe(name, value)
            low, high = self.parameters.ranges[name]
        # Behind two such operators the converter takes the first for both; what is prescribed it knows by itself.
        implied = self.steps is not None and name in self.plan.fixed and name in self.requantized
        if implied or not self.rounding:
            return value
        return tf.quantization.fake_quant_with_min_max_vars(value, low, high, num_bits=8)

    def store(self, tensor: int, value: Any, kept: bool = False) -> None:
        """`kept`: the value already lies in its range, and the converter must not see a second operator saying so."""
        name = self.plan.ranges.get(tensor)
        skip = name is None or (kept and self.steps is not None)
        self.values[tensor] = value if skip or name is None else self.round(name, value)

    def node(self, node: Node) -> None:
        layer = self.graph.layer_of(node)
        inputs = [self.entering(node, tensor) for tensor in node.inputs]
        result = node.outputs[0]
        activation = activation_of(layer)
        if activation is not None:
            value = activate(activation, inputs[0], layer, self)
        elif layer.kind in WEIGHTED:
            value = self.weighted(layer, inputs[0])
        else:
            value = _plain(layer, node, inputs)
            if layer.kind in AVERAGES and self.parameters.lifts:
                value = self.averaged(self.plan.ranges[result], value)
        self.store(result, value, kept=layer.kind in SAME_SCALE or layer.kind in IDENTITY)

    def entering(self, node: Node, tensor: int) -> Any:
        """The tensor as the node takes it in: quantized anew where the plan says so."""
        name = self.plan.changed.get((node.name, tensor))
        return self.values[tensor] if name is None else self.round(name, self.values[tensor])

    def weighted(self, layer: Layer, source: Any) -> Any:
        import tensorflow as tf

        kernel = self.parameters.weights[layer.name, "kernel"]
        if layer.kind.endswith("1D"):
            kernel = tf.expand_dims(kernel, 0)
        if self.steps is not None:
            kernel = _export_kernel(layer, kernel, self.steps[layer.name])
        value = _KERNELS[layer.kind](layer, source, kernel)
        bias = self.parameters.weights.get((layer.name, "bias"))
        value = value if bias is None else tf.nn.bias_add(value, bias)
        lift = self.parameters.lifts.get(layer.name)
        return value if lift is None else value + tf.sign(value) * lift

    def averaged(self, name: str, value: Any) -> Any:
        """TFLite rounds the mean of int8 codes half away from code zero, the fake-quantization operator half up."""
        import tensorflow as tf

        low, high = self.plan.fixed.get(name) or self.parameters.ranges[name]
        scale = (high - low) / 255.0
        return value + _TIE * scale * tf.sign(value - low - 128.0 * scale)


def _export_kernel(layer: Layer, kernel: Any, steps: np.ndarray) -> Any:
    """The kernel behind the operator that tells the converter its scales (int8 codes = value / step)."""
    import tensorflow as tf

    tops = (127.0 * np.asarray(steps, np.float32)).astype(np.float32).reshape(-1)
    if layer.kind in PER_TENSOR:
        top = float(tops[0])
        return tf.quantization.fake_quant_with_min_max_vars(kernel, -top, top, num_bits=8, narrow_range=True)
    shape = kernel.shape
    if layer.kind in DEPTHWISE:  # the operator takes its channels from the last axis
        kernel = tf.reshape(kernel, (*shape[:-2], shape[-2] * shape[-1]))
    kernel = tf.quantization.fake_quant_with_min_max_vars_per_channel(kernel, -tops, tops, 8, narrow_range=True)
    return tf.reshape(kernel, shape)


def activate(activation: str, value: Any, layer: Layer, call: Call | None = None) -> Any:
    """An activation in the form that the converter recognizes as one operator."""
    import tensorflow as tf

    if activation == "silu":
        gate = tf.sigmoid(value)
        if call is not None and call.rounding:
            low, high = 0.0, 255.0 / 256.0
            gate = tf.quantization.fake_quant_with_min_max_vars(gate, low, high, num_bits=8)
        return value * gate
    if activation == "leaky_relu":
        return tf.nn.leaky_relu(value, negative_slope(layer))
    if activation == "hard_swish":
        return value * tf.nn.relu6(value + 3.0) * (1.0 / 6.0)
    functions = {
        "linear": tf.identity,
        "relu": tf.nn.relu,
        "relu6": tf.nn.relu6,
        "sigmoid": tf.sigmoid,
        "tanh": tf.tanh,
        "softmax": tf.nn.softmax,
    }
    return functions[activation](value)


def _plain(layer: Layer, node: Node, inputs: list[Any]) -> Any:
    """A layer without weights, computed by Keras itself; the rest is spelled out for the converter."""
    import tensorflow as tf

    if layer.kind in ("Add", "Subtract", "Multiply", "Maximum", "Minimum"):
        functions = {"Add": tf.add, "Subtract": tf.subtract, "Multiply": tf.multiply, "Maximum": tf.maximum}
        return functions.get(layer.kind, tf.minimum)(inputs[0], inputs[1])
    if layer.kind == "Concatenate":
        return tf.concat(inputs, axis=layer.config.get("axis", -1))
    if layer.kind in MEANS:
        axes = list(range(1, len(inputs[0].shape) - 1))
        return tf.reduce_mean(inputs[0], axis=axes, keepdims=bool(layer.config.get("keepdims")))
    if layer.kind == "UpSampling2D":
        rows, columns = layer.config["size"]
        size = (inputs[0].shape[1] * rows, inputs[0].shape[2] * columns)
        return tf.raw_ops.ResizeNearestNeighbor(images=inputs[0], size=size)
    if layer.kind == "Flatten":
        return tf.reshape(inputs[0], (-1, int(np.prod(inputs[0].shape[1:]))))
    function = layer.maker.from_config(dict(layer.config))
    return function(inputs[0])


def _as_image(value: Any) -> Any:
    """[batch, steps, channels] as an image of one row: TFLite has two-dimensional kernels only."""
    import tensorflow as tf

    return tf.expand_dims(value, 1)


def _convolve(layer: Layer, source: Any, kernel: Any) -> Any:
    import tensorflow as tf

    config, flat = layer.config, layer.kind.endswith("1D")
    strides, dilations = _pair(config["strides"], flat), _pair(config.get("dilation_rate", 1), flat)
    padding = config["padding"].upper()
    if padding == "CAUSAL":
        source = tf.pad(source, [[0, 0], [dilations[1] * (kernel.shape[1] - 1), 0], [0, 0]])
        padding = "VALID"
    if flat:
        source = _as_image(source)
    if layer.kind in CONVOLUTIONS:
        value = tf.nn.conv2d(source, kernel, (1, *strides, 1), padding, dilations=dilations)
    else:
        value = _depthwise(source, kernel, strides, padding, dilations)
    return tf.squeeze(value, 1) if flat else value


def _depthwise(source: Any, kernel: Any, strides: tuple[int, int], padding: str, dilations: tuple[int, int]) -> Any:
    import tensorflow as tf

    # TensorFlow's CPU kernel demands equal strides; the unequal ones of a one-row image do not matter.
    stride = max(strides) if source.shape[1] == 1 else strides[0]
    return tf.nn.depthwise_conv2d(source, kernel, (1, stride, stride, 1), padding, dilations=dilations)


def _transposed(layer: Layer, source: Any, kernel: Any) -> Any:
    import tensorflow as tf

    strides = _pair(layer.config["strides"], False)
    height, width = (
        size * stride if layer.config["padding"] == "same" else (size - 1) * stride + max(extent, stride)
        for size, stride, extent in zip(source.shape[1:3], strides, kernel.shape[:2], strict=True)
    )
    batch = tf.shape(source)[0] if source.shape[0] is None else source.shape[0]
    return tf.nn.conv2d_transpose(
        source, kernel, (batch, height, width, kernel.shape[2]), (1, *strides, 1), layer.config["padding"].upper()
    )


def _dense(layer: Layer, source: Any, kernel: Any) -> Any:
    import tensorflow as tf

    if len(source.shape) == 2:
        return tf.matmul(source, kernel)
    rows = tf.reshape(source, (-1, source.shape[-1]))
    shape = [-1 if size is None else size for size in source.shape[:-1]]
    return tf.reshape(tf.matmul(rows, kernel), (*shape, kernel.shape[-1]))


def _pair(value: Any, flat: bool) -> tuple[int, int]:
    """A Keras stride or dilation as (rows, columns)."""
    items = tuple(value) if isinstance(value, Sequence) else (value,)
    if flat:
        return (1, int(items[0]))
    return (int(items[0]), int(items[-1]))


_KERNELS: Mapping[str, Callable[[Layer, Any, Any], Any]] = {
    **dict.fromkeys(CONVOLUTIONS | DEPTHWISE, _convolve),
    **dict.fromkeys(TRANSPOSED, _transposed),
    "Dense": _dense,
}
