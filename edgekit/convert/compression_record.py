# SPDX-License-Identifier: Apache-2.0
"""What compression leaves inside a .keras file beside the model: masks, trained quantization, provenance.

A .keras file is a zip archive and Keras reads the members it knows, so the record travels in two more: `edgekit.json`
and `edgekit.npz`. The file loads in plain Keras; when Keras saves the model anew the record is gone, and with it
nothing that would describe weights that have changed since.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from edgekit.errors import MalformedModelError

_JSON, _ARRAYS = "edgekit.json", "edgekit.npz"
_SCHEMA = 1
# Zip entries carry a date; equal models are to be equal files.
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class TrainedQuantization:
    """The scales that quantization-aware training ended with.

    `bits` and `steps` by layer: the width of its weight codes, and the value of one code per output channel (one for
    the whole of a Dense layer). `ranges` by the names of `plan_ranges`: the lowest and highest value.
    """

    bits: Mapping[str, int]
    steps: Mapping[str, np.ndarray]
    ranges: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, eq=False)
class CompressionRecord:
    """`masks` by layer (True: the weight lives), `provenance`: the steps taken, in order, with their settings."""

    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    quantization: TrainedQuantization | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)


def write_record(path: Path, record: CompressionRecord) -> None:
    """Put `record` into the .keras file at `path`, whose zip entries lose their dates on the way."""
    arrays: dict[str, np.ndarray] = {f"mask/{name}": np.packbits(mask) for name, mask in record.masks.items()}
    document: dict[str, Any] = {
        "schema": _SCHEMA,
        "provenance": record.provenance,
        "masks": {name: list(mask.shape) for name, mask in record.masks.items()},
        "quantization": None,
    }
    if record.quantization is not None:
        arrays.update({f"steps/{name}": steps for name, steps in record.quantization.steps.items()})
        document["quantization"] = {
            "bits": dict(record.quantization.bits),
            "ranges": {name: list(limits) for name, limits in record.quantization.ranges.items()},
        }
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    members[_JSON] = json.dumps(document, indent=1, sort_keys=True).encode()
    members[_ARRAYS] = pack_arrays(arrays)
    if "metadata.json" in members:
        metadata = json.loads(members["metadata.json"])
        metadata.pop("date_saved", None)
        members["metadata.json"] = json.dumps(metadata, sort_keys=True).encode()
    path.write_bytes(_zip(members))


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), content)
    return buffer.getvalue()


def pack_arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    """`arrays` in the .npz format, without dates: equal arrays give equal bytes."""
    members = {}
    for name, value in sorted(arrays.items()):
        entry = io.BytesIO()
        np.lib.format.write_array(entry, np.asarray(value), allow_pickle=False)
        members[f"{name}.npy"] = entry.getvalue()
    return _zip(members)


def read_record(path: Path) -> CompressionRecord | None:
    """The record inside the .keras file at `path`; None when there is none, or when it is no such file."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            if _JSON not in archive.namelist():
                return None
            document = json.loads(archive.read(_JSON))
            with np.load(io.BytesIO(archive.read(_ARRAYS)), allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        if document["schema"] != _SCHEMA:
            raise MalformedModelError(
                f"{path} holds a compression record of schema {document['schema']}, and this edgekit reads {_SCHEMA}; "
                "use the version of edgekit that wrote it"
            )
        return _record(document, arrays)
    except (KeyError, ValueError, TypeError, OSError, zipfile.BadZipFile, EOFError) as error:
        raise MalformedModelError(
            f"the compression record inside {path} is damaged ({type(error).__name__}: {error}); compress the model "
            "again, or save it from Keras once, which drops the record"
        ) from error


def has_trained_scales(model: object) -> bool:
    """Whether `model` is the path of a .keras file that holds the scales of quantization-aware training."""
    if not isinstance(model, str | Path):
        return False
    record = read_record(Path(model))
    return record is not None and record.quantization is not None


def _record(document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> CompressionRecord:
    masks = {}
    for name, shape in document["masks"].items():
        size, packed = int(np.prod(shape)), arrays[f"mask/{name}"]
        if packed.size != (size + 7) // 8:
            raise ValueError(f"mask of {name!r} has {packed.size} bytes for {size} weights")
        masks[name] = np.unpackbits(packed, count=size).astype(bool).reshape(shape)
    quantization = None
    if (stored := document["quantization"]) is not None:
        quantization = TrainedQuantization(
            bits={name: int(bits) for name, bits in stored["bits"].items()},
            steps={name: arrays[f"steps/{name}"] for name in stored["bits"]},
            ranges={name: (float(low), float(high)) for name, (low, high) in stored["ranges"].items()},
        )
    return CompressionRecord(masks, quantization, document["provenance"])
