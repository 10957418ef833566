# SPDX-License-Identifier: Apache-2.0
"""What a report must say beside its figures: where a technique saves nothing, or risks much."""

from __future__ import annotations

from collections.abc import Sequence

from edgekit.compress.channel_pruning import PruneChannelsSettings
from edgekit.compress.quantization_aware import QuantizeAwareSettings
from edgekit.compress.recipe import Step
from edgekit.compress.techniques import State
from edgekit.compress.weight_pruning import PruneWeightsSettings

#: Below this many weights a network is compact: it has little to spare.
_COMPACT = 50_000


def remarks(steps: Sequence[Step], state: State) -> list[str]:
    """Sentences for the report's notes."""
    found: list[str] = []
    for step in steps:
        settings = step.settings
        if isinstance(settings, PruneWeightsSettings):
            found += _on_zeros(settings, state)
        if isinstance(settings, QuantizeAwareSettings) and settings.bits < 8:
            found.append(
                f"weights trained for {settings.bits} bits are stored as int8 codes in the .tflite: they take less "
                "flash only once they are packed"
            )
        if isinstance(settings, PruneChannelsSettings) and settings.importance != "taylor":
            found.append(
                f"channels were ranked by {settings.importance}, which does not see the loss: taylor keeps more "
                "accuracy at the same cost where data is at hand"
            )
    return found


def _on_zeros(settings: PruneWeightsSettings, state: State) -> list[str]:
    total = sum(mask.size for mask in state.masks.values())
    zeros = total - sum(int(mask.sum()) for mask in state.masks.values())
    found = [
        f"{zeros:,} of {total:,} pruned layers' weights are zero: they make the file compress well and leave its size "
        "and the time of dense kernels as they are; prune_channels makes the model smaller"
    ]
    if settings.sparsity > 0.7 and total < _COMPACT:
        found.append(
            f"{settings.sparsity:.0%} zeros in a compact network of {total:,} weights cost accuracy; use 50 % or "
            "prune_channels"
        )
    return found
