# SPDX-License-Identifier: Apache-2.0
"""How small models get, and what it costs them: digits and keyword spotting, three seeds each.

    python benchmarks/compression.py [--task digits|kws] [--seeds 0 1 2] [--rows NAME ...] [--results FILE.json]

The models and the keyword data come from EDGEKIT_SHARED (default ../shared), the digits from scikit-learn. Every row is
a recipe below; its settings were chosen on thirds held out of the training split, never on the test split. Rows that
FILE already holds are not run again, so that an interrupted benchmark goes on where it was; `seconds` are wall time.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("EDGEKIT_SHARED", ROOT.parent / "shared"))

_FOLD = '[[step]]\ntechnique = "fold_batchnorm"\n'
_ADAPT = '[[step]]\ntechnique = "finetune"\nsteps = 300\n'


def _step(technique: str, **settings: object) -> str:
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    return "\n".join(["[[step]]", f'technique = "{technique}"', *lines, ""])


def _cut(**settings: object) -> str:
    usual = {"round_steps": 100, "steps": 800, "learning_rate": 2e-3, "temperature": 2.0, "hard_weight": 0.1}
    return _step("prune_channels", **{**usual, **settings})


def _qat(**settings: object) -> str:
    return _step("quantize_aware", **{"steps": 200, **settings})


# The keywords are few: more and stronger variations of them, and a longer recovery.
_VARIED = {"copies": 30, "strength": 1.5}
_GENTLE = {"temperature": 2.0, "hard_weight": 0.1}
_QAT4 = _qat(bits=4, steps=400, learning_rate=1e-3)


@dataclass(frozen=True)
class Row:
    """`promise` in words; `thorough` rows also adapt the original for as many steps."""

    recipe: str
    promise: str = ""
    thorough: bool = False


@dataclass(frozen=True)
class Task:
    """`model` stands in the shared folder's models/."""

    name: str
    model: str
    rows: Mapping[str, Row] = field(default_factory=dict)


COMMON = {
    "int8, no training": Row(_FOLD),
    "QAT int8": Row(_FOLD + _ADAPT + _qat(), "at most 0.3 points below adapted", True),
    "QAT 4-bit weights": Row(_FOLD + _ADAPT + _QAT4, "at most 1 point below adapted", True),
    "50 % zeros, int8": Row(_FOLD + _ADAPT + _step("prune_weights", sparsity=0.5, steps=400) + _qat()),
    "2:4 zeros, int8": Row(_FOLD + _ADAPT + _step("prune_weights", pattern="2:4", steps=400) + _qat()),
    "labels alone, int8": Row(_FOLD + _step("finetune", teacher="none", steps=500)),
}
DIGITS = Task(
    "digits",
    "digits_cnn.keras",
    {
        **COMMON,
        "80 % zeros, int8": Row(_FOLD + _ADAPT + _step("prune_weights", sparsity=0.8, steps=400) + _qat()),
        "10 % of the MACs, int8": Row(_FOLD + _ADAPT + _cut(target=0.1) + _qat(), "at least 98.7 %"),
        "1/10 of the flash, int8": Row(
            _FOLD + _ADAPT + _cut(target=0.1, cost="flash") + _qat(), "20x under float within 1 point"
        ),
    },
)
KWS = Task(
    "kws",
    "ds_cnn_kws.keras",
    {
        **COMMON,
        "60 % of the MACs, int8": Row(
            _FOLD + _ADAPT + _cut(target=0.6, steps=1200, **_VARIED) + _qat(**_VARIED, **_GENTLE), "at least 91.0 %"
        ),
        "60 % of the MACs by L1, int8": Row(_FOLD + _ADAPT + _cut(target=0.6, importance="l1") + _qat()),
    },
)
TASKS = {task.name: task for task in (DIGITS, KWS)}


