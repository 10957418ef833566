# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from edgekit.convert.compression_record import CompressionRecord, TrainedQuantization, read_record, write_record
from edgekit.errors import MalformedModelError


def record() -> CompressionRecord:
    random = np.random.default_rng(0)
    quantization = TrainedQuantization(
        bits={"conv": 4}, steps={"conv": np.full((1, 1, 1, 5), 0.1, np.float32)}, ranges={"input:a": (-1.0, 2.5)}
    )
    return CompressionRecord({"conv": random.random((3, 3, 7, 5)) > 0.5}, quantization, {"steps": [{"name": "x"}]})


def keras_file(path: Path, date: tuple[int, int, int, int, int, int]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("metadata.json", date), json.dumps({"date_saved": str(date)}))
        archive.writestr(zipfile.ZipInfo("config.json", date), "{}")
    return path


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path, written = keras_file(tmp_path / "m.keras", (2020, 1, 1, 0, 0, 0)), record()
    write_record(path, written)
    read = read_record(path)
    assert read is not None and read.quantization is not None
    assert np.array_equal(read.masks["conv"], written.masks["conv"])
    assert np.array_equal(read.quantization.steps["conv"], np.full((1, 1, 1, 5), 0.1, np.float32))
    assert read.quantization.bits == {"conv": 4} and read.quantization.ranges == {"input:a": (-1.0, 2.5)}
    assert read.provenance == {"steps": [{"name": "x"}]}


def test_equal_models_saved_at_different_times_are_equal_files(tmp_path: Path) -> None:
    one = keras_file(tmp_path / "one.keras", (2020, 1, 1, 0, 0, 0))
    two = keras_file(tmp_path / "two.keras", (2021, 2, 3, 4, 5, 6))
    for path in (one, two):
        write_record(path, record())
    assert one.read_bytes() == two.read_bytes()


def test_a_file_without_a_record_has_none(tmp_path: Path) -> None:
    assert read_record(keras_file(tmp_path / "m.keras", (2020, 1, 1, 0, 0, 0))) is None
    (tmp_path / "m.h5").write_bytes(b"not a zip")
    assert read_record(tmp_path / "m.h5") is None


@pytest.mark.parametrize("change", [{"schema": 9}, {"masks": {"conv": [9, 9]}}, {"quantization": {"bits": {"no": 8}}}])
def test_a_damaged_record_is_an_error_with_a_way_out(tmp_path: Path, change: dict[str, object]) -> None:
    path = keras_file(tmp_path / "m.keras", (2020, 1, 1, 0, 0, 0))
    write_record(path, record())
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["edgekit.json"] = json.dumps({**json.loads(members["edgekit.json"]), **change}).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(MalformedModelError, match="compression record"):
        read_record(path)
