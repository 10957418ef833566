# SPDX-License-Identifier: Apache-2.0
"""What passes between `convert_model` and its child: a folder with a job, a model, samples, and then a result."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from edgekit import errors
from edgekit.convert.post_training import PostTraining
from edgekit.convert.serving import ModelInput

JOB = "job.json"
SAMPLES = "samples.npz"
RESULT = "model.tflite"
REPORT = "report.json"
SEEN = "seen.json"


@dataclass(frozen=True, slots=True)
class Job:
    """`keras_file` is loaded and described by the child; `saved_model` comes with its `inputs` and `outputs`, or is a
    user's folder, without them. A `stateful` model takes one time step an inference.

    With `post_training` edgekit quantizes the model itself, where otherwise the converter does.
    """

    scheme: str
    keras_file: str | None = None
    saved_model: str | None = None
    inputs: tuple[ModelInput, ...] = ()
    outputs: tuple[str, ...] = ()
    calibrated: bool = False
    data_name: str = ""
    stateful: bool = False
    post_training: PostTraining | None = None

    def write(self, folder: Path) -> None:
        (folder / JOB).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Job:
        found = json.loads((folder / JOB).read_text(encoding="utf-8"))
        inputs = tuple(ModelInput(**{**port, "shape": tuple(port["shape"])}) for port in found.pop("inputs"))
        settings = found.pop("post_training")
        chosen = PostTraining(**settings) if settings else None
        return cls(**{**found, "inputs": inputs, "outputs": tuple(found["outputs"]), "post_training": chosen})


@dataclass(frozen=True, slots=True)
class Report:
    """How the child ended: `error` is an EdgekitError's class name and `message` its text, "" when all went well."""

    error: str = ""
    message: str = ""
    notes: tuple[str, ...] = field(default=())

    def write(self, folder: Path) -> None:
        (folder / REPORT).write_text(json.dumps(asdict(self)), encoding="utf-8")

    def raise_error(self) -> None:
        """Raise what the child met."""
        if self.error:
            kind: Any = getattr(errors, self.error, errors.ConversionError)
            raise kind(self.message)


def read_report(folder: Path) -> Report | None:
    """The child's report; None when it did not get that far."""
    try:
        found = json.loads((folder / REPORT).read_text(encoding="utf-8"))
        return Report(found["error"], found["message"], tuple(found["notes"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_seen(folder: Path, layers: list[str]) -> None:
    """Note the model's layer classes before the converter, which may crash, is called."""
    (folder / SEEN).write_text(json.dumps(layers), encoding="utf-8")


def read_seen(folder: Path) -> list[str]:
    try:
        return [str(name) for name in json.loads((folder / SEEN).read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []
