# SPDX-License-Identifier: Apache-2.0
"""How small models get, and what it costs them: digits and keyword spotting, three seeds each.

    python benchmarks/compression.py [--task digits|kws] [--seeds 0 1 2] [--rows NAME ...] [--results FILE.json]

The models and the keyword data come from EDGEKIT_SHARED (default ../shared), the digits from scikit-learn. Every row is
a recipe below; its settings were chosen on thirds held out of the training split, never on the test split. Rows that
FILE already holds are not run again, so that an interrupted benchmark goes on where it was. `--jobs` rows run at a
time, each on one thread. `compression_results.json` is such a FILE; the README and `compression.md` show it
(`pytest --update-golden tests/test_docs.py`).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SHARED = Path(os.environ.get("EDGEKIT_SHARED", ROOT.parent / "shared"))
sys.path[:0] = [str(ROOT), str(HERE)]

from compression_peers import pack_right, predict
from compression_table import as_markdown

from edgekit.resources import write_atomically

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


def _zeros(**settings: object) -> str:
    return _FOLD + _ADAPT + _step("prune_weights", steps=400, **settings) + _qat()


def _deep_cut(**settings: object) -> str:
    return _FOLD + _ADAPT + _cut(target=0.03, steps=100) + _step("distill", steps=400, **settings) + _qat()


def _after(**settings: object) -> str:
    return _FOLD + _step("quantize", **settings)


# The keywords are few: more and stronger variations of them, and a longer recovery.
_VARIED = {"copies": 30, "strength": 1.5}
_GENTLE = {"temperature": 2.0, "hard_weight": 0.1}
_QAT4 = _qat(bits=4, steps=400, learning_rate=1e-3)
_WIDE = ["first", "last", "depthwise"]


@dataclass(frozen=True)
class Row:
    """A `recipe`, or the `scheme` of a plain conversion. `thorough` rows also adapt the original for as many steps.
    Nothing in `fixed` rows depends on the seed."""

    recipe: str = ""
    scheme: str = ""
    thorough: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class Task:
    """`model` stands in the shared folder's models/."""

    name: str
    model: str
    rows: Mapping[str, Row] = field(default_factory=dict)


COMMON = {
    "QAT int8": Row(_FOLD + _ADAPT + _qat(), thorough=True),
    "QAT 4-bit weights": Row(_FOLD + _ADAPT + _QAT4, thorough=True),
    "50 % zeros, int8": Row(_zeros(sparsity=0.5)),
    "80 % zeros, int8": Row(_zeros(sparsity=0.8)),
    "2:4 zeros, int8": Row(_zeros(pattern="2:4")),
    "labels alone, int8": Row(_FOLD + _step("finetune", teacher="none", steps=500)),
    "int8, no training": Row(_FOLD, fixed=True),
    "int8, percentile ranges": Row(_after(ranges="percentile"), fixed=True),
    "int8, least-error ranges": Row(_after(ranges="mse", weights="mse"), fixed=True),
    "3-bit weights, plain": Row(_after(bits=3, bias_correction=False), fixed=True),
    "3-bit weights, biases corrected": Row(_after(bits=3), fixed=True),
    "3-bit weights, equalized, corrected": Row(_FOLD + _step("equalize") + _step("quantize", bits=3), fixed=True),
    "3-bit weights, least error, corrected": Row(_after(bits=3, weights="mse"), fixed=True),
    "3-bit, first, last, depthwise 8": Row(_after(bits=3, weights="mse", keep_8bit=_WIDE), fixed=True),
    "4-bit, first, last, depthwise 8": Row(_after(bits=4, weights="mse", keep_8bit=_WIDE), fixed=True),
    "int16 activations": Row(scheme="int16x8", fixed=True),
    "float16 weights": Row(scheme="float16", fixed=True),
    "int8 weights, float activations": Row(scheme="dynamic", fixed=True),
}
DIGITS = Task(
    "digits",
    "digits_cnn.keras",
    {
        "10 % of the MACs, int8": Row(_FOLD + _ADAPT + _cut(target=0.1) + _qat()),
        "10 % of the flash, int8": Row(_FOLD + _ADAPT + _cut(target=0.1, cost="flash") + _qat()),
        **COMMON,
        "block:4 zeros, int8": Row(_zeros(sparsity=0.5, pattern="block:4")),
        "3 % of the MACs, int8": Row(_deep_cut()),
        "3 % of the MACs, features matched, int8": Row(_deep_cut(features=["dense_1"], feature_weight=1.0)),
    },
)
_SIXTY = {"target": 0.6, "steps": 2400, **_VARIED}
KWS = Task(
    "kws",
    "ds_cnn_kws.keras",
    {
        "60 % of the MACs, int8": Row(_FOLD + _ADAPT + _cut(**_SIXTY) + _qat(**_VARIED, **_GENTLE)),
        "60 % of the MACs by L1, int8": Row(
            _FOLD + _ADAPT + _cut(**_SIXTY, importance="l1") + _qat(**_VARIED, **_GENTLE)
        ),
        "60 % of the MACs by BatchNorm scale, int8": Row(
            _ADAPT + _cut(**_SIXTY, importance="bn_scale") + _FOLD + _qat(**_VARIED, **_GENTLE)
        ),
        "60 % of the MACs, labels alone, int8": Row(
            _FOLD + _ADAPT + _cut(**_SIXTY, teacher="none") + _qat(**_VARIED, teacher="none")
        ),
        **COMMON,
    },
)
TASKS = {task.name: task for task in (DIGITS, KWS)}


