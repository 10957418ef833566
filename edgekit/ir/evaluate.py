# SPDX-License-Identifier: Apache-2.0
"""Run a graph in numpy with exact integers: what every engine must return, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgekit.ir import (  # noqa: F401  register evaluators
    reference_elementwise,
    reference_float,
    reference_float_elementwise,
    reference_int16,
    reference_layout,
    reference_quantize,
    reference_reduction,
    reference_state,
)
from edgekit.ir.graph import Graph
from edgekit.ir.reference import Array, evaluate_op


def initial_states(graph: Graph) -> dict[int, Array]:
    """What the graph's states hold before the first inference, by their index in `graph.tensors`."""
    values: dict[int, Array] = {}
    for index in graph.states():
        tensor = graph.tensors[index]
        start = tensor.quant.zero_point if tensor.quant else 0
        values[index] = np.full(tensor.shape, start, tensor.dtype) if tensor.initial is None else tensor.initial
    return values


def evaluate(graph: Graph, inputs: Sequence[Array], states: dict[int, Array] | None = None) -> dict[int, Array]:
    """Every activation by its index in `graph.tensors`, for `inputs` in the order of `graph.inputs`.

    `states` is what the graph remembers, and is brought up to date; without it, this is the first inference.
    """
    if len(inputs) != len(graph.inputs):
        raise ValueError(f"the model has {len(graph.inputs)} inputs, {len(inputs)} were given")
    values: dict[int, Array] = {}
    for index, value in zip(graph.inputs, inputs, strict=True):
        tensor = graph.tensors[index]
        values[index] = np.asarray(value, dtype=tensor.dtype).reshape(tensor.shape)
    kept = initial_states(graph) if states is None else states
    values |= kept
    for op in graph.ops:
        operands = [None if index is None else _operand(graph, values, index) for index in op.inputs]
        results = evaluate_op(graph, op, operands)
        written = [index for index in op.inputs if index is not None and graph.tensors[index].role == "state"]
        for index, value in zip((*op.outputs, *written), results, strict=True):
            tensor = graph.tensors[index]
            values[index] = value.astype(tensor.dtype).reshape(tensor.shape)
    kept.update({index: values[index] for index in kept})
    return values


def _operand(graph: Graph, values: dict[int, Array], index: int) -> Array:
    data = graph.tensors[index].data
    return values[index] if data is None else data
