# SPDX-License-Identifier: Apache-2.0
"""The tables of the compression benchmark, from its results and its peers' alone: no model, no data.

python benchmarks/compression_table.py     # prints what the README and compression.md show
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
Runs = Mapping[str, Mapping[str, Any]]

#: Which of our rows stands against a peer's: the same technique, or the one to take for the smallest file.
RIVALS = {
    "digits": {
        "tfmot: QAT int8": "QAT int8",
        "tfmot: 50 % zeros, int8": "50 % zeros, int8",
        "tfmot: 80 % zeros, int8": "80 % zeros, int8",
        "tfmot: 16 clusters, int8": "QAT 4-bit weights",
        "aeq: static int8": "int8, no training",
        "aeq: static int4 weights": "10 % of the flash, int8",
    },
    "kws": {
        "tfmot: QAT int8": "QAT int8",
        "tfmot: 50 % zeros, int8": "50 % zeros, int8",
        "tfmot: 80 % zeros, int8": "80 % zeros, int8",
        "tfmot: 16 clusters, int8": "QAT 4-bit weights",
        "aeq: static int8": "int8, no training",
        "aeq: static int4 weights": "60 % of the MACs, int8",
    },
}


#: (task, row, the promise, the least accuracy in points or, with a figure of the same run, the least difference to
#: that, how many times smaller than the float .tflite).
PROMISES = (
    ("digits", "QAT int8", "at most 0.3 points below the fine-tuned original", -0.3, "adapted", None),
    ("digits", "QAT 4-bit weights", "at most 1 point below the fine-tuned original", -1.0, "adapted", None),
    ("digits", "10 % of the MACs, int8", "at least 98.7 %", 98.7, None, None),
    ("digits", "10 % of the flash, int8", "20x smaller within 1 point", -1.0, "float", 20.0),
    ("kws", "QAT int8", "at most 0.3 points below the fine-tuned original", -0.3, "adapted", None),
    ("kws", "QAT 4-bit weights", "at most 1 point below the fine-tuned original", -1.0, "adapted", None),
    ("kws", "60 % of the MACs, int8", "at least 91.0 %", 91.0, None, None),
)

#: (task, technique, the row that has it, the same without it).
FINDINGS = (
    ("kws", "distillation as the recovery loss", "60 % of the MACs, int8", "60 % of the MACs, labels alone, int8"),
    ("kws", "Taylor importance instead of weight size", "60 % of the MACs, int8", "60 % of the MACs by L1, int8"),
    (
        "kws",
        "BatchNorm scale instead of weight size",
        "60 % of the MACs by BatchNorm scale, int8",
        "60 % of the MACs by L1, int8",
    ),
    ("digits", "feature matching", "3 % of the MACs, features matched, int8", "3 % of the MACs, int8"),
    ("kws", "distillation in fine-tuning", "QAT int8", "labels alone, int8"),
    ("kws", "bias correction", "3-bit weights, biases corrected", "3-bit weights, plain"),
    ("digits", "bias correction", "3-bit weights, biases corrected", "3-bit weights, plain"),
    ("kws", "least-error weight steps", "3-bit weights, least error, corrected", "3-bit weights, biases corrected"),
    ("digits", "least-error weight steps", "3-bit weights, least error, corrected", "3-bit weights, biases corrected"),
    (
        "kws",
        "8 bits for first, last, depthwise",
        "3-bit, first, last, depthwise 8",
        "3-bit weights, least error, corrected",
    ),
    ("kws", "equalization", "3-bit weights, equalized, corrected", "3-bit weights, biases corrected"),
    ("digits", "equalization", "3-bit weights, equalized, corrected", "3-bit weights, biases corrected"),
    ("kws", "percentile ranges", "int8, percentile ranges", "int8, no training"),
    ("kws", "50 % zeros", "50 % zeros, int8", "QAT int8"),
    ("kws", "80 % zeros", "80 % zeros, int8", "QAT int8"),
    ("digits", "80 % zeros", "80 % zeros, int8", "QAT int8"),
    ("kws", "2:4 zeros", "2:4 zeros, int8", "QAT int8"),
    ("digits", "blocks of 4 zeros", "block:4 zeros, int8", "QAT int8"),
)


def right(runs: Runs) -> np.ndarray:
    """[seeds, test samples]: whether each sample was classified rightly."""
    return np.array(
        [np.unpackbits(np.frombuffer(bytes.fromhex(run["right"]), np.uint8), count=run["samples"]) for run in
         (runs[seed] for seed in sorted(runs))], bool,
    )  # fmt: skip


def interval(theirs: np.ndarray, ours: np.ndarray) -> tuple[float, float]:
    """95 % of the differences of mean accuracy in points, drawing test samples (the same for both) and seeds with
    replacement, 2000 times."""
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(2000):
        columns = random.integers(0, theirs.shape[1], theirs.shape[1])
        means = [part[random.integers(0, len(part), len(part))][:, columns].mean() for part in (theirs, ours)]
        drawn.append(100 * (means[1] - means[0]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def mean(runs: Runs, key: str) -> float | None:
    values = [run[key] for run in runs.values() if run.get(key) is not None]
    return float(np.mean(values)) if values else None


def comparison(results: Mapping[str, Mapping[str, Runs]], peers: Mapping[str, Mapping[str, Runs]]) -> list[list[str]]:
    """Ours beside a peer's, row by row, under a header."""
    lines = [["task", "edgekit", "accuracy", ".tflite bytes", "peer", "accuracy", ".tflite bytes", "difference (95 %)"]]
    for task, pairs in RIVALS.items():
        for peer, name in pairs.items():
            theirs, ours = peers.get(task, {}).get(peer), results.get(task, {}).get(name)
            if not theirs or not ours:
                continue
            left, here = right(theirs), right(ours)
            low, high = interval(left, here)
            difference = 100 * (here.mean() - left.mean())
            lines.append([task, name, f"{100 * here.mean():.2f} %", _bytes(ours), peer, f"{100 * left.mean():.2f} %",
                          _bytes(theirs), f"{difference:+.2f} ({low:+.2f} to {high:+.2f})"])  # fmt: skip
    return lines


