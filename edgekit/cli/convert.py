# SPDX-License-Identifier: Apache-2.0
"""`edgekit convert MODEL -o M.tflite --scheme S --data D`"""

from __future__ import annotations

from pathlib import Path

import click

from edgekit.cli import options, render


@click.command()
@click.argument("model", type=options.existing_path)
@click.option("--output", "-o", type=options.new_path, help="The .tflite file to write; default: MODEL's name.")
@click.option(
    "--scheme",
    type=click.Choice(["float32", "float16", "dynamic", "int8", "int16x8"]),
    default="int8",
    show_default=True,
    help="int8 is full integer with int8 inputs and outputs, and per-channel weights.",
)
@click.option("--data", "-d", "data_spec", help="Calibration data: an .npz file or package.module:function.")
@click.option("--calibration-samples", type=click.IntRange(1), default=200, show_default=True,
              help="Samples of the train part that set the ranges.")  # fmt: skip
@options.format_option
@options.quiet_option
def convert(
    model: Path, output: Path | None, scheme: str, data_spec: str | None, calibration_samples: int,
    output_format: str, quiet: bool,
) -> None:  # fmt: skip
    """Convert the Keras model MODEL (.keras, legacy .h5) to .tflite, then check it.

    The check refuses float islands in an integer model, and operators that TensorFlow Lite Micro computes wrongly.
    """
    from edgekit.convert import convert_model
    from edgekit.dataset import load_dataset
    from edgekit.resources import write_atomically

    dataset = load_dataset(data_spec) if data_spec else None
    with render.progress_bar(quiet) as progress:
        result = convert_model(
            model, scheme=scheme, dataset=dataset, calibration_samples=calibration_samples, progress=progress
        )
    target = output or Path(f"{model.stem}.tflite")
    write_atomically(target, result.content)
    facts = {"file": str(target), "scheme": scheme, "file_bytes": len(result.content), "sha256": result.sha256}
    if output_format == "json":
        render.print_json(facts)
    else:
        render.print_facts("", facts.items())