def load_data(task: Task) -> Any:
    """The task's samples with their split: digits 1258/539 stratified, keywords as in the file."""
    from edgekit.dataset import load_dataset, make_dataset

    if task is KWS:
        return load_dataset(str(SHARED / "data" / "kws1000.npz"))
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    train, test = train_test_split(np.arange(len(digits.target)), test_size=539, stratify=digits.target, random_state=0)
    x = (digits.images / 16.0).astype(np.float32)[..., None]
    return make_dataset({"x": x, "y": digits.target, "train": train, "test": test}, "digits", source="digits")


def run_row(task: Task, row: Row, seed: int) -> dict[str, Any]:
    """One recipe on one seed: the report's figures, and the test predictions of the int8 file and its simulation."""
    from edgekit.compress import compress_model, parse_recipe
    from edgekit.compress.judging import run_tflite
    from edgekit.progress import silent
    from edgekit.tflite import TfliteModel

    data = load_data(task)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="edgekit-benchmark-") as folder:
        output = Path(folder) / "out.keras"
        recipe = parse_recipe("schema = 1\n" + row.recipe)
        done = compress_model(SHARED / "models" / task.model, recipe, data, output, seed=seed, thorough=row.thorough)
        seconds = time.monotonic() - began
        x = inputs_of(SHARED / "models" / task.model, data, "test")
        answers = run_tflite(TfliteModel.read(done.tflite_file), [x], silent)
        predicted = None if answers is None else answers[0].argmax(1).tolist()
        return {**done.report.as_json(), "seconds": seconds, "predicted": predicted,
                "simulation_agreement": _agreement(output, x, predicted)}  # fmt: skip


def inputs_of(model: Path, data: Any, part: Any) -> np.ndarray:
    """The samples of one part as the float model takes them."""
    from edgekit.convert.serving import find_inputs
    from edgekit.dataset import fit_samples, select
    from edgekit.keras_models import load_keras

    fitted = fit_samples(select(data, part), find_inputs(load_keras(model))).inputs[0]
    return fitted.reshape(len(fitted), *fitted.shape[2:])


def _agreement(output: Path, x: np.ndarray, predicted: list[int] | None) -> list[int] | None:
    """[samples on which the int8 file and the training-time simulation choose the same class, samples]."""
    from edgekit.compress.students import quantized_predictor
    from edgekit.convert.compression_record import read_record
    from edgekit.convert.keras_graph import read_graph
    from edgekit.keras_models import load_keras

    record = read_record(output)
    if record is None or record.quantization is None or predicted is None:
        return None
    simulated = quantized_predictor(read_graph(load_keras(output)), record.quantization)([x])[0].argmax(1)
    return [int((simulated == np.array(predicted)).sum()), len(predicted)]


def print_table(task: Task, found: Mapping[str, Mapping[str, Any]]) -> None:
    """Means over the seeds that were run."""
    print(f"\n## {task.name}\n")
    print("| row | accuracy % | per seed | adapted % | .tflite bytes | x under float | MACs % | s | goal |")
    print("|---|---|---|---|---|---|---|---|---|")
    same = total = 0
    last: Mapping[str, Any] = {}
    for name, row in task.rows.items():
        runs = list(found.get(name, {}).values())
        if not runs:
            continue
        last = runs[0]
        accuracy = [100 * run["result"]["accuracy"]["value"] for run in runs]
        adapted = [100 * run["adapted"]["accuracy"]["value"] for run in runs]
        size = np.mean([run["result"]["tflite_bytes"] for run in runs])
        macs = np.mean([run["result"]["macs"] / run["original"]["macs"] for run in runs])
        cells = (
            name,
            f"{np.mean(accuracy):.2f}",
            " ".join(f"{value:.2f}" for value in accuracy),
            f"{np.mean(adapted):.2f}" if row.thorough else "-",
            f"{size:,.0f}",
            f"{last['original']['tflite_bytes'] / size:.1f}",
            f"{100 * macs:.1f}",
            f"{np.mean([run['seconds'] for run in runs]):.0f}",
            row.promise,
        )
        print("| " + " | ".join(cells) + " |")
        for run in runs:
            if run["simulation_agreement"]:
                same, total = same + run["simulation_agreement"][0], total + run["simulation_agreement"][1]
    print(f"\nfloat: {100 * last['original']['accuracy']['value']:.2f} %, {last['original']['tflite_bytes']:,} bytes, "
          f"{last['original']['macs']:,} MACs, {last['original']['accuracy']['samples']} test samples")  # fmt: skip
    if total:
        print(f"int8 file and training-time simulation choose the same class on {same} of {total} samples "
              f"({100 * same / total:.2f} %)")  # fmt: skip


