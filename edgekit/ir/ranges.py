# SPDX-License-Identifier: Apache-2.0
"""Interval arithmetic on exact integers: which values an activation can take, whatever the model's inputs are.

One interval for each index of a tensor's last axis. Every operator here is monotonic in each operand up to the sign of
its weight, so the ends of an interval come from the ends of its operands' intervals. What is not known is anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edgekit.ir.attributes import (
    Activation,
    AddAttrs,
    Conv2DAttrs,
    DepthwiseConv2DAttrs,
    FullyConnectedAttrs,
    MeanAttrs,
    PadAttrs,
    Padding,
    Pool2DAttrs,
)
from edgekit.ir.fixed_point import INT32_MAX, INT32_MIN, Ints, Rescale, requantize
from edgekit.ir.graph import DTYPE_BYTES, Graph, Op, Tensor
from edgekit.ir.rescale import (
    ADD_LEFT_SHIFT,
    activation_range,
    add_rescales,
    channel_rescales,
    mean_rescale,
    quantization,
    tensor_rescale,
)


class Interval(NamedTuple):
    """The lowest and the highest value of each channel, int64 [channels]."""

    low: Ints
    high: Ints

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """The channels that hold one value."""
        result: npt.NDArray[np.bool_] = self.low == self.high
        return result


Intervals = dict[int, Interval]


def reachable_values(graph: Graph) -> Intervals:
    """Activation or constant operand -> the interval of every channel."""
    found: Intervals = {}
    for index in graph.inputs:
        found[index] = _anything(graph.tensors[index])
    for op in graph.ops:
        for operand in op.inputs:
            if operand is not None and operand not in found:
                found[operand] = _of_constant(graph.tensors[operand])
        rule = _RULES.get(op.kind) if _is_int8(graph, op) else None
        interval = None if rule is None else rule(graph, op, found)
        for output in op.outputs:
            found[output] = _anything(graph.tensors[output]) if interval is None else interval
    return found


def _is_int8(graph: Graph, op: Op) -> bool:
    """Whether the rules here hold: int8 in and out."""
    return graph.input_tensor(op, 0).dtype == "int8" == graph.output_tensor(op).dtype


def channels_of(tensor: Tensor) -> int:
    """The size of the last axis."""
    return tensor.shape[-1] if tensor.shape else 1


def _anything(tensor: Tensor) -> Interval:
    bits = 8 * DTYPE_BYTES[tensor.dtype] - 1
    return _spread(-(2**bits), 2**bits - 1, channels_of(tensor))


def _spread(low: int, high: int, channels: int) -> Interval:
    return Interval(np.full(channels, low, np.int64), np.full(channels, high, np.int64))


def _of_constant(tensor: Tensor) -> Interval:
    if tensor.role != "const" or tensor.data is None or tensor.data.dtype.kind != "i":
        return _anything(tensor)
    values = tensor.data.astype(np.int64).reshape(-1, channels_of(tensor))
    return Interval(values.min(axis=0), values.max(axis=0))


def _operand(graph: Graph, op: Op, found: Intervals, position: int) -> Interval:
    """The interval of an operand minus its zero point."""
    index = op.inputs[position]
    assert index is not None
    zero_point = quantization(graph.tensors[index]).zero_point
    return Interval(found[index].low - zero_point, found[index].high - zero_point)


def _rescaled(acc: Interval, rescales: tuple[Rescale, ...], output: Tensor, activation: Activation) -> Interval | None:
    """What accumulators become as output bytes; None where they may wrap around."""
    multipliers, shifts = np.array(rescales, np.int64).T
    left = np.maximum(shifts, 0)
    if (acc.low << left).min() < INT32_MIN or (acc.high << left).max() > INT32_MAX:
        return None
    low, high = activation_range(output, activation)
    zero_point = quantization(output).zero_point
    ends = [np.clip(requantize(end, multipliers, shifts) + zero_point, low, high) for end in acc]
    return Interval(*ends)


def _filtered(graph: Graph, op: Op, sums: Interval, activation: Activation) -> Interval | None:
    """Sums of products -> output bytes. A channel that may wrap around makes the whole layer unknown."""
    bias = graph.optional_input(op, 2)
    start = 0 if bias is None or bias.data is None else bias.data.astype(np.int64)
    acc = Interval(sums.low + start, sums.high + start)
    if acc.low.min() < INT32_MIN or acc.high.max() > INT32_MAX:
        return None
    return _rescaled(acc, channel_rescales(graph, op), graph.output_tensor(op), activation)


def _with_padding(values: Interval, padding: Padding) -> Interval:
    """Padding adds nothing to a sum, as the value 0 does."""
    if padding == Padding():
        return values
    return Interval(np.minimum(values.low, 0), np.maximum(values.high, 0))


def _products(weights: Ints, values: Interval) -> tuple[Ints, Ints]:
    """The ends of weights * values, element by element."""
    first, second = weights * values.low, weights * values.high
    return np.minimum(first, second), np.maximum(first, second)


def _weights(graph: Graph, op: Op) -> Ints:
    data = graph.input_tensor(op, 1).data
    assert data is not None
    return data.astype(np.int64)


def _conv_2d(graph: Graph, op: Op, found: Intervals) -> Interval | None:
    assert isinstance(op.attrs, Conv2DAttrs)
    values = _with_padding(_operand(graph, op, found, 0), op.attrs.padding)
    low, high = _products(_weights(graph, op), values)
    return _filtered(graph, op, Interval(low.sum(axis=(1, 2, 3)), high.sum(axis=(1, 2, 3))), op.attrs.activation)


def _depthwise_conv_2d(graph: Graph, op: Op, found: Intervals) -> Interval | None:
    assert isinstance(op.attrs, DepthwiseConv2DAttrs)
    values = _with_padding(_operand(graph, op, found, 0), op.attrs.padding)
    repeated = Interval(*(np.repeat(end, op.attrs.depth_multiplier) for end in values))
    low, high = _products(_weights(graph, op)[0], repeated)
    return _filtered(graph, op, Interval(low.sum(axis=(0, 1)), high.sum(axis=(0, 1))), op.attrs.activation)


def _fully_connected(graph: Graph, op: Op, found: Intervals) -> Interval | None:
    assert isinstance(op.attrs, FullyConnectedAttrs)
    weights = _weights(graph, op)
    values = rechanneled(_operand(graph, op, found, 0), weights.shape[1])
    low, high = _products(weights, values)
    return _filtered(graph, op, Interval(low.sum(axis=1), high.sum(axis=1)), op.attrs.activation)


def rechanneled(values: Interval, channels: int) -> Interval:
    """The same bytes under a shape whose last axis has `channels` elements."""
    had = len(values.low)
    if channels % had == 0:
        return Interval(*(np.tile(end, channels // had) for end in values))
    if had % channels == 0:
        return Interval(values.low.reshape(-1, channels).min(axis=0), values.high.reshape(-1, channels).max(axis=0))
    return _spread(int(values.low.min()), int(values.high.max()), channels)


def _add(graph: Graph, op: Op, found: Intervals) -> Interval | None:
    assert isinstance(op.attrs, AddAttrs)
    output = graph.output_tensor(op)
    rescales = add_rescales(graph, op)
    ends = []
    for position, rescale in enumerate((rescales.input1, rescales.input2)):
        values = _operand(graph, op, found, position)
        ends.append([requantize(end << ADD_LEFT_SHIFT, *rescale) for end in values])
    total = Interval(*(np.broadcast_to(a + b, channels_of(output)) for a, b in zip(*ends, strict=True)))
    return _rescaled(total, (rescales.output,), output, op.attrs.activation)


def _pool_2d(graph: Graph, op: Op, found: Intervals) -> Interval | None:
    """Averages and maxima lie between the values."""
    assert isinstance(op.attrs, Pool2DAttrs) and op.inputs[0] is not None
    limits = activation_range(graph.output_tensor(op), op.attrs.activation)
    return Interval(*(np.clip(end, *limits) for end in found[op.inputs[0]]))


def _mean(graph: Graph, op: Op, found: Intervals) -> Interval | None:
    assert isinstance(op.attrs, MeanAttrs)
    data, output = graph.input_tensor(op, 0), graph.output_tensor(op)
    values = _operand(graph, op, found, 0)
    count = math.prod(data.shape[axis] for axis in op.attrs.axes)
    if len(data.shape) - 1 in op.attrs.axes:
        others = count // channels_of(data)
        total = _spread(int(values.low.sum()) * others, int(values.high.sum()) * others, channels_of(output))
    else:
        total = Interval(values.low * count, values.high * count)
    return _rescaled(total, (mean_rescale(graph, op),), output, "NONE")


def _pad(graph: Graph, op: Op, found: Intervals) -> Interval | None:
    assert isinstance(op.attrs, PadAttrs) and op.inputs[0] is not None
    zero_point = quantization(graph.output_tensor(op)).zero_point
    *outer, inner = op.attrs.paddings
    low, high = (np.pad(end, inner, constant_values=zero_point) for end in found[op.inputs[0]])
    if any(map(any, outer)):
        return Interval(np.minimum(low, zero_point), np.maximum(high, zero_point))
    return Interval(low, high)


def _reshape(graph: Graph, op: Op, found: Intervals) -> Interval | None:
    assert op.inputs[0] is not None
    return rechanneled(found[op.inputs[0]], channels_of(graph.output_tensor(op)))


def _elementwise(activation: Activation) -> Callable[[Graph, Op, Intervals], Interval | None]:
    def rule(graph: Graph, op: Op, found: Intervals) -> Interval | None:
        values = _operand(graph, op, found, 0)
        return _rescaled(values, (tensor_rescale(graph, op),), graph.output_tensor(op), activation)

    return rule


_RULES: dict[str, Callable[[Graph, Op, Intervals], Interval | None]] = {
    "CONV_2D": _conv_2d,
    "DEPTHWISE_CONV_2D": _depthwise_conv_2d,
    "FULLY_CONNECTED": _fully_connected,
    "ADD": _add,
    "AVERAGE_POOL_2D": _pool_2d,
    "MAX_POOL_2D": _pool_2d,
    "MEAN": _mean,
    "PAD": _pad,
    "RESHAPE": _reshape,
    "RELU": _elementwise("RELU"),
    "RELU6": _elementwise("RELU6"),
    "QUANTIZE": _elementwise("NONE"),
}
