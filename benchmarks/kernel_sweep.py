# SPDX-License-Identifier: Apache-2.0
"""Instructions of single layers over many shapes, and the worst of each operator.

    python benchmarks/kernel_sweep.py [--board B] [--arch A]

Every layer is a model of its own with seeded random weights, built, run on the emulated board and compared with the
oracle. An operator without multiplications is counted by output elements.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from flatbuffer_builder import ModelBuilder

from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board

#: Rows, columns, channels in, channels out, kernel, stride.
CONVOLUTIONS = [
    (32, 32, 3, 16, 3, 1),
    (96, 96, 3, 8, 3, 2),
    (49, 10, 1, 64, (10, 4), 2),
    (32, 32, 16, 16, 3, 1),
    (16, 16, 32, 32, 3, 1),
    (8, 8, 64, 64, 3, 1),
    (32, 32, 16, 32, 1, 2),
    (25, 5, 64, 64, 1, 1),
    (6, 6, 128, 128, 1, 1),
    (3, 3, 256, 256, 1, 1),
    (48, 48, 8, 16, 1, 1),
    (7, 9, 10, 6, 1, 1),
    (9, 9, 7, 9, 5, 1),
    (1, 64, 20, 20, (1, 9), 1),
    (10, 10, 3, 1, 3, 1),
]
#: Rows, columns, channels, kernel, stride, depth multiplier.
DEPTHWISE = [
    (48, 48, 8, 3, 1, 1),
    (25, 5, 64, 3, 1, 1),
    (6, 6, 128, 3, 1, 1),
    (3, 3, 256, 3, 1, 1),
    (48, 48, 16, 3, 2, 1),
    (6, 6, 128, 3, 2, 1),
    (9, 7, 6, 3, 1, 1),
    (8, 8, 3, 3, 1, 1),
    (16, 16, 32, 5, 1, 1),
    (100, 1, 64, (9, 1), 1, 1),
    (12, 12, 8, 3, 1, 2),
    (12, 12, 32, 3, 3, 1),
]
FULLY_CONNECTED = [(640, 128), (128, 128), (128, 10), (64, 12), (250, 7), (1000, 1), (16, 16)]
SHAPES = [(32, 32, 16), (8, 8, 64), (5, 5, 3)]


def layers() -> Iterator[tuple[str, str, ModelBuilder, int]]:
    """(operator, form, model, its output) of every layer."""
    for rows, columns, depth, channels, kernel, stride in CONVOLUTIONS:
        model, x = _model(rows, columns, depth)
        form = f"{rows}x{columns}x{depth} -> {channels}, {kernel}, stride {stride}"
        yield "CONV_2D", form, model, model.conv_2d(x, channels, kernel=kernel, stride=stride, activation="RELU")
    for rows, columns, depth, kernel, stride, multiplier in DEPTHWISE:
        model, x = _model(rows, columns, depth)
        form = f"{rows}x{columns}x{depth}, {kernel}, stride {stride}, multiplier {multiplier}"
        output = model.depthwise_conv_2d(x, multiplier, kernel=kernel, stride=stride, activation="RELU")
        yield "DEPTHWISE_CONV_2D", form, model, output
    for features_in, features_out in FULLY_CONNECTED:
        model = ModelBuilder(seed=1)
        x = model.input((1, features_in), scale=0.02, zero_point=-128)
        form = f"{features_in} -> {features_out}"
        yield "FULLY_CONNECTED", form, model, model.fully_connected(x, features_out, activation="RELU")
    for shape in SHAPES:
        model, x = _model(*shape)
        yield "ADD", "x".join(map(str, shape)), model, model.add(x, model.input((1, *shape)))
        model, x = _model(*shape)
        yield "MEAN", "x".join(map(str, shape)), model, model.mean(x)


def _model(rows: int, columns: int, depth: int) -> tuple[ModelBuilder, int]:
    model = ModelBuilder(seed=1)
    return model, model.input((1, rows, columns, depth), scale=0.02, zero_point=-128)


def measure(board_name: str, arch: str, tell: Callable[[str], None]) -> dict[str, tuple[float, str]]:
    """Operator -> (instructions a MAC or output, form) of its worst layer."""
    board = load_board(board_name)
    worst: dict[str, tuple[float, str]] = {}
    for operator, form, model, output in layers():
        # The floor form of requantization needs the usual zero point behind ReLU.
        scales, zero_points, axis = model.tensors[output].quant
        if operator in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            model.tensors[output].quant = (scales, [-128 for _ in zero_points], axis)
        result = bench(model.tflite([output]), board, settings=Settings(inputs=1, repeats=1, arch=arch))
        assert result.latency.instructions is not None
        units = result.latency.macs or _elements(model, output)
        cost = result.latency.instructions / units
        different = result.parity.different_bytes if result.parity else None
        tell(f"{operator:18} {form:48} {result.latency.instructions:9} {cost:7.2f}  {different}")
        worst[operator] = max(worst.get(operator, (0.0, "")), (cost, form))
    return worst


def _elements(model: ModelBuilder, output: int) -> int:
    size = 1
    for extent in model.shape(output):
        size *= extent
    return size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--board", default="mps2-an386")
    parser.add_argument("--arch", default="auto", choices=("auto", "portable"))
    options = parser.parse_args()
    print("operator           form                                             instructions  a MAC  bytes that differ")
    worst = measure(options.board, options.arch, print)
    print("\nworst of each operator, instructions a MAC (or output)")
    for operator, (cost, form) in worst.items():
        print(f"{operator:18} {form:48} {cost:7.2f}")


if __name__ == "__main__":
    main()
