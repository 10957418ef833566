# SPDX-License-Identifier: Apache-2.0
"""The operators that edgekit takes, one short function each."""

from __future__ import annotations

import math

from edgekit.importer import schema
from edgekit.importer.registry import Node, imports
from edgekit.ir.attributes import (
    AddAttrs,
    Conv2DAttrs,
    DepthwiseConv2DAttrs,
    FullyConnectedAttrs,
    GroupedConv2DAttrs,
    MeanAttrs,
    PadAttrs,
    Padding,
    Pool2DAttrs,
    QuantizeAttrs,
    ReluAttrs,
    ReshapeAttrs,
    SoftmaxAttrs,
)
from edgekit.ir.graph import Tensor


def image_of(node: Node, position: int = 0) -> Tensor:
    """The input of an operator that sweeps over an image of batch 1."""
    image = node.tensor(position)
    if len(image.shape) != 4:
        node.malformed(f"the input has the shape {list(image.shape)}, not [1, height, width, channels]")
    if image.shape[0] != 1:
        node.unsupported(f"a batch of {image.shape[0]}", "a batch of 1", "convert with a batch size of 1")
    return image


def _filter(node: Node) -> Tensor:
    """The weights [O, kh, kw, I] of a convolution."""
    weights = node.tensor(1)
    if len(weights.shape) != 4:
        node.malformed(f"the weights have {len(weights.shape)} dimensions, not 4")
    return weights


def before_and_after(size: int, reach: int, stride: int) -> tuple[int, int]:
    """SAME padding of one axis: as many outputs as strides begin inside, the odd element behind."""
    outputs = (size + stride - 1) // stride
    total = max(0, (outputs - 1) * stride + reach - size)
    return total // 2, total - total // 2


def _padding(node: Node, scheme: int, reach: tuple[int, int], stride: tuple[int, int]) -> Padding:
    if min(*reach, *stride) < 1:
        node.malformed("strides, dilations and filter sizes must be positive")
    if scheme == schema.VALID:
        return Padding()
    if scheme != schema.SAME:
        node.malformed(f"the padding scheme {scheme} is neither SAME (0) nor VALID (1)")
    _, height, width, _ = image_of(node).shape
    top, bottom = before_and_after(height, reach[0], stride[0])
    left, right = before_and_after(width, reach[1], stride[1])
    return Padding(top, bottom, left, right)


def _dilated(size: int, dilation: int) -> int:
    return (size - 1) * dilation + 1


@imports("CONV_2D", operands=3)
def _conv_2d(node: Node) -> Conv2DAttrs:
    field = schema.Conv2DOptions
    image, weights = image_of(node), _filter(node)
    groups = image.shape[3] // weights.shape[3]
    if groups * weights.shape[3] != image.shape[3] or weights.shape[0] % groups:
        node.malformed(f"filters {list(weights.shape)} do not suit {image.shape[3]} channels")
    stride = node.integer(field.STRIDE_H), node.integer(field.STRIDE_W)
    dilation = node.integer(field.DILATION_H, default=1), node.integer(field.DILATION_W, default=1)
    reach = _dilated(weights.shape[1], dilation[0]), _dilated(weights.shape[2], dilation[1])
    padding = _padding(node, node.integer(field.PADDING, "int8"), reach, stride)
    activation = node.activation(field.ACTIVATION)
    if groups > 1:
        return GroupedConv2DAttrs(*stride, *dilation, padding, activation, groups)
    return Conv2DAttrs(*stride, *dilation, padding, activation)


@imports("DEPTHWISE_CONV_2D", operands=3)
def _depthwise_conv_2d(node: Node) -> DepthwiseConv2DAttrs:
    field = schema.DepthwiseConv2DOptions
    image, weights = image_of(node), _filter(node)
    stride = node.integer(field.STRIDE_H), node.integer(field.STRIDE_W)
    dilation = node.integer(field.DILATION_H, default=1), node.integer(field.DILATION_W, default=1)
    reach = _dilated(weights.shape[1], dilation[0]), _dilated(weights.shape[2], dilation[1])
    padding = _padding(node, node.integer(field.PADDING, "int8"), reach, stride)
    # The field DEPTH_MULTIPLIER repeats what the shapes say.
    if weights.shape[3] % image.shape[3]:
        node.malformed(f"{weights.shape[3]} filters do not suit {image.shape[3]} channels")
    multiplier = weights.shape[3] // image.shape[3]
    return DepthwiseConv2DAttrs(*stride, *dilation, padding, multiplier, node.activation(field.ACTIVATION))


@imports("FULLY_CONNECTED", operands=3)
def _fully_connected(node: Node) -> FullyConnectedAttrs:
    field = schema.FullyConnectedOptions
    if node.integer(field.WEIGHTS_FORMAT, "int8") != 0:
        node.unsupported("shuffled weights", "plain weights", "convert with a current converter")
    return FullyConnectedAttrs(node.activation(field.ACTIVATION))


@imports("ADD", operands=2)
def _add(node: Node) -> AddAttrs:
    return AddAttrs(node.activation(schema.AddOptions.ACTIVATION))


@imports("AVERAGE_POOL_2D", "MAX_POOL_2D")
def _pool_2d(node: Node) -> Pool2DAttrs:
    field = schema.Pool2DOptions
    stride = node.integer(field.STRIDE_H), node.integer(field.STRIDE_W)
    reach = node.integer(field.FILTER_H), node.integer(field.FILTER_W)
    image_of(node)
    padding = _padding(node, node.integer(field.PADDING, "int8"), reach, stride)
    return Pool2DAttrs(*reach, *stride, padding, node.activation(field.ACTIVATION))


def reduced_axes(node: Node) -> tuple[tuple[int, ...], bool]:
    """The axes of a reduction, ascending and not negative, and whether it keeps them with the size 1."""
    rank = len(node.tensor(0).shape)
    axes = [int(axis) for axis in node.constant(1, "give the axes as numbers").ravel()]
    if any(not -rank <= axis < rank for axis in axes):
        node.malformed(f"the axes {axes[:8]} do not suit {rank} dimensions")
    keep_dims = bool(node.integer(schema.ReducerOptions.KEEP_DIMS, "uint8"))
    return tuple(sorted({axis % rank for axis in axes})), keep_dims


@imports("MEAN")
def _mean(node: Node) -> MeanAttrs:
    return MeanAttrs(*reduced_axes(node))


@imports("PAD")
def _pad(node: Node) -> PadAttrs:
    paddings = node.constant(1, "give the paddings as numbers")
    if paddings.shape != (len(node.tensor(0).shape), 2):
        node.malformed(f"the paddings have the shape {list(paddings.shape)}")
    return PadAttrs(tuple((int(before), int(after)) for before, after in paddings))


@imports("RESHAPE")
def _reshape(node: Node) -> ReshapeAttrs:
    source, target = node.tensor(0).shape, node.output.shape
    if math.prod(source) != math.prod(target):
        node.malformed(f"{list(source)} cannot become {list(target)}")
    if len(node.inputs) > 1 and node.inputs[1] is not None:
        node.constant(1, "give Reshape its sizes as numbers and convert with a batch size of 1")
    return ReshapeAttrs()


@imports("SOFTMAX")
def _softmax(node: Node) -> SoftmaxAttrs:
    return SoftmaxAttrs(node.real(schema.SoftmaxOptions.BETA))


@imports("RELU", "RELU6")
def _relu(node: Node) -> ReluAttrs:
    return ReluAttrs()


@imports("QUANTIZE", "DEQUANTIZE")
def _quantize(node: Node) -> QuantizeAttrs:
    return QuantizeAttrs()
