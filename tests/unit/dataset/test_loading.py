# SPDX-License-Identifier: Apache-2.0
"""What a data file or function may hold, and the one-line error for everything else."""

from __future__ import annotations

import io
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgekit.dataset import Dataset, load_dataset, make_dataset, select
from edgekit.dataset import loading as loading_module
from edgekit.errors import DataError

X = np.arange(20, dtype=np.int8).reshape(10, 2)


def write(path: Path, **arrays: Any) -> str:
    np.savez(path, **arrays)
    return str(path)


def test_an_npz_file_gives_all_its_parts(tmp_path: Path) -> None:
    spec = write(
        tmp_path / "d.npz", x=X, y=np.arange(10), train=[0, 1], test=[8, 9], scale=np.float32(0.5), zero_point=3
    )
    data = load_dataset(spec)
    assert (data.name, len(data), data.scale, data.zero_point) == ("d", 10, 0.5, 3)
    assert np.array_equal(data.x, X) and data.y is not None and data.y.tolist() == list(range(10))
    assert select(data, "train").x.tolist() == X[:2].tolist()
    test = select(data, "test")
    assert test.x.tolist() == X[8:].tolist() and test.y is not None and test.y.tolist() == [8, 9]
    assert len(select(data, "all")) == 10


def test_without_a_part_the_default_is_everything_and_an_explicit_wish_is_refused() -> None:
    data = make_dataset({"x": X}, "d", source="d")
    assert len(select(data, default="test")) == 10
    with pytest.raises(DataError, match=r"no 'test' indices: add them, or use --split all"):
        select(data, "test")


def test_the_default_part_is_taken_where_it_is_there() -> None:
    data = make_dataset({"x": X, "train": [3, 4, 5]}, "d", source="d")
    assert len(select(data, default="train")) == 3
    assert len(select(data, default="test")) == 10


def test_a_mask_is_as_good_as_sample_numbers() -> None:
    data = make_dataset({"x": X, "test": np.arange(10) > 6}, "d", source="d")
    assert data.test is not None and data.test.tolist() == [7, 8, 9]


def test_several_inputs_by_position_and_by_name(tmp_path: Path) -> None:
    by_position = load_dataset(write(tmp_path / "p.npz", x1=X + 1, x0=X))
    assert list(by_position.inputs) == ["x0", "x1"] and not by_position.named
    by_name = load_dataset(write(tmp_path / "n.npz", left=X, right=X, y=np.zeros(10)))
    assert list(by_name.inputs) == ["left", "right"] and by_name.named


def test_arrays_beside_x_do_not_matter(tmp_path: Path) -> None:
    spec = write(tmp_path / "d.npz", x=X, notes=np.array([object()], dtype=object))
    assert list(load_dataset(spec).inputs) == ["x"]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({}, "holds no samples: it has nothing"),
        ({"y": [1]}, "holds no samples: it has 'y'"),
        ({"x": np.zeros((0, 3))}, "holds no samples"),
        ({"x": 3.0}, "single number"),
        ({"x": [[1, 2], [3]]}, "no array of numbers"),
        ({"x": ["a", "b"]}, "numbers are needed"),
        ({"x": np.array([1j])}, "complex128; numbers are needed"),
        ({"x": [[1.0], [np.nan]]}, "NaN or infinity, first in sample 1"),
        ({"x": [[np.inf], [0.0]]}, "first in sample 0"),
        ({"x": X, "y": [1, 2]}, "10 samples but 2 labels"),
        ({"x": X, "y": np.full(10, np.nan)}, "'y' holds a NaN"),
        ({"x": X, "train": [0, 10]}, "'train' names sample 10; there are 0 to 9"),
        ({"x": X, "test": [-1]}, "names sample -1"),
        ({"x": X, "test": []}, "must be a row of whole numbers"),
        ({"x": X, "test": np.array([], int)}, "names no sample"),
        ({"x": X, "test": [[1]]}, "must be a row of whole numbers"),
        ({"x": X, "test": [True]}, "mask 'test' has 1 entries for 10 samples"),
        ({"x": X, "zero_point": 1}, "no 'scale'"),
        ({"x": X, "scale": 0.0}, "must be a positive float32"),
        ({"x": X, "scale": 1e-60}, "must be a positive float32"),
        ({"x": X, "scale": [1.0, 2.0]}, "one finite number"),
        ({"x": X, "scale": 1.0, "zero_point": 0.5}, "a whole number"),
        ({"x0": X, "x1": X[:3]}, "different numbers of samples"),
    ],
)
def test_what_does_not_add_up_is_one_line(found: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        make_dataset(found, "d", source="d.npz")
    assert "\n" not in str(caught.value)


def test_object_arrays_are_never_unpickled(tmp_path: Path) -> None:
    spec = write(tmp_path / "d.npz", x=np.array([{"a": 1}, None], dtype=object))
    with pytest.raises(DataError, match="cannot be read"):
        load_dataset(spec)


@pytest.mark.parametrize("spec", ["nothing.npz", "what is this", "module:", ":function", "a b:c", "data.txt", "m:f()"])
def test_a_spec_that_names_nothing_says_what_is_allowed(spec: str) -> None:
    with pytest.raises(DataError, match=r"\.npz|does not exist"):
        load_dataset(spec)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.npz").write_text("x,y\n1,2\n")
    with pytest.raises(DataError, match=r"damaged or not an \.npz file"):
        load_dataset(str(tmp_path / "d.npz"))
    with pytest.raises(DataError, match="is not a file"):
        load_dataset(str(tmp_path))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading_module, "LIMIT_BYTES", 1 << 20)
    np.savez_compressed(tmp_path / "d.npz", x=np.zeros((1, 2 << 20), np.int8))
    with pytest.raises(DataError, match=r"would unpack to \d+ bytes; 1048576 are the limit"):
        load_dataset(str(tmp_path / "d.npz"))


