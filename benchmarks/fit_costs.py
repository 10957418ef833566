# SPDX-License-Identifier: Apache-2.0
"""Fits the cost model of edgekit/codegen/costs.json to counts of the emulated boards.

    python benchmarks/fit_costs.py [--target ARCH/CORE ...] [--layers N] [--counts FILE]

Every kernel that applies to a layer is measured, not only the one that would be taken: over seeded random shapes, to
which the factors are fitted by least squares of the relative error (none negative), and over those of kernel_sweep.py,
on which the fit is judged. Outputs are compared with the oracle's. Counts are kept in FILE, and those that it holds
are not measured again: remove it when kernels change.
"""

from __future__ import annotations

import argparse
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

from edgekit.benchmark.parity import ask_oracle
from edgekit.boards import Board, load_board
from edgekit.codegen import generate_model
from edgekit.codegen.cost import COSTS, Features, features, target_of
from edgekit.codegen.generated import GeneratedModel, KernelCall
from edgekit.codegen.lowering.registry import Site, candidates
from edgekit.dataset import random_samples
from edgekit.device import open_device
from edgekit.firmware import build_project, write_project
from edgekit.importer import import_tflite
from edgekit.ir.graph import Graph
from edgekit.progress import silent
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
_HELD_OUT = "sweep"


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
    """The layers to judge by, and `count` of random shapes, some tens in each model."""
    models = {_HELD_OUT: sweep(None)}
    for first in range(0, count, _LAYERS_A_MODEL):
        made, random = Sweep(None), np.random.default_rng(first)
        for number in range(first, min(count, first + _LAYERS_A_MODEL)):
            _RANDOM[number % len(_RANDOM)](made, random)
        models[f"random {first}"] = made
    return models


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
    shape = tuple(int(size) for size in (*random.integers(2, 14, 2), random.choice([1, 3, 4, 8, 16, 17, 32])))
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
    """Every kernel on every layer: one firmware with the first kernels that apply, one with the second, and so on."""
    arch, core = target.split("/")
    board = replace(load_board(TARGETS[target][0]), core=core)  # type: ignore[arg-type]
    model = _model(layers)
    graph = import_tflite(model)  # no passes: every layer stays
    found: list[Count] = []
    measured, rank = True, 0
    while measured:
        measured = False
        ranks: dict[int, int] = {}

        def choose(site: Site, rank: int = rank, ranks: dict[int, int] = ranks) -> KernelCall:
            calls = candidates(site)
            ranks[site.index] = min(rank, len(calls) - 1)
            return calls[ranks[site.index]]

        generated = generate_model(
            graph, name=model.name, core=core, arch=arch, model_sha256=model.sha256, choose=choose
        )
        if rank in ranks.values():
            measured = True
            instructions, outputs = _run(generated, board)
            _require_parity(model, graph, generated, outputs)
            for call, count in zip(generated.kernels, instructions, strict=True):
                if ranks[call.op] == rank and call.function:
                    found.append((call.op, call.function, count))
        rank += 1
    return found


def _model(layers: Sweep) -> TfliteModel:
    return layers.model.tflite([layer.output for layer in layers.layers])


def samples_of(name: str, layers: Sweep, counts: Iterable[Count]) -> list[Sample]:
    graph = import_tflite(_model(layers))
    return [
        Sample(f"{name}, {op}", function, features(graph, graph.ops[op]), instructions)
        for op, function, instructions in counts
    ]


def _run(generated: GeneratedModel, board: Board) -> tuple[list[int], list[bytes]]:
    with tempfile.TemporaryDirectory(prefix="edgekit-") as folder:
        write_project(generated, board, Path(folder) / "layers")
        image = build_project(Path(folder) / "layers", profile=True)
        with open_device(board, image) as device:
            runs = device.layers(random_samples(generated.inputs, 1).raw(0))
            counts = [device.instructions_from_ticks(run.ticks) for run in runs]
    return [count for count in counts if count is not None], [run.output for run in runs]


def _require_parity(model: Any, graph: Graph, generated: GeneratedModel, outputs: list[bytes]) -> None:
    reference = ask_oracle(model, graph, random_samples(generated.inputs, 1), silent)
    if reference is not None and (different := reference.compare([b"".join(outputs)], None).different_bytes):
        raise SystemExit(f"{different} bytes differ from the oracle's")


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


def judge(samples: list[Sample], kernels: dict[str, Any]) -> dict[str, Any]:
    """On layers that more than one kernel can do: how often the cheapest is predicted, and what the rest cost."""
    layers: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        layers[sample.layer].append(sample)
    several = [each for each in layers.values() if len(each) > 1]
    right, extra = 0, []
    for each in several:
        costs = [_predicted(sample, kernels) for sample in each]
        chosen = each[costs.index(min(costs))]
        regret = chosen.instructions / min(sample.instructions for sample in each) - 1
        right += regret <= _TIE
        extra.append(regret)
    errors = [abs(_predicted(sample, kernels) / sample.instructions - 1) for sample in samples]
    return {
        "layers": len(layers),
        "layers_with_a_choice": len(several),
        "right": right,
        "worst_extra": round(max(extra, default=0.0), 4),
        "error_median": round(float(np.median(errors)), 4),
        "error_p90": round(float(np.percentile(errors, 90)), 4),
    }


def _predicted(sample: Sample, kernels: dict[str, Any]) -> float:
    factors = kernels[sample.function]["factors"]
    return float(sum(factor * sample.counts.get(name, 0.0) for name, factor in factors.items()))


def fit_target(target: str, models: dict[str, Sweep], counts: dict[str, list[Count]]) -> dict[str, Any]:
    """Factors of each kernel, and how well they predict. A kernel that no random layer took is fitted to the others."""
    held_out = samples_of(_HELD_OUT, models[_HELD_OUT], counts[_HELD_OUT])
    random = [
        each for name, layers in models.items() if name != _HELD_OUT for each in samples_of(name, layers, counts[name])
    ]
    kernels = {}
    for function in sorted({sample.function for sample in (*random, *held_out)}):
        own = [sample for sample in random if sample.function == function]
        kernels[function] = fit(own or [sample for sample in held_out if sample.function == function])
    judged = {"random": judge(random, kernels), "sweep": judge(held_out, kernels)}
    print(target, json.dumps(judged))
    return {"judged": judged, "kernels": kernels}


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
