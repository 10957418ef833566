# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import edgekit.compress as package
from edgekit.cli.compress import compress
from edgekit.compress.report import CompressionReport, ModelFigures, StepFigures
from edgekit.compress.session import CompressedModel
from edgekit.compress.task import Score
from edgekit.compress.techniques import PLANNED, TECHNIQUES


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "net.keras").write_bytes(b"PK")
    np.savez(tmp_path / "data.npz", x=np.zeros((4, 2), np.float32), y=np.arange(4))
    return [str(tmp_path / "net.keras"), "--data", str(tmp_path / "data.npz"), "-o", str(tmp_path / "out.keras")]


def report() -> CompressionReport:
    score = Score("top1", 0.9, 0.85, 0.94, 200)
    figures = ModelFigures(1000, 50_000, 4_000, 1_200, score, 0.99)
    step = StepFigures("finetune", {"steps": 10}, 1000, 50_000, None, score, 1.5)
    return CompressionReport({"model": "net"}, figures, figures, figures, (step,), None, ("mind the gap",))


def test_list_explains_recipes_techniques_and_what_is_to_come() -> None:
    shown = CliRunner().invoke(compress, ["--list"])
    assert shown.exit_code == 0
    for name in ("quick", "balanced", "smallest", *TECHNIQUES, *PLANNED, "hard_weight"):
        assert name in shown.output


def test_json_is_the_report_alone(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def fake(model: Path, recipe: str, dataset: Any, output: Path, **options: Any) -> CompressedModel:
        given.update(recipe=recipe, samples=len(dataset), output=output.name, **options)
        return CompressedModel(output, output.with_suffix(".tflite"), report())

    monkeypatch.setattr(package, "compress_model", fake)
    shown = CliRunner().invoke(compress, [*files, "--recipe", "quick", "--seed", "7", "--resume", "--format", "json"])
    assert json.loads(shown.output)["result"]["parameters"] == 1000
    assert given["recipe"] == "quick" and given["seed"] == 7 and given["resume"] and given["samples"] == 4
    table = CliRunner().invoke(compress, [*files, "--recipe", "quick"])
    assert "90.00%" in table.output and "mind the gap" in table.output


def test_an_interruption_says_how_to_go_on(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any, **options: Any) -> CompressedModel:
        raise KeyboardInterrupt

    monkeypatch.setattr(package, "compress_model", interrupted)
    shown = CliRunner().invoke(compress, files)
    assert shown.exit_code != 0 and "out.keras.checkpoint; go on with --resume" in shown.output
