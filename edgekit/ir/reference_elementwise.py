# SPDX-License-Identifier: Apache-2.0
"""Exact integers of the element-wise operators: those of two operands, and those that map one int8 to one int8.

`unary_table` runs one of the latter over all 256 values: kernels look their results up in such a table.
"""

from __future__ import annotations

import numpy as np

from edgekit.ir.arithmetic import INTEGERS
from edgekit.ir.attributes import Activation, LeakyReluAttrs, MulAttrs, SubAttrs
from edgekit.ir.fixed_point import (
    Ints,
    logistic,
    mul_high,
    requantize,
    saturate32,
    shift_right_round,
    tanh,
)
from edgekit.ir.graph import Graph, Op
from edgekit.ir.reference import Array, Operands, centered, evaluate_op, evaluates
from edgekit.ir.rescale import (
    INT8_MAX,
    INT8_MIN,
    activation_range,
    add_left_shift,
    add_rescales,
    product_rescale,
    quantization,
    tensor_rescale,
)
from edgekit.ir.rescale_elementwise import (
    fixed_point_input,
    hard_swish_rescale,
    leaky_relu_rescales,
    rsqrt_rescale,
)

#: Fractional bits that RSQRT keeps between its two rescalings.
_RSQRT_BITS = 20


def unary_table(graph: Graph, op: Op) -> Ints:
    """The results of an operator of one operand for -128 ... 127."""
    inputs = np.arange(INT8_MIN, INT8_MAX + 1).astype(np.int8)
    return np.asarray(evaluate_op(graph, op, [inputs])[0]).astype(np.int64)


def _finish(graph: Graph, op: Op, values: Ints, activation: Activation = "NONE") -> Array:
    """Output zero point and clamp."""
    output = graph.output_tensor(op)
    return np.clip(values + quantization(output).zero_point, *activation_range(output, activation))


@evaluates("SUB", arithmetics=INTEGERS)
def _sub(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, SubAttrs)
    rescales, bits = add_rescales(graph, op), add_left_shift(graph, op)
    first = requantize(centered(graph, op, operands, 0) << bits, *rescales.input1)
    second = requantize(centered(graph, op, operands, 1) << bits, *rescales.input2)
    return _finish(graph, op, requantize(first - second, *rescales.output), op.attrs.activation)


@evaluates("MUL", arithmetics=INTEGERS)
def _mul(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, MulAttrs)
    product = centered(graph, op, operands, 0) * centered(graph, op, operands, 1)
    return _finish(graph, op, requantize(product, *product_rescale(graph, op)), op.attrs.activation)


@evaluates("MAXIMUM")
def _maximum(graph: Graph, op: Op, operands: Operands) -> Array:
    first, second = operands
    assert first is not None and second is not None
    return np.asarray(np.maximum(first, second))


@evaluates("MINIMUM")
def _minimum(graph: Graph, op: Op, operands: Operands) -> Array:
    first, second = operands
    assert first is not None and second is not None
    return np.asarray(np.minimum(first, second))


@evaluates("PRELU")
def _prelu(graph: Graph, op: Op, operands: Operands) -> Array:
    values, slopes = centered(graph, op, operands, 0), centered(graph, op, operands, 1)
    above = requantize(values, *tensor_rescale(graph, op))
    below = requantize(values * slopes, *product_rescale(graph, op))
    return _finish(graph, op, np.where(values >= 0, above, below))


@evaluates("LEAKY_RELU")
def _leaky_relu(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, LeakyReluAttrs)
    rescales = leaky_relu_rescales(graph, op)
    values = centered(graph, op, operands, 0)
    above, below = requantize(values, *rescales.above), requantize(values, *rescales.below)
    return _finish(graph, op, np.where(values >= 0, above, below))


@evaluates("ABS")
def _abs(graph: Graph, op: Op, operands: Operands) -> Array:
    values = np.abs(centered(graph, op, operands, 0))
    if quantization(graph.input_tensor(op, 0)).scale != quantization(graph.output_tensor(op)).scale:
        values = requantize(values, *tensor_rescale(graph, op))
    return _finish(graph, op, values)


@evaluates("LOGISTIC")
def _logistic(graph: Graph, op: Op, operands: Operands) -> Array:
    values = centered(graph, op, operands, 0)
    scaled, outside = fixed_point_input(graph, op, values)
    inside = np.clip(shift_right_round(logistic(scaled), 31 - 8) + INT8_MIN, INT8_MIN, INT8_MAX)
    return np.where(outside, _saturated(values), inside)


