# SPDX-License-Identifier: Apache-2.0
"""What each Keras layer means for surgery and quantization, in one table."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgekit.convert.keras_graph import Layer, LayerGraph, Node

CONVOLUTIONS = frozenset({"Conv1D", "Conv2D"})
DEPTHWISE = frozenset({"DepthwiseConv1D", "DepthwiseConv2D"})
TRANSPOSED = frozenset({"Conv2DTranspose"})
SEPARABLE = frozenset({"SeparableConv1D", "SeparableConv2D"})
#: Layers with a kernel and one bias per output channel.
WEIGHTED = CONVOLUTIONS | DEPTHWISE | TRANSPOSED | frozenset({"Dense"})

#: Nothing happens at inference.
IDENTITY = frozenset(
    {"Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "ActivityRegularization"}
    | {"Identity"}
)
#: The output holds values of the input only (or averages of them): TFLite keeps scale and zero point.
SAME_SCALE = frozenset(
    {"MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D"}
    | {"GlobalMaxPooling1D", "GlobalMaxPooling2D", "ZeroPadding1D", "ZeroPadding2D", "Cropping1D", "Cropping2D"}
    | {"Flatten", "Reshape", "Permute", "UpSampling2D", "RepeatVector"}
)
#: Per-channel layers without weights: channel i of the output depends on channel i of the input alone.
CHANNELWISE = frozenset(
    {"MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D", "GlobalAveragePooling1D"}
    | {"GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "ZeroPadding1D", "ZeroPadding2D"}
    | {"Cropping1D", "Cropping2D", "UpSampling1D", "UpSampling2D"}
)
MEANS = frozenset({"GlobalAveragePooling1D", "GlobalAveragePooling2D"})
#: Arithmetic on several tensors of the same channels.
ELEMENTWISE = frozenset({"Add", "Subtract", "Multiply", "Maximum", "Minimum", "Average"})

#: Output ranges that TFLite's kernels prescribe: 1/256 from 0, 1/128 around 0.
FIXED_RANGES = {"softmax": (0.0, 255.0 / 256.0), "sigmoid": (0.0, 255.0 / 256.0), "tanh": (-1.0, 127.0 / 128.0)}

_NAMES = {
    "linear": "linear",
    "relu": "relu",
    "relu6": "relu6",
    "leaky_relu": "leaky_relu",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softmax": "softmax",
    "hard_swish": "hard_swish",
    "hard_silu": "hard_swish",
    "swish": "silu",
    "silu": "silu",
}
# Operations of keras.ops, by class name.
_OPERATIONS = {
    "Relu": "relu",
    "Relu6": "relu6",
    "LeakyRelu": "leaky_relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "HardSilu": "hard_swish",
    "Silu": "silu",
}


def activation_of(layer: Layer) -> str | None:
    """The activation that `layer` computes and nothing else; None when it is no activation or an unknown one."""
    if layer.kind == "Activation":
        return named_activation(layer.config.get("activation"))
    if layer.kind == "ReLU":
        return _relu_kind(layer)
    if layer.kind == "Softmax":
        return "softmax" if layer.config.get("axis", -1) == -1 else None
    if layer.kind == "LeakyReLU":
        return "leaky_relu"
    return _OPERATIONS.get(layer.kind)


def named_activation(value: Any) -> str | None:
    """edgekit's name of a Keras activation setting; None when it is unknown."""
    if value is None:
        return "linear"
    return _NAMES.get(value) if isinstance(value, str) else None


def _relu_kind(layer: Layer) -> str | None:
    slope, top = layer.config.get("negative_slope") or 0.0, layer.config.get("max_value")
    if layer.config.get("threshold"):
        return None
    if slope:
        return "leaky_relu" if top is None else None
    return {None: "relu", 6.0: "relu6"}.get(top)


def negative_slope(layer: Layer) -> float:
    """The slope of a leaky ReLU left of zero."""
    return float(layer.config.get("negative_slope", 0.2))


def normalizes_last_axis(graph: LayerGraph, node: Node) -> bool:
    """Whether a BatchNormalization works on the channels, and not on some other axis."""
    return graph.layer_of(node).config.get("axis", -1) in (-1, len(graph.shapes[node.inputs[0]]) - 1)


def output_channels(layer: Layer) -> int:
    """Output channels of a WEIGHTED layer."""
    kernel = layer.weights["kernel"]
    if layer.kind in DEPTHWISE:
        return int(kernel.shape[-1] * kernel.shape[-2])
    return int(kernel.shape[-2] if layer.kind in TRANSPOSED else kernel.shape[-1])


def per_channel(layer: Layer, kernel: np.ndarray) -> np.ndarray:
    """A view of a WEIGHTED layer's kernel as [everything else, output channels]."""
    if layer.kind in DEPTHWISE:
        return kernel.reshape(-1, kernel.shape[-2] * kernel.shape[-1])
    if layer.kind in TRANSPOSED:
        return np.moveaxis(kernel, -2, -1).reshape(-1, kernel.shape[-2])
    return kernel.reshape(-1, kernel.shape[-1])


def scale_channels(layer: Layer, kernel: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """The kernel with output channel i multiplied by factor[i]."""
    if layer.kind in DEPTHWISE:
        factor = factor.reshape(kernel.shape[-2:])
    elif layer.kind in TRANSPOSED:
        factor = factor[:, None]
    return np.asarray(kernel * factor)


def sole_reader(graph: LayerGraph, readers: dict[int, list[Node]], tensor: int) -> Node | None:
    """The only node that reads `tensor`, or None when several do or it is a model output."""
    found = readers.get(tensor, [])
    return found[0] if len(found) == 1 and tensor not in graph.outputs else None
