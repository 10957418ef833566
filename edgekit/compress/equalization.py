# SPDX-License-Identifier: Apache-2.0
"""The step `equalize`."""

from __future__ import annotations

from dataclasses import replace

from edgekit.compress.techniques import Context, Settings, State, technique
from edgekit.convert.equalize import equalize as equalize_graph
from edgekit.convert.rewrite import fold_batchnorm


@technique(
    "equalize",
    Settings,
    destroys={"ranges"},
    reason="it scales the channels whose ranges were trained; equalize before quantizing",
)
def equalize(state: State, settings: Settings, context: Context) -> State:
    """Balance the channels between neighbouring layers before quantization; the model computes the same."""
    return replace(state, graph=equalize_graph(fold_batchnorm(state.graph)))
