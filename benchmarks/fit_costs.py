# SPDX-License-Identifier: Apache-2.0
"""Fits the cost model of edgekit/codegen/costs.json to counts of the emulated boards.

    python benchmarks/fit_costs.py [--target ARCH/CORE ...] [--layers N] [--counts FILE]

Every kernel that applies to a layer is measured, not only the one that would be taken, over the shapes of
kernel_sweep.py and seeded random ones. The factors are fitted by least squares of the relative error, none negative.
They are judged by cross-validation: each layer by factors that a fit without it gave. Outputs are compared with exact
integers. Counts are kept in FILE, and those that it holds are not measured again: remove it when kernels change.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "benchmarks")]

import numpy as np
from kernel_sweep import Sweep, sweep
from scipy.optimize import nnls

from edgekit.boards import Board, load_board
from edgekit.codegen import generate_model
from edgekit.codegen.cost import COSTS, MARGIN, Features, features, target_of
from edgekit.codegen.generated import GeneratedModel
from edgekit.codegen.lowering.registry import candidates, sites
from edgekit.dataset import random_samples
from edgekit.device import open_device
from edgekit.firmware import build_project, write_project
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.ir.graph import Graph
from edgekit.resources import write_atomically
from edgekit.tflite import TfliteModel

#: Target -> the board that its instructions are counted on. The code of a Cortex-M0 runs on a Cortex-M3, which has
#: the memory for all layers.
TARGETS = {
    "portable/cortex-m0": ("mps2-an385", "cortex-m0"),
    "portable/cortex-m3": ("mps2-an385", "cortex-m3"),
    "portable/rv32imc": ("rv32-virt", "rv32imc"),
    "cortex_m_dsp/cortex-m4f": ("mps2-an386", "cortex-m4f"),
    "helium/cortex-m55": ("mps3-an547", "cortex-m55"),
}
#: A factor that adds less than this share to every count is left out.
_NEGLIGIBLE = 0.003
#: Counts nearer than this share are alike: either choice is right.
_TIE = 0.01
_LAYERS_A_MODEL = 40
_FOLDS = 5


#: Op, kernel, instructions.
Count = tuple[int, str, int]


@dataclass(frozen=True)
class Sample:
    """One kernel run on one layer. `layer` is the same for all kernels of a layer."""

    layer: str
    function: str
    counts: Features
    instructions: int


def layer_models(count: int) -> dict[str, Sweep]:
    """Those of the sweep, and `count` of random shapes, some tens in each model."""
    models = {"sweep": sweep(None)}
    for first in range(0, count, _LAYERS_A_MODEL):
        made, random = Sweep(None), np.random.default_rng(first)
        for number in range(first, min(count, first + _LAYERS_A_MODEL)):
            _RANDOM[number % len(_RANDOM)](made, random)
        models[f"random {first}"] = made
    models["one channel"] = _from_one_channel()
    models["one pixel"] = _of_one_pixel()
    return models


def _from_one_channel() -> Sweep:
    """First layers of one channel, as depthwise convolutions: what random shapes have few of."""
    made = Sweep(None)
    for size, kernel, stride, multiplier in itertools.product((11, 24, 48), ((3, 3), (10, 4)), (1, 2), (3, 8)):
        options: dict[str, Any] = {"kernel": kernel, "stride": stride, "activation": "RELU"}
        build = lambda x, m=multiplier, o=options: made.model.depthwise_conv_2d(x, m, **o)  # noqa: E731
        made.add("DEPTHWISE_CONV_2D", "one channel", (size, size, 1), build)
    return made


def _of_one_pixel() -> Sweep:
    """Last layers, as 1x1 convolutions of a pixel or two: what random shapes have few of."""
    made = Sweep(None)
    for columns, depth, channels, activation in itertools.product((1, 2), (32, 128, 256), (2, 3, 10), ("RELU", "NONE")):
        build = lambda x, c=channels, a=activation: made.model.conv_2d(x, c, kernel=1, activation=a)  # noqa: E731
        made.add("CONV_2D", "one pixel", (1, columns, depth), build, one_sided=activation == "RELU")
    return made


def _activation(random: np.random.Generator) -> str:
    return str(random.choice(["RELU", "RELU", "NONE"]))


def _convolution(to: Sweep, random: np.random.Generator) -> None:
    kernel = tuple(int(size) for size in random.choice([(1, 1), (1, 1), (3, 3), (3, 3), (5, 5), (1, 3), (4, 2)]))
    depth = int(random.choice([1, 2, 3, 4, 5, 8, 12, 16, 20, 32, 48, 64]))
    size = int(random.integers(1, 17)), int(random.integers(1, 17))
    if depth * kernel[0] * kernel[1] > 200:
        size = size[0] // 2 + 1, size[1] // 2 + 1
    channels = int(random.choice([1, 2, 3, 4, 6, 8, 10, 16, 24, 32]))
    options: dict[str, Any] = {
        "kernel": kernel,
        "stride": int(random.choice([1, 1, 2])),
        "padding": str(random.choice(["SAME", "SAME", "VALID"])) if min(size) >= max(kernel) else "SAME",
        "activation": _activation(random),
    }
    one_sided = options["activation"] == "RELU"
    build = lambda x: to.model.conv_2d(x, channels, **options)  # noqa: E731
    to.add("CONV_2D", "random", (*size, depth), build, one_sided=one_sided)


def _depthwise(to: Sweep, random: np.random.Generator) -> None:
    kernel = tuple(int(size) for size in random.choice([(3, 3), (3, 3), (3, 3), (5, 5), (1, 5), (4, 1)]))
    channels = int(random.choice([1, 2, 3, 4, 6, 8, 12, 16, 20, 32, 64]))
    size = int(random.integers(1, 20)), int(random.integers(1, 20))
    multiplier = int(random.choice([1, 1, 1, 1, 2]))
    options: dict[str, Any] = {
        "kernel": kernel,
        "stride": int(random.choice([1, 1, 2])),
        "padding": str(random.choice(["SAME", "SAME", "VALID"])) if min(size) >= max(kernel) else "SAME",
        "activation": _activation(random),
    }
    one_sided = options["activation"] == "RELU"
    build = lambda x: to.model.depthwise_conv_2d(x, multiplier, **options)  # noqa: E731
    to.add("DEPTHWISE_CONV_2D", "random", (*size, channels), build, one_sided=one_sided)


def _fully_connected(to: Sweep, random: np.random.Generator) -> None:
    length, outputs = int(random.integers(1, 300)), int(random.integers(1, 70))
    activation, per_channel = _activation(random), bool(random.integers(2))
    build = lambda x: to.model.fully_connected(x, outputs, activation=activation, per_channel=per_channel)  # noqa: E731
    to.add("FULLY_CONNECTED", "random", (length,), build, one_sided=activation == "RELU")


def _other(to: Sweep, random: np.random.Generator) -> None:
    shape = tuple(int(size) for size in (*random.integers(3, 14, 2), random.choice([1, 3, 4, 8, 16, 17, 32])))
    kind = str(random.choice(["ADD", "MEAN", "SOFTMAX", "AVERAGE_POOL_2D", "MAX_POOL_2D"]))
    kernel, stride = int(random.integers(2, 4)), int(random.integers(1, 3))
    model = to.model
    build: dict[str, Callable[[int], int]] = {
        "ADD": lambda x: model.add(x, model.input((1, *shape)), activation=_activation(random)),
        "MEAN": model.mean,
        "SOFTMAX": model.softmax,
        "AVERAGE_POOL_2D": lambda x: model.pool_2d(kind, x, kernel=kernel, stride=stride),
        "MAX_POOL_2D": lambda x: model.pool_2d(kind, x, kernel=kernel, stride=stride),
    }
    to.add(kind, "random", shape, build[kind])


_RANDOM = (_convolution, _depthwise, _convolution, _depthwise, _fully_connected, _other)


def measure(target: str, layers: Sweep) -> list[Count]:
    """Every kernel on every layer: a firmware with the first kernels that apply, one with the second, and so on."""
    arch, core = target.split("/")
    board = replace(load_board(TARGETS[target][0]), core=core)  # type: ignore[arg-type]
    graph = import_tflite(_model(layers))  # no passes: every layer stays
    kernels = [[call.function for call in candidates(site)] for site in sites(graph, "layers", arch, core=core)]
    found: list[Count] = []
    for rank in range(max(map(len, kernels))):
        chosen = [op for op, functions in enumerate(kernels) if len(functions) > rank and functions[rank]]
        part = _only(graph, chosen)
        generated = generate_model(
            part,
            name="layers",
            core=core,
            arch=arch,
            model_sha256="0" * 64,
            choose=lambda site, rank=rank: candidates(site)[rank],
        )
        counts = _run(part, generated, board)
        found += [(op, kernels[op][rank], count) for op, count in zip(chosen, counts, strict=True)]
    return found


def _only(graph: Graph, chosen: list[int]) -> Graph:
    """The layers `chosen` of a graph in which they all stand by themselves."""
    ops = tuple(graph.ops[index] for index in chosen)
    read = {index for op in ops for index in op.inputs}
    inputs = tuple(index for index in graph.inputs if index in read)
    return replace(graph, ops=ops, inputs=inputs, outputs=tuple(index for op in ops for index in op.outputs))


def _run(graph: Graph, generated: GeneratedModel, board: Board) -> list[int]:
    """Instructions of each layer on the board, whose outputs must be those of exact integers."""
    samples = random_samples(generated.inputs, 1)
    with tempfile.TemporaryDirectory(prefix="edgekit-") as folder:
        write_project(generated, board, Path(folder) / "layers")
        image = build_project(Path(folder) / "layers", profile=True)
        with open_device(board, image) as device:
            runs = device.layers(samples.raw(0))
            counts = [device.instructions_from_ticks(run.ticks) for run in runs]
    inputs = [
        np.frombuffer(raw, port.dtype).reshape(port.shape)
        for raw, port in zip(samples.raw(0), generated.inputs, strict=True)
    ]
    values = evaluate(graph, inputs)
    for op, run in zip(graph.ops, runs, strict=True):
        if run.output != values[op.outputs[0]].tobytes():
            raise SystemExit(f"{board.id}: the bytes of {op.kind} '{op.name}' differ from exact integers")
    return [count for count in counts if count is not None]


def _model(layers: Sweep) -> TfliteModel:
    return layers.model.tflite([layer.output for layer in layers.layers])


def samples_of(name: str, layers: Sweep, counts: Iterable[Count]) -> list[Sample]:
    graph = import_tflite(_model(layers))
    return [
        Sample(f"{name}, {op}", function, features(graph, graph.ops[op]), instructions)
        for op, function, instructions in counts
    ]


def fit(samples: list[Sample]) -> dict[str, Any]:
    """Factors of one kernel's features, without those that add next to nothing."""
    names = sorted({name for sample in samples for name in sample.counts})
    while True:
        matrix = np.array([[each.counts.get(name, 0.0) / each.instructions for name in names] for each in samples])
        factors, _ = nnls(matrix, np.ones(len(samples)))
        shares = (matrix * factors).max(axis=0)
        kept = [name for name, share in zip(names, shares, strict=True) if share >= _NEGLIGIBLE]
        if kept == names:
            break
        names = kept
    errors = np.abs(matrix @ factors - 1)
    return {
        "layers": len(samples),
        "error_median": round(float(np.median(errors)), 4),
        "error_p90": round(float(np.percentile(errors, 90)), 4),
        "factors": {name: float(f"{factor:.6g}") for name, factor in zip(names, factors, strict=True)},
    }


