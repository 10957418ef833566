# SPDX-License-Identifier: Apache-2.0
"""The digits benchmark in short: a tenth of the MACs, int8, hardly a wrong digit more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.compress import compress_model, parse_recipe
from edgekit.compress.judging import run_tflite
from edgekit.compress.students import quantized_predictor
from edgekit.convert.compression_record import read_record
from edgekit.convert.keras_graph import read_graph
from edgekit.dataset import make_dataset
from edgekit.keras_models import load_keras
from edgekit.progress import silent
from edgekit.tflite import TfliteModel

pytest.importorskip("keras", reason="Keras is not installed (edgekit[train])")
datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed (edgekit[dev])")

RECIPE = parse_recipe(
    """
    schema = 1
    [[step]]
    technique = "fold_batchnorm"
    [[step]]
    technique = "prune_channels"
    target = 0.1
    rounds = 2
    round_steps = 60
    steps = 200
    copies = 4
    learning_rate = 2e-3
    [[step]]
    technique = "quantize_aware"
    steps = 60
    copies = 4
    """
)


def test_a_tenth_of_the_macs_reads_digits_nearly_as_well(shared_dir: Path, tmp_path: Path) -> None:
    from sklearn.model_selection import train_test_split

    digits = datasets.load_digits()
    x = (digits.images / 16.0).astype(np.float32)[..., None]
    train, test = train_test_split(np.arange(len(x)), test_size=539, stratify=digits.target, random_state=0)
    data = make_dataset({"x": x, "y": digits.target, "train": train, "test": test}, "digits", source="digits")
    output = tmp_path / "small.keras"
    model = shared_dir / "models" / "digits_cnn.keras"
    report = compress_model(model, RECIPE, data, output, thorough=False).report
    assert report.result.macs <= 0.1 * report.original.macs
    assert report.result.tflite_bytes is not None and report.original.tflite_bytes is not None
    assert report.result.tflite_bytes * 10 <= report.original.tflite_bytes
    assert report.result.accuracy is not None and report.original.accuracy is not None
    assert report.result.accuracy.value >= report.original.accuracy.value - 0.02
    answers = run_tflite(TfliteModel.read(output.with_suffix(".tflite")), [x[test]], silent)
    if answers is None:
        pytest.skip("tflite-micro is not installed (edgekit[oracle])")
    record = read_record(output)
    assert record is not None and record.quantization is not None
    simulated = quantized_predictor(read_graph(load_keras(output)), record.quantization)([x[test]])[0]
    assert (simulated.argmax(1) == answers[0].argmax(1)).mean() >= 0.998
