# SPDX-License-Identifier: Apache-2.0
"""`edgekit generate M.tflite --board B -o DIR`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgekit.cli import options, render

if TYPE_CHECKING:
    from edgekit.codegen.generated import KernelCall


@click.command()
@click.argument("model", type=options.existing_file)
@options.board_option()
@click.option("--output", "-o", type=options.new_path, required=True, help="The folder of the project.")
@click.option("--name", help="Prefix of the C names; default: the file's name.")
@options.engine_options
@options.build_toolchain_option
@options.format_option
@options.quiet_option
def generate(
    model: Path, board_name: str, output: Path, name: str | None, engine: str, optimize: str, arch: str,
    toolchain: str, output_format: str, quiet: bool,
) -> None:  # fmt: skip
    """Generate C for the .tflite file MODEL: model, weights, the kernels it uses and no others, and firmware for the
    board, as a CMake project that builds without edgekit.

    The kernel of each layer is the one that the cost model predicts the fewest instructions for; the table shows them
    and the next best.
    """
    from dataclasses import replace

    from edgekit.benchmark.session import Settings
    from edgekit.boards import load_board
    from edgekit.pipeline import generate_project
    from edgekit.tflite import TfliteModel

    read = TfliteModel.read(model)
    settings = Settings(engine=engine, optimize=optimize, arch=arch, toolchain=toolchain)  # type: ignore[arg-type]
    named = replace(read, name=name) if name else read
    generated = generate_project(named, load_board(board_name), output, settings=settings)
    facts = {
        "folder": str(output),
        "name": generated.name,
        "engine": generated.engine,
        "macs": generated.macs,
        "arena_bytes": generated.arena_bytes,
        "scratch_bytes": generated.plan.scratch_bytes,
        "arena_lower_bound_bytes": generated.plan.lower_bound_bytes,
        "arena_proven_bytes": generated.plan.proven_bytes,
        "arena_gap_bytes": generated.plan.gap_bytes,
        "weight_bytes": generated.weight_bytes,
        "predicted_instructions": generated.predicted_instructions,
        "files": sorted(generated.files),
    }
    layers = [_layer(call) for call in generated.kernels]
    if output_format == "json":
        render.print_json({**facts, "layers": layers})
        return
    render.print_facts("", ((key, ", ".join(v) if isinstance(v, list) else v) for key, v in facts.items()))
    columns = ("#", "layer", "kernel", "predicted instructions", "why")
    shown = ("name", "kernel", "predicted_instructions", "why")
    rows = ((number, *(layer[key] for key in shown)) for number, layer in enumerate(layers))
    render.print_table("", columns, rows, right=("#", "predicted instructions"))
    if not quiet:
        render.print_notes(generated.notes)


def _layer(call: KernelCall) -> dict[str, object]:
    choice = call.choice
    return {
        "op": call.kind,
        "name": call.name,
        "kernel": call.function,
        "predicted_instructions": None if choice is None else choice.instructions,
        "runner_up": None if choice is None else choice.runner_up,
        "runner_up_instructions": None if choice is None else choice.runner_up_instructions,
        "why": call.reason,
    }
