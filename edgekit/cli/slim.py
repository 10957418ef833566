# SPDX-License-Identifier: Apache-2.0
"""`edgekit slim M.tflite -o S.tflite`"""

from __future__ import annotations

from pathlib import Path

import click

from edgekit.cli import options, render


@click.command()
@click.argument("model", type=options.existing_file)
@click.option("--output", "-o", type=options.new_path, required=True, help="The .tflite file to write.")
@click.option(
    "--names",
    type=click.Choice(["short", "none"]),
    default="short",
    show_default=True,
    help="Keep one short name for each operator, or none.",
)
@options.format_option
def slim(model: Path, output: Path, names: str, output_format: str) -> None:
    """Write the .tflite file MODEL smaller, without loss: shared quantization vectors, short names, each buffer once.
    Inputs, outputs and results stay the same, byte for byte."""
    from edgekit.convert.slim import slim as make_slim
    from edgekit.resources import write_atomically
    from edgekit.tflite import TfliteModel

    before = TfliteModel.read(model)
    after = make_slim(before, names=names)  # type: ignore[arg-type]
    write_atomically(output, after.content)
    facts = {
        "file": str(output),
        "bytes_before": len(before.content),
        "bytes_after": len(after.content),
        "saved_percent": round(100 * (1 - len(after.content) / len(before.content)), 1),
        "sha256": after.sha256,
    }
    if output_format == "json":
        render.print_json(facts)
    else:
        render.print_facts("", facts.items())