def load_data(task: Task) -> Any:
    """The task's samples with their split: digits 1258/539 stratified, keywords as in the file."""
    from edgekit.dataset import load_dataset, make_dataset

    if task.name == "kws":
        return load_dataset(str(SHARED / "data" / "kws1000.npz"))
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    train, test = train_test_split(np.arange(len(digits.target)), test_size=539, stratify=digits.target, random_state=0)
    x = (digits.images / 16.0).astype(np.float32)[..., None]
    return make_dataset({"x": x, "y": digits.target, "train": train, "test": test}, "digits", source="digits")


def run_row(task: Task, name: str, seed: int) -> dict[str, Any]:
    """One row on one seed; on the way the wall and CPU seconds, this process's and its children's."""
    before, began = _cpu_seconds(), time.monotonic()
    row = task.rows[name]
    found = _compress(task, row, seed) if row.recipe else _convert(task, row)
    return {**found, "seconds": round(time.monotonic() - began, 1), "cpu_seconds": round(_cpu_seconds() - before, 1)}


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _compress(task: Task, row: Row, seed: int) -> dict[str, Any]:
    from edgekit.compress import compress_model, parse_recipe
    from edgekit.compress.judging import run_tflite
    from edgekit.progress import silent
    from edgekit.tflite import TfliteModel

    data, model = load_data(task), SHARED / "models" / task.model
    with tempfile.TemporaryDirectory(prefix="edgekit-benchmark-") as folder:
        output = Path(folder) / "out.keras"
        recipe = parse_recipe("schema = 1\n" + row.recipe)
        done = compress_model(model, recipe, data, output, seed=seed, thorough=row.thorough)
        x = inputs_of(model, data, "test")
        answers = run_tflite(TfliteModel.read(done.tflite_file), [x], silent)
        if answers is None:
            sys.exit("tflite-micro is not installed: pip install edgekit[oracle]")
        predicted = answers[0].argmax(1)
        simulated = _simulation_agreement(output, x, predicted)
    report = done.report
    adapted = report.adapted.accuracy
    return {
        **_judged(predicted, data),
        "agreement": report.result.agreement,
        "adapted": adapted.value if row.thorough and adapted else None,
        "float": report.original.accuracy.value if report.original.accuracy else None,
        "tflite_bytes": report.result.tflite_bytes,
        "float_bytes": report.original.tflite_bytes,
        "packed_weight_bytes": report.packed_weight_bytes,
        "macs": report.result.macs,
        "float_macs": report.original.macs,
        "simulation_agreement": simulated,
        "versions": report.conditions["versions"],
    }


