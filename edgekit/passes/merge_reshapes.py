# SPDX-License-Identifier: Apache-2.0
"""Let a RESHAPE (or another view) of a RESHAPE start from the first one's input."""

from __future__ import annotations

from edgekit.ir.edit import producers, with_op
from edgekit.ir.graph import VIEWS, Graph


def merge_reshapes(graph: Graph) -> Graph:
    """The one in the middle goes with `remove_dead` when nobody else reads it."""
    for number, op in enumerate(graph.ops):
        middle = op.inputs[0]
        if op.kind not in VIEWS or middle is None:
            continue
        writer = producers(graph).get(middle)
        if writer is None or graph.ops[writer].kind not in VIEWS:
            continue
        start = graph.ops[writer].inputs[0]
        graph = with_op(graph, number, type(op)(op.kind, op.name, (start,), op.outputs, op.attrs))
    return graph
