# SPDX-License-Identifier: Apache-2.0
"""What TFLM's reference kernels compute wrongly without a word: where they do, they are no judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edgekit.ir.graph import Graph, Op


@dataclass(frozen=True, slots=True)
class Fault:
    """One known fault: `found` says whether an op of a graph meets it, `reason` what goes wrong."""

    kind: str
    reason: str
    found: Callable[[Graph, Op], bool]


def _per_channel_input(graph: Graph, op: Op) -> bool:
    quant = graph.input_tensor(op, 0).quant
    return quant is not None and quant.per_channel


def _rescales(graph: Graph, op: Op) -> bool:
    before, after = graph.input_tensor(op, 0), graph.output_tensor(op)
    return before.dtype == "int8" and before.quant != after.quant


def _always(graph: Graph, op: Op) -> bool:
    return True


def _above_four_dimensions(graph: Graph, op: Op) -> bool:
    return len(graph.input_tensor(op, 0).shape) > 4


def _above_ten_inputs(graph: Graph, op: Op) -> bool:
    return len(op.inputs) > 10


#: Found by comparing every layer with LiteRT's reference kernels and exact integers (tflite-micro 0.dev20261023).
FAULTS: tuple[Fault, ...] = (
    Fault("DEQUANTIZE", "TFLM uses only the first of the scales of a tensor quantized per channel", _per_channel_input),
    Fault("RELU6", "TFLM's int8 RELU6 clamps and does not rescale, but its input and output scales differ", _rescales),
    Fault("RELU_N1_TO_1", "TFLM has no such kernel", _always),
    Fault("TILE", "TFLM has no such kernel", _always),
    Fault("STRIDED_SLICE", "TFLM slices at most 4 dimensions", _above_four_dimensions),
    Fault("CONCATENATION", "TFLM joins at most 10 inputs", _above_ten_inputs),
)


def known_faults(graph: Graph) -> list[str]:
    """One line for each op of `graph` that TFLM computes wrongly; empty when TFLM is a sound judge of it."""
    return [
        f"{op.kind} '{op.name}': {fault.reason}"
        for op in graph.ops
        for fault in FAULTS
        if op.kind == fault.kind and fault.found(graph, op)
    ]
