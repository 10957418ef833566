# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import edgekit.convert as package
from edgekit.cli.convert import convert
from edgekit.convert import PostTraining
from edgekit.errors import UsageError
from edgekit.tflite import TfliteModel


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def fake(model: Path, **options: Any) -> TfliteModel:
        found.update(options)
        return TfliteModel("net", b"TFL3")

    monkeypatch.setattr(package, "convert_model", fake)
    return found


def run(folder: Path, *arguments: str) -> Result:
    (folder / "net.keras").write_bytes(b"PK")
    return CliRunner().invoke(convert, [str(folder / "net.keras"), "-o", str(folder / "net.tflite"), *arguments])


def test_without_options_the_converter_chooses_the_scales(tmp_path: Path, given: dict[str, Any]) -> None:
    assert run(tmp_path).exit_code == 0
    assert given["scheme"] == "int8" and given["post_training"] is None
    assert (tmp_path / "net.tflite").read_bytes() == b"TFL3"


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--ranges", "mse"], PostTraining(ranges="mse")),
        (["--ranges", "percentile", "--percentile", "99"], PostTraining(ranges="percentile", percentile=99.0)),
        (["--weights", "mse", "--no-bias-correction"], PostTraining(weights="mse", bias_correction=False)),
        (["--bias-correction"], PostTraining()),
        (["--equalize"], PostTraining(equalize=True)),
        (
            ["--bits", "4", "--layer-bits", "first=8", "--layer-bits", "a=b=5"],
            PostTraining(bits=4, layer_bits={"first": 8, "a=b": 5}),
        ),
    ],
)
def test_any_option_lets_edgekit_choose_them(
    arguments: list[str], wanted: PostTraining, tmp_path: Path, given: dict[str, Any]
) -> None:
    assert run(tmp_path, *arguments).exit_code == 0
    assert given["post_training"] == wanted


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--percentile", "99"], "--percentile belongs to --ranges percentile"),
        (["--layer-bits", "head"], "takes LAYER=BITS with 2 to 8 bits, not 'head'"),
        (["--layer-bits", "head=16"], "takes LAYER=BITS"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    arguments: list[str], message: str, tmp_path: Path, given: dict[str, Any]
) -> None:
    shown = run(tmp_path, *arguments)
    assert isinstance(shown.exception, UsageError) and message in str(shown.exception)
    assert not (tmp_path / "net.tflite").exists()
