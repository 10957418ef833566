# SPDX-License-Identifier: Apache-2.0
"""Loads and saves Keras models (.keras and legacy .h5), and imports Keras and TensorFlow, late and quietly."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgekit.errors import ModelError, ToolError

if TYPE_CHECKING:
    import keras

_INSTALL = "`pip install 'edgekit[train]'` (or 'edgekit[train-cpu]')"
_HDF5 = b"\x89HDF\r\n\x1a\n"


def import_keras() -> Any:
    """The module `keras`, on TensorFlow. Raises ToolError when one is missing, or Keras runs on another backend."""
    for name in ("tensorflow", "keras"):
        if name not in sys.modules and importlib.util.find_spec(name) is None:
            raise ToolError(f"{name} is not installed, and Keras models need it; try {_INSTALL}")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    wanted = os.environ.get("KERAS_BACKEND", "tensorflow")
    if "keras" not in sys.modules and wanted != "tensorflow":
        raise ToolError(f"KERAS_BACKEND is '{wanted}'; edgekit needs 'tensorflow': set KERAS_BACKEND=tensorflow")
    with native_stderr_held_back():
        try:
            import keras
            import tensorflow  # noqa: F401  its native libraries speak while they load
        except Exception as error:
            reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
            raise ToolError(f"Keras does not import here: {reason[0]}; try {_INSTALL}") from error
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise ToolError(
            f"Keras runs on the backend '{backend}'; edgekit needs 'tensorflow': set KERAS_BACKEND=tensorflow"
        )
    return keras


def load_keras(path: Path) -> keras.Model:
    """The model in `path`, a .keras or legacy .h5 file, without its optimizer. Code in the file is never run."""
    kind = _kind(path)
    keras = import_keras()
    try:
        with native_stderr_held_back():
            if kind == "h5":
                return keras.models.load_model(path, custom_objects=_tolerant_objects(), compile=False)
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # keras raises all kinds
        raise ModelError(_why_not_loaded(path, error)) from error


def save_keras(model: keras.Model, path: Path) -> None:
    """Write `model` to `path`, which ends in .keras, whole or not at all."""
    if path.suffix != ".keras":
        raise ModelError(f"a Keras model is written to a .keras file, not to {path.name}")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=".keras", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            model.save(temporary)
            mask = os.umask(0)
            os.umask(mask)
            temporary.chmod(0o666 & ~mask)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(f"cannot write {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def native_stderr_held_back() -> Iterator[None]:
    """Keep what TensorFlow's native code prints to file descriptor 2 from the user."""
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, ValueError, AttributeError):  # there is no such stream
        yield
        return
    try:
        with tempfile.TemporaryFile() as sink:
            os.dup2(sink.fileno(), 2)
            yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


def _kind(path: Path) -> str:
    """ "keras" or "h5", from the name and the first bytes."""
    if path.is_dir():
        if (path / "saved_model.pb").is_file() or (path / "keras_metadata.pb").is_file():
            raise ModelError(
                f"{path} is a SavedModel folder, which Keras 3 does not load: save the model as .keras "
                "(model.save('model.keras')) where it was trained"
            )
        raise ModelError(f"{path} is a folder; a .keras or .h5 file, or a SavedModel folder, is needed")
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    if start == _HDF5 and path.suffix in (".h5", ".hdf5"):
        return "h5"
    if start.startswith(b"PK") and path.suffix == ".keras":
        if not _holds_config(path):
            raise ModelError(f"{path} is a zip file without a Keras model (no config.json in it), or damaged")
        return "keras"
    if start == _HDF5:
        raise ModelError(f"{path} is an HDF5 file by its contents; rename it to end in .h5")
    if start.startswith(b"PK") and _holds_config(path):
        raise ModelError(f"{path} is a Keras file by its contents; rename it to end in .keras")
    raise ModelError(f"{path} is no Keras model (.keras or .h5); write one with model.save('model.keras')")


def _holds_config(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "config.json" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def _tolerant_objects() -> dict[str, Any]:
    """Stand-ins for layers whose old .h5 configs carry words that Keras 3 does not know; they make the plain layers."""
    keras = import_keras()

    class DepthwiseConv2D:
        """Keras 2 wrote `groups`, always 1."""

        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            known = {key: value for key, value in config.items() if key != "groups"}
            return keras.layers.DepthwiseConv2D.from_config(known)

    return {"DepthwiseConv2D": DepthwiseConv2D}


def _called(path: Path, kind: str) -> str:
    """The names of the objects of class `kind` in the .keras file, as " (layer 'a', 'b')"."""
    found: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            inner = value.get("config")
            if value.get("class_name") == kind and isinstance(inner, dict) and isinstance(inner.get("name"), str):
                found.append(inner["name"])
            for item in value.values():
                look(item)
        elif isinstance(value, list):
            for item in value:
                look(item)

    with contextlib.suppress(OSError, ValueError, KeyError, RecursionError, zipfile.BadZipFile):
        with zipfile.ZipFile(path) as archive:
            look(json.loads(archive.read("config.json")))
    names = ", ".join(f"'{name}'" for name in dict.fromkeys(found))
    return f" (layer {names})" if names else ""


def _why_not_loaded(path: Path, error: Exception) -> str:
    text = str(error).strip()
    custom = re.search(r"Could not locate (?:class|function) '([^']+)'|Unknown (?:layer|object): '?([^'.\s]+)", text)
    if custom:
        name = custom.group(1) or custom.group(2)
        return (
            f"{path} uses '{name}'{_called(path, name)}, which is not part of Keras: rebuild the model from built-in "
            "layers, or load it in Python with its custom objects and call edgekit.convert_model(model)"
        )
    if "Lambda" in text and ("unsafe" in text or "safe_mode" in text):
        return (
            f"{path} has a Lambda layer, which is code and is not run: use built-in layers instead, or load the model "
            "in Python and call edgekit.convert_model(model)"
        )
    first = " ".join(text.split())[:300] or type(error).__name__
    return f"Keras cannot load {path}: {first}; save it with model.save('m.keras') under Keras 3"
