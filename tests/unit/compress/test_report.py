# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from edgekit.compress.remarks import verdict
from edgekit.compress.report import CompressionReport, ModelFigures, StepFigures, as_markdown
from edgekit.compress.task import Score


def report(model: str = "net.keras") -> CompressionReport:
    score = Score("top1", 0.9, 0.85, 0.94, 200)
    figures = ModelFigures(1000, 50_000, 4_000, 1_200, score, 0.99)
    step = StepFigures("finetune", {"steps": 10}, 1000, 50_000, None, None, 1.5)
    return CompressionReport({"model": model, "seed": 0}, figures, figures, figures, (step,), None, ("a note",))


def test_the_document_has_the_promised_keys() -> None:
    document = report().as_json()
    assert document["schema"] == 1
    assert set(document["result"]) == {
        "parameters", "macs", "tflite_bytes", "weight_bytes", "accuracy", "agreement",
    }  # fmt: skip
    assert set(document["steps"][0]) == {
        "name", "settings", "parameters", "macs", "tflite_bytes", "accuracy", "seconds",
    }  # fmt: skip


def test_the_page_shows_figures_and_survives_hostile_names() -> None:
    page = as_markdown(report("x|y\n# <b>evil`"))
    assert "| result | 1,000 | 50,000 | 4,000 | 90.00% (85.00% to 94.00%, n = 200) | 99.00% |" in page
    assert "a note" in page and "\n# <b>" not in page


def test_a_result_beyond_the_adapted_interval_is_called_too_much() -> None:
    adapted = Score("top1", 0.92, 0.89, 0.94, 400)
    assert verdict(Score("top1", 0.90, 0.87, 0.92, 400), adapted) == []
    assert "cut less" in verdict(Score("top1", 0.80, 0.77, 0.82, 400), adapted)[0]
    error = Score("mse", 1.0, 0.9, 1.1, 400)
    assert verdict(Score("mse", 0.5, 0.4, 0.6, 400), error) == []
    assert len(verdict(Score("mse", 1.5, 1.4, 1.6, 400), error)) == 1
    assert verdict(None, error) == []
