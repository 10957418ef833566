# SPDX-License-Identifier: Apache-2.0
"""float32: convolutions, pools, sums and softmax in the kernels' order of additions, so that C gives equal bits.

The order is that of TensorFlow Lite Micro's reference kernels: a sum begins with 0, goes through the window row by row
and leaves the padding out; the bias comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from edgekit.ir.arithmetic import FLOATS
from edgekit.ir.attributes import (
    Activation,
    ArgMaxAttrs,
    BatchMatmulAttrs,
    Conv2DAttrs,
    DepthwiseConv2DAttrs,
    FullyConnectedAttrs,
    GroupedConv2DAttrs,
    MeanAttrs,
    Padding,
    Pool2DAttrs,
    ReduceAttrs,
    ResizeAttrs,
    SoftmaxAttrs,
    TransposeConvAttrs,
)
from edgekit.ir.float_functions import FLOAT_MAX, Floats, clamp, running_max, running_sum, softmax
from edgekit.ir.graph import Graph, Op
from edgekit.ir.reference import Array, Evaluator, Operands, evaluates
from edgekit.ir.rescale import ACTIVATION_LIMITS
from edgekit.ir.resize import float_blends

_Sweeping = Conv2DAttrs | DepthwiseConv2DAttrs | Pool2DAttrs
_Tap = tuple[int, int, tuple[slice, slice], tuple[slice, slice]]


def floats(*kinds: str) -> Callable[[Evaluator], Evaluator]:
    """Register a float32 evaluator of `kinds`, in which overflow and NaNs are results like others."""

    def register(function: Evaluator) -> Evaluator:
        def quietly(graph: Graph, op: Op, operands: Operands) -> Array | tuple[Array, ...]:
            with np.errstate(all="ignore"):
                return function(graph, op, operands)

        evaluates(*kinds, arithmetics=FLOATS)(quietly)
        return function

    return register


def data(operands: Operands, position: int = 0) -> Floats:
    values = operands[position]
    assert values is not None
    return values


def activation_bounds(activation: Activation) -> tuple[float, float]:
    """The bounds of a fused activation; without one, the largest finite numbers."""
    low, high = ACTIVATION_LIMITS[activation]
    return -FLOAT_MAX if low is None else low, FLOAT_MAX if high is None else high


def _finish(total: Floats, bias: Array | None, activation: Activation) -> Floats:
    if bias is not None:
        total = total + bias
    return clamp(total, *activation_bounds(activation))


def _inside(size: int, outputs: int, stride: int, start: int) -> tuple[slice, slice]:
    """Of `outputs` positions start, start + stride, ... those inside [0, size), and what they read of the input."""
    places = start + stride * np.arange(outputs)
    inside = np.flatnonzero((places >= 0) & (places < size))
    if not inside.size:
        return slice(0, 0), slice(0, 0)
    first, last = int(inside[0]), int(inside[-1])
    return slice(first, last + 1), slice(int(places[first]), int(places[last]) + 1, stride)


def _taps(attrs: _Sweeping, kernel: tuple[int, int], image: Floats, output: Floats) -> Iterator[_Tap]:
    """Row by row, each tap of a filter: its place, the outputs that it gives to, and the inputs that it reads."""
    rows, columns = output.shape[:2]
    dilation = (1, 1) if isinstance(attrs, Pool2DAttrs) else (attrs.dilation_h, attrs.dilation_w)
    padding: Padding = attrs.padding
    for ky in range(kernel[0]):
        to_row, from_row = _inside(image.shape[0], rows, attrs.stride_h, ky * dilation[0] - padding.top)
        for kx in range(kernel[1]):
            to_column, from_column = _inside(image.shape[1], columns, attrs.stride_w, kx * dilation[1] - padding.left)
            yield ky, kx, (to_row, to_column), (from_row, from_column)


@floats("CONV_2D", "GROUPED_CONV_2D")
def _conv_2d(graph: Graph, op: Op, operands: Operands) -> Array:
    attrs, image, weights = op.attrs, data(operands)[0], data(operands, 1)
    assert isinstance(attrs, Conv2DAttrs)
    groups = attrs.groups if isinstance(attrs, GroupedConv2DAttrs) else 1
    _, rows, columns, channels = graph.output_tensor(op).shape
    depth = weights.shape[3]
    filters = weights.reshape(groups, channels // groups, *weights.shape[1:])
    total = np.zeros((rows, columns, groups, channels // groups), np.float32)
    for ky, kx, to, source in _taps(attrs, weights.shape[1:3], image, total):
        part = image[source].reshape(*total[to].shape[:2], groups, depth)
        for i in range(depth):
            total[to] += part[..., i, None] * filters[:, :, ky, kx, i]
    return _finish(total.reshape(rows, columns, channels), operands[2], attrs.activation)


@floats("DEPTHWISE_CONV_2D")
def _depthwise_conv_2d(graph: Graph, op: Op, operands: Operands) -> Array:
    attrs, image, weights = op.attrs, data(operands)[0], data(operands, 1)
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    _, rows, columns, channels = graph.output_tensor(op).shape
    filters = weights[0].reshape(*weights.shape[1:3], -1, attrs.depth_multiplier)
    total = np.zeros((rows, columns, *filters.shape[2:]), np.float32)
    for ky, kx, to, source in _taps(attrs, weights.shape[1:3], image, total):
        total[to] += image[source][..., None] * filters[ky, kx]
    return _finish(total.reshape(rows, columns, channels), operands[2], attrs.activation)


@floats("TRANSPOSE_CONV")
def _transpose_conv(graph: Graph, op: Op, operands: Operands) -> Array:
    attrs, image, weights = op.attrs, data(operands)[0], data(operands, 1)
    assert isinstance(attrs, TransposeConvAttrs)
    _, rows, columns, channels = graph.output_tensor(op).shape
    reach_h = max((image.shape[0] - 1) * attrs.stride_h + weights.shape[1], attrs.pad_top + rows)
    reach_w = max((image.shape[1] - 1) * attrs.stride_w + weights.shape[2], attrs.pad_left + columns)
    canvas = np.zeros((reach_h, reach_w, channels), np.float32)
    # The last tap first: so every output adds up the input's pixels in their order.
    for ky, kx in reversed(list(np.ndindex(weights.shape[1:3]))):
        target = canvas[ky:, kx:][:: attrs.stride_h, :: attrs.stride_w][: image.shape[0], : image.shape[1]]
        for i in range(weights.shape[3]):
            target += image[..., i, None] * weights[:, ky, kx, i]
    return _finish(canvas[attrs.pad_top :, attrs.pad_left :][:rows, :columns], operands[2], attrs.activation)


@floats("FULLY_CONNECTED")
def _fully_connected(graph: Graph, op: Op, operands: Operands) -> Array:
    weights = data(operands, 1)
    assert isinstance(op.attrs, FullyConnectedAttrs)
    rows = data(operands).reshape(-1, weights.shape[1])
    total = np.zeros((len(rows), len(weights)), np.float32)
    for i in range(weights.shape[1]):
        total += rows[:, i, None] * weights[:, i]
    return _finish(total, operands[2], op.attrs.activation)


@floats("BATCH_MATMUL")
def _batch_matmul(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, BatchMatmulAttrs)
    first, second = data(operands), data(operands, 1)
    first = first.swapaxes(-1, -2) if op.attrs.adj_x else first
    second = second.swapaxes(-1, -2) if op.attrs.adj_y else second
    total = np.zeros(graph.output_tensor(op).shape, np.float32)
    for k in range(first.shape[-1]):
        total += first[..., :, k, None] * second[..., None, k, :]
    return total


@floats("AVERAGE_POOL_2D")
def _average_pool_2d(graph: Graph, op: Op, operands: Operands) -> Array:
    attrs, image = op.attrs, data(operands)[0]
    assert isinstance(attrs, Pool2DAttrs)
    _, rows, columns, channels = graph.output_tensor(op).shape
    total = np.zeros((rows, columns, channels), np.float32)
    count = np.zeros((rows, columns, 1), np.float32)
    for _, _, to, source in _taps(attrs, (attrs.filter_h, attrs.filter_w), image, total):
        total[to] += image[source]
        count[to] += 1
    return clamp(total / count, *activation_bounds(attrs.activation))


@floats("MAX_POOL_2D")
def _max_pool_2d(graph: Graph, op: Op, operands: Operands) -> Array:
    attrs, image = op.attrs, data(operands)[0]
    assert isinstance(attrs, Pool2DAttrs)
    _, rows, columns, channels = graph.output_tensor(op).shape
    largest = np.full((rows, columns, channels), -FLOAT_MAX, np.float32)
    for _, _, to, source in _taps(attrs, (attrs.filter_h, attrs.filter_w), image, largest):
        largest[to] = np.where(image[source] > largest[to], image[source], largest[to])
    return clamp(largest, *activation_bounds(attrs.activation))


def _reduced(graph: Graph, op: Op, values: Floats, reduce: Callable[[Floats], Floats]) -> Floats:
    """`reduce` along the axes of `op`, whose elements come in the order of memory."""
    assert isinstance(op.attrs, MeanAttrs | ReduceAttrs)
    axes = op.attrs.axes
    front = np.moveaxis(values, axes, range(len(axes)))
    return reduce(front.reshape(-1, *front.shape[len(axes) :])).reshape(graph.output_tensor(op).shape)


@floats("MEAN")
def _mean(graph: Graph, op: Op, operands: Operands) -> Array:
    return _reduced(graph, op, data(operands), lambda values: running_sum(values) / np.float32(len(values)))


@floats("SUM")
def _sum(graph: Graph, op: Op, operands: Operands) -> Array:
    return _reduced(graph, op, data(operands), running_sum)


@floats("REDUCE_MAX")
def _reduce_max(graph: Graph, op: Op, operands: Operands) -> Array:
    return _reduced(graph, op, data(operands), running_max)


@floats("ARG_MAX")
def _arg_max(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, ArgMaxAttrs)
    values = np.moveaxis(data(operands), op.attrs.axis, 0)
    found, most = np.zeros(values.shape[1:], np.int32), values[0]
    for place, value in enumerate(values):
        found, most = np.where(value > most, place, found), np.where(value > most, value, most)
    return found


@floats("SOFTMAX")
def _softmax(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, SoftmaxAttrs)
    return softmax(data(operands), op.attrs.beta)


@floats("RESIZE_BILINEAR")
def _resize_bilinear(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, ResizeAttrs)
    image, after = data(operands)[0], graph.output_tensor(op).shape
    rows, columns = (float_blends(image.shape[axis], after[axis + 1], op.attrs) for axis in (0, 1))
    total = np.zeros(after[1:], np.float32)
    for (column, of_column), (row, of_row) in (
        ((columns.above, columns.above_weight), (rows.above, rows.above_weight)),
        ((columns.above, columns.above_weight), (rows.below, rows.below_weight)),
        ((columns.below, columns.below_weight), (rows.above, rows.above_weight)),
        ((columns.below, columns.below_weight), (rows.below, rows.below_weight)),
    ):
        total = total + image[row][:, column] * of_row[:, None, None] * of_column[None, :, None]
    return total