#: Which of our rows stands against which of a peer's.
RIVALS = {
    "aeq: static int8": "int8, no training",
    "aeq: static int4 weights": "QAT 4-bit weights",
    "tfmot: QAT int8": "QAT int8",
    "tfmot: 50 % zeros, int8": "50 % zeros, int8",
    "tfmot: 80 % zeros, int8": "80 % zeros, int8",
    "tfmot: 16 clusters, int8": "QAT 4-bit weights",
}


def print_peers(task: Task, found: Mapping[str, Any], peers: Mapping[str, Any]) -> None:
    """Ours minus theirs, with a 95 % interval by bootstrap over test samples and seeds."""
    data = load_data(task)
    labels = np.asarray(data.y)[data.test]
    print(
        "\n| peer | accuracy % | bytes | ours | accuracy % | bytes | difference (95 %) |\n|---|---|---|---|---|---|---|"
    )
    for name, mine in RIVALS.items():
        if name not in peers or mine not in found:
            continue
        theirs, ours = list(peers[name].values()), list(found[mine].values())
        right = [np.array([np.array(run["predicted"]) == labels for run in runs]) for runs in (theirs, ours)]
        low, high = _interval(*right)
        sizes = [np.mean([run["tflite_bytes"] for run in theirs]),
                 np.mean([run["result"]["tflite_bytes"] for run in ours])]  # fmt: skip
        difference = 100 * (right[1].mean() - right[0].mean())
        print(f"| {name} | {100 * right[0].mean():.2f} | {sizes[0]:,.0f} | {mine} | {100 * right[1].mean():.2f} | "
              f"{sizes[1]:,.0f} | {difference:+.2f} ({low:+.2f} to {high:+.2f}) |")  # fmt: skip


def _interval(theirs: np.ndarray, ours: np.ndarray) -> tuple[float, float]:
    """95 % of the differences of means, drawing test samples (the same for both) and seeds with replacement."""
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(2000):
        columns = random.integers(0, theirs.shape[1], theirs.shape[1])
        means = [part[random.integers(0, len(part), len(part))][:, columns].mean() for part in (theirs, ours)]
        drawn.append(100 * (means[1] - means[0]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=[*TASKS, "both"], default="both")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="+", help="names of rows; default: all")
    parser.add_argument("--results", type=Path, default=Path("compression-results.json"))
    measured = Path(__file__).with_name("compression_peers.json")
    parser.add_argument("--peers", type=Path, default=measured, help="peers.json of compression_peers.py")
    options = parser.parse_args()
    if not (SHARED / "models").is_dir():
        sys.exit("the models are not here: set EDGEKIT_SHARED")
    results: dict[str, Any] = json.loads(options.results.read_text()) if options.results.is_file() else {}
    for task in TASKS.values() if options.task == "both" else [TASKS[options.task]]:
        found = results.setdefault(task.name, {})
        for name, row in task.rows.items():
            for seed in options.seeds:
                if (options.rows and name not in options.rows) or str(seed) in found.get(name, {}):
                    continue
                run = found.setdefault(name, {})[str(seed)] = run_row(task, row, seed)
                options.results.write_text(json.dumps(results, indent=1))
                value = 100 * run["result"]["accuracy"]["value"]
                print(f"{task.name}, {name}, seed {seed}: {value:.2f} %", file=sys.stderr, flush=True)
        if found:
            print_table(task, found)
        if options.peers.is_file():
            print_peers(task, found, json.loads(options.peers.read_text()).get(task.name, {}))


if __name__ == "__main__":
    main()
