# SPDX-License-Identifier: Apache-2.0
"""Readable layer names out of the tensor names that converters write.

A fused operator's output carries all its sources: "model/conv1/Relu;model/bn1/FusedBatchNormV3;model/conv1/Conv2D".
The layer that gives the name is the one whose own operation it is.
"""

from __future__ import annotations

from collections.abc import Iterable

# What a converter calls the operation itself inside a Keras layer.
_LEAVES = {
    "CONV_2D": ("Conv2D", "Conv2D1", "conv2d", "convolution"),
    "DEPTHWISE_CONV_2D": ("depthwise", "DepthwiseConv2dNative", "DepthwiseConv2D", "Conv2D"),
    "FULLY_CONNECTED": ("MatMul", "Tensordot"),
}
_GENERIC = ("StatefulPartitionedCall", "PartitionedCall", "Identity", "serving_default")
_LONGEST = 60


def _parts(component: str) -> list[str]:
    return [part for part in component.split(":")[0].split("/") if part]


def _layer(component: str) -> str:
    """The layer of "model/layer/Operation", the last segment where there are fewer than two."""
    parts = _parts(component)
    if not parts or parts[-1].startswith(_GENERIC):
        return ""
    return parts[-2] if len(parts) > 1 else parts[-1]


def readable_name(kind: str, tensor_names: Iterable[str]) -> str:
    """A name for an operator from its tensors' names, the most telling first; its kind when none tells anything."""
    for tensor_name in tensor_names:
        components = [component for component in tensor_name.split(";") if _layer(component)]
        if not components:
            continue
        own = [item for item in components if _parts(item)[-1] in _LEAVES.get(kind, ())]
        biased = [item for item in components if _parts(item)[-1] == "BiasAdd"] if kind in _LEAVES else []
        layers = {_layer(item) for item in biased}
        best = [item for item in own if _layer(item) in layers] or own[-1:] or biased or components
        return _layer(best[0])[:_LONGEST]
    return kind.lower()


def unique_name(name: str, taken: set[str]) -> str:
    """`name`, with a number when it is taken; adds the result to `taken`."""
    candidate, number = name, 1
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    taken.add(candidate)
    return candidate
