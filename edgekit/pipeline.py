# SPDX-License-Identifier: Apache-2.0
"""From a Keras model to a measured board: the line that everything else hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgekit.benchmark.result import BenchmarkResult
from edgekit.benchmark.session import Settings, bench, generate
from edgekit.boards import Board
from edgekit.codegen.generated import GeneratedModel
from edgekit.convert import CALIBRATION_SAMPLES, SchemeName, convert_model
from edgekit.dataset import Dataset
from edgekit.firmware import require_fit, write_project
from edgekit.importer import import_tflite
from edgekit.passes import run_passes
from edgekit.progress import Progress, silent
from edgekit.tflite import TfliteModel


def deploy(
    path: Path,
    board: Board,
    *,
    dataset: Dataset | None = None,
    calibration_samples: int = CALIBRATION_SAMPLES,
    scheme: SchemeName = "int8",
    ports: Sequence[str] = (),
    settings: Settings | None = None,
    progress: Progress = silent,
) -> BenchmarkResult:
    """Take the Keras or .tflite model at `path` to `board` and measure it there; a Keras model is converted first."""
    model = load_model(path, dataset=dataset, calibration_samples=calibration_samples, scheme=scheme, progress=progress)
    return bench(model, board, dataset=dataset, ports=ports, settings=settings, progress=progress)


def load_model(
    path: Path,
    *,
    dataset: Dataset | None,
    calibration_samples: int = CALIBRATION_SAMPLES,
    scheme: SchemeName = "int8",
    progress: Progress = silent,
) -> TfliteModel:
    """The .tflite model at `path`, or the Keras model there by `scheme`: with its trained scales, else `dataset`'s."""
    if path.suffix == ".tflite":
        return TfliteModel.read(path)
    return convert_model(
        path, scheme=scheme, dataset=dataset, calibration_samples=calibration_samples, progress=progress
    )


def generate_project(
    model: TfliteModel, board: Board, directory: Path, *, settings: Settings | None = None
) -> GeneratedModel:
    """Write a C project for `model` and `board` into `directory`. Raises DoesNotFitError before anything is written."""
    chosen = settings or Settings()
    generated = generate(model, run_passes(import_tflite(model)), board, chosen)
    require_fit(generated, board)
    write_project(generated, board, directory, toolchain=chosen.toolchain)
    return generated
