# SPDX-License-Identifier: Apache-2.0
"""Reads and checks a data set: `.npz` without pickles, or a function of the user's.

Keys of an .npz file, and of the dict that a function may return instead of `(x, y)`:

- `x` [samples, ...]; several inputs are `x0`, `x1`, ... in the model's order, or keys named after the model's inputs
- `y` [samples, ...], optional: class numbers, one-hot rows, or one value for each output
- `train`, `test`, optional: sample numbers (or a mask) of the two parts
- `scale`, `zero_point`, optional: what integer `x` stands for, real = scale * (x - zero_point)
"""

from __future__ import annotations

import contextlib
import importlib
import re
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from edgekit.errors import DataError

Array = npt.NDArray[Any]
Which = Literal["all", "train", "test"]

#: Unpacked bytes that an .npz file may hold.
LIMIT_BYTES = 4 << 30

_OTHERS = ("y", "train", "test", "scale", "zero_point")
_FUNCTION = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Samples and what belongs to them.

    `inputs` maps a key to [samples, ...], in order; `named` says that the keys are the model's input names. `train` and
    `test` are sample numbers. `scale` and `zero_point` tell what integer inputs stand for.
    """

    name: str
    inputs: Mapping[str, Array]
    y: Array | None = None
    train: npt.NDArray[np.int64] | None = None
    test: npt.NDArray[np.int64] | None = None
    scale: float | None = None
    zero_point: int | None = None
    named: bool = False

    @property
    def x(self) -> Array:
        """The first input."""
        return next(iter(self.inputs.values()))

    def __len__(self) -> int:
        return len(self.x)


def load_dataset(spec: str) -> Dataset:
    """The data set that `spec` names: a path ending in .npz, or `package.module:function`."""
    path = Path(spec)
    if path.suffix == ".npz" or path.exists():
        return make_dataset(_read_npz(path), path.stem, source=str(path))
    if _FUNCTION.fullmatch(spec):
        return make_dataset(_call(spec), spec.rpartition(":")[2], source=spec)
    raise DataError(f"'{spec}' is no data set: give an .npz file, or package.module:function returning (x, y)")


def select(dataset: Dataset, which: Which | None = None, *, default: Which = "all") -> Dataset:
    """The samples of one part. Without `which` it is `default` where the data set has such a part, else all of them."""
    chosen = which or default
    if chosen == "all":
        return replace(dataset, train=None, test=None)
    index = dataset.train if chosen == "train" else dataset.test
    if index is None:
        if which is None:
            return replace(dataset, train=None, test=None)
        raise DataError(f"the data set '{dataset.name}' has no '{chosen}' indices: add them, or use --split all")
    inputs = {key: values[index] for key, values in dataset.inputs.items()}
    return replace(dataset, inputs=inputs, y=None if dataset.y is None else dataset.y[index], train=None, test=None)


def make_dataset(found: Mapping[str, Any], name: str, *, source: str) -> Dataset:
    """Check the values under the keys of the module's docstring. `source` is what errors call them."""
    keys = _input_keys(found)
    if not keys:
        raise DataError(f"{source} holds no samples: it has {_listed(found)}, and 'x' is what is looked for")
    inputs = {key: _samples(found[key], key, source) for key in keys}
    counts = {key: len(values) for key, values in inputs.items()}
    if len(set(counts.values())) > 1:
        raise DataError(f"{source}: the inputs have different numbers of samples: {counts}")
    count = next(iter(counts.values()))
    if count == 0:
        raise DataError(f"{source}: '{keys[0]}' holds no samples")
    y = None
    if found.get("y") is not None:
        y = _samples(found["y"], "y", source)
        if len(y) != count:
            raise DataError(f"{source}: {count} samples but {len(y)} labels: give one label for each sample")
    scale, zero_point = _quantization(found, source)
    return Dataset(
        name,
        inputs,
        y,
        _index(found.get("train"), "train", count, source),
        _index(found.get("test"), "test", count, source),
        scale,
        zero_point,
        _named(found),
    )


def _named(found: Mapping[str, Any]) -> bool:
    return "x" not in found and "x0" not in found


def _input_keys(found: Mapping[str, Any]) -> list[str]:
    if "x" in found:
        return ["x"]
    if _named(found):
        return [key for key in found if key not in _OTHERS]
    count = 0
    while f"x{count}" in found:
        count += 1
    return [f"x{position}" for position in range(count)]


def _listed(found: Mapping[str, Any]) -> str:
    return ", ".join(repr(key) for key in list(found)[:8]) or "nothing"


