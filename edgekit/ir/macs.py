# SPDX-License-Identifier: Apache-2.0
"""Multiply-accumulates of an operation: what its arithmetic would need, padding included."""

from __future__ import annotations

import math
from collections.abc import Callable

from edgekit.ir.attributes import BatchMatmulAttrs
from edgekit.ir.graph import Graph, Op


def _convolution(graph: Graph, op: Op) -> int:
    """Every output element sums over one filter [kh, kw, I] of weights [O, kh, kw, I]."""
    return graph.output_tensor(op).elements * math.prod(graph.input_tensor(op, 1).shape[1:])


def _depthwise(graph: Graph, op: Op) -> int:
    """Every output element sums over one filter [kh, kw] of weights [1, kh, kw, O]."""
    return graph.output_tensor(op).elements * math.prod(graph.input_tensor(op, 1).shape[1:3])


def _transposed(graph: Graph, op: Op) -> int:
    """Every input element goes into one filter [kh, kw] of each output channel, weights [O, kh, kw, I]."""
    return graph.input_tensor(op, 0).elements * math.prod(graph.input_tensor(op, 1).shape[:3])


def _matmul(graph: Graph, op: Op) -> int:
    """Every output element sums over the depth that the matrices share."""
    assert isinstance(op.attrs, BatchMatmulAttrs)
    return graph.output_tensor(op).elements * graph.input_tensor(op, 0).shape[-2 if op.attrs.adj_x else -1]


def _svdf(graph: Graph, op: Op) -> int:
    """Features and time weights, each used once."""
    return graph.input_tensor(op, 1).elements + graph.input_tensor(op, 2).elements


def _lstm(graph: Graph, op: Op) -> int:
    """In every step, for each unit: four gates over inputs and units."""
    units, inputs = graph.input_tensor(op, 1).shape
    return graph.output_tensor(op).elements * 4 * (inputs + units)


_MACS: dict[str, Callable[[Graph, Op], int]] = {
    "CONV_2D": _convolution,
    "GROUPED_CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "FULLY_CONNECTED": _convolution,
    "BATCH_MATMUL": _matmul,
    "TRANSPOSE_CONV": _transposed,
    "SVDF": _svdf,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
}


def op_macs(graph: Graph, op: Op) -> int:
    """MACs of `op`; 0 for operations without weights."""
    count = _MACS.get(op.kind)
    return 0 if count is None else count(graph, op)


def graph_macs(graph: Graph) -> int:
    return sum(op_macs(graph, op) for op in graph.ops)
