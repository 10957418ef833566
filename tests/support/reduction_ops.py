# SPDX-License-Identifier: Apache-2.0
"""Reductions and matrix products for a ModelBuilder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from flatbuffer_builder import ModelBuilder


def reduce(
    model: ModelBuilder, kind: str, x: int, axes: Sequence[int], *, keep_dims: bool = False, scale_factor: float = 1.0
) -> int:
    """SUM or REDUCE_MAX."""
    rank = len(model.shape(x))
    gone = {axis % rank for axis in axes}
    sizes = enumerate(model.shape(x))
    shape = [1 if axis in gone else size for axis, size in sizes if keep_dims or axis not in gone]
    count = np.prod([model.shape(x)[axis] for axis in gone])
    spread = float(np.float32(model.scale(x) * np.sqrt(count) * scale_factor))
    quant = model.random_quant(spread) if kind == "SUM" else model.tensors[x].quant
    operands = [x, model.constant(np.array(axes, np.int32))]
    return model.op(kind, operands, shape, quant, options_type=27, options=[(0, "bool", keep_dims)])


def arg_max(model: ModelBuilder, x: int, axis: int = -1, *, dtype: str = "int32") -> int:
    shape = [size for number, size in enumerate(model.shape(x)) if number != axis % len(model.shape(x))]
    operands = [x, model.constant(np.array(axis, np.int32))]
    options = [(0, "int8", {"int32": 2, "int64": 4}[dtype])]
    return model.op("ARG_MAX", operands, shape, None, options_type=40, options=options, dtype=dtype)


def batch_matmul(
    model: ModelBuilder, x: int, y: int, *, adj_x: bool = False, adj_y: bool = False, scale_factor: float = 1.0
) -> int:
    first, second = model.shape(x), model.shape(y)
    batch = np.broadcast_shapes(first[:-2], second[:-2])
    rows, depth = (first[-1], first[-2]) if adj_x else (first[-2], first[-1])
    columns = second[-2] if adj_y else second[-1]
    scale = model.scale(x) * model.scale(y) * 75 * 75 * np.sqrt(depth) / 50 * scale_factor
    options = [(0, "bool", adj_x), (1, "bool", adj_y)]
    quant = model.random_quant(float(np.float32(scale)))
    return model.op("BATCH_MATMUL", [x, y], (*batch, rows, columns), quant, options_type=101, options=options)