@evaluates("TANH")
def _tanh(graph: Graph, op: Op, operands: Operands) -> Array:
    values = centered(graph, op, operands, 0)
    scaled, outside = fixed_point_input(graph, op, values)
    inside = np.clip(shift_right_round(tanh(scaled), 31 - 7), INT8_MIN, INT8_MAX)
    return np.where(outside, _saturated(values), inside)


def _saturated(values: Ints) -> Ints:
    """Where LOGISTIC and TANH are constant; an input of 0 counts as negative when there is nothing else."""
    return np.where(values > 0, INT8_MAX, INT8_MIN)


def _mul_high_16(a: Ints, b: int) -> Ints:
    """a * b / 2**15 to nearest, ties up, for int16 values; b is positive."""
    result: Ints = (a * b + (1 << 14)) >> 15
    return result


@evaluates("HARD_SWISH")
def _hard_swish(graph: Graph, op: Op, operands: Operands) -> Array:
    rescale = hard_swish_rescale(graph, op)
    fine = centered(graph, op, operands, 0) << 7
    preshift = _mul_high_16(fine, rescale.output.multiplier)
    # x in units where 3.0 is 2**15, saturated; then (x + 3) / 6 as 15 fractional bits.
    gate, shift = fine, rescale.gate.shift
    if shift > 0:
        gate = _saturate16(gate << (shift - 1))
    gate = _mul_high_16(gate, rescale.gate.multiplier)
    gate = _saturate16(gate << 1) if shift > 0 else shift_right_round(gate, -shift)
    gate = (gate + 2**15) >> 1
    product = gate * preshift
    truncated = np.sign(product) * (np.abs(product) >> 15)
    return _finish(graph, op, shift_right_round(truncated, -rescale.output.shift))


def _saturate16(values: Ints) -> Ints:
    return np.clip(values, -(2**15), 2**15 - 1)


@evaluates("ELU")
def _elu(graph: Graph, op: Op, operands: Operands) -> Array:
    """float32 throughout, as the reference fills its table; exp is the float32 next to the true value."""
    output = quantization(graph.output_tensor(op))
    scale = np.float32(quantization(graph.input_tensor(op, 0)).scale)
    real = centered(graph, op, operands, 0).astype(np.float32) * scale
    exponentials = np.exp(np.minimum(real, 0).astype(np.float64)).astype(np.float32)
    transformed = np.where(real < 0, exponentials - np.float32(1), real)
    scaled = (transformed * (np.float32(1) / np.float32(output.scale))).astype(np.float32)
    rounded = np.sign(scaled) * np.floor(np.abs(scaled.astype(np.float64)) + 0.5)
    return np.asarray(np.clip(rounded + output.zero_point, INT8_MIN, INT8_MAX))


@evaluates("RSQRT")
def _rsqrt(graph: Graph, op: Op, operands: Operands) -> Array:
    """The reference fails on negative inputs; here they give the largest value, as 0 does."""
    multiplier, shift = rsqrt_rescale(graph, op)
    values = centered(graph, op, operands, 0)
    roots = np.array([_rsqrt_of(max(int(value), 1)) for value in values.ravel()], np.int64).reshape(values.shape)
    results = requantize(roots, multiplier, shift - _RSQRT_BITS)
    return np.where(values <= 0, INT8_MAX, _finish(graph, op, results))


def _rsqrt_of(value: int) -> int:
    """1 / sqrt(value) with _RSQRT_BITS fractional bits, by five Newton-Raphson steps with three integer bits."""
    if value == 1:
        root, shift = 2**31 - 1, 0
    else:
        pairs = (31 - value.bit_length()) // 2 - 1
        root, shift = _normalized_rsqrt(value << (2 * pairs)), 11 - pairs
        if shift < 0:
            root, shift = root << -shift, 0
    one = np.array(1, np.int64)
    return int(requantize(one, root, _RSQRT_BITS - shift))


def _normalized_rsqrt(value: int) -> int:
    """sqrt(2) / 2 / sqrt(value) of a value in Q2.29 in [1/4, 1)."""
    fixed = np.array(value >> 1, np.int64)
    half_input = shift_right_round(fixed, 1)
    half_three = (1 << 28) + (1 << 27)
    x = np.array(1 << 28, np.int64)
    for _ in range(5):
        cubed = _saturating_left(mul_high(mul_high(x, x), x), 6)
        x = _saturating_left(mul_high(x, half_three) - mul_high(half_input, cubed), 3)
    return int(mul_high(x, 1518500250))


def _saturating_left(values: Ints, bits: int) -> Ints:
    return saturate32(values << bits)
