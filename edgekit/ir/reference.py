# SPDX-License-Identifier: Apache-2.0
"""One numpy function an operator: TensorFlow Lite Micro's integer reference kernels in exact integers.

Dot products run in float64, which is exact: a sum of products with int8 weights stays far below 2**53.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from edgekit.ir.arithmetic import EVERY, INTEGERS, Arithmetic, arithmetic_of
from edgekit.ir.attributes import (
    Activation,
    AddAttrs,
    Conv2DAttrs,
    DepthwiseConv2DAttrs,
    FullyConnectedAttrs,
    GroupedConv2DAttrs,
    MeanAttrs,
    PadAttrs,
    Padding,
    Pool2DAttrs,
)
from edgekit.ir.fixed_point import (
    Ints,
    exp_on_negative_values,
    mul_high,
    reciprocal,
    reduced_multiplier,
    requantize,
    requantize_wide,
    shift_right_round,
    wrap32,
)
from edgekit.ir.graph import Graph, Op
from edgekit.ir.rescale import (
    activation_range,
    add_left_shift,
    add_rescales,
    channel_rescales,
    mean_rescale,
    quantization,
    softmax_rescale,
    tensor_rescale,
)

Array = npt.NDArray[Any]
_T = TypeVar("_T", bound=np.generic)
Operands = Sequence[Array | None]
# The output, or all of several, then what the op's states become.
Evaluator = Callable[[Graph, Op, Operands], Array | tuple[Array, ...]]

EVALUATORS: dict[tuple[str, Arithmetic], Evaluator] = {}


def evaluates(*kinds: str, arithmetics: tuple[Arithmetic, ...] = ("int8",)) -> Callable[[Evaluator], Evaluator]:
    """Register the evaluator of `kinds` in `arithmetics`."""

    def register(function: Evaluator) -> Evaluator:
        for key in itertools.product(kinds, arithmetics):
            if key in EVALUATORS:
                raise ValueError(f"{key} has an evaluator already")
            EVALUATORS[key] = function
        return function

    return register


def evaluate_op(graph: Graph, op: Op, operands: Operands) -> tuple[Array, ...]:
    """All that `op` writes: its outputs, then its states."""
    result = EVALUATORS[op.kind, arithmetic_of(graph, op)](graph, op, operands)
    return result if isinstance(result, tuple) else (result,)


def centered(graph: Graph, op: Op, operands: Operands, position: int) -> Ints:
    """The integers of an operand minus its zero point."""
    values = operands[position]
    assert values is not None
    return values.astype(np.int64) - quantization(graph.input_tensor(op, position)).zero_point


def _windows(
    values: npt.NDArray[_T], shape: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int]
) -> npt.NDArray[_T]:
    """[H, W, C] -> [rows, columns, C, kh, kw], a view of every filter position."""
    reach = tuple((size - 1) * step + 1 for size, step in zip(shape, dilation, strict=True))
    views = np.lib.stride_tricks.sliding_window_view(values, reach, axis=(0, 1))
    return views[:: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]


def _pad_rows_and_columns(values: npt.NDArray[_T], padding: Padding, fill: int = 0) -> npt.NDArray[_T]:
    widths = ((padding.top, padding.bottom), (padding.left, padding.right), (0, 0))
    return np.pad(values, widths, constant_values=fill)


def finish(graph: Graph, op: Op, acc: Ints, bias: Array | None, activation: Activation) -> Array:
    """Bias, requantization for each channel (the last axis), output zero point, activation.

    int8 sums have 32 bits and wrap, those of int16 have 64 and are multiplied with 15 bits of the factor.
    """
    if bias is not None:
        acc = acc + bias.astype(np.int64)
    rescales = channel_rescales(graph, op)
    multipliers, shifts = np.array(rescales, np.int64).T
    output = graph.output_tensor(op)
    low, high = activation_range(output, activation)
    if output.dtype == "int16":
        reduced = np.array([reduced_multiplier(each.multiplier) for each in rescales], np.int64)
        return np.clip(requantize_wide(acc, reduced, shifts), low, high)
    return np.clip(requantize(wrap32(acc), multipliers, shifts) + quantization(output).zero_point, low, high)


@evaluates("CONV_2D", "GROUPED_CONV_2D", arithmetics=INTEGERS)
def _conv_2d(graph: Graph, op: Op, operands: Operands) -> Array:
    attrs, weights = op.attrs, operands[1]
    assert isinstance(attrs, Conv2DAttrs) and weights is not None
    groups = attrs.groups if isinstance(attrs, GroupedConv2DAttrs) else 1
    image = _pad_rows_and_columns(centered(graph, op, operands, 0)[0].astype(np.float64), attrs.padding)
    _, kernel_h, kernel_w, _ = weights.shape
    windows = _windows(
        image, (kernel_h, kernel_w), (attrs.stride_h, attrs.stride_w), (attrs.dilation_h, attrs.dilation_w)
    )
    rows, columns = windows.shape[:2]
    patches = windows.reshape(rows * columns, groups, -1).transpose(1, 0, 2)
    filters = weights.transpose(0, 3, 1, 2).reshape(groups, weights.shape[0] // groups, -1).astype(np.float64)
    sums = patches @ filters.transpose(0, 2, 1)  # [groups, pixels, filters of a group]
    acc = sums.transpose(1, 0, 2).astype(np.int64).reshape(rows, columns, -1)
    return finish(graph, op, acc, operands[2], attrs.activation)


@evaluates("DEPTHWISE_CONV_2D", arithmetics=INTEGERS)
def _depthwise_conv_2d(graph: Graph, op: Op, operands: Operands) -> Array:
    attrs, weights = op.attrs, operands[1]
    assert isinstance(attrs, DepthwiseConv2DAttrs) and weights is not None
    image = _pad_rows_and_columns(centered(graph, op, operands, 0)[0].astype(np.float64), attrs.padding)
    _, kernel_h, kernel_w, channels = weights.shape
    windows = _windows(
        image, (kernel_h, kernel_w), (attrs.stride_h, attrs.stride_w), (attrs.dilation_h, attrs.dilation_w)
    )
    filters = weights[0].astype(np.float64).reshape(kernel_h, kernel_w, -1, attrs.depth_multiplier)
    acc = np.einsum("rcikl,klim->rcim", windows, filters)
    acc = acc.reshape(*acc.shape[:2], channels).astype(np.int64)
    return finish(graph, op, acc, operands[2], attrs.activation)


@evaluates("FULLY_CONNECTED", arithmetics=INTEGERS)
def _fully_connected(graph: Graph, op: Op, operands: Operands) -> Array:
    attrs, weights = op.attrs, operands[1]
    assert isinstance(attrs, FullyConnectedAttrs) and weights is not None
    rows = centered(graph, op, operands, 0).astype(np.float64).reshape(-1, weights.shape[1])
    acc = (rows @ weights.astype(np.float64).T).astype(np.int64)
    return finish(graph, op, acc, operands[2], attrs.activation)


@evaluates("ADD", arithmetics=INTEGERS)
def _add(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, AddAttrs)
    rescales, bits = add_rescales(graph, op), add_left_shift(graph, op)
    first = requantize(centered(graph, op, operands, 0) << bits, *rescales.input1)
    second = requantize(centered(graph, op, operands, 1) << bits, *rescales.input2)
    output = graph.output_tensor(op)
    low, high = activation_range(output, op.attrs.activation)
    return np.clip(requantize(first + second, *rescales.output) + quantization(output).zero_point, low, high)


def _pool_windows(attrs: Pool2DAttrs, image: Ints) -> Ints:
    return _windows(image, (attrs.filter_h, attrs.filter_w), (attrs.stride_h, attrs.stride_w), (1, 1))


@evaluates("AVERAGE_POOL_2D", arithmetics=INTEGERS)
def _average_pool_2d(graph: Graph, op: Op, operands: Operands) -> Array:
    attrs, values = op.attrs, operands[0]
    assert isinstance(attrs, Pool2DAttrs) and values is not None
    image = values[0].astype(np.int64)
    inside = np.ones((*image.shape[:2], 1), np.int64)
    total = _pool_windows(attrs, _pad_rows_and_columns(image, attrs.padding)).sum(axis=(3, 4))
    count = _pool_windows(attrs, _pad_rows_and_columns(inside, attrs.padding)).sum(axis=(3, 4))
    # Half the count away from zero, then C's division towards zero.
    average: Ints = np.sign(total) * ((np.abs(total) + count // 2) // count)
    low, high = activation_range(graph.output_tensor(op), attrs.activation)
    return np.clip(average, low, high)


@evaluates("MAX_POOL_2D", arithmetics=INTEGERS)
def _max_pool_2d(graph: Graph, op: Op, operands: Operands) -> Array:
    attrs, values = op.attrs, operands[0]
    assert isinstance(attrs, Pool2DAttrs) and values is not None
    lowest = int(np.iinfo(values.dtype).min)
    image = _pad_rows_and_columns(values[0].astype(np.int64), attrs.padding, fill=lowest)
    largest: Ints = _pool_windows(attrs, image).max(axis=(3, 4))
    low, high = activation_range(graph.output_tensor(op), attrs.activation)
    return np.clip(largest, low, high)


@evaluates("MEAN", arithmetics=INTEGERS)
def _mean(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, MeanAttrs)
    output = graph.output_tensor(op)
    total = centered(graph, op, operands, 0).sum(axis=op.attrs.axes)
    rescaled = requantize(total, *mean_rescale(graph, op)) + quantization(output).zero_point
    return np.clip(rescaled, *activation_range(output, "NONE"))


@evaluates("PAD", arithmetics=EVERY)
def _pad(graph: Graph, op: Op, operands: Operands) -> Array:
    values = operands[0]
    assert isinstance(op.attrs, PadAttrs) and values is not None
    quant = graph.output_tensor(op).quant
    return np.pad(values, op.attrs.paddings, constant_values=quant.zero_point if quant else 0)


@evaluates("RESHAPE", "SQUEEZE", "EXPAND_DIMS", arithmetics=EVERY)
def _reshape(graph: Graph, op: Op, operands: Operands) -> Array:
    values = operands[0]
    assert values is not None
    return values.reshape(graph.output_tensor(op).shape)


def _relu(graph: Graph, op: Op, operands: Operands, activation: Activation) -> Array:
    output = graph.output_tensor(op)
    rescaled = requantize(centered(graph, op, operands, 0), *tensor_rescale(graph, op))
    low, high = activation_range(output, activation)
    return np.clip(rescaled + quantization(output).zero_point, low, high)


@evaluates("RELU", arithmetics=INTEGERS)
def _relu_unbounded(graph: Graph, op: Op, operands: Operands) -> Array:
    return _relu(graph, op, operands, "RELU")


@evaluates("RELU6", arithmetics=INTEGERS)
def _relu_6(graph: Graph, op: Op, operands: Operands) -> Array:
    return _relu(graph, op, operands, "RELU6")


@evaluates("RELU_N1_TO_1")
def _relu_n1_to_1(graph: Graph, op: Op, operands: Operands) -> Array:
    return _relu(graph, op, operands, "RELU_N1_TO_1")


@evaluates("SOFTMAX")
def _softmax(graph: Graph, op: Op, operands: Operands) -> Array:
    rescale, diff_min = softmax_rescale(graph, op)
    values = centered(graph, op, operands, 0)
    diff = values - values.max(axis=-1, keepdims=True)
    exponent = mul_high(wrap32(diff << rescale.shift), rescale.multiplier)
    exps = np.where(diff >= diff_min, exp_on_negative_values(exponent), 0)
    accumulator_bits = 12
    total = wrap32(shift_right_round(exps, accumulator_bits).sum(axis=-1, keepdims=True))
    scale, bits_over_unit = reciprocal(total, accumulator_bits)
    return np.clip(shift_right_round(mul_high(exps, scale), bits_over_unit + 31 - 8) - 128, -128, 127)