def rows_of(found: Mapping[str, Runs]) -> list[list[str]]:
    """Our rows of one task under a header: means over the seeds."""
    lines = [["row", "accuracy %", "by seed", "fine-tuned original %", "as float %", ".tflite bytes",
              "float is larger by", "MACs %", "CPU s"]]  # fmt: skip
    for name, runs in found.items():
        each = [f"{100 * run['accuracy']:.2f}" for _, run in sorted(runs.items())]
        adapted, agreed = mean(runs, "adapted"), mean(runs, "agreement")
        size, whole = mean(runs, "tflite_bytes"), mean(runs, "float_bytes")
        macs, all_macs = mean(runs, "macs"), mean(runs, "float_macs")
        lines.append([
            name, f"{100 * (mean(runs, 'accuracy') or 0):.2f}", " ".join(each) if len(each) > 1 else "",
            "" if adapted is None else f"{100 * adapted:.2f}", "" if agreed is None else f"{100 * agreed:.2f}",
            _bytes(runs), f"{whole / size:.1f}x" if whole and size else "",
            f"{100 * macs / all_macs:.1f}" if macs and all_macs else "", f"{mean(runs, 'cpu_seconds') or 0:.0f}",
        ])  # fmt: skip
    return lines


def promised(results: Mapping[str, Mapping[str, Runs]]) -> list[list[str]]:
    """What each promise asks for and what came out, under a header."""
    lines = [["task", "row", "promise", "accuracy", "fine-tuned original", ".tflite bytes", "MACs", "kept"]]
    for task, name, words, least, beside, smaller in PROMISES:
        runs = results.get(task, {}).get(name)
        if not runs:
            continue
        accuracy, adapted = 100 * (mean(runs, "accuracy") or 0), mean(runs, "adapted")
        base = 100 * (mean(runs, beside) or 0) if beside else 0.0
        size, whole = mean(runs, "tflite_bytes") or 1, mean(runs, "float_bytes") or 0
        macs, all_macs = mean(runs, "macs") or 0, mean(runs, "float_macs") or 1
        kept = accuracy >= base + least - 1e-9 and (smaller is None or whole / size >= smaller)
        lines.append([task, name, words, f"{accuracy:.2f} %", "" if adapted is None else f"{100 * adapted:.2f} %",
                      f"{_bytes(runs)} of {whole:,.0f} float", f"{100 * macs / all_macs:.0f} %",
                      "yes" if kept else "no"])  # fmt: skip
    return lines


