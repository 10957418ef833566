# SPDX-License-Identifier: Apache-2.0
"""Instructions of single layers over many shapes, and the worst of each operator.

    python benchmarks/kernel_sweep.py [--board B ...] [--arch A] [--only KIND] [--markdown FILE]

All layers stand side by side in one model with seeded random weights, each with an input of its own. It is built once,
run layer by layer on the emulated board and compared with the oracle. A layer without multiplications is counted by its
inputs. Where the peers' figure is known (peers.json), it is printed beside ours. kernel_sweep.md is such a FILE, of
both boards.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

import layout_ops
from flatbuffer_builder import ModelBuilder

from edgekit.benchmark.parity import ask_oracle
from edgekit.benchmark.session import Settings, generate
from edgekit.boards import load_board
from edgekit.dataset import random_samples
from edgekit.device import open_device
from edgekit.firmware import build_project, write_project
from edgekit.importer import import_tflite
from edgekit.passes import run_passes
from edgekit.progress import silent
from edgekit.resources import write_atomically

PEERS = json.loads((ROOT / "benchmarks" / "peers.json").read_text())

#: Rows, columns, channels in, channels out, kernel, stride, dilation.
CONVOLUTIONS = [
    (32, 32, 3, 16, 3, 1, 1),
    (96, 96, 3, 8, 3, 2, 1),
    (49, 10, 1, 64, (10, 4), 2, 1),
    (48, 48, 1, 8, 3, 2, 1),
    (32, 32, 16, 16, 3, 1, 1),
    (16, 16, 32, 32, 3, 1, 1),
    (8, 8, 64, 64, 3, 1, 1),
    (32, 32, 16, 32, 3, 2, 1),
    (12, 12, 16, 16, 3, 1, 2),
    (32, 32, 16, 32, 1, 2, 1),
    (16, 16, 32, 64, 1, 2, 1),
    (48, 48, 8, 16, 1, 1, 1),
    (24, 24, 16, 32, 1, 1, 1),
    (12, 12, 32, 64, 1, 1, 1),
    (25, 5, 64, 64, 1, 1, 1),
    (6, 6, 128, 128, 1, 1, 1),
    (3, 3, 256, 256, 1, 1, 1),
    (1, 1, 64, 64, 1, 1, 1),
    (16, 16, 4, 8, 1, 1, 1),
    (7, 9, 10, 6, 1, 1, 1),
    (8, 8, 3, 5, 1, 1, 1),
    (9, 9, 7, 9, 5, 1, 1),
    (5, 5, 6, 7, 3, 2, 1),
    (1, 64, 20, 20, (1, 9), 1, 1),
    (10, 10, 3, 1, 3, 1, 1),
    (16, 16, 16, 1, 1, 1, 1),
]
#: Rows, columns, channels, kernel, stride, depth multiplier, dilation.
DEPTHWISE = [
    (48, 48, 8, 3, 1, 1, 1),
    (24, 24, 32, 3, 1, 1, 1),
    (12, 12, 64, 3, 1, 1, 1),
    (25, 5, 64, 3, 1, 1, 1),
    (6, 6, 128, 3, 1, 1, 1),
    (3, 3, 256, 3, 1, 1, 1),
    (4, 4, 64, 3, 1, 1, 1),
    (2, 2, 64, 3, 1, 1, 1),
    (1, 1, 64, 3, 1, 1, 1),
    (48, 48, 16, 3, 2, 1, 1),
    (24, 24, 32, 3, 2, 1, 1),
    (12, 12, 64, 3, 2, 1, 1),
    (6, 6, 128, 3, 2, 1, 1),
    (9, 7, 6, 3, 1, 1, 1),
    (8, 8, 3, 3, 1, 1, 1),
    (8, 8, 2, 3, 2, 1, 1),
    (16, 16, 32, 5, 1, 1, 1),
    (100, 1, 64, (9, 1), 1, 1, 1),
    (1, 60, 32, (1, 5), 1, 1, 1),
    (12, 12, 8, 3, 1, 2, 1),
    (12, 12, 8, 3, 1, 4, 1),
    (12, 12, 3, 3, 1, 8, 1),
    (12, 12, 32, 3, 3, 1, 1),
    (12, 12, 32, 3, 1, 1, 2),
]
#: Rows, columns, channels in, channels out, kernel, stride.
TRANSPOSED = [
    (8, 8, 32, 16, (2, 2), (2, 2)),
    (8, 8, 32, 16, (3, 3), (2, 2)),
    (16, 16, 16, 8, (4, 4), (2, 2)),
    (8, 8, 8, 3, (3, 3), (1, 1)),
    (5, 7, 6, 5, (5, 5), (3, 3)),
]
FULLY_CONNECTED = [(640, 128), (128, 128), (128, 10), (64, 12), (250, 7), (1000, 1), (16, 16), (1, 16)]
SHAPES = [(32, 32, 16), (8, 8, 64), (5, 5, 3)]
#: Rows, columns, channels, kernel, stride.
POOLS = [(25, 5, 64, (25, 5), 1), (16, 16, 16, 2, 2), (9, 9, 5, 3, 2)]


@dataclass(frozen=True)
class Layer:
    """`units` are what its instructions are divided by."""

    operator: str
    form: str
    units: int
    output: int


class Sweep:
    """The model with all layers of `only`, or of every operator."""

    def __init__(self, only: str | None) -> None:
        self.model = ModelBuilder(seed=1, name="sweep")
        self.layers: list[Layer] = []
        self._only = only

    def add(
        self, operator: str, form: str, shape: tuple[int, ...], build: Callable[[int], int], *, one_sided: bool = True
    ) -> None:
        if self._only not in (None, operator):
            return
        x = self.model.input((1, *shape), scale=0.02, zero_point=-128)
        output = build(x)
        if one_sided and operator in ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED"):
            # The floor form of requantization needs the usual zero point behind ReLU.
            scales, zero_points, axis = self.model.tensors[output].quant or ([], [], 0)
            self.model.tensors[output].quant = (scales, [-128 for _ in zero_points], axis)
        size = 1
        for extent in shape:
            size *= extent
        self.layers.append(Layer(operator, form, size, output))


def sweep(only: str | None) -> Sweep:
    all_layers = Sweep(only)
    _add_filters(all_layers)
    _add_others(all_layers)
    return all_layers


def _add_filters(to: Sweep) -> None:
    model = to.model
    for rows, columns, depth, channels, kernel, stride, dilation in CONVOLUTIONS:
        options = {"kernel": kernel, "stride": stride, "dilation": dilation, "activation": "RELU"}
        form = f"{rows}x{columns}x{depth} -> {channels}, {_window(kernel, stride, dilation)}"
        to.add("CONV_2D", form, (rows, columns, depth), lambda x, c=channels, o=options: model.conv_2d(x, c, **o))
    for rows, columns, depth, kernel, stride, multiplier, dilation in DEPTHWISE:
        options = {"kernel": kernel, "stride": stride, "dilation": dilation, "activation": "RELU"}
        form = f"{rows}x{columns}x{depth}, {_window(kernel, stride, dilation)}"
        form += f", multiplier {multiplier}" if multiplier > 1 else ""
        to.add(
            "DEPTHWISE_CONV_2D",
            form,
            (rows, columns, depth),
            lambda x, m=multiplier, o=options: model.depthwise_conv_2d(x, m, **o),
        )
    for rows, columns, depth, channels, kernel, stride in TRANSPOSED:
        options = {"kernel": kernel, "stride": stride, "activation": "RELU"}
        form = f"{rows}x{columns}x{depth} -> {channels}, {_window(kernel, stride[0], 1)}"
        to.add(
            "TRANSPOSE_CONV",
            form,
            (rows, columns, depth),
            lambda x, c=channels, o=options: layout_ops.transpose_conv(model, x, c, **o),
        )
    for inputs, features in FULLY_CONNECTED:
        build = lambda x, f=features: model.fully_connected(x, f, activation="RELU")  # noqa: E731
        to.add("FULLY_CONNECTED", f"{inputs} -> {features}", (inputs,), build)


def _add_others(to: Sweep) -> None:
    model = to.model
    for shape in SHAPES:
        form = "x".join(map(str, shape))
        to.add("ADD", form, shape, lambda x, s=shape: model.add(x, model.input((1, *s))))
        to.add("MEAN", form, shape, model.mean)
        to.add("SOFTMAX", form, shape, model.softmax)
    for rows, columns, depth, kernel, stride in POOLS:
        form = f"{rows}x{columns}x{depth}, {_window(kernel, stride, 1)}"
        for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
            to.add(
                kind,
                form,
                (rows, columns, depth),
                lambda x, k=kind, w=kernel, s=stride: model.pool_2d(k, x, kernel=w, stride=s),
            )


def _window(kernel: int | tuple[int, int], stride: int, dilation: int) -> str:
    rows, columns = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    text = f"{rows}x{columns}"
    text += f", stride {stride}" if stride > 1 else ""
    return text + (f", dilation {dilation}" if dilation > 1 else "")


@dataclass(frozen=True)
class Count:
    """What a layer takes on a board: instructions, also by unit and by unit of CMSIS-NN where that is known."""

    layer: Layer
    kernel: str
    instructions: int
    a_unit: float
    peer: float | None

    @property
    def ratio(self) -> float | None:
        return self.a_unit / self.peer if self.peer else None


def measure(board_name: str, arch: str, only: str | None) -> tuple[list[Count], int | None]:
    """The count of each layer, and the output bytes that differ from the oracle's, None without one."""
    chosen, board = sweep(only), load_board(board_name)
    model = chosen.model.tflite([layer.output for layer in chosen.layers])
    imported = import_tflite(model)
    generated = generate(model, run_passes(imported), board, Settings(arch=arch))
    samples = random_samples(generated.inputs, 1)
    with tempfile.TemporaryDirectory(prefix="edgekit-") as folder:
        write_project(generated, board, Path(folder) / "sweep")
        image = build_project(Path(folder) / "sweep", profile=True)
        with open_device(board, image) as device:
            runs = device.layers(samples.raw(0))
            counts = [device.instructions_from_ticks(run.ticks) for run in runs]
    peers = PEERS["instructions_a_unit"].get(board_name, {})
    found = []
    for layer, call, count in zip(chosen.layers, generated.kernels, counts, strict=True):
        assert call.kind == layer.operator and count is not None
        peer = peers.get(f"{layer.operator} {layer.form}")
        found.append(Count(layer, call.function, count, count / (call.macs or layer.units), peer))
    reference = ask_oracle(model, imported, generated.outputs, samples, silent)
    outputs = [b"".join(run.output for run in runs)]
    return found, reference.compare(outputs, None).different_bytes if reference else None


