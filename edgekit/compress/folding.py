# SPDX-License-Identifier: Apache-2.0
"""The step `fold_batchnorm`."""

from __future__ import annotations

from dataclasses import replace

from edgekit.compress.techniques import Context, Settings, State, technique
from edgekit.convert.rewrite import fold_batchnorm


@technique("fold_batchnorm", Settings)
def fold(state: State, settings: Settings, context: Context) -> State:
    """Fold BatchNormalization into its neighbours; the model computes the same. Masks and ranges live on."""
    return replace(state, graph=fold_batchnorm(state.graph))
