# SPDX-License-Identifier: Apache-2.0
"""The representative samples from which the converter reads the ranges of all activations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgekit.convert.schemes import Representative
from edgekit.convert.serving import ModelInput
from edgekit.dataset import Dataset, Samples, load_dataset, select

#: Of the choice of samples; the same data gives the same model.
_SEED = 0


def choose_samples(dataset: Dataset, count: int) -> Dataset:
    """`count` samples of the training part (of all where there is none), drawn by chance, in their order.

    Those that hold an input's smallest and largest number are among them, so that the input's range is the data's.
    """
    part = replace(select(dataset, default="train"), y=None)
    if len(part) <= count:
        return part
    extremes = []
    for values in part.inputs.values():
        rows = values.reshape(len(values), -1)
        extremes += [int(np.argmin(rows.min(axis=1))), int(np.argmax(rows.max(axis=1)))]
    drawn = np.random.default_rng(_SEED).permutation(len(part)).tolist()
    index = np.sort(list(dict.fromkeys([*extremes, *drawn]))[:count])
    return replace(part, inputs={key: values[index] for key, values in part.inputs.items()})


def write_samples(dataset: Dataset, path: Path) -> None:
    """Write samples for `read_samples` in another process."""
    described: dict[str, Any] = {}
    if dataset.scale is not None:
        described = {"scale": np.float64(dataset.scale), "zero_point": np.int64(dataset.zero_point or 0)}
    with path.open("wb") as file:
        np.savez(file, **{**dataset.inputs, **described})


def read_samples(path: Path, name: str) -> Dataset:
    """The samples that `write_samples` wrote, under the data set's own `name`."""
    return replace(load_dataset(str(path)), name=name)


def representative(samples: Samples, inputs: Sequence[ModelInput]) -> Representative:
    """What the converter calls: sample after sample, a mapping from input name to [1, ...]."""

    def generate() -> Iterator[Mapping[str, npt.NDArray[np.generic]]]:
        for position in range(len(samples)):
            yield {port.name: values[position] for port, values in zip(inputs, samples.inputs, strict=True)}

    return generate
