# SPDX-License-Identifier: Apache-2.0
"""Training samples with augmented copies and what the teacher says about each, computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgekit.compress.task import read_function
from edgekit.errors import UsageError

#: Memory that the augmented copies may take; larger data sets get fewer copies.
LIMIT_BYTES = 1 << 30
AUGMENTATIONS = ("auto", "image", "sequence", "noise", "none")

Augment = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """`inputs` (one array per model input), labels, and the teacher's logits (one array per output) if there is one.

    The first `originals` samples are those that were given, the others their augmented copies.
    """

    inputs: tuple[np.ndarray, ...]
    y: np.ndarray | None
    originals: int
    teacher: tuple[np.ndarray, ...] | None = None

    def __len__(self) -> int:
        return len(self.inputs[0])

    def taught(self, teacher: Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]]) -> Pool:
        """This pool with the logits of `teacher`."""
        return replace(self, teacher=tuple(teacher(self.inputs)))

    def batches(self, size: int, seed: int, start: int = 0) -> Iterator[np.ndarray]:
        """Sample numbers of batch `start`, `start` + 1, ...: shuffled passes that depend on the seed alone."""
        size = min(size, len(self))
        per_pass = len(self) // size
        number, order, current = start, np.empty(0, np.int64), -1
        while True:
            if number // per_pass != current:
                current = number // per_pass
                order = np.random.default_rng([seed, current]).permutation(len(self))
            position = number % per_pass * size
            yield order[position : position + size]
            number += 1


def make_pool(
    inputs: Sequence[np.ndarray],
    y: np.ndarray | None,
    *,
    copies: int,
    augment: str,
    strength: float,
    mix: float,
    seed: int,
) -> Pool:
    """The samples and `copies` augmented versions of each, a share `mix` of which is blended with another sample.

    A blend keeps the label of its larger part.
    """
    change = find_augmentation(augment, inputs[0].shape[1:], strength)
    total = sum(part.nbytes for part in inputs)
    copies = 0 if change is None else min(copies, max(0, LIMIT_BYTES // max(total, 1) - 1))
    random = np.random.default_rng([seed, 7])
    blends = [_Blend(len(inputs[0]), mix, random) for _ in range(copies)]
    grown = []
    for part in inputs:
        versions = [part]
        for blend in blends:
            assert change is not None
            varied = part if part.dtype.kind != "f" else blend(change(part, random)).astype(part.dtype)
            versions.append(varied)
        grown.append(np.concatenate(versions))
    labels = None if y is None else np.concatenate([y] * (copies + 1))
    return Pool(tuple(grown), labels, len(inputs[0]))


class _Blend:
    """Blends each sample with another one, the same way in all inputs."""

    def __init__(self, count: int, mix: float, random: np.random.Generator) -> None:
        chosen = random.random(count) < mix
        self.partner = random.permutation(count)
        self.share = np.where(chosen, random.uniform(0.0, 0.4, count), 0.0)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        share = self.share.reshape(-1, *[1] * (samples.ndim - 1))
        return np.asarray((1 - share) * samples + share * samples[self.partner])


def find_augmentation(name: str, shape: tuple[int, ...], strength: float) -> Augment | None:
    """The augmentation of a recipe's `augment`; "auto" goes by the samples' shape."""
    if name == "auto":
        name = "noise"
        if len(shape) >= 2 and shape[0] > 3:
            name = "image" if len(shape) == 3 and 0.5 <= shape[0] / max(shape[1], 1) <= 2 else "sequence"
    if name == "none" or strength == 0:
        return None
    if ":" in name:
        function = read_function(name)
        return lambda samples, random: np.asarray(function(samples, random))
    if name not in AUGMENTATIONS:
        raise UsageError(f"augment {name!r} is not known; use {', '.join(AUGMENTATIONS)} or package.module:function")
    axes = {"image": (1, 2), "sequence": (1,), "noise": ()}[name]
    return lambda samples, random: _vary(samples, random, axes, strength)


def _vary(samples: np.ndarray, random: np.random.Generator, axes: Sequence[int], strength: float) -> np.ndarray:
    """Shift along `axes` (edges are repeated), change the gain, add noise; all in proportion to `strength`."""
    changed = samples
    for axis in axes:
        size = samples.shape[axis]
        reach = max(1, round(0.08 * size * strength))
        shifts = random.integers(-reach, reach + 1, len(samples))
        where = np.clip(np.arange(size)[None] + shifts[:, None], 0, size - 1)
        shape = [len(samples)] + [1] * (samples.ndim - 1)
        shape[axis] = size
        changed = np.take_along_axis(changed, where.reshape(shape), axis)
    one_each = (len(samples),) + (1,) * (samples.ndim - 1)
    gain = 1 + 0.1 * strength * random.standard_normal(one_each)
    level = strength * 0.1 * random.random(one_each) * float(samples.std())
    return np.asarray(changed * gain + level * random.standard_normal(samples.shape))