def _judged(predicted: np.ndarray, data: Any) -> dict[str, Any]:
    right = predicted == np.asarray(data.y)[data.test]
    return {"accuracy": float(right.mean()), "right": pack_right(right), "samples": len(right)}


def _convert(task: Task, row: Row) -> dict[str, Any]:
    """A conversion without any recipe, judged by LiteRT's reference kernels."""
    from edgekit.convert import convert_model, slim

    data, model = load_data(task), SHARED / "models" / task.model
    file = slim(convert_model(model, scheme=row.scheme, dataset=data))
    predicted = predict(file.content, inputs_of(model, data, "test"))
    return {**_judged(np.array(predicted), data), "tflite_bytes": len(file.content)}


def inputs_of(model: Path, data: Any, part: Any) -> np.ndarray:
    """The samples of one part as the float model takes them."""
    from edgekit.convert.serving import find_inputs
    from edgekit.dataset import fit_samples, select
    from edgekit.keras_models import load_keras

    fitted = fit_samples(select(data, part), find_inputs(load_keras(model))).inputs[0]
    return fitted.reshape(len(fitted), *fitted.shape[2:])


def _simulation_agreement(output: Path, x: np.ndarray, predicted: np.ndarray) -> list[int] | None:
    """[samples on which the int8 file and the training-time simulation choose the same class, samples]."""
    from edgekit.compress.students import quantized_predictor
    from edgekit.convert.compression_record import read_record
    from edgekit.convert.keras_graph import read_graph
    from edgekit.keras_models import load_keras

    record = read_record(output)
    if record is None or record.quantization is None:
        return None
    simulated = quantized_predictor(read_graph(load_keras(output)), record.quantization)([x])[0].argmax(1)
    return [int((simulated == predicted).sum()), len(predicted)]


def wanted_runs(options: argparse.Namespace, results: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """(task, row, seed) of all that is asked for and not there yet."""
    for task in TASKS.values():
        if options.task not in (task.name, "both"):
            continue
        for name, row in task.rows.items():
            for seed in options.seeds[:1] if row.fixed else options.seeds:
                known = str(seed) in results.get(task.name, {}).get(name, {})
                if not known and (not options.rows or name in options.rows):
                    yield task.name, name, seed


def run_one(task: str, name: str, seed: int) -> dict[str, Any]:
    return run_row(TASKS[task], name, seed)


def run_all(options: argparse.Namespace, results: dict[str, Any]) -> None:
    """Run what is missing, `options.jobs` at a time, each in a process with one thread, and keep every result."""
    os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=spawn) as workers:
        runs = {workers.submit(run_one, *run): run for run in wanted_runs(options, results)}
        try:
            for done in as_completed(runs):
                _keep(done.result(), *runs[done], options.results, results)
        finally:  # after Ctrl-C or an error the runs that have not begun are dropped
            workers.shutdown(cancel_futures=True)


def _keep(found: dict[str, Any], task: str, name: str, seed: int, file: Path, results: dict[str, Any]) -> None:
    results.setdefault(task, {}).setdefault(name, {})[str(seed)] = found
    write_atomically(file, json.dumps(results, indent=1, sort_keys=True) + "\n")
    print(f"{task}, {name}, seed {seed}: {found['accuracy']:.2%}, {found['tflite_bytes']:,} bytes, "
          f"{found['cpu_seconds']:.0f} s of CPU", file=sys.stderr, flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=[*TASKS, "both"], default="both")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="+", help="names of rows; default: all")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("compression-results.json"))
    parser.add_argument("--peers", type=Path, default=HERE / "compression_peers.json", help="of compression_peers.py")
    options = parser.parse_args()
    if not (SHARED / "models").is_dir():
        sys.exit("the models are not here: set EDGEKIT_SHARED")
    results: dict[str, Any] = json.loads(options.results.read_text()) if options.results.is_file() else {}
    began = time.monotonic()
    run_all(options, results)
    print(f"{time.monotonic() - began:.0f} s of wall time", file=sys.stderr)
    peers = json.loads(options.peers.read_text()) if options.peers.is_file() else {}
    print(as_markdown(results, peers))


if __name__ == "__main__":
    main()
