# SPDX-License-Identifier: Apache-2.0
"""Graph -> Graph, lossless: every tensor, and of a narrowed one every channel, that a pass leaves keeps its bytes."""

from __future__ import annotations

from collections.abc import Callable

from edgekit.ir.graph import Graph
from edgekit.ir.verify import verify
from edgekit.passes.drop_noops import drop_noops
from edgekit.passes.fold_constant_channels import fold_constant_channels
from edgekit.passes.fold_padding import fold_padding
from edgekit.passes.fuse_activation import fuse_activation
from edgekit.passes.merge_reshapes import merge_reshapes
from edgekit.passes.remove_dead import remove_dead
from edgekit.passes.remove_dead_channels import remove_dead_channels

Pass = Callable[[Graph], Graph]

PIPELINE: tuple[Pass, ...] = (
    merge_reshapes,
    drop_noops,
    fuse_activation,
    fold_padding,
    fold_constant_channels,
    remove_dead_channels,
    remove_dead,
)


def run_passes(graph: Graph) -> Graph:
    """`graph` after every pass of PIPELINE, verified after each."""
    for apply in PIPELINE:
        graph = apply(graph)
        verify(graph, after=apply.__name__)
    return graph


__all__ = ["PIPELINE", "Pass", "run_passes"]
