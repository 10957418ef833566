# SPDX-License-Identifier: Apache-2.0
"""SOFTMAX, LOGISTIC and TANH of int16 in exact integers: all three interpolate in tables."""

from __future__ import annotations

import numpy as np

from edgekit.ir.fixed_point import Ints, requantize
from edgekit.ir.graph import Graph, Op
from edgekit.ir.reference import Array, Operands, centered, evaluates
from edgekit.ir.rescale_int16 import sigmoid_input, softmax_input
from edgekit.ir.sigmoid import logistic16, tanh16
from edgekit.ir.tables_int16 import exp_table, look_up, reciprocal_table


@evaluates("SOFTMAX", arithmetics=("int16x8",))
def _softmax(graph: Graph, op: Op, operands: Operands) -> Array:
    values = centered(graph, op, operands, 0)
    scaled = requantize(values - values.max(axis=-1, keepdims=True), *softmax_input(graph, op))
    exps = look_up(np.clip(scaled + 32767, -32768, 32767), exp_table())
    total = exps.sum(axis=-1, keepdims=True)
    zeros = 32 - np.array([int(each).bit_length() for each in total.ravel()], np.int64).reshape(total.shape)
    # The sum as 1 + x with 16 fractional bits of x, which the table takes from -2**15 on.
    mantissa = ((total << (zeros - 1)) + (1 << 13)) >> 14
    reciprocal = look_up(np.clip(mantissa - (1 << 16) - (1 << 15), -32768, 32767), reciprocal_table())
    shift = 31 - zeros
    return np.asarray(np.clip((exps * reciprocal + (np.int64(1) << (shift - 1))) >> shift, 0, 32767))


def _table_input(graph: Graph, op: Op, operands: Operands) -> Ints:
    """Where the operand stands in the logistic table, whose entries lie 2**9 apart."""
    multiplier, shift = sigmoid_input(graph, op)
    rounding = (1 << shift) >> 1
    result: Ints = (centered(graph, op, operands, 0) * multiplier + rounding) >> shift
    return result


@evaluates("LOGISTIC", arithmetics=("int16x8",))
def _logistic(graph: Graph, op: Op, operands: Operands) -> Array:
    return logistic16(_table_input(graph, op, operands))


@evaluates("TANH", arithmetics=("int16x8",))
def _tanh(graph: Graph, op: Op, operands: Operands) -> Array:
    return tanh16(_table_input(graph, op, operands))
