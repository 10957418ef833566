# SPDX-License-Identifier: Apache-2.0
"""`edgekit inspect M.tflite [--board B]`, `edgekit inspect firmware.elf`"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgekit.cli import options, render

if TYPE_CHECKING:
    from edgekit.inspection import Inspection


@click.command()
@click.argument("model", type=options.existing_file, required=False)
@click.option("--ops", is_flag=True, help="List the operators that edgekit turns into C, and stop.")
@options.board_option(required=False)
@options.engine_options
@options.format_option
def inspect(
    model: Path | None, ops: bool, board_name: str | None, engine: str, optimize: str, arch: str, output_format: str
) -> None:
    """Show the operators of the .tflite file MODEL, their shapes, quantization, MACs and weights, the arena that
    edgekit plans with its lower bound, and with --board whether the model fits it, and why.

    Of a firmware's ELF file: what each section and each symbol takes of flash and RAM.
    """
    if ops:
        _print_operators(output_format)
        return
    if model is None:
        raise click.UsageError("give a .tflite file, or --ops for the list of operators")
    from edgekit.firmware.contents import is_elf

    if is_elf(model):
        _print_firmware(model, output_format)
        return
    from edgekit.boards import load_board
    from edgekit.inspection import inspect_model
    from edgekit.tflite import TfliteModel

    board = load_board(board_name) if board_name else None
    found = inspect_model(TfliteModel.read(model), board, engine=engine, optimize=optimize, arch=arch)  # type: ignore[arg-type]
    if output_format == "json":
        render.print_json(found.to_json())
        return
    _print(found)
    render.print_notes(found.notes)


def _proof(found: Inspection) -> str:
    bound = f"no smaller one than {found.arena_proven_bytes:,} B for the activations"
    return f"{bound}: proved optimal" if found.arena_gap_bytes == 0 else f"{bound}: gap {found.arena_gap_bytes:,} B"


def _print(found: Inspection) -> None:
    columns = ("#", "op", "name", "shape", "weights", "output scale", "MACs", "weight B")
    rows = [
        (op.index, op.op, op.name, f"{op.inputs[0]} -> {op.output}", ", ".join(op.inputs[1:]), op.quantization,
         op.macs, op.weight_bytes)
        for op in found.ops
    ]  # fmt: skip
    render.print_table("", columns, rows, right=("#", "MACs", "weight B"))
    overhead = found.container_overhead_bytes
    facts: list[tuple[str, object]] = [
        ("model", f"{found.name} (sha256 {found.sha256[:8]})"),
        ("inputs", ", ".join(f"{port.dtype} {list(port.shape)}" for port in found.inputs)),
        ("outputs", ", ".join(f"{port.dtype} {list(port.shape)}" for port in found.outputs)),
        ("MACs", found.macs),
        ("file", f"{found.file_bytes:,} B = {found.weight_bytes:,} B weights + {overhead:,} B container"),
        ("arena", f"{found.arena_bytes:,} B, of it scratch {found.scratch_bytes:,} B"),
        ("plan", _proof(found)),
        ("lower bound", f"{found.arena_lower_bound_bytes:,} B of activations alive at once"),
    ]
    if found.fit is not None:
        facts += [("fits " + found.fit.board_id, "yes" if found.fit.fits else "no")]
        facts += [("", reason) for reason in found.fit.reasons]
    render.print_facts("", facts)


def _print_firmware(elf: Path, output_format: str) -> None:
    from edgekit.firmware.contents import read_contents
    from edgekit.firmware.stack import stack_bound

    found = read_contents(elf)
    stack = stack_bound(elf.resolve().parent)
    if output_format == "json":
        render.print_json({**found.to_json(), "stack": None if stack is None else asdict(stack)})
        return
    sections: list[tuple[object, ...]] = [
        (each.name, f"{each.address:#010x}", each.flash_bytes, each.ram_bytes) for each in found.sections
    ]
    render.print_table(
        "", ("section", "address", "flash B", "RAM B"), [*sections, ("all", "", found.flash_bytes, found.ram_bytes)]
    )
    rows = [(each.name, each.section, each.kind, each.bytes) for each in found.symbols]
    render.print_table("", ("symbol", "section", "kind", "bytes"), rows, right="bytes")
    heap = f"handed out by {', '.join(found.allocators)}" if found.allocators else "none: no allocator is linked"
    facts: list[tuple[str, object]] = [("heap", heap)]
    if stack is not None:
        bound = f"no bound: {stack.reason}" if stack.bytes is None else f"{stack.bytes:,} B at most"
        facts += [("stack", bound), ("deepest", " > ".join(stack.path))]
        if stack.unknown:
            facts.append(("not counted", ", ".join(stack.unknown)))
    render.print_facts("", facts)


def _print_operators(output_format: str) -> None:
    from edgekit.operators import list_operators

    operators = list_operators()
    if output_format == "json":
        render.print_json([asdict(operator) for operator in operators])
        return
    rows = [(each.name, ", ".join(each.types), "; ".join(each.variants)) for each in operators]
    render.print_table("", ("operator", "types", "kernels"), rows)
