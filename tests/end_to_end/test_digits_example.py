# SPDX-License-Identifier: Apache-2.0
"""The example in examples/digits: it trains, repeats itself for free, and its model survives quantization."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from edgekit import process
from edgekit.convert import convert_model
from edgekit.dataset import load_dataset, quantize, select
from edgekit.importer import import_tflite
from edgekit.oracle import Oracle, is_installed

pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
pytest.importorskip("sklearn", reason="scikit-learn is not installed")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digits")
    done = train(folder)
    assert "9018 parameters" in done.stdout
    return folder


def train(folder: Path) -> process.Completed:
    script = ROOT / "examples" / "digits" / "train.py"
    return process.run([sys.executable, script, "--out", folder], timeout_s=300, cwd=folder)


def test_a_second_run_does_nothing(trained: Path) -> None:
    before = (trained / "digits.keras").read_bytes()
    assert "is up to date" in train(trained).stdout
    assert (trained / "digits.keras").read_bytes() == before


def test_file_and_function_hold_the_same_samples(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    file, function = load_dataset(str(trained / "digits.npz")), load_dataset("examples.digits.data:load")
    assert np.array_equal(file.x, function.x)
    assert (len(select(file, "train")), len(select(function, "test"))) == (1258, 539)


@pytest.mark.skipif(not is_installed(), reason="tflite-micro is not installed (Linux on x86-64 only)")
def test_the_quantized_model_is_right_on_98_of_100_test_images(trained: Path) -> None:
    data = load_dataset(str(trained / "digits.npz"))
    model = convert_model(trained / "digits.keras", dataset=data)
    test, graph = select(data, "test"), import_tflite(model)
    quant = graph.tensors[graph.inputs[0]].quant
    assert quant is not None and test.y is not None
    images = quantize(test.x, quant.scale, quant.zero_point, "int8")
    with Oracle(model, graph) as oracle:
        outputs = oracle.run_batch([[image] for image in images])
    classes = [int(np.argmax(np.frombuffer(output[0], np.int8))) for output in outputs]
    assert np.mean(classes == test.y) >= 0.98
