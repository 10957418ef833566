# SPDX-License-Identifier: Apache-2.0
"""Which weights to set to zero: by magnitude, alone, in N of M, or in blocks. Pure numpy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from edgekit.convert.keras_graph import Layer
from edgekit.convert.layer_kinds import per_channel
from edgekit.errors import UsageError


@dataclass(frozen=True, slots=True)
class Pattern:
    """`kept` of every `group` weights live; with `block` a group lives or dies as a whole. A group lies along the
    weights that one output channel sums up, in the order in which they lie in memory."""

    kept: int = 1
    group: int = 1
    block: bool = False

    @property
    def free(self) -> bool:
        return self.group == 1


def parse_pattern(text: str) -> Pattern:
    """ "unstructured", "N:M" (N of every M weights live) or "block:B" (B weights live or die together)."""
    if text == "unstructured":
        return Pattern()
    if match := re.fullmatch(r"(\d+):(\d+)", text):
        kept, group = int(match[1]), int(match[2])
        if 0 < kept < group <= 64:
            return Pattern(kept, group)
    if (match := re.fullmatch(r"block:(\d+)", text)) and 1 < int(match[1]) <= 64:
        return Pattern(int(match[1]), int(match[1]), True)
    raise UsageError(f'pattern {text!r} is not known; use "unstructured", "N:M" such as "2:4", or "block:4"')


def polynomial(final: float, step: float, begin: float, end: float) -> float:
    """The share of zeros at `step`: a cubic from 0 at `begin` to `final` at `end` (Zhu and Gupta, 2017)."""
    if step <= begin:
        return 0.0
    if step >= end:
        return final
    return final * (1.0 - (1.0 - (step - begin) / (end - begin)) ** 3)


def fits(layer: Layer, pattern: Pattern) -> bool:
    """Whether the pattern's groups divide what an output channel sums up."""
    return int(per_channel(layer, layer.weights["kernel"]).shape[0]) % pattern.group == 0


def make_masks(
    layers: Mapping[str, Layer], kernels: Mapping[str, np.ndarray], share: float, pattern: Pattern, *, everywhere: bool
) -> dict[str, np.ndarray]:
    """Masks (True lives) with `share` of the weights zero, of those that the pattern allows to go.

    With `everywhere` weights of all layers compete, each relative to the root mean square of its layer; else every
    layer gives the same share.
    """
    scores = {name: _scores(layers[name], kernels[name], pattern) for name in kernels}
    if everywhere:
        threshold = _threshold(np.concatenate([score[np.isfinite(score)].ravel() for score in scores.values()]), share)
        chosen = {name: score > threshold for name, score in scores.items()}
    else:
        chosen = {name: score > _threshold(score[np.isfinite(score)], share) for name, score in scores.items()}
    return {name: _as_kernel(layers[name], flags, kernels[name].shape) for name, flags in chosen.items()}


def _threshold(scores: np.ndarray, share: float) -> float:
    """The score that `share` of the scores do not exceed."""
    count = round(share * scores.size)
    return -1.0 if count == 0 else float(np.partition(scores, count - 1)[count - 1])


def _scores(layer: Layer, kernel: np.ndarray, pattern: Pattern) -> np.ndarray:
    """Magnitude of each weight as [summed, output channels]; infinite where the pattern lets it live in any case."""
    flat: np.ndarray = np.abs(per_channel(layer, kernel)).astype(np.float64)
    flat /= max(float(np.sqrt(np.square(flat).mean())), 1e-12)
    if pattern.free:
        return flat
    groups = flat.reshape(-1, pattern.group, flat.shape[1])
    if pattern.block:
        size = np.sqrt(np.square(groups).mean(axis=1, keepdims=True))
        return np.asarray(np.broadcast_to(size, groups.shape)).reshape(flat.shape)
    order = np.argsort(np.argsort(-groups, axis=1, kind="stable"), axis=1, kind="stable")
    kept: np.ndarray = np.where(order < pattern.kept, np.inf, groups)
    return kept.reshape(flat.shape)


def _as_kernel(layer: Layer, flags: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Undo `per_channel`."""
    if layer.kind == "Conv2DTranspose":
        rows, columns, after, before = shape
        flags = np.moveaxis(flags.reshape(rows, columns, before, after), -1, -2)
    return flags.reshape(shape)
