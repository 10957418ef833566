# SPDX-License-Identifier: Apache-2.0
"""`convert_model` without TensorFlow: with children that stand in for the converter and crash, hang or lie."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder

from edgekit import process
from edgekit.convert import LintFinding, PostTraining, convert_model
from edgekit.convert.calibration import choose_samples, read_samples, representative, write_samples
from edgekit.convert.serving import ModelInput
from edgekit.dataset import Dataset, fit_samples, make_dataset
from edgekit.errors import ConversionError, DataError, EdgekitError, ModelError, UsageError

STAND_IN = """
import os, signal, sys, time, json
from pathlib import Path
from edgekit.convert import job as jobs
folder = Path(sys.argv[1])
job = jobs.Job.read(folder)
jobs.write_seen(folder, ["InputLayer", "LSTM", "Dense"])
BODY
"""


def samples(count: int = 12) -> Dataset:
    return make_dataset({"x": np.arange(count * 2.0).reshape(count, 2)}, "d", source="d")


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    model = tmp_path / "net.keras"
    model.write_bytes(b"never read")

    def make(body: str) -> Path:
        script = tmp_path / "child.py"
        script.write_text(STAND_IN.replace("BODY", body))
        _, env = process.own_module("")
        monkeypatch.setattr(process, "own_module", lambda name: ([sys.executable, str(script)], env))
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        return model

    return make


def leftovers(folder: Path) -> list[Path]:
    return list(folder.glob("edgekit-convert-*"))


def answer(file: Path) -> str:
    return f"(folder / jobs.RESULT).write_bytes(Path({str(file)!r}).read_bytes()); jobs.Report().write(folder)"


def good_model(folder: Path) -> Path:
    builder = ModelBuilder(seed=1)
    path = folder / "good.tflite"
    path.write_bytes(builder.build([builder.fully_connected(builder.input((1, 2)), 3)]))
    return path


def test_the_result_of_the_child_is_the_model(stand_in, tmp_path: Path) -> None:
    good = good_model(tmp_path)
    model = stand_in(
        f"(folder / jobs.RESULT).write_bytes(Path({str(good)!r}).read_bytes()); jobs.Report().write(folder)"
    )
    stages: list[tuple[int, int]] = []
    result = convert_model(model, dataset=samples(), progress=lambda stage, done, total: stages.append((done, total)))
    assert result.name == "net" and result.content == good.read_bytes()
    assert stages == [(0, 1), (1, 1)]
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("number", ["SIGSEGV", "SIGABRT"])
def test_a_crash_names_the_layers_and_the_likely_one(stand_in, tmp_path: Path, number: str) -> None:
    model = stand_in(f"os.kill(os.getpid(), signal.{number})")
    with pytest.raises(
        ConversionError, match=rf"crashed \(.*{number}\) on a model of InputLayer, LSTM, Dense; LSTM under"
    ):
        convert_model(model, dataset=samples())
    assert not leftovers(tmp_path)


def test_a_crash_under_another_scheme_does_not_blame_a_layer(stand_in) -> None:
    with pytest.raises(ConversionError, match=r"crashed .*; try --scheme float32"):
        convert_model(stand_in("os.kill(os.getpid(), signal.SIGABRT)"), scheme="dynamic")


def test_an_error_of_the_child_keeps_its_class_and_text(stand_in) -> None:
    model = stand_in("jobs.Report('DataError', 'samples of the wrong shape').write(folder); sys.exit(1)")
    with pytest.raises(DataError, match="samples of the wrong shape"):
        convert_model(model, dataset=samples())


def test_a_child_that_dies_of_a_bug_shows_its_last_line(stand_in) -> None:
    with pytest.raises(ConversionError, match="exit status 1: ZeroDivisionError: division by zero on a model of"):
        convert_model(stand_in("1 / 0"), dataset=samples())


def test_a_converter_that_hangs_meets_the_deadline(stand_in, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="did not finish within 1 s"):
        convert_model(stand_in("time.sleep(60)"), dataset=samples(), timeout_s=1)
    assert not leftovers(tmp_path)


def test_an_interrupt_removes_everything(stand_in, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = stand_in("time.sleep(60)")

    def interrupted(*args: object, **kwargs: object) -> process.Completed:
        raise KeyboardInterrupt

    monkeypatch.setattr(process, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        convert_model(model, dataset=samples())
    assert not leftovers(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_the_folder_of_a_killed_run_is_removed_by_the_next(stand_in, tmp_path: Path) -> None:
    model = stand_in("time.sleep(60)")
    script = (
        "import sys, tempfile, signal, os; from edgekit import process, resources\n"
        f"tempfile.tempdir = {str(tmp_path)!r}\n"
        "with resources.scratch_folder('convert'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    arguments, env = [sys.executable, "-c", script], {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert process.run(arguments, timeout_s=30, env=env, check=False).returncode == -signal.SIGKILL
    (left,) = leftovers(tmp_path)
    others = tmp_path / f"edgekit-convert-{os.getppid()}-theirs"
    others.mkdir()
    with pytest.raises(ConversionError):
        convert_model(model, dataset=samples(), timeout_s=1)
    assert not left.exists() and leftovers(tmp_path) == [others]


def test_a_result_with_a_float_island_is_refused_unless_wanted(stand_in, tmp_path: Path) -> None:
    builder = ModelBuilder(seed=1)
    x = builder.dequantize(builder.fully_connected(builder.input((1, 2)), 3))
    x = builder.op("LOGISTIC", [x], (1, 3), None, dtype="float32")
    bad = tmp_path / "bad.tflite"
    bad.write_bytes(builder.build([builder.op("QUANTIZE", [x], (1, 3), ([0.1], [0], 0))]))
    model = stand_in(
        f"(folder / jobs.RESULT).write_bytes(Path({str(bad)!r}).read_bytes()); jobs.Report().write(folder)"
    )
    with pytest.raises(ConversionError, match=r"does not pass the check: .*amid an integer model.*\(and 1 more\)"):
        convert_model(model, dataset=samples())
    assert convert_model(model, dataset=samples(), check=False).content == bad.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"scheme": "int7"}, UsageError, "no quantization scheme; there are float32, float16, dynamic, int8, int16x8"),
        ({"scheme": "int16x8", "dataset": samples(), "post_training": PostTraining()}, UsageError, "int8 models only"),
        ({"scheme": "int8"}, UsageError, "needs samples for the ranges"),
        ({"scheme": "float32", "calibration_samples": 0}, UsageError, "at least one"),
        ({"scheme": "float32"}, ModelError, "does not exist"),
    ],
)
def test_wrong_arguments_are_refused_at_once(arguments: dict, error: type[EdgekitError], message: str) -> None:
    with pytest.raises(error, match=message):
        convert_model(Path("absent.keras"), **arguments)


def test_calibration_takes_the_training_part_with_its_extremes() -> None:
    x = np.zeros((100, 3))
    x[70, 1], x[30, 2], x[99, 0] = 9, -9, 1000
    data = make_dataset({"x": x, "y": np.arange(100), "train": np.arange(90)}, "d", source="d")
    chosen = choose_samples(data, 10)
    assert len(chosen) == 10 and chosen.x.max() == 9 and chosen.x.min() == -9
    assert np.array_equal(chosen.x, choose_samples(data, 10).x)
    assert len(choose_samples(data, 500)) == 90


def test_samples_survive_the_way_to_the_child(tmp_path: Path) -> None:
    data = make_dataset({"x": np.array([[1, 2]], np.int8), "scale": 0.1, "zero_point": 3}, "d", source="d")
    write_samples(data, tmp_path / "s.npz")
    read = read_samples(tmp_path / "s.npz", "mine")
    assert read.name == "mine" and read.scale == 0.1 and read.zero_point == 3 and read.x.dtype == np.int8
    port = ModelInput("in", (1, 2), "float32")
    (sample,) = representative(fit_samples(read, [port]), [port])()
    assert sample["in"].shape == (1, 2) and sample["in"].dtype == np.float32


ISLAND = LintFinding("float-island", "error", "split", "it computes in float32", "convert again")


def test_a_conversion_with_a_float_island_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from edgekit.convert import child

    results = iter([b"island", b"island", b"whole", b"unused"])
    monkeypatch.setattr(child, "lint", lambda model: [ISLAND] if model.content == b"island" else [])
    assert child.without_islands(lambda: next(results)) == b"whole"
    assert next(results) == b"unused"


def test_an_island_that_stays_is_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    from edgekit.convert import child

    attempts: list[int] = []
    monkeypatch.setattr(child, "lint", lambda model: [ISLAND])
    assert child.without_islands(lambda: attempts.append(1) or b"island") == b"island"
    assert len(attempts) == 4
