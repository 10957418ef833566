# SPDX-License-Identifier: Apache-2.0
"""Fits samples to a model's inputs: shapes, types, quantization."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from edgekit.dataset.loading import Array, Dataset, Which, select
from edgekit.errors import DataError


class InputPort(Protocol):
    """What must be known of a model's input. `scale` is None where it is not quantized."""

    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> str: ...
    @property
    def scale(self) -> float | None: ...
    @property
    def zero_point(self) -> int | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Samples as the model takes them: for each of its inputs [samples, *input shape], in the input's type.

    `notes` says what was done to them that a user may want to know.
    """

    inputs: tuple[Array, ...]
    y: Array | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.inputs[0])

    def raw(self, position: int) -> list[bytes]:
        """The bytes of every input of sample `position`."""
        return [values[position].tobytes() for values in self.inputs]


def select_samples(
    dataset: Dataset, ports: Sequence[InputPort], which: Which | None = None, *, default: Which = "test"
) -> Samples:
    """The samples of one part (see `select`), fitted to a model's inputs."""
    return fit_samples(select(dataset, which, default=default), ports)


def fit_samples(dataset: Dataset, ports: Sequence[InputPort]) -> Samples:
    """All samples of `dataset`, fitted to a model's inputs.

    Samples are reshaped where the number of elements agrees. Integers with the input's own scale and zero point go in
    as they are; other ones stand for scale * (x - zero_point). int8 and int16 without a scale are taken as quantized
    already by an input of the same type. All others are plain numbers, quantized where the input is.
    """
    notes: list[str] = []
    values = [
        _fit(shaped, port, dataset, notes)
        for port, shaped in zip(ports, _match(dataset, ports), strict=True)
    ]  # fmt: skip
    return Samples(tuple(values), dataset.y, tuple(dict.fromkeys(notes)))


def random_samples(ports: Sequence[InputPort], count: int, seed: int = 0) -> Samples:
    """`count` seeded random samples: integers over their whole range, floats from the standard normal distribution."""
    random = np.random.default_rng(seed)

    def draw(port: InputPort) -> Array:
        shape, dtype = (count, *port.shape), np.dtype(port.dtype)
        if dtype.kind == "f":
            return random.standard_normal(shape, np.float32).astype(dtype)
        if dtype.kind == "b":
            return random.integers(0, 2, shape, np.uint8).astype(np.bool_)
        limits = np.iinfo(dtype)
        return np.asarray(random.integers(limits.min, limits.max, shape, dtype, endpoint=True))

    return Samples(tuple(draw(port) for port in ports))


def quantize(values: Array, scale: float, zero_point: int, dtype: str) -> Array:
    """Real numbers to integers as TFLite's QUANTIZE does: float32 division, halves away from zero, clamped."""
    limits = np.iinfo(np.dtype(dtype))
    divided = np.asarray(values, np.float32) / np.float32(scale)
    whole = np.trunc(divided)
    rounded = whole + np.where(np.abs(divided - whole) >= 0.5, np.sign(divided), 0)
    # clamped first: a float beyond the integer type's range has no defined conversion
    low, high = float(limits.min) - zero_point, float(limits.max) - zero_point
    return np.asarray((np.clip(rounded, low, high).astype(np.int64) + zero_point).astype(dtype))


def _match(dataset: Dataset, ports: Sequence[InputPort]) -> list[Array]:
    """One array for each of `ports`: by name where the data names its inputs, else by position."""
    if len(dataset.inputs) != len(ports):
        raise DataError(
            f"the model has {len(ports)} inputs ({', '.join(repr(_short_name(port.name)) for port in ports)}), the "
            f"data set '{dataset.name}' {len(dataset.inputs)} ({', '.join(map(repr, dataset.inputs))}); use x0, x1 or "
            "the names of the inputs"
        )
    if not dataset.named:
        return [_shape(values, port, dataset) for values, port in zip(dataset.inputs.values(), ports, strict=True)]
    found = []
    for port in ports:
        short = _short_name(port.name)
        if len(ports) == 1:
            key = next(iter(dataset.inputs))
        elif port.name in dataset.inputs or short in dataset.inputs:
            key = port.name if port.name in dataset.inputs else short
        else:
            raise DataError(
                f"the data set '{dataset.name}' has no samples for the model's input '{short}': it has "
                f"{', '.join(map(repr, dataset.inputs))}; use the inputs' names, or x0, x1, ... in the model's order"
            )
        found.append(_shape(dataset.inputs[key], port, dataset))
    return found


