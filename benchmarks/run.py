# SPDX-License-Identifier: Apache-2.0
"""Measures models on emulated boards and writes results.json, results.md and layers.svg beside this file.

    python benchmarks/run.py [--board B ...] [--optimize O ...] [--toolchain T ...] [--models FOLDER]

The models are the .tflite files of FOLDER (EDGEKIT_SHARED/models, default ../shared/models, where that is there) and
four nets of the MLPerf Tiny architectures with seeded random weights, for speed alone (tests/golden/figures.json has
the rest). clang (--toolchain zig) builds the files of FOLDER for speed, where ziglang is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "tests" / "support")]

from presentation import PICTURE, compiler_name, estimated_range, layers_svg
from reference_nets import REFERENCE_NETS

from edgekit.benchmark.result import BenchmarkResult
from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board
from edgekit.codegen.generated import Objective
from edgekit.errors import DoesNotFitError
from edgekit.firmware.toolchain import TOOLCHAINS, ToolchainName, find_zig
from edgekit.resources import write_atomically
from edgekit.tflite import TfliteModel

BOARDS = ("mps2-an385", "mps2-an386", "mps3-an547")
OBJECTIVES: tuple[Objective, ...] = ("speed", "size", "ram")
COLUMNS = ("model", "board", "optimize", "compiler", "MACs", "instructions", "a MAC", "cycles, estimated", "arena B",
           "lower bound B", "weights B", "code B", "image B", "stack B", "bytes that differ")  # fmt: skip


def models(folder: Path) -> Iterator[tuple[str, TfliteModel]]:
    if folder.is_dir():
        for path in sorted(folder.glob("*.tflite")):
            yield path.stem, TfliteModel.read(path)
    for name, build in REFERENCE_NETS.items():
        yield f"{name} (random weights)", build()


def row(name: str, found: BenchmarkResult) -> tuple[object, ...]:
    memory, latency, parity = found.memory, found.latency, found.parity
    instructions = latency.instructions or 0
    return (
        name,
        found.conditions.board,
        found.conditions.optimize,
        compiler_name(found.conditions.compiler),
        latency.macs,
        instructions,
        f"{instructions / latency.macs:.2f}",
        estimated_range(latency.cycles_estimated, latency.estimated_within),
        memory.arena_bytes,
        memory.arena_lower_bound_bytes,
        memory.weight_bytes,
        memory.kernel_code_bytes,
        memory.flash_bytes,
        memory.stack_peak_bytes,
        None if parity is None else parity.different_bytes,
    )


def runs(arguments: argparse.Namespace, real: bool) -> Iterator[tuple[str, Objective, ToolchainName]]:
    """(board, objective, tool chain) of what is measured of a model."""
    for toolchain in arguments.toolchain or TOOLCHAINS:
        if toolchain == "zig" and (find_zig() is None or not real):
            continue
        for board in arguments.board or BOARDS:
            for objective in arguments.optimize or (OBJECTIVES if real and toolchain == "gcc" else ("speed",)):
                yield board, objective, toolchain


def markdown(rows: list[tuple[object, ...]], conditions: str) -> str:
    def cell(value: object) -> str:
        return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)

    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    lines += ["| " + " | ".join(map(cell, each)) + " |" for each in rows]
    return conditions + "\n\n" + "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure models on emulated boards.")
    parser.add_argument("--board", action="append", help=f"default: {', '.join(BOARDS)}")
    parser.add_argument("--optimize", action="append", choices=OBJECTIVES, help="default: all three")
    parser.add_argument("--toolchain", action="append", choices=TOOLCHAINS, help="default: those installed")
    shared = Path(os.environ.get("EDGEKIT_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--models", type=Path, default=shared / "models", help="folder of .tflite files")
    arguments = parser.parse_args()
    results, rows = [], []
    for name, model in models(arguments.models):
        for board, objective, toolchain in runs(arguments, real="random" not in name):
            layers = (name, board, objective, toolchain) == PICTURE
            settings = Settings(optimize=objective, toolchain=toolchain, inputs=2, repeats=1, layers=layers)
            try:
                found = bench(model, load_board(board), settings=settings)
            except DoesNotFitError as error:
                print(f"{name} on {board}: {error}", file=sys.stderr)
                continue
            results.append({"model": name, **found.to_json()})
            rows.append(row(name, found))
            what = f"{name} on {board}, {objective}, {toolchain}"
            print(f"{what}: {found.latency.instructions:,} instructions", file=sys.stderr)
    compilers = " and ".join(dict.fromkeys(found["conditions"]["compiler"] for found in results))
    heading = f"One inference each, {compilers}; instructions as QEMU counts them."
    write_atomically(ROOT / "benchmarks" / "results.json", json.dumps(results, indent=1) + "\n")
    write_atomically(ROOT / "benchmarks" / "results.md", markdown(rows, heading))
    picture = layers_svg(results)
    if picture is not None:
        write_atomically(ROOT / "benchmarks" / "layers.svg", picture)
    print(markdown(rows, heading))


if __name__ == "__main__":
    main()
