# SPDX-License-Identifier: Apache-2.0
"""Element-wise operators for a ModelBuilder: `binary(model, "MUL", x, y)`, `unary(model, "TANH", x)`."""

from __future__ import annotations

import numpy as np
from flatbuffer_builder import ACTIVATIONS, ModelBuilder
from flatbuffer_writer import Quant

_BINARY_OPTIONS = {"ADD": 11, "MUL": 21, "SUB": 28}
UNARY = ("ABS", "ELU", "HARD_SWISH", "LEAKY_RELU", "LOGISTIC", "RSQRT", "TANH")


def binary(
    model: ModelBuilder, kind: str, x: int, y: int, *, activation: str = "NONE", scale_factor: float = 1.0
) -> int:
    """ADD, SUB, MUL, MAXIMUM, MINIMUM or PRELU, with an output scale that suits random inputs."""
    shape = np.broadcast_shapes(model.shape(x), model.shape(y))
    if kind in ("MAXIMUM", "MINIMUM"):
        return model.op(kind, [x, y], shape, model.tensors[x].quant, options_type=39)
    product = model.scale(x) * model.scale(y) * (15000 if model.dtype == "int16" else 60)
    reach = product if kind == "MUL" else model.scale(x) + (product if kind == "PRELU" else model.scale(y))
    quant = model.random_quant(float(np.float32(reach * 0.7 * scale_factor)))
    if kind == "PRELU":
        return model.op(kind, [x, y], shape, quant)
    options = [(0, "int8", ACTIVATIONS[activation])]
    return model.op(kind, [x, y], shape, quant, options_type=_BINARY_OPTIONS[kind], options=options)


def unary(model: ModelBuilder, kind: str, x: int, *, quant: Quant | None = None, alpha: float = 0.2) -> int:
    """One of UNARY or a RELU; `quant` is that of the output, where it is free."""
    shape = model.shape(x)
    if kind in ("LOGISTIC", "TANH") and model.dtype == "int16":
        return model.op(kind, [x], shape, ([1 / 32768], [0], 0))
    if kind in ("LOGISTIC", "TANH") and model.dtype == "int8":
        return model.op(kind, [x], shape, ([1 / 256], [-128], 0) if kind == "LOGISTIC" else ([1 / 128], [0], 0))
    if quant is None:
        quant = model.random_quant(float(np.float32(_reach(kind, model.scale(x)))))
    if kind == "LEAKY_RELU":
        return model.op(kind, [x], shape, quant, options_type=75, options=[(0, "float32", alpha)])
    return model.op(kind, [x], shape, quant)


def _reach(kind: str, scale: float) -> float:
    return float(1 / np.sqrt(scale) / 200) if kind == "RSQRT" else scale * 0.9
