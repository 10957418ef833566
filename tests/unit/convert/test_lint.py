# SPDX-License-Identifier: Apache-2.0
"""What the lint finds in files that are built for it, and what it lets pass."""

from __future__ import annotations

from pathlib import Path

import flatbuffer_writer
import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder, TensorSpec
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.convert.lint import LintFinding, lint
from edgekit.errors import MalformedModelError
from edgekit.tflite import TfliteModel


def rules(findings: list[LintFinding]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in findings]


def clean_model() -> TfliteModel:
    model = ModelBuilder(seed=1)
    x = model.conv_2d(model.input((1, 6, 6, 2)), 4, kernel=3, activation="RELU6")
    x = model.fully_connected(model.reshape(x, (1, -1)), 3)
    return model.tflite([model.softmax(x)])


def test_a_full_integer_model_is_clean() -> None:
    assert lint(clean_model()) == []


def test_float_edges_are_no_island() -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 8), dtype="float32")
    quantized = model.op("QUANTIZE", [x], (1, 8), ([0.1], [0], 0))
    assert lint(model.tflite([model.dequantize(model.fully_connected(quantized, 3))])) == []


def test_a_float_model_has_no_island() -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 8), dtype="float32")
    assert lint(model.tflite([model.op("RELU", [x], (1, 8), None, dtype="float32")])) == []


def test_a_float_op_amid_integers_is_named() -> None:
    model = ModelBuilder(seed=1)
    x = model.fully_connected(model.input((1, 8)), 8)
    x = model.op("LOGISTIC", [model.dequantize(x)], (1, 8), None, dtype="float32", name="net/gate/Sigmoid")
    findings = lint(model.tflite([model.op("QUANTIZE", [x], (1, 8), ([0.1], [0], 0))]))
    assert rules(findings) == [("float-island", "error")] * 2
    assert "LOGISTIC 'gate': it computes in float32 amid an integer model" in str(findings[1])


def test_float_activations_times_integer_weights_are_hybrid() -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 8), dtype="float32")
    weights = model.constant(np.ones((3, 8), np.int8), ([0.1] * 3, [0] * 3, 0))
    assert rules(
        lint(model.tflite([model.op("FULLY_CONNECTED", [x, weights, -1], (1, 3), None, dtype="float32")]))
    ) == [("hybrid", "error")]


@pytest.mark.parametrize(("scales", "words"), [([0.1], "turned into floats"), ([0.1] * 3, "does wrongly")])
def test_weights_that_become_floats_at_run_time_are_found(scales: list[float], words: str) -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 8), dtype="float32")
    weights = model.constant(np.ones((3, 8), np.int8), (scales, [0] * len(scales), 0))
    floats = model.op("DEQUANTIZE", [weights], (3, 8), None, dtype="float32")
    y = model.op("FULLY_CONNECTED", [x, floats, -1], (1, 3), None, dtype="float32")
    (finding,) = lint(model.tflite([y]))
    assert finding.rule == "weight-only" and words in finding.reason


def test_a_rescaling_relu6_is_an_error_for_tflm_alone() -> None:
    def model(same: bool) -> TfliteModel:
        made = ModelBuilder(seed=1)
        return made.tflite([made.relu(made.input((1, 8)), kind="RELU6", same_quant=same)])

    assert lint(model(same=True), engine="tflm") == []
    assert rules(lint(model(same=False))) == [("rescaling-relu6", "warning")]
    assert rules(lint(model(same=False), engine="tflm")) == [("rescaling-relu6", "error")]


def test_custom_operators_are_found() -> None:
    model = ModelBuilder(seed=1)
    assert rules(lint(model.tflite([model.op("CUSTOM", [model.input((1, 8))], (1, 8), ([0.1], [0], 0))]))) == [
        ("foreign-op", "error")
    ]


def test_the_real_models_are_clean(shared_dir: Path) -> None:
    for path in sorted((shared_dir / "models").glob("*.tflite")):
        assert lint(TfliteModel.read(path)) == [], path.name


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.data())
def test_damaged_files_end_in_findings_or_one_line(data: st.DataObject) -> None:
    content = bytearray(clean_model().content)
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))]
    try:
        lint(TfliteModel("damaged", bytes(content)))
    except MalformedModelError as error:
        assert "\n" not in str(error)


def test_packed_weights_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(flatbuffer_writer.TYPES, "int4", 17)
    model = ModelBuilder(seed=1)
    x = model.input((1, 8))
    weights = model.tensor(TensorSpec("packed", (3, 8), "int4", ([0.1], [0], 0), np.ones(12, np.int8)))
    y = model.op("FULLY_CONNECTED", [x, weights, -1], (1, 3), ([0.1], [0], 0))
    assert rules(lint(model.tflite([y]))) == [("packed-weights", "error")]
