# SPDX-License-Identifier: Apache-2.0
"""results.json and results.txt in the form of the public benchmark runner."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgekit.benchmark.accuracy import Outputs
from edgekit.benchmark.result import BenchmarkResult
from edgekit.errors import EdgekitError
from edgekit.resources import write_atomically


def write_runner_files(folder: Path, result: BenchmarkResult, outputs: Outputs, labels: Sequence[Any] | None) -> None:
    """Write both files into `folder`. Unknown is null: nothing is made up to fill a field."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / "results.json", json.dumps(_entries(result, outputs, labels), indent=2) + "\n")
        write_atomically(folder / "results.txt", "".join(f"{line}\n" for line in _lines(result)))
    except OSError as error:
        raise EdgekitError(f"cannot write the results into {folder}: {error.strerror or error}") from error


def _entries(result: BenchmarkResult, outputs: Outputs, labels: Sequence[Any] | None) -> list[dict[str, Any]]:
    values = outputs.real()
    classes = values.shape[1]
    mode = result.conditions.mode
    entries: list[dict[str, Any]] = []
    windows = result.throughput.windows if result.throughput is not None else ()
    for index in range(len(windows) or len(values)):
        sample = index % len(values)
        label = None if labels is None else labels[sample]
        window = windows[index] if windows else None
        entries.append(
            {
                "file": f"sample_{sample:06d}",
                "classes": classes,
                "class": int(label) if label is not None and float(label).is_integer() else label,
                "infer": {
                    "results": [float(f"{value:.6g}") for value in values[sample]],
                    **_times(None if window is None else window.microseconds),
                    "iterations": 1 if window is None else window.iterations,
                    "warmups": 0 if window is None else window.warmups,
                    "throughput": None
                    if window is None or not window.microseconds
                    else window.iterations / window.microseconds * 1e6,
                },
                "power": None,
                "mode": mode,
            }
        )
    return entries


def _times(microseconds: int | None) -> dict[str, Any]:
    """The runner's times are microseconds of the board; a window here begins at 0."""
    if microseconds is None:
        return {"start_time": None, "end_time": None, "elapsed_time": None}
    return {"start_time": 0, "end_time": microseconds, "elapsed_time": microseconds}


def _lines(result: BenchmarkResult) -> list[str]:
    lines: list[str] = []
    if result.accuracy is not None:
        value = result.accuracy.value
        texts = {"top1": f"Top 1% = {100 * value:.1f}", "auc": f"AUC = {value:.3f}", "mse": f"MSE = {value:.6g}"}
        lines.append(texts[result.accuracy.metric])
    if result.throughput is not None:
        for number, window in enumerate(result.throughput.windows, 1):
            if window.microseconds is None:
                lines.append(f"Window {number}: {window.iterations} inferences, marked on the timestamp pin")
                continue
            seconds = window.microseconds / 1e6
            lines.append(
                f"Window {number}: {window.iterations} inferences in {seconds:.3f} s = "
                f"{window.iterations / seconds:.3f} inf./sec."
            )
            lines.append("Runtime requirements have been met.")
        if result.throughput.per_second is not None:
            lines.append(f"Median throughput is {result.throughput.per_second:.3f} inf./sec.")
    if result.conditions.mode == "energy":
        lines.append("Energy is unknown: no power monitor was connected.")
    return lines
