# SPDX-License-Identifier: Apache-2.0
"""What SUM, REDUCE_MAX, ARG_MAX and BATCH_MATMUL demand."""

from __future__ import annotations

import numpy as np

from edgekit.ir.arithmetic import INT8_AND_FLOAT
from edgekit.ir.attributes import ArgMaxAttrs, BatchMatmulAttrs, ReduceAttrs
from edgekit.ir.graph import Graph, Op
from edgekit.ir.rescale import matmul_rescale
from edgekit.ir.rule import Problems, Rule, rescale_problems, shape_problem, tensor_scales
from edgekit.ir.rules import LONGEST_SUM, axes_problems, reduced_elements

_MATMUL_DIMENSIONS = 5
# Products of two int8 values, each minus its zero point, that surely sum up inside an int32.
_LONGEST_PRODUCT = (2**31 - 1) // 255**2


def _sum(graph: Graph, op: Op) -> Problems:
    problem = next(axes_problems(graph, op), None)
    if problem:
        yield problem
        return
    if reduced_elements(graph, op) > LONGEST_SUM:
        yield "it sums too many elements"


def _arg_max(graph: Graph, op: Op) -> Problems:
    shape = graph.input_tensor(op, 0).shape
    assert isinstance(op.attrs, ArgMaxAttrs)
    axis = op.attrs.axis
    if not 0 <= axis < len(shape):
        yield f"the axis {axis} does not suit the input {list(shape)}"
        return
    yield from shape_problem(graph, op, shape[:axis] + shape[axis + 1 :])


def matrix_shape(shape: tuple[int, ...], adjoint: bool) -> tuple[int, int]:
    """Rows and columns of the matrices of a BATCH_MATMUL operand, after its transposition."""
    return (shape[-1], shape[-2]) if adjoint else (shape[-2], shape[-1])


def _batch_matmul(graph: Graph, op: Op) -> Problems:
    first, second = graph.input_tensor(op, 0).shape, graph.input_tensor(op, 1).shape
    assert isinstance(op.attrs, BatchMatmulAttrs)
    if not (2 <= len(first) <= _MATMUL_DIMENSIONS and 2 <= len(second) <= _MATMUL_DIMENSIONS):
        yield f"its inputs have {len(first)} and {len(second)} dimensions, not 2 to {_MATMUL_DIMENSIONS}"
        return
    rows, depth = matrix_shape(first, op.attrs.adj_x)
    depth_too, columns = matrix_shape(second, op.attrs.adj_y)
    try:
        batch = np.broadcast_shapes(first[:-2], second[:-2])
    except ValueError:
        batch, depth_too = (), -1
    if depth != depth_too:
        yield f"the shapes {list(first)} and {list(second)} cannot be multiplied"
        return
    if graph.input_tensor(op, 0).data is not None and graph.input_tensor(op, 1).data is not None:
        yield "both inputs are constants"
    yield from shape_problem(graph, op, (*batch, rows, columns))


def _batch_matmul_scales(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, BatchMatmulAttrs)
    _, depth = matrix_shape(graph.input_tensor(op, 0).shape, op.attrs.adj_x)
    if depth > _LONGEST_PRODUCT:
        yield f"sums of {depth} products may leave 32 bits, at most {_LONGEST_PRODUCT} are allowed"
    yield from rescale_problems(matmul_rescale(graph, op))


RULES: dict[str, Rule] = {
    "SUM": Rule(ReduceAttrs, ("activation",), _sum, tensor_scales, arithmetics=INT8_AND_FLOAT),
    "REDUCE_MAX": Rule(ReduceAttrs, ("activation",), axes_problems, same_quant=True, arithmetics=INT8_AND_FLOAT),
    "ARG_MAX": Rule(ArgMaxAttrs, ("activation",), _arg_max, outputs=("int32",), arithmetics=INT8_AND_FLOAT),
    "BATCH_MATMUL": Rule(
        BatchMatmulAttrs, ("data", "data"), _batch_matmul, _batch_matmul_scales, arithmetics=INT8_AND_FLOAT
    ),
}
