# SPDX-License-Identifier: Apache-2.0
"""`edgekit bench M.tflite --board B`, and how a result is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgekit.cli import options, render

if TYPE_CHECKING:
    from edgekit.benchmark.result import BenchmarkResult, Latency
    from edgekit.benchmark.session import Settings


@click.command()
@click.argument("model", type=options.existing_file)
@options.board_option()
@options.ports_option
@options.data_options()
@options.engine_options
@options.build_toolchain_option
@options.measure_options
@options.format_option
@options.quiet_option
def bench(
    model: Path, board_name: str, ports: tuple[str, ...], data_spec: str | None, min_accuracy: float | None,
    output_format: str, quiet: bool, **settings: object,
) -> None:  # fmt: skip
    """Build firmware for the .tflite file MODEL, put it on the board and measure it there.

    Without --data the board runs seeded random inputs, so that parity with the reference interpreter is checked; with
    labelled --data also the accuracy. Status 1 when bytes differ or --min-accuracy is missed.
    """
    from edgekit.benchmark.session import bench as run_bench
    from edgekit.boards import load_board
    from edgekit.dataset import load_dataset
    from edgekit.tflite import TfliteModel

    with render.progress_bar(quiet) as progress:
        result = run_bench(
            TfliteModel.read(model),
            load_board(board_name),
            dataset=load_dataset(data_spec) if data_spec else None,
            ports=ports,
            settings=measure_settings(settings),
            progress=progress,
        )
    report(result, output_format, min_accuracy)


def measure_settings(values: dict[str, Any]) -> Settings:
    """The options of `measure_options`, `engine_options` and --split as one value."""
    from edgekit.benchmark.session import Settings

    return Settings(**values)


def report(result: BenchmarkResult, output_format: str, min_accuracy: float | None) -> None:
    """Print `result`; then exit with status 1 where bytes differ or the accuracy is below `min_accuracy`."""
    if output_format == "json":
        render.print_json(result.to_json())
    else:
        render.print_facts("", _facts(result))
        if result.latency.layers is not None:
            _print_layers(result.latency)
    for lost in result.lost_boards:
        click.echo(f"edgekit: a board failed, the others ran its samples: {render.printable(lost)}", err=True)
    failures = []
    if result.parity is not None and not result.parity.holds:
        failures.append(
            f"{result.parity.different_bytes:,} of {result.parity.compared_bytes:,} output bytes differ from "
            f"{result.parity.oracle}, first at layer {result.parity.first_different_layer or 'unknown'}"
        )
    if min_accuracy is not None:
        if result.accuracy is None:
            raise click.UsageError("--min-accuracy needs --data with labels")
        missed = result.accuracy.value < min_accuracy
        if result.accuracy.metric == "mse":
            missed = result.accuracy.value > min_accuracy
        if missed:
            failures.append(f"{result.accuracy.metric} is {result.accuracy.value:.4f}, asked for {min_accuracy:g}")
    for failure in failures:
        click.echo(f"edgekit: failed: {render.printable(failure)}", err=True)
    if failures:
        raise click.exceptions.Exit(1)


def _facts(result: BenchmarkResult) -> list[tuple[str, object]]:
    conditions, memory, latency = result.conditions, result.memory, result.latency
    rows: list[tuple[str, object]] = [
        ("board", f"{conditions.board} ({conditions.core}, {conditions.source})"),
        ("engine", f"{conditions.engine}, optimized for {conditions.optimize}"),
        ("compiler", f"{conditions.compiler}, {conditions.flags}"),
    ]
    if result.accuracy is not None:
        rows.append(("accuracy", _accuracy(result)))
    if result.parity is not None:
        parity = result.parity
        rows.append(
            ("parity", f"{parity.different_bytes:,} of {parity.compared_bytes:,} output bytes differ from "
                       f"{parity.oracle}, {parity.inputs:,} inputs")
        )  # fmt: skip
        if parity.float_tolerance is not None:
            beyond = f"{parity.wrong_inputs:,} inputs beyond the {parity.float_tolerance:g} allowed"
            rows.append(("float32", f"largest difference {parity.float_difference:.2g} of the value, {beyond}"))
    if latency.instructions is not None:
        rows.append(("instructions", f"{latency.instructions:,} an inference, {_per_mac(latency)}"))
    if latency.cycles is not None:
        rows.append(("cycles", f"{latency.cycles:,} an inference"))
    within = f"estimated, within {latency.estimated_within:.0%}" if latency.estimated_within else "estimated"
    if latency.cycles_estimated is not None:
        rows.append(("cycles", f"about {latency.cycles_estimated:,} an inference: {within}"))
    if latency.microseconds is not None:
        mark = f" at {conditions.clock_hz / 1e6:g} MHz: {within}" if latency.estimated else ""
        about = "about " if latency.estimated else ""
        rows.append(("latency", f"{about}{latency.microseconds.median / 1000:.3g} ms{mark}"))
    if result.throughput is not None and result.throughput.per_second is not None:
        windows = len(result.throughput.windows)
        rows.append(("throughput", f"{result.throughput.per_second:.3f} inferences a second, median of {windows}"))
    elif result.throughput is not None:
        rows.append(("energy", "windows marked on the timestamp pin; no power monitor was read"))
    stack = "unknown" if memory.stack_peak_bytes is None else f"{memory.stack_peak_bytes:,} B"
    rows += [
        ("flash", f"{memory.flash_bytes:,} B image; model data {memory.weight_bytes:,} B, "
                  f"model and kernel code {memory.kernel_code_bytes:,} B"),
        ("RAM", f"{memory.static_ram_bytes:,} B static; arena {memory.arena_bytes:,} B "
                f"(activations at least {memory.arena_lower_bound_bytes:,} B, scratch {memory.scratch_bytes:,} B)"),
        ("stack", f"{stack} peak"),
    ]  # fmt: skip
    return rows


def _accuracy(result: BenchmarkResult) -> str:
    accuracy = result.accuracy
    assert accuracy is not None
    interval = "" if accuracy.low is None or accuracy.high is None else f" ({accuracy.low:.4f} to {accuracy.high:.4f})"
    return f"{accuracy.value:.4f} {accuracy.metric}{interval}, {accuracy.samples:,} samples"


def _per_mac(latency: Latency) -> str:
    return f"{latency.instructions / latency.macs:.2f} a MAC" if latency.instructions and latency.macs else "no MACs"


def _print_layers(latency: Latency) -> None:
    within = f" ± {latency.estimated_within:.0%}" if latency.estimated_within else ""
    columns = ("#", "op", "name", "kernel", "MACs", "instructions", "per MAC", f"cycles est.{within}")
    rows = [
        (layer.index, layer.op, layer.name, layer.kernel, layer.macs, layer.instructions,
         f"{layer.instructions / layer.macs:.2f}" if layer.instructions and layer.macs else None,
         layer.cycles_estimated)
        for layer in latency.layers or ()
    ]  # fmt: skip
    render.print_table("", columns, rows, right=("#", *columns[4:]))
