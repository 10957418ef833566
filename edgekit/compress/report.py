# SPDX-License-Identifier: Apache-2.0
"""The result of a compression, as JSON for programs and Markdown for people. Keys are added, never renamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from edgekit.compress.task import Score

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """`weight_bytes`: weights and biases as the .tflite stores them; `agreement` with the original model's classes."""

    parameters: int
    macs: int
    tflite_bytes: int | None
    weight_bytes: int
    accuracy: Score | None
    agreement: float | None


@dataclass(frozen=True, slots=True)
class StepFigures:
    """A step's result; `accuracy` is that of the model in training (with int8 rounding once that is trained)."""

    name: str
    settings: Mapping[str, Any]
    parameters: int
    macs: int
    tflite_bytes: int | None
    accuracy: Score | None
    seconds: float


@dataclass(frozen=True, slots=True)
class CompressionReport:
    """`packed_weight_bytes`: what the weights would take at their trained bit widths; None where all have 8."""

    conditions: Mapping[str, Any]
    original: ModelFigures
    adapted: ModelFigures
    result: ModelFigures
    steps: tuple[StepFigures, ...]
    packed_weight_bytes: int | None = None
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The document of OUT.report.json."""
        return {"schema": SCHEMA, **asdict(self), "steps": [asdict(step) for step in self.steps],
                "notes": list(self.notes)}  # fmt: skip


def as_markdown(report: CompressionReport) -> str:
    """The report for people."""
    lines = [f"# {_cell(report.conditions.get('model', 'model'))}: compressed", ""]
    lines += ["| | parameters | MACs | .tflite bytes | accuracy | agreement |", "|---|---|---|---|---|---|"]
    for name, figures in (("original", report.original), ("adapted", report.adapted), ("result", report.result)):
        lines.append(
            f"| {name} | {figures.parameters:,} | {figures.macs:,} | {_number(figures.tflite_bytes)} | "
            f"{_score(figures.accuracy)} | {_share(figures.agreement)} |"
        )
    lines += ["", "`adapted` is the original after the same amount of training: compare the result with it.", ""]
    lines += ["| step | parameters | MACs | int8 .tflite bytes | accuracy | seconds |", "|---|---|---|---|---|---|"]
    for step in report.steps:
        lines.append(
            f"| {step.name} | {step.parameters:,} | {step.macs:,} | {_number(step.tflite_bytes)} | "
            f"{_score(step.accuracy)} | {step.seconds:.1f} |"
        )
    if report.packed_weight_bytes is not None:
        lines += ["", f"Packed at their trained widths the weights take {report.packed_weight_bytes:,} bytes."]
    lines += ["", *[f"- {_cell(note)}" for note in report.notes], ""]
    lines += [f"- {_cell(key)}: {_cell(value)}" for key, value in report.conditions.items()]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    """Text that cannot break out of a Markdown line or cell."""
    text = "".join(char if char.isprintable() else " " for char in str(value))
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def _score(score: Score | None) -> str:
    if score is None:
        return "-"
    if score.metric == "top1":
        return f"{score.value:.2%} ({score.low:.2%} to {score.high:.2%}, n = {score.samples})"
    return f"{score.metric} {score.value:.5g} ({score.low:.5g} to {score.high:.5g}, n = {score.samples})"