def fit_all(samples: list[Sample]) -> dict[str, Any]:
    """Kernel -> its fit."""
    by_kernel: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_kernel[sample.function].append(sample)
    return {function: fit(own) for function, own in sorted(by_kernel.items())}


def _choose(costs: list[float]) -> int:
    """As `edgekit.codegen.cost.cheapest` does."""
    best = 0
    for index, cost in enumerate(costs):
        if cost * (1 + MARGIN) < costs[best]:
            best = index
    return best


def judge(samples: list[Sample]) -> dict[str, Any]:
    """How near the predictions are, and on layers that several kernels can do: how often the cheapest is predicted,
    and what the rest cost."""
    layers: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        layers[sample.layer].append(sample)
    names = sorted(layers)
    right, extra, errors = 0, [], []
    for fold in range(_FOLDS):
        left_out = set(names[fold::_FOLDS])
        kernels = fit_all([sample for sample in samples if sample.layer not in left_out])
        for each in (layers[name] for name in left_out):
            costs = [_predicted(sample, kernels) for sample in each]
            known = [(cost, sample) for cost, sample in zip(costs, each, strict=True) if cost is not None]
            errors += [abs(cost / sample.instructions - 1) for cost, sample in known]
            if len(known) == len(each) > 1:
                chosen = each[_choose([cost for cost, _ in known])]
                extra.append(chosen.instructions / min(sample.instructions for sample in each) - 1)
                right += extra[-1] <= _TIE
    return {
        "layers": len(layers),
        "layers_with_a_choice": len(extra),
        "right": right,
        "extra_mean": round(float(np.mean(extra)), 4) if extra else 0.0,
        "extra_worst": round(max(extra, default=0.0), 4),
        "error_median": round(float(np.median(errors)), 4),
        "error_p90": round(float(np.percentile(errors, 90)), 4),
    }