def _short_name(name: str) -> str:
    """A tensor's name without what converters put around the input's: `serving_default_left:0` is `left`."""
    return name.removeprefix("serving_default_").rpartition(":")[0] or name.removeprefix("serving_default_")


def _shape(values: Array, port: InputPort, dataset: Dataset) -> Array:
    have, want = values.shape[1:], port.shape[1:] if port.shape[:1] == (1,) else port.shape
    if math.prod(have) != math.prod(port.shape):
        raise DataError(
            f"samples of '{dataset.name}' have the shape {list(have)} ({math.prod(have)} elements), the model's input "
            f"'{_short_name(port.name)}' {list(want)} ({math.prod(want)})"
        )
    wide, needed = [n for n in have if n > 1], [n for n in want if n > 1]
    if wide != needed and sorted(wide) == sorted(needed):
        raise DataError(
            f"samples of '{dataset.name}' have their axes in another order than the model's input "
            f"'{_short_name(port.name)}': {list(have)}, not {list(want)}; transpose them (channels come last)"
        )
    return values.reshape(len(values), *port.shape)


def _fit(values: Array, port: InputPort, dataset: Dataset, notes: list[str]) -> Array:
    """`values` in the type of `port`."""
    wanted = np.dtype(port.dtype)
    described = values.dtype.kind in "iu" and dataset.scale is not None
    if values.dtype == wanted and wanted.kind in "iu":
        if described and port.scale is not None and not _same_quantization(dataset, port):
            notes.append(
                f"samples requantized from scale {dataset.scale:.9g}, zero point {dataset.zero_point} "
                f"to the model's {port.scale:.9g}, {port.zero_point}"
            )
        elif described or port.scale is None or wanted.kind == "i":
            if not described and port.scale is not None:
                notes.append(f"{wanted} samples without a scale were taken as quantized already")
            return values
    real = _real(values, dataset) if described else values
    if wanted.kind == "f":
        return _to_float(real, wanted, dataset)
    if port.scale is not None:
        return quantize(_to_float(real, np.dtype(np.float32), dataset), port.scale, port.zero_point or 0, port.dtype)
    return _to_integer(real, wanted, port, dataset)


def _same_quantization(dataset: Dataset, port: InputPort) -> bool:
    return np.float32(dataset.scale) == np.float32(port.scale) and dataset.zero_point == (port.zero_point or 0)


def _real(values: Array, dataset: Dataset) -> npt.NDArray[np.float32]:
    assert dataset.scale is not None
    shifted = values.astype(np.int64) - (dataset.zero_point or 0)
    return np.asarray(shifted.astype(np.float32) * np.float32(dataset.scale), np.float32)


def _to_float(values: Array, wanted: np.dtype[Any], dataset: Dataset) -> Array:
    with np.errstate(over="ignore"):
        converted = values.astype(wanted)
    if not np.isfinite(converted).all():
        raise DataError(f"'{dataset.name}' holds numbers beyond the range of {wanted}; scale them down")
    return converted


def _to_integer(values: Array, wanted: np.dtype[Any], port: InputPort, dataset: Dataset) -> Array:
    """Whole numbers (such as the indices that an embedding takes) to an input that is not quantized."""
    low, high = (0, 1) if wanted.kind == "b" else (np.iinfo(wanted).min, np.iinfo(wanted).max)
    if not ((values == np.trunc(values)) & (values >= low) & (values <= high)).all():
        raise DataError(
            f"the model's input '{_short_name(port.name)}' takes whole numbers from {low} to {high}; "
            f"'{dataset.name}' holds others"
        )
    return values.astype(wanted)