def as_text(counts: Sequence[Count], different: int | None) -> str:
    lines = [f"{'operator':18} {'form':40} {'kernel':36} {'count':>9} {'a unit':>7}  CMSIS-NN, ratio"]
    worst: dict[str, Count] = {}
    for each in counts:
        operator = each.layer.operator
        ratio = f"{each.peer:7.2f} {each.ratio:5.2f}" if each.peer else ""
        lines.append(
            f"{operator:18} {each.layer.form:40} {each.kernel:36} {each.instructions:9} {each.a_unit:7.2f} {ratio}"
        )
        worst[operator] = max(worst.get(operator, each), each, key=lambda count: count.a_unit)
    lines += ["", f"bytes that differ: {'unknown' if different is None else different}", ""]
    lines.append("worst of each operator, instructions a MAC (or input)")
    lines += [f"{operator:18} {count.layer.form:40} {count.a_unit:7.2f}" for operator, count in worst.items()]
    return "\n".join(lines)


def as_markdown(boards: Mapping[str, Sequence[Count]]) -> str:
    """A row a layer, with three columns a board."""
    header = ["operator", "layer"]
    for board in boards:
        header += [f"`{board}`: instructions", "a MAC or input", "of CMSIS-NN's"]
    lines = [header, ["---"] * len(header)]
    for counts in zip(*boards.values(), strict=True):
        row = [counts[0].layer.operator, counts[0].layer.form]
        for each in counts:
            row += [f"{each.instructions:,}", f"{each.a_unit:.2f}", f"{each.ratio:.2f}x" if each.ratio else ""]
        lines.append(row)
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return (
        "# Single layers\n\n"
        "Made by `python benchmarks/kernel_sweep.py --board mps2-an386 --board mps3-an547 --markdown FILE`: "
        "int8 layers with seeded random weights, each compared with the oracle.\n\n"
        f"CMSIS-NN: {PEERS['conditions_of_units']}.\n\n{table}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--board", action="append", help="default: mps2-an386")
    parser.add_argument("--arch", default="auto", choices=("auto", "portable"))
    parser.add_argument("--only", metavar="KIND", help="one operator, such as CONV_2D")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table of all boards there")
    options = parser.parse_args()
    boards = {}
    for board in options.board or ["mps2-an386"]:
        boards[board], different = measure(board, options.arch, options.only)
        print(f"{board}\n{as_text(boards[board], different)}\n", flush=True)
        if different:
            sys.exit("the kernels are wrong")
    if options.markdown:
        write_atomically(options.markdown, as_markdown(boards))


if __name__ == "__main__":
    main()
