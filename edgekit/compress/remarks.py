# SPDX-License-Identifier: Apache-2.0
"""What a report must say beside its figures: where a technique saves nothing, or risks much."""

from __future__ import annotations

from collections.abc import Sequence

from edgekit.compress.channel_pruning import PruneChannelsSettings
from edgekit.compress.recipe import Step
from edgekit.compress.task import Score
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
        if isinstance(settings, PruneChannelsSettings) and settings.importance != "taylor":
            found.append(
                f"channels were ranked by {settings.importance}, which does not see the loss: taylor keeps more "
                "accuracy at the same cost where data is at hand"
            )
    narrow = min(state.quantization.bits.values(), default=8) if state.quantization is not None else 8
    if narrow < 8:
        found.append(
            f"weights of {narrow} bits are stored as int8 codes in the .tflite: they take less flash only once they "
            "are packed"
        )
    return found


def verdict(result: Score | None, adapted: Score | None) -> list[str]:
    """A sentence where the result is clearly worse than the original after as much training."""
    if result is None or adapted is None or result.metric != adapted.metric:
        return []
    lower_is_better = result.metric == "mse"
    if result.value > adapted.high if lower_is_better else result.value < adapted.low:
        return [
            "the result lies outside the adapted model's 95 % interval, on its worse side: this recipe takes more than "
            "the model can spare; cut less, keep more bits, or train longer"
        ]
    return []


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