def _array(value: Any, key: str, source: str) -> Array:
    """`value` as an array of numbers."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, MemoryError) as error:
        raise DataError(f"{source}: '{key}' is no array of numbers: {_first_line(error)}") from error
    if array.dtype.kind not in "fiub":
        raise DataError(f"{source}: '{key}' is of type {array.dtype}; numbers are needed")
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _samples(value: Any, key: str, source: str) -> Array:
    array = _array(value, key, source)
    if array.ndim == 0:
        raise DataError(f"{source}: '{key}' is a single number; an array [samples, ...] is needed")
    if array.dtype.kind == "f" and array.size:
        finite = np.isfinite(array).reshape(len(array), -1).all(axis=1)
        if not finite.all():
            raise DataError(f"{source}: '{key}' holds a NaN or infinity, first in sample {int(np.argmin(finite))}")
    return array


def _index(value: Any, key: str, count: int, source: str) -> npt.NDArray[np.int64] | None:
    if value is None:
        return None
    array = _array(value, key, source)
    if array.ndim != 1 or array.dtype.kind == "f":
        raise DataError(f"{source}: '{key}' must be a row of whole numbers or a mask, not {array.dtype} {array.shape}")
    if array.dtype.kind == "b":
        if len(array) != count:
            raise DataError(f"{source}: the mask '{key}' has {len(array)} entries for {count} samples")
        array = np.flatnonzero(array)
    if array.size == 0:
        raise DataError(f"{source}: '{key}' names no sample")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= count:
        raise DataError(f"{source}: '{key}' names sample {low if low < 0 else high}; there are 0 to {count - 1}")
    return array.astype(np.int64)


def _quantization(found: Mapping[str, Any], source: str) -> tuple[float | None, int | None]:
    numbers: dict[str, float] = {}
    for key in ("scale", "zero_point"):
        if found.get(key) is not None:
            array = _array(found[key], key, source)
            if array.size != 1 or not np.isfinite(array).all():
                raise DataError(f"{source}: '{key}' must be one finite number")
            numbers[key] = array.reshape(()).item()
    if "scale" not in numbers:
        if numbers:
            raise DataError(f"{source}: it has a 'zero_point' and no 'scale'; add it")
        return None, None
    zero_point = numbers.get("zero_point", 0)
    if numbers["scale"] <= 0 or float(np.float32(numbers["scale"])) in (0.0, float("inf")):
        raise DataError(f"{source}: 'scale' is {numbers['scale']}; it must be a positive float32")
    if zero_point != int(zero_point) or abs(zero_point) > 1 << 15:
        raise DataError(f"{source}: 'zero_point' is {zero_point}; a whole number of the type of x is needed")
    return float(numbers["scale"]), int(zero_point)


def _read_npz(path: Path) -> dict[str, Array]:
    """All arrays of the file, which is not trusted."""
    if not path.is_file():
        raise DataError(f"the data file {path} does not exist" if not path.exists() else f"{path} is not a file")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > LIMIT_BYTES:
            raise DataError(f"{path} would unpack to {unpacked} bytes; {LIMIT_BYTES} are the limit")
        with np.load(path, allow_pickle=False) as file:
            wanted = {*_OTHERS, *_input_keys(dict.fromkeys(file.files))}
            return {key: np.asarray(file[key]) for key in file.files if key in wanted}
    except DataError:
        raise
    except zipfile.BadZipFile as error:
        raise DataError(f"{path} is damaged or not an .npz file ({error}); write one with numpy.savez") from error
    except Exception as error:  # whatever zipfile, zlib and numpy raise on hostile bytes
        raise DataError(f"{path} cannot be read: {_first_line(error)}; write it with numpy.savez") from error


def _call(spec: str) -> dict[str, Any]:
    """What the user's function returns, as keys and values. Its prints go to stderr."""
    module_name, _, attribute = spec.partition(":")
    with contextlib.redirect_stdout(sys.stderr):
        function = _find_function(spec, module_name, attribute)
        try:
            returned = function()
        except (Exception, SystemExit) as error:
            raise DataError(f"{spec} failed: {type(error).__name__}: {_first_line(error)}") from error
    if isinstance(returned, Mapping):
        return {str(key): value for key, value in returned.items()}
    x, y = returned if isinstance(returned, tuple) and len(returned) == 2 else (returned, None)
    if isinstance(x, Mapping):
        return {**{str(key): value for key, value in x.items()}, "y": y}
    if isinstance(x, tuple):
        return {**{f"x{position}": value for position, value in enumerate(x)}, "y": y}
    return {"x": x, "y": y}


def _find_function(spec: str, module_name: str, attribute: str) -> Callable[[], Any]:
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {_first_line(error)}"
        raise DataError(f"cannot import {module_name} for {spec}: {reason}") from error
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise DataError(f"{module_name} has no '{attribute}'; {spec} must be a function returning (x, y)") from None
    if not callable(found):
        raise DataError(f"{spec} is no function but a {type(found).__name__}; make it a function returning (x, y)")
    return cast(Callable[[], Any], found)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