def test_a_header_that_promises_the_moon_is_refused(tmp_path: Path) -> None:
    header = b"{'descr': '|i1', 'fortran_order': False, 'shape': (1152921504606846976, 8), }"
    header += b" " * (64 - (10 + len(header) + 1) % 64) + b"\n"
    with zipfile.ZipFile(tmp_path / "d.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
    with pytest.raises(DataError, match="cannot be read"):
        load_dataset(str(tmp_path / "d.npz"))


def _valid() -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, x=X, y=np.arange(10), train=np.arange(5), scale=np.float32(0.5), zero_point=1)
    return file.getvalue()


@settings(
    derandomize=True, max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_damaged_files_end_in_a_data_set_or_one_line(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(_valid())
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    path = tmp_path / "d.npz"
    path.write_bytes(content)
    try:
        assert isinstance(load_dataset(str(path)), Dataset)
    except DataError as error:
        assert "\n" not in str(error)


MODULE = """
import sys
import numpy as np
x = np.arange(6.0).reshape(3, 2)
def pair():
    print("chatter")
    return x, [0, 1, 2]
def alone(): return x
def several(): return (x, x + 1), [0, 1, 2]
def named(): return {"left": x, "right": x}, [0, 1, 2]
def whole(): return {"x": x, "y": [0, 1, 2], "train": [0], "test": [1, 2]}
def broken(): raise ValueError("first line\\nsecond line")
def leaves(): sys.exit(3)
class Holder:
    @staticmethod
    def make(): return x
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    name = f"edgekit_test_data_{abs(hash(request.node.name))}"
    (tmp_path / f"{name}.py").write_text(MODULE)
    (tmp_path / f"{name}_bad.py").write_text("1 +")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    return name


@pytest.mark.parametrize(
    ("function", "keys", "labels"),
    [("pair", ["x"], 3), ("alone", ["x"], None), ("several", ["x0", "x1"], 3), ("named", ["left", "right"], 3),
     ("whole", ["x"], 3), ("Holder.make", ["x"], None)],
)  # fmt: skip
def test_functions_of_the_current_folder(module: str, function: str, keys: list[str], labels: int | None) -> None:
    data = load_dataset(f"{module}:{function}")
    assert list(data.inputs) == keys and len(data) == 3
    assert (None if data.y is None else len(data.y)) == labels


def test_a_function_prints_to_stderr(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    load_dataset(f"{module}:pair")
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err == "chatter\n"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{}:broken", "failed: ValueError: first line$"),
        ("{}:leaves", "failed: SystemExit: 3"),
        ("{}:missing", "has no 'missing'"),
        ("{}:x", "is no function but a ndarray"),
        ("{}_bad:f", "cannot import .* SyntaxError"),
        ("{}_absent:f", "cannot import .* ModuleNotFoundError"),
    ],
)
def test_functions_that_fail_are_one_line(module: str, spec: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_dataset(spec.format(module))
