# SPDX-License-Identifier: Apache-2.0
"""float32: operators that compute element by element."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgekit.ir import float_functions
from edgekit.ir.attributes import AddAttrs, LeakyReluAttrs, MulAttrs, SubAttrs
from edgekit.ir.float_functions import Floats, clamp
from edgekit.ir.graph import Graph, Op
from edgekit.ir.reference import Array, Operands
from edgekit.ir.reference_float import activation_bounds, data, floats

_Function = Callable[[Floats], Floats]

_UNARY: dict[str, _Function] = {
    "ABS": np.abs,
    "RSQRT": float_functions.rsqrt,
    "LOGISTIC": float_functions.logistic,
    "TANH": float_functions.tanh,
    "HARD_SWISH": float_functions.hard_swish,
    "ELU": float_functions.elu,
    "RELU": lambda x: clamp(x, 0, np.inf),
    "RELU6": lambda x: clamp(x, 0, 6),
    "RELU_N1_TO_1": lambda x: clamp(x, -1, 1),
}


@floats(*_UNARY)
def _unary(graph: Graph, op: Op, operands: Operands) -> Array:
    return _UNARY[op.kind](data(operands))


@floats("LEAKY_RELU")
def _leaky_relu(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, LeakyReluAttrs)
    x = data(operands)
    return np.where(x > 0, x, x * np.float32(op.attrs.alpha))


@floats("ADD")
def _add(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, AddAttrs)
    return clamp(data(operands) + data(operands, 1), *activation_bounds(op.attrs.activation))


@floats("SUB")
def _sub(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, SubAttrs)
    return clamp(data(operands) - data(operands, 1), *activation_bounds(op.attrs.activation))


@floats("MUL")
def _mul(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, MulAttrs)
    return clamp(data(operands) * data(operands, 1), *activation_bounds(op.attrs.activation))


@floats("MAXIMUM")
def _maximum(graph: Graph, op: Op, operands: Operands) -> Array:
    a, b = data(operands), data(operands, 1)
    return np.where(a > b, a, b)


@floats("MINIMUM")
def _minimum(graph: Graph, op: Op, operands: Operands) -> Array:
    a, b = data(operands), data(operands, 1)
    return np.where(a < b, a, b)


@floats("PRELU")
def _prelu(graph: Graph, op: Op, operands: Operands) -> Array:
    x = data(operands)
    return np.where(x >= 0, x, x * data(operands, 1))
