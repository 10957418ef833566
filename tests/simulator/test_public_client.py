# SPDX-License-Identifier: Apache-2.0
"""A client that knows only the public protocol, against a real model on an emulated board."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from emulate_command import emulate_command
from public_client import PublicClient

from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board
from edgekit.dataset import load_dataset, make_dataset
from edgekit.oracle import Oracle
from edgekit.tflite import TfliteModel

BOARD = "mps2-an386"


def classify(port: str, samples: np.ndarray) -> np.ndarray:
    """The int8 outputs of every sample; three decimals of a softmax bring them back exactly."""
    client = PublicClient(port)
    assert (client.vendor, client.model) == ("edgekit", "kws01")
    found = [client.classify(sample.tobytes()) for sample in samples]
    client.close()
    return np.round(np.array(found) * 256 - 128).astype(np.int8)


def reference(model: TfliteModel, samples: np.ndarray) -> np.ndarray:
    oracle = Oracle(model)
    if not oracle.installed:
        pytest.skip("the reference interpreter is not installed (pip install 'edgekit[oracle]')")
    with oracle:
        outputs = [oracle.run([sample.tobytes()])[0] for sample in samples]
    return np.stack([np.frombuffer(raw, np.int8) for raw in outputs])


@pytest.mark.parametrize(
    ("way", "count"),
    [
        (("--tcp", 0), 50),
        (("--link", "board"), 50),
        pytest.param(("--tcp", 0), 1000, marks=pytest.mark.slow),
        pytest.param(("--link", "board"), 1000, marks=pytest.mark.slow),
    ],
)
def test_accuracy_and_outputs_of_kws(way: tuple[str, object], count: int, shared_dir: Path, tmp_path: Path) -> None:
    path = shared_dir / "models" / "kws_ref_model.tflite"
    data = np.load(shared_dir / "data" / "kws1000.npz")
    samples, labels = data["x"][:count], data["y"][:count]
    place = (way[0], tmp_path / "board" if way[1] == "board" else way[1])
    with emulate_command(BOARD, "--model", path, *place) as (port, _):
        outputs = classify(port, samples)
    np.testing.assert_array_equal(outputs, reference(TfliteModel.read(path), samples))
    if count == 1000:
        assert round(float(np.mean(outputs.argmax(axis=1) == labels)), 3) == 0.901


def test_its_performance_score_is_edgekits_own(shared_dir: Path, tmp_path: Path) -> None:
    path = shared_dir / "models" / "kws_ref_model.tflite"
    model = TfliteModel.read(path)
    data = np.load(shared_dir / "data" / "kws1000.npz")
    dataset = make_dataset({"x": data["x"][:5], "y": data["y"][:5]}, "five", source="test")
    folder = tmp_path / "results"
    settings = Settings(mode="performance", results=folder, repeats=1, jobs=1)
    own = bench(model, load_board(BOARD), dataset=dataset, settings=settings)
    assert own.throughput is not None and own.throughput.per_second is not None
    assert len(own.throughput.windows) == 5
    assert all(window.microseconds is not None and window.microseconds >= 10e6 for window in own.throughput.windows)
    with emulate_command(BOARD, "--model", path) as (port, _):
        client = PublicClient(port)
        samples = [sample.tobytes() for sample in data["x"][:5]]
        score = client.throughput(samples, own.throughput.windows[0].iterations, 10)
        client.close()
    assert score == pytest.approx(own.throughput.per_second, rel=0.005)
    check_runner_files(folder, own.throughput.per_second)


def check_runner_files(folder: Path, per_second: float) -> None:
    entries = json.loads((folder / "results.json").read_text())
    assert [entry["mode"] for entry in entries] == ["performance"] * 5
    for entry in entries:
        assert set(entry) == {"file", "classes", "class", "infer", "power", "mode"}
        infer = entry["infer"]
        assert entry["classes"] == len(infer["results"]) == 12
        assert infer["throughput"] == pytest.approx(infer["iterations"] / infer["elapsed_time"] * 1e6)
        assert infer["end_time"] - infer["start_time"] == infer["elapsed_time"] >= 10_000_000
    lines = (folder / "results.txt").read_text().splitlines()
    assert lines[-1] == f"Median throughput is {per_second:.3f} inf./sec."
    assert lines.count("Runtime requirements have been met.") == 5
    assert lines[0].startswith("Top 1% = ")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_1000_samples_through_frames(shared_dir: Path) -> None:
    """The accuracy run as a user starts it, on as many boards as it takes by itself."""
    model = TfliteModel.read(shared_dir / "models" / "kws_ref_model.tflite")
    dataset = load_dataset(str(shared_dir / "data" / "kws1000.npz"))
    found = bench(model, load_board(BOARD), dataset=dataset, settings=Settings(split="all", mode="accuracy", repeats=1))
    assert found.accuracy is not None and found.parity is not None
    assert (found.accuracy.samples, round(found.accuracy.value, 3)) == (1000, 0.901)
    assert found.parity.different_bytes == 0


def test_boards_on_several_ports_give_the_bytes_of_one(shared_dir: Path, tmp_path: Path) -> None:
    path = shared_dir / "models" / "kws_ref_model.tflite"
    data = np.load(shared_dir / "data" / "kws1000.npz")
    dataset = make_dataset({"x": data["x"][:20], "y": data["y"][:20]}, "twenty", source="test")
    with emulate_command(BOARD, "--model", path, "--tcp", 0) as (first, _):
        with emulate_command(BOARD, "--model", path, "--link", tmp_path / "b") as (second, _):
            shared, one = (
                bench(TfliteModel.read(path), load_board(BOARD), dataset=dataset, ports=ports,
                      settings=Settings(mode="accuracy", repeats=1))
                for ports in ([first, second], [first])
            )  # fmt: skip
    assert shared.accuracy == one.accuracy
    assert shared.accuracy is not None and shared.accuracy.agreement_with_oracle == 1.0
