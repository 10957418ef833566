# SPDX-License-Identifier: Apache-2.0
"""Recipes from file to file: what is written, that it is reproducible, and that others can read it."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

import keras_nets
import numpy as np
import pytest

from edgekit import process
from edgekit.compress import compress_model, parse_recipe
from edgekit.convert import slim
from edgekit.convert.compression_record import read_record
from edgekit.dataset import make_dataset
from edgekit.errors import UsageError
from edgekit.pipeline import load_model
from edgekit.progress import silent

keras = pytest.importorskip("keras", reason="Keras is not installed (edgekit[train])")

RECIPE = parse_recipe(
    """
    schema = 1
    [[step]]
    technique = "prune_weights"
    pattern = "2:4"
    steps = 12
    every = 4
    copies = 1
    skip = ["first"]
    [[step]]
    technique = "quantize_aware"
    bits = 4
    steps = 12
    copies = 1
    """
)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compress")
    layers = keras.layers
    model = keras_nets.chain(
        (6, 6, 4),
        layers.Conv2D(8, 3, padding="same", name="stem"),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Conv2D(8, 1, activation="relu", name="mix"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3, activation="softmax", name="head"),
    )
    model.save(folder / "net.keras")
    return folder


def dataset() -> Any:
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 90)
    x = (random.normal(size=(90, 6, 6, 4)) + y[:, None, None, None]).astype(np.float32)
    return make_dataset({"x": x, "y": y, "train": np.arange(60), "test": np.arange(60, 90)}, "toy", source="toy")


def run(work: Path, name: str, **options: Any) -> Any:
    return compress_model(work / "net.keras", RECIPE, dataset(), work / name, **options)


@pytest.fixture(scope="module")
def compressed(work: Path) -> Any:
    return run(work, "out.keras", seed=3)


def test_the_report_has_every_key_and_the_figures_of_the_files(work: Path, compressed: Any) -> None:
    document = json.loads((work / "out.report.json").read_text())
    assert document == json.loads(json.dumps(compressed.report.as_json()))
    assert document["schema"] == 1
    for part in ("original", "adapted", "result"):
        assert set(document[part]) >= {"parameters", "macs", "tflite_bytes", "weight_bytes", "accuracy", "agreement"}
        assert set(document[part]["accuracy"]) == {"metric", "value", "low", "high", "samples"}
        assert document[part]["accuracy"]["samples"] == 30
    assert document["result"]["tflite_bytes"] == len((work / "out.tflite").read_bytes())
    assert [step["name"] for step in document["steps"]] == ["prune_weights", "quantize_aware"]
    assert any("zero" in note for note in document["notes"])
    assert "| result |" in (work / "out.report.md").read_text()
    assert not list(work.glob("*checkpoint*")) and not list(work.glob(".*"))


def test_masks_hold_through_quantization_to_the_last_byte(work: Path, compressed: Any) -> None:
    from edgekit.importer import import_tflite
    from edgekit.tflite import TfliteModel

    record = read_record(work / "out.keras")
    assert record is not None and set(record.masks) == {"mix", "head"}
    for mask in record.masks.values():
        assert (mask.reshape(-1, 4, mask.shape[-1]).sum(1) == 2).all()
    graph = import_tflite(TfliteModel.read(work / "out.tflite"))
    kernels = [tensor.data for tensor in graph.tensors if tensor.data is not None and tensor.dtype == "int8"]
    shares = [float((kernel == 0).mean()) for kernel in kernels if kernel.size in (64, 24)]
    assert len(shares) == 2 and min(shares) >= 0.5


def test_a_new_process_converts_the_saved_model_to_the_same_bytes(work: Path, compressed: Any) -> None:
    again = load_model(work / "out.keras", dataset=None)
    assert slim(again).content == (work / "out.tflite").read_bytes()


def test_plain_keras_loads_the_result(work: Path, compressed: Any) -> None:
    code = (
        "import sys; sys.modules['edgekit'] = None\n"
        "import keras, numpy\n"
        f"model = keras.models.load_model({str(work / 'out.keras')!r})\n"
        "print(model(numpy.zeros((1, 6, 6, 4), 'float32')).shape)"
    )
    done = process.run([sys.executable, "-c", code], timeout_s=120, env={"TF_CPP_MIN_LOG_LEVEL": "3"})
    assert "(1, 3)" in done.stdout


def test_an_interrupted_run_resumes_to_the_same_bytes(work: Path, compressed: Any) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        if stage.startswith("2-quantize_aware") and done == 10:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(work, "again.keras", seed=3, progress=interrupt)
    assert (work / "again.keras.checkpoint").is_dir() and not (work / "again.keras").exists()
    with pytest.raises(UsageError, match="seed changed"):
        run(work, "again.keras", seed=4, resume=True)
    stages: list[str] = []
    run(
        work,
        "again.keras",
        seed=3,
        resume=True,
        thorough=False,
        progress=lambda stage, done, total: stages.append(stage),
    )
    assert not any(stage.startswith("1-prune_weights") for stage in stages)
    for suffix in (".keras", ".tflite"):
        assert (work / f"again{suffix}").read_bytes() == (work / f"out{suffix}").read_bytes()
    assert not (work / "again.keras.checkpoint").exists()


def test_there_is_nothing_to_resume_without_a_checkpoint(work: Path) -> None:
    with pytest.raises(UsageError, match="nothing to resume"):
        run(work, "never.keras", resume=True)


def test_a_model_with_trained_scales_is_not_finetuned_again(work: Path, compressed: Any) -> None:
    recipe = parse_recipe('schema = 1\n[[step]]\ntechnique = "finetune"\n')
    with pytest.raises(UsageError, match="finetune must not come after an earlier compression"):
        compress_model(work / "out.keras", recipe, dataset(), work / "twice.keras", progress=silent)