def _predicted(sample: Sample, kernels: dict[str, Any]) -> float | None:
    if sample.function not in kernels:
        return None
    factors = kernels[sample.function]["factors"]
    return float(sum(factor * sample.counts.get(name, 0.0) for name, factor in factors.items()))


def fit_target(target: str, models: dict[str, Sweep], counts: dict[str, list[Count]]) -> dict[str, Any]:
    """Factors of each kernel, and how well they predict."""
    samples = [each for name, layers in models.items() for each in samples_of(name, layers, counts[name])]
    judged = judge(samples)
    print(target, json.dumps(judged))
    return {"judged": judged, "kernels": fit_all(samples)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", action="append", choices=tuple(TARGETS), help="default: all")
    parser.add_argument("--layers", type=int, default=240, help="random layers (default 240)")
    parser.add_argument("--counts", type=Path, default=ROOT / "build" / "cost_counts.json")
    options = parser.parse_args()
    models = layer_models(options.layers)
    counted = json.loads(options.counts.read_text(encoding="utf-8")) if options.counts.is_file() else {}
    content: dict[str, Any] = json.loads(COSTS.read_text(encoding="utf-8")) if COSTS.is_file() else {}
    for target in options.target or TARGETS:
        assert target == target_of(*target.split("/"))
        known = counted.setdefault(target, {})
        for name, layers in models.items():
            if name not in known:
                known[name] = measure(target, layers)
                options.counts.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(options.counts, json.dumps(counted) + "\n")
        fitted = fit_target(target, models, known)
        content.setdefault("targets", {})[target] = fitted["kernels"]
        content.setdefault("judged", {})[target] = fitted["judged"]
        write_atomically(COSTS, json.dumps(content, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
