# SPDX-License-Identifier: Apache-2.0
"""Remove operations that copy their input."""

from __future__ import annotations

from dataclasses import replace

from edgekit.ir.attributes import PadAttrs
from edgekit.ir.edit import producers, read_instead, without_op
from edgekit.ir.graph import VIEWS, Graph, Op


def drop_noops(graph: Graph) -> Graph:
    """QUANTIZE to the same scale, PAD by nothing, RESHAPE to the same shape: their input takes their place."""
    number = 0
    while number < len(graph.ops):
        before = len(graph.ops)
        if _is_noop(graph, graph.ops[number]):
            graph = _bypassed(graph, graph.ops[number])
        if len(graph.ops) == before:
            number += 1
    return graph


def _is_noop(graph: Graph, op: Op) -> bool:
    if op.kind not in ("QUANTIZE", "PAD", *VIEWS):
        return False
    before, after = graph.input_tensor(op, 0), graph.output_tensor(op)
    if before.shape != after.shape or before.dtype != after.dtype:
        return False
    if op.kind == "PAD":
        return isinstance(op.attrs, PadAttrs) and not any(map(any, op.attrs.paddings))
    return before.quant == after.quant


def _bypassed(graph: Graph, op: Op) -> Graph:
    before, after = op.inputs[0], op.outputs[0]
    assert before is not None
    if after not in graph.outputs:
        rest = without_op(graph, graph.ops.index(op))
        return replace(rest, ops=tuple(read_instead(other, after, before) for other in rest.ops))
    if before in graph.inputs or before in graph.outputs:
        return graph  # an input that is also an output needs the copy
    # The model's output keeps its tensor: whoever wrote the input writes the output instead.
    writer = producers(graph)[before]
    ops = list(graph.ops)
    ops[writer] = replace(ops[writer], outputs=(after,))
    ops.remove(op)
    return replace(graph, ops=tuple(read_instead(other, before, after) for other in ops))
