# SPDX-License-Identifier: Apache-2.0
"""What each operator demands of its tensors: one row of RULES an operator."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from edgekit.ir.arithmetic import EVERY, INTEGERS
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
    ReduceAttrs,
    ReluAttrs,
    ReshapeAttrs,
    SoftmaxAttrs,
)
from edgekit.ir.graph import Graph, Op, Tensor
from edgekit.ir.rescale import add_rescales, channel_rescales, mean_rescale, softmax_rescale, tensor_rescale
from edgekit.ir.rescale_int16 import softmax_input
from edgekit.ir.rule import (
    Check,
    Operand,
    Problems,
    Rule,
    rescale_problems,
    same_shape,
    shape_problem,
    tensor_scales,
    wide_problems,
)

_LARGEST_STEP = 2**15
_BROADCAST_DIMENSIONS = 5
# Differences of int16 values, shifted by more, leave 32 bits.
_LARGEST_SOFTMAX_SHIFT = 14

#: So many int8 values surely sum up inside an int32.
LONGEST_SUM = 2**23 - 1
#: So many int16 values surely do.
LONGEST_SUM_INT16 = 2**15 - 1


def _swept(size: int, before: int, after: int, reach: int, stride: int) -> int:
    """Positions of a filter that reaches over `reach` elements of a padded axis."""
    return (size + before + after - reach) // stride + 1


def _sweep_problems(image: Tensor, padding: Padding, reach: tuple[int, int], stride: tuple[int, int]) -> Problems:
    """What keeps a filter from sweeping over an image."""
    if len(image.shape) != 4 or image.shape[0] != 1:
        yield f"the input has the shape {list(image.shape)}, not [1, height, width, channels]"
        return
    sizes = (padding.top, padding.bottom, padding.left, padding.right)
    if min(sizes) < 0 or max(*reach, *stride) > _LARGEST_STEP or min(*reach, *stride) < 1:
        yield "strides, dilations and filter must be positive and below 32768, padding not negative"
    elif max(padding.top, padding.bottom) >= reach[0] or max(padding.left, padding.right) >= reach[1]:
        yield "the padding is as large as the filter"
    elif image.shape[1] + padding.top + padding.bottom < reach[0]:
        yield "the filter is higher than the image"
    elif image.shape[2] + padding.left + padding.right < reach[1]:
        yield "the filter is wider than the image"


def _swept_shape(
    image: Tensor, padding: Padding, reach: tuple[int, int], stride: tuple[int, int], channels: int
) -> tuple[int, ...]:
    rows = _swept(image.shape[1], padding.top, padding.bottom, reach[0], stride[0])
    columns = _swept(image.shape[2], padding.left, padding.right, reach[1], stride[1])
    return (1, rows, columns, channels)


def bias_problems(graph: Graph, op: Op, channels: int) -> Problems:
    """The bias counts one for each output channel."""
    bias = graph.optional_input(op, 2)
    if bias is not None and bias.shape != (channels,):
        yield f"the bias has the shape {list(bias.shape)}, not [{channels}]"


def channel_scales(axis: int) -> Check:
    """Weight scales count one for each output channel, along `axis` of the weights."""

    def check(graph: Graph, op: Op) -> Problems:
        weights = graph.input_tensor(op, 1)
        assert weights.quant is not None
        if weights.quant.per_channel and weights.quant.axis != axis:
            yield f"the weights are quantized along axis {weights.quant.axis}, not {axis}"
            return
        rescales = channel_rescales(graph, op)
        yield from rescale_problems(*rescales)
        if graph.input_tensor(op, 0).dtype == "int16":
            yield from wide_problems(rescales, weights, graph.optional_input(op, 2), axis)

    return check


def _convolution(graph: Graph, op: Op, channels: int) -> Problems:
    attrs = op.attrs
    assert isinstance(attrs, Conv2DAttrs | DepthwiseConv2DAttrs)
    image, weights = graph.input_tensor(op, 0), graph.input_tensor(op, 1)
    if min(attrs.dilation_h, attrs.dilation_w) < 1:
        yield "dilations must be positive"
        return
    reach = (
        (weights.shape[1] - 1) * attrs.dilation_h + 1,
        (weights.shape[2] - 1) * attrs.dilation_w + 1,
    )
    stride = (attrs.stride_h, attrs.stride_w)
    problem = next(_sweep_problems(image, attrs.padding, reach, stride), None)
    if problem:
        yield problem
        return
    yield from shape_problem(graph, op, _swept_shape(image, attrs.padding, reach, stride, channels))
    yield from bias_problems(graph, op, channels)


def _conv_2d(graph: Graph, op: Op) -> Problems:
    image, weights = graph.input_tensor(op, 0), graph.input_tensor(op, 1)
    if len(weights.shape) != 4 or weights.shape[3] != image.shape[-1]:
        yield f"weights {list(weights.shape)} do not suit the input {list(image.shape)}"
        return
    yield from _convolution(graph, op, weights.shape[0])


def _grouped_conv_2d(graph: Graph, op: Op) -> Problems:
    attrs, image, weights = op.attrs, graph.input_tensor(op, 0), graph.input_tensor(op, 1)
    assert isinstance(attrs, GroupedConv2DAttrs)
    suits = len(weights.shape) == 4 and attrs.groups >= 1 and weights.shape[3] * attrs.groups == image.shape[-1]
    if not suits or weights.shape[0] % attrs.groups:
        yield f"weights {list(weights.shape)} in {attrs.groups} groups do not suit the input {list(image.shape)}"
        return
    yield from _convolution(graph, op, weights.shape[0])


def _depthwise_conv_2d(graph: Graph, op: Op) -> Problems:
    attrs, image, weights = op.attrs, graph.input_tensor(op, 0), graph.input_tensor(op, 1)
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    channels = image.shape[-1] * attrs.depth_multiplier
    if len(weights.shape) != 4 or weights.shape[0] != 1 or weights.shape[3] != channels:
        yield f"weights {list(weights.shape)} do not suit {channels} output channels"
        return
    yield from _convolution(graph, op, channels)


def _fully_connected(graph: Graph, op: Op) -> Problems:
    data, weights, output = graph.input_tensor(op, 0), graph.input_tensor(op, 1), graph.output_tensor(op)
    if len(weights.shape) != 2 or data.elements % weights.shape[1]:
        yield f"weights {list(weights.shape)} do not suit the input {list(data.shape)}"
        return
    channels, depth = weights.shape
    if not output.shape or output.shape[-1] != channels or output.elements != data.elements // depth * channels:
        yield f"the output {list(output.shape)} does not suit the input {list(data.shape)}"
        return
    yield from bias_problems(graph, op, channels)


def broadcast_problems(graph: Graph, op: Op) -> Problems:
    """What keeps the first two inputs from being broadcast to the output."""
    first, second = graph.input_tensor(op, 0), graph.input_tensor(op, 1)
    try:
        shape = np.broadcast_shapes(first.shape, second.shape)
    except ValueError:
        yield f"the shapes {list(first.shape)} and {list(second.shape)} cannot be broadcast to one another"
        return
    if first.data is not None and second.data is not None:
        yield "both inputs are constants"
    if len(shape) > _BROADCAST_DIMENSIONS:
        yield f"at most {_BROADCAST_DIMENSIONS} dimensions are allowed, not {len(shape)}"
    yield from shape_problem(graph, op, shape)


def sum_scales(graph: Graph, op: Op) -> Problems:
    """ADD, SUB: the sum must not grow on its way to the output."""
    if add_rescales(graph, op).output.shift > 0:
        yield "its scales are too far apart"


def _pool_2d(graph: Graph, op: Op) -> Problems:
    attrs, image = op.attrs, graph.input_tensor(op, 0)
    assert isinstance(attrs, Pool2DAttrs)
    reach, stride = (attrs.filter_h, attrs.filter_w), (attrs.stride_h, attrs.stride_w)
    problem = next(_sweep_problems(image, attrs.padding, reach, stride), None)
    if problem:
        yield problem
        return
    yield from shape_problem(graph, op, _swept_shape(image, attrs.padding, reach, stride, image.shape[3]))


def _average_sums(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, Pool2DAttrs)
    if graph.input_tensor(op, 0).dtype == "int16" and op.attrs.filter_h * op.attrs.filter_w > LONGEST_SUM_INT16:
        yield f"it averages more than {LONGEST_SUM_INT16} elements"


def axes_problems(graph: Graph, op: Op) -> Problems:
    """What is wrong with the axes of a reduction, or with the shape that it leaves."""
    data = graph.input_tensor(op, 0)
    assert isinstance(op.attrs, MeanAttrs | ReduceAttrs)
    axes = op.attrs.axes
    if not axes or list(axes) != sorted(set(axes)) or not 0 <= axes[0] <= axes[-1] < len(data.shape):
        yield f"the axes {list(axes)} do not suit the input {list(data.shape)}"
        return
    if op.attrs.keep_dims:
        shape = tuple(1 if axis in axes else size for axis, size in enumerate(data.shape))
    else:
        shape = tuple(size for axis, size in enumerate(data.shape) if axis not in axes)
    yield from shape_problem(graph, op, shape)


def _mean(graph: Graph, op: Op) -> Problems:
    problem = next(axes_problems(graph, op), None)
    if problem:
        yield problem
        return
    if reduced_elements(graph, op) > LONGEST_SUM:
        yield "it averages too many elements"


def _mean_scales(graph: Graph, op: Op) -> Problems:
    if graph.input_tensor(op, 0).dtype == "int16" and reduced_elements(graph, op) > LONGEST_SUM_INT16:
        yield f"it averages more than {LONGEST_SUM_INT16} elements"
    yield from rescale_problems(tensor_rescale(graph, op), mean_rescale(graph, op))


def reduced_elements(graph: Graph, op: Op) -> int:
    """How many elements of the input become one of the output."""
    return graph.input_tensor(op, 0).elements // graph.output_tensor(op).elements


def _pad(graph: Graph, op: Op) -> Problems:
    data = graph.input_tensor(op, 0)
    assert isinstance(op.attrs, PadAttrs)
    paddings = op.attrs.paddings
    if len(paddings) != len(data.shape) or any(min(pair) < 0 for pair in paddings):
        yield f"the paddings {list(paddings)} do not suit the input {list(data.shape)}"
        return
    shape = tuple(before + size + after for size, (before, after) in zip(data.shape, paddings, strict=True))
    yield from shape_problem(graph, op, shape)


def _reshape(graph: Graph, op: Op) -> Problems:
    data, output = graph.input_tensor(op, 0), graph.output_tensor(op)
    if data.elements != output.elements:
        yield f"{list(data.shape)} and {list(output.shape)} have different numbers of elements"


def _softmax(graph: Graph, op: Op) -> Problems:
    data = graph.input_tensor(op, 0)
    assert isinstance(op.attrs, SoftmaxAttrs)
    yield from shape_problem(graph, op, data.shape)
    if not data.shape:
        yield "the input has no dimensions"
    if not (math.isfinite(op.attrs.beta) and op.attrs.beta > 0):
        yield f"beta is {op.attrs.beta}, not a positive number"


def _softmax_scales(graph: Graph, op: Op) -> Problems:
    output = graph.output_tensor(op)
    assert output.quant is not None
    if output.shape[-1] >= 2**12:
        yield f"a softmax over {output.shape[-1]} elements overflows, at most 4095 are allowed"
    if output.dtype == "int16":
        if output.quant.scale != 1 / 32768:
            yield "the output must have the scale 1/32768"
        if softmax_input(graph, op).shift > _LARGEST_SOFTMAX_SHIFT:
            yield "beta times the input's scale is too large"
        return
    if output.quant.scale != 1 / 256 or output.quant.zero_point != -128:
        yield "the output must have the scale 1/256 and the zero point -128"
    if not 0 <= softmax_rescale(graph, op).input.shift <= 31:
        yield "beta times the input's scale is too small"


_FILTERED: tuple[Operand, ...] = ("activation", "weights", "bias")

_VIEW = Rule(ReshapeAttrs, ("bytes",), _reshape, same_quant=True, arithmetics=EVERY)

RULES: dict[str, Rule] = {
    "CONV_2D": Rule(Conv2DAttrs, _FILTERED, _conv_2d, channel_scales(axis=0), arithmetics=EVERY),
    "GROUPED_CONV_2D": Rule(GroupedConv2DAttrs, _FILTERED, _grouped_conv_2d, channel_scales(axis=0), arithmetics=EVERY),
    "DEPTHWISE_CONV_2D": Rule(
        DepthwiseConv2DAttrs, _FILTERED, _depthwise_conv_2d, channel_scales(axis=3), arithmetics=EVERY
    ),
    "FULLY_CONNECTED": Rule(
        FullyConnectedAttrs, _FILTERED, _fully_connected, channel_scales(axis=0), arithmetics=EVERY
    ),
    "ADD": Rule(AddAttrs, ("data", "data"), broadcast_problems, sum_scales, arithmetics=EVERY),
    "AVERAGE_POOL_2D": Rule(Pool2DAttrs, ("activation",), _pool_2d, _average_sums, same_quant=True, arithmetics=EVERY),
    "MAX_POOL_2D": Rule(Pool2DAttrs, ("activation",), _pool_2d, same_quant=True, arithmetics=EVERY),
    "MEAN": Rule(MeanAttrs, ("activation",), _mean, _mean_scales, arithmetics=EVERY),
    "PAD": Rule(PadAttrs, ("activation",), _pad, same_quant=True, arithmetics=EVERY),
    "RESHAPE": replace(_VIEW, same_quant=False),
    "SQUEEZE": _VIEW,
    "EXPAND_DIMS": _VIEW,
    "SOFTMAX": Rule(SoftmaxAttrs, ("activation",), _softmax, _softmax_scales, arithmetics=EVERY),
    "RELU": Rule(ReluAttrs, ("activation",), same_shape, tensor_scales, arithmetics=EVERY),
    "RELU6": Rule(ReluAttrs, ("activation",), same_shape, tensor_scales, arithmetics=EVERY),
    "QUANTIZE": Rule(
        QuantizeAttrs, ("activation",), same_shape, tensor_scales, outputs=("int8", "int16"), arithmetics=EVERY
    ),
    "DEQUANTIZE": Rule(QuantizeAttrs, ("activation",), same_shape, outputs=("float32",), arithmetics=INTEGERS),
}
