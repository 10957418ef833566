# SPDX-License-Identifier: Apache-2.0
"""What each operator demands of its tensors: one row of RULES an operator."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

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
from edgekit.ir.fixed_point import Rescale
from edgekit.ir.graph import DType, Graph, Op, Tensor
from edgekit.ir.rescale import (
    add_rescales,
    channel_rescales,
    mean_rescale,
    softmax_rescale,
    tensor_rescale,
)

# "data": int8 with one scale; "activation": the same, not constant; "weights": constant int8, symmetric;
# "bias": constant int32, may be absent; "bytes": int8 or int32, not constant, and the output is of the same type;
# "long weights" and "state": int8 or int16 with one scale, constant or kept between inferences.
Operand = Literal["data", "activation", "weights", "bias", "bytes", "long weights", "state"]
Problems = Iterator[str]

# A factor of 2**30 and more shifts every int8 sum out of 32 bits.
_LARGEST_SHIFT = 30
_LARGEST_STEP = 2**15
_BROADCAST_DIMENSIONS = 5

#: So many int8 values surely sum up inside an int32.
LONGEST_SUM = 2**23 - 1


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` yields what is wrong with an op whose operands have the right types.

    `many_inputs`: as many inputs as there are, all as the last of `inputs`; `many_outputs`: more than one output.
    `same_quant`: all tensors that are computed with have one scale and zero point. `output`: its type, where that is
    not told by a "bytes" operand.
    """

    attrs: type
    inputs: tuple[Operand, ...]
    check: Callable[[Graph, Op], Problems]
    same_quant: bool = False
    many_inputs: bool = False
    many_outputs: bool = False
    output: DType = "int8"

    def operand(self, position: int) -> Operand:
        """What the input at `position` must be."""
        return self.inputs[min(position, len(self.inputs) - 1)]

    def output_type(self, first_input: Tensor) -> DType:
        """The type that the output must have."""
        return first_input.dtype if self.inputs[0] == "bytes" else self.output

    def counts_suit(self, op: Op) -> bool:
        """Whether `op` has as many inputs and outputs as it may have."""
        few, many = len(op.inputs) == len(self.inputs), len(op.inputs) >= len(self.inputs)
        return (many if self.many_inputs else few) and (bool(op.outputs) if self.many_outputs else len(op.outputs) == 1)

    def problems(self, graph: Graph, op: Op) -> Problems:
        """Every violation, the types of operands first."""
        for position in range(len(op.inputs)):
            yield from _operand_problems(graph.optional_input(op, position), self.operand(position), position)
        for position in range(len(op.outputs)):
            yield from _output_problems(graph.output_tensor(op, position), self.output_type(graph.input_tensor(op, 0)))
        if self.same_quant and len({tensor.quant for tensor in self._computed(graph, op)}) > 1:
            yield "input and output must have the same scale and zero point"
        yield from self.check(graph, op)

    def _computed(self, graph: Graph, op: Op) -> Iterator[Tensor]:
        for position in range(len(op.inputs)):
            if self.operand(position) in ("data", "activation", "bytes"):
                yield graph.input_tensor(op, position)
        for position in range(len(op.outputs)):
            yield graph.output_tensor(op, position)


def _output_problems(tensor: Tensor, wanted: DType) -> Problems:
    if tensor.dtype != wanted:
        yield f"the output is {tensor.dtype}, not {wanted}"
    elif wanted == "int8":
        yield from _operand_problems(tensor, "activation", -1)
    elif tensor.data is not None:
        yield "the output is a constant"


def _operand_problems(tensor: Tensor | None, operand: Operand, position: int) -> Problems:
    where = "the output" if position < 0 else f"input {position}"
    if operand == "bytes" and tensor is not None and tensor.dtype == "int32" and tensor.data is None:
        return
    if tensor is None:
        if operand != "bias":
            yield f"{where} is missing"
        return
    if (tensor.role == "state") != (operand == "state"):
        yield f"{where} is {'' if tensor.role == 'state' else 'not '}a variable"
    wanted = "int32" if operand == "bias" else "int8"
    if tensor.dtype != wanted and not (operand in ("long weights", "state") and tensor.dtype == "int16"):
        yield f"{where} is {tensor.dtype}, not {wanted}"
    if operand in ("weights", "long weights", "bias") and tensor.data is None:
        yield f"{where} must be a constant"
    if operand in ("activation", "bytes") and tensor.data is not None:
        yield f"{where} is a constant"
    if operand == "bias":
        return
    if tensor.quant is None:
        yield f"{where} has no quantization"
    elif operand in ("weights", "long weights") and any(tensor.quant.zero_points):
        yield f"{where} has a zero point other than 0"
    elif operand == "weights":
        return
    elif tensor.quant.per_channel:
        yield f"{where} is quantized per channel"


def shape_problem(graph: Graph, op: Op, expected: tuple[int, ...]) -> Problems:
    found = graph.output_tensor(op).shape
    if found != expected:
        yield f"the output has the shape {list(found)}, not {list(expected)}"


def rescale_problems(*rescales: Rescale) -> Problems:
    if any(rescale.shift > _LARGEST_SHIFT for rescale in rescales):
        yield "its scales are too far apart"


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


def channel_problems(graph: Graph, op: Op, channels: int, axis: int) -> Problems:
    """Bias and weight scales count one for each output channel."""
    weights, bias = graph.input_tensor(op, 1), graph.optional_input(op, 2)
    if bias is not None and bias.shape != (channels,):
        yield f"the bias has the shape {list(bias.shape)}, not [{channels}]"
    assert weights.quant is not None
    if weights.quant.per_channel and weights.quant.axis != axis:
        yield f"the weights are quantized along axis {weights.quant.axis}, not {axis}"
    else:
        yield from rescale_problems(*channel_rescales(graph, op))


