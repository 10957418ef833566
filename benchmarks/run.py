# SPDX-License-Identifier: Apache-2.0
"""Measures models on emulated boards and writes results.json and results.md beside this file.

    python benchmarks/run.py [--board B ...] [--optimize O ...] [--models FOLDER]

The models are the .tflite files of FOLDER (EDGEKIT_SHARED/models, default ../shared/models, where that is there) and
four nets of the MLPerf Tiny architectures with seeded random weights.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from reference_nets import REFERENCE_NETS

from edgekit.benchmark.result import BenchmarkResult
from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board
from edgekit.errors import DoesNotFitError
from edgekit.resources import write_atomically
from edgekit.tflite import TfliteModel

BOARDS = ("mps2-an385", "mps2-an386", "mps3-an547")
COLUMNS = ("model", "board", "optimize", "MACs", "instructions", "a MAC", "cycles, estimated", "arena B",
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
        latency.macs,
        instructions,
        f"{instructions / latency.macs:.2f}",
        latency.cycles_estimated,
        memory.arena_bytes,
        memory.arena_lower_bound_bytes,
        memory.weight_bytes,
        memory.kernel_code_bytes,
        memory.flash_bytes,
        memory.stack_peak_bytes,
        None if parity is None else parity.different_bytes,
    )


def markdown(rows: list[tuple[object, ...]], conditions: str) -> str:
    def cell(value: object) -> str:
        return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)

    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    lines += ["| " + " | ".join(map(cell, each)) + " |" for each in rows]
    return conditions + "\n\n" + "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure models on emulated boards.")
    parser.add_argument("--board", action="append", help=f"default: {', '.join(BOARDS)}")
    parser.add_argument("--optimize", action="append", choices=("speed", "size", "ram"), help="default: speed")
    shared = Path(os.environ.get("EDGEKIT_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--models", type=Path, default=shared / "models", help="folder of .tflite files")
    arguments = parser.parse_args()
    results, rows = [], []
    for name, model in models(arguments.models):
        for board in arguments.board or BOARDS:
            for objective in arguments.optimize or ("speed",):
                try:
                    found = bench(model, load_board(board), settings=Settings(optimize=objective, inputs=2, repeats=1))
                except DoesNotFitError as error:
                    print(f"{name} on {board}: {error}", file=sys.stderr)
                    continue
                results.append({"model": name, **found.to_json()})
                rows.append(row(name, found))
                print(f"{name} on {board}, {objective}: {found.latency.instructions:,} instructions", file=sys.stderr)
    conditions = results[0]["conditions"]
    heading = f"One inference each, {conditions['compiler']}; instructions as QEMU counts them."
    write_atomically(ROOT / "benchmarks" / "results.json", json.dumps(results, indent=1) + "\n")
    write_atomically(ROOT / "benchmarks" / "results.md", markdown(rows, heading))
    print(markdown(rows, heading))


if __name__ == "__main__":
    main()