def findings(results: Mapping[str, Mapping[str, Runs]]) -> list[list[str]]:
    """What a technique gains over the same without it, with the paired interval, under a header."""
    lines = [["technique", "task", "with", "without", "points (95 %)", "bytes", "it"]]
    for task, what, name, other in FINDINGS:
        found = results.get(task, {})
        if name not in found or other not in found:
            continue
        ours, without = right(found[name]), right(found[other])
        low, high = interval(without, ours)
        saved = (mean(found[other], "tflite_bytes") or 0) - (mean(found[name], "tflite_bytes") or 0)
        verdict = "helps" if low > 0 else "costs accuracy" if high < 0 else "makes no clear difference"
        lines.append([what, task, f"{name}: {100 * ours.mean():.2f} %", f"{other}: {100 * without.mean():.2f} %",
                      f"{100 * (ours.mean() - without.mean()):+.2f} ({low:+.2f} to {high:+.2f})",
                      f"{-saved:+,.0f}", verdict])  # fmt: skip
    return lines


def agreement_text(results: Mapping[str, Mapping[str, Runs]]) -> str:
    """How often the int8 file and the training-time simulation choose the same class, over everything."""
    pairs = [run["simulation_agreement"] for found in results.values() for runs in found.values()
             for run in runs.values() if run.get("simulation_agreement")]  # fmt: skip
    same, total = (sum(pair[part] for pair in pairs) for part in (0, 1))
    if not total:
        return ""
    return (
        f"The int8 file and the training-time simulation choose the same class on {same:,} of {total:,} samples "
        f"({100 * same / total:.2f} %)."
    )


def markdown(lines: Iterable[Sequence[str]]) -> str:
    head, *rest = lines
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rest))


def as_markdown(results: Mapping[str, Mapping[str, Runs]], peers: Mapping[str, Mapping[str, Runs]]) -> str:
    """All tables."""
    parts = [
        "# Compression: digits and keyword spotting",
        "Made of `compression_results.json` and "
        "`compression_peers.json`; `compression.py` and `compression_peers.py` say how those were measured.",
    ]
    for task, found in sorted(results.items()):
        cpu = sum(run["cpu_seconds"] for runs in found.values() for run in runs.values())
        parts += [f"## {task}", markdown(rows_of(found)), f"{cpu / 60:.0f} minutes of CPU in all."]
    parts += [
        "## Beside others", markdown(comparison(results, peers)), _conditions(peers),
        "## Promises", markdown(promised(results)),
        "## What each technique does",
        markdown(findings(results)),
        "Zeros leave the .tflite as large as it was: they pay where the file is packed or sent compressed. "
        "Equalization is for layers with one scale for all channels, where it takes away two thirds of the error "
        "(`tests/end_to_end/test_equalize.py`); weights with a scale a channel gain nothing.",
        agreement_text(results),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def readme_text(results: Mapping[str, Mapping[str, Runs]], peers: Mapping[str, Mapping[str, Runs]]) -> str:
    """What the README shows."""
    parts = (markdown(promised(results)), agreement_text(results), markdown(comparison(results, peers)),
             _conditions(peers))  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def _conditions(peers: Mapping[str, Mapping[str, Runs]]) -> str:
    """The peers' versions, each once."""
    versions = [run["conditions"]["versions"] for found in peers.values() for runs in found.values()
                for run in runs.values()]  # fmt: skip
    return "Peers: " + "; ".join(dict.fromkeys(versions)) + "." if versions else ""


def _bytes(runs: Runs) -> str:
    return f"{mean(runs, 'tflite_bytes') or 0:,.0f}"


def read(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


if __name__ == "__main__":
    print(as_markdown(read("compression_results.json"), read("compression_peers.json")))