def _convolution(graph: Graph, op: Op, channels: int, axis: int) -> Problems:
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
    yield from channel_problems(graph, op, channels, axis)


def _conv_2d(graph: Graph, op: Op) -> Problems:
    image, weights = graph.input_tensor(op, 0), graph.input_tensor(op, 1)
    if len(weights.shape) != 4 or weights.shape[3] != image.shape[-1]:
        yield f"weights {list(weights.shape)} do not suit the input {list(image.shape)}"
        return
    yield from _convolution(graph, op, channels=weights.shape[0], axis=0)


def _grouped_conv_2d(graph: Graph, op: Op) -> Problems:
    attrs, image, weights = op.attrs, graph.input_tensor(op, 0), graph.input_tensor(op, 1)
    assert isinstance(attrs, GroupedConv2DAttrs)
    suits = len(weights.shape) == 4 and attrs.groups >= 1 and weights.shape[3] * attrs.groups == image.shape[-1]
    if not suits or weights.shape[0] % attrs.groups:
        yield f"weights {list(weights.shape)} in {attrs.groups} groups do not suit the input {list(image.shape)}"
        return
    yield from _convolution(graph, op, channels=weights.shape[0], axis=0)


def _depthwise_conv_2d(graph: Graph, op: Op) -> Problems:
    attrs, image, weights = op.attrs, graph.input_tensor(op, 0), graph.input_tensor(op, 1)
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    channels = image.shape[-1] * attrs.depth_multiplier
    if len(weights.shape) != 4 or weights.shape[0] != 1 or weights.shape[3] != channels:
        yield f"weights {list(weights.shape)} do not suit {channels} output channels"
        return
    yield from _convolution(graph, op, channels, axis=3)


def _fully_connected(graph: Graph, op: Op) -> Problems:
    data, weights, output = graph.input_tensor(op, 0), graph.input_tensor(op, 1), graph.output_tensor(op)
    if len(weights.shape) != 2 or data.elements % weights.shape[1]:
        yield f"weights {list(weights.shape)} do not suit the input {list(data.shape)}"
        return
    channels, depth = weights.shape
    if not output.shape or output.shape[-1] != channels or output.elements != data.elements // depth * channels:
        yield f"the output {list(output.shape)} does not suit the input {list(data.shape)}"
        return
    yield from channel_problems(graph, op, channels, axis=0)


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


def _add(graph: Graph, op: Op) -> Problems:
    yield from broadcast_problems(graph, op)
    rescales = add_rescales(graph, op)
    if rescales.output.shift > 0:
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
    data, output = graph.input_tensor(op, 0), graph.output_tensor(op)
    assert isinstance(op.attrs, SoftmaxAttrs) and output.quant is not None
    yield from shape_problem(graph, op, data.shape)
    if not data.shape:
        yield "the input has no dimensions"
    elif data.shape[-1] >= 2**12:
        yield f"a softmax over {data.shape[-1]} elements overflows, at most 4095 are allowed"
    if output.quant.scale != 1 / 256 or output.quant.zero_point != -128:
        yield "the output must have the scale 1/256 and the zero point -128"
    if not (math.isfinite(op.attrs.beta) and op.attrs.beta > 0):
        yield f"beta is {op.attrs.beta}, not a positive number"
    elif not 0 <= softmax_rescale(graph, op).input.shift <= 31:
        yield "beta times the input's scale is too small"


def rescaled(graph: Graph, op: Op) -> Problems:
    yield from shape_problem(graph, op, graph.input_tensor(op, 0).shape)
    yield from rescale_problems(tensor_rescale(graph, op))


_FILTERED: tuple[Operand, ...] = ("activation", "weights", "bias")

RULES: dict[str, Rule] = {
    "CONV_2D": Rule(Conv2DAttrs, _FILTERED, _conv_2d),
    "GROUPED_CONV_2D": Rule(GroupedConv2DAttrs, _FILTERED, _grouped_conv_2d),
    "DEPTHWISE_CONV_2D": Rule(DepthwiseConv2DAttrs, _FILTERED, _depthwise_conv_2d),
    "FULLY_CONNECTED": Rule(FullyConnectedAttrs, _FILTERED, _fully_connected),
    "ADD": Rule(AddAttrs, ("data", "data"), _add),
    "AVERAGE_POOL_2D": Rule(Pool2DAttrs, ("activation",), _pool_2d, same_quant=True),
    "MAX_POOL_2D": Rule(Pool2DAttrs, ("activation",), _pool_2d, same_quant=True),
    "MEAN": Rule(MeanAttrs, ("activation",), _mean),
    "PAD": Rule(PadAttrs, ("activation",), _pad, same_quant=True),
    "RESHAPE": Rule(ReshapeAttrs, ("bytes",), _reshape),
    "SQUEEZE": Rule(ReshapeAttrs, ("bytes",), _reshape, same_quant=True),
    "EXPAND_DIMS": Rule(ReshapeAttrs, ("bytes",), _reshape, same_quant=True),
    "SOFTMAX": Rule(SoftmaxAttrs, ("activation",), _softmax),
    "RELU": Rule(ReluAttrs, ("activation",), rescaled),
    "RELU6": Rule(ReluAttrs, ("activation",), rescaled),
    "QUANTIZE": Rule(QuantizeAttrs, ("activation",), rescaled),
}
