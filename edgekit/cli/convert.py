# SPDX-License-Identifier: Apache-2.0
"""`edgekit convert MODEL -o M.tflite --scheme S --data D`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgekit.cli import options, render

if TYPE_CHECKING:
    from edgekit.convert import PostTraining


@click.command()
@click.argument("model", type=options.existing_path)
@click.option("--output", "-o", type=options.new_path, help="The .tflite file to write; default: MODEL's name.")
@click.option(
    "--scheme",
    type=click.Choice(["float32", "float16", "dynamic", "int8", "int16x8"]),
    default="int8",
    show_default=True,
    help="int8 and int16x8 are full integer, inputs and outputs too; their weights are int8, with a scale a channel.",
)
@click.option("--data", "-d", "data_spec", help="Calibration data: an .npz file or package.module:function.")
@click.option("--calibration-samples", type=click.IntRange(1), default=200, show_default=True,
              help="Samples of the train part that set the ranges.")  # fmt: skip
@click.option("--ranges", type=click.Choice(["minmax", "percentile", "mse"]),
              help="Ranges of activations: all values, the middle --percentile, or least squared error.")  # fmt: skip
@click.option("--percentile", type=click.FloatRange(50, 100, min_open=True), help="For --ranges percentile  [99.99]")
@click.option("--weights", type=click.Choice(["max", "mse"]),
              help="Scales of weights: up to the largest, or least squared error.")  # fmt: skip
@click.option("--bias-correction/--no-bias-correction", default=None, help="Hold the mean of every channel.")
@click.option("--equalize", is_flag=True, default=None, help="Balance the channels of neighbouring layers first.")
@click.option("--bits", type=click.IntRange(2, 8), help="Preview of packed weights: rounded to BITS, stored as int8.")
@click.option("--layer-bits", multiple=True, metavar="LAYER=BITS",
              help="Other bits for one layer, or for first, last or depthwise ones; may be repeated.")  # fmt: skip
@click.option("--stateful", is_flag=True, help="One time step an inference: LSTM and GRU keep their state in between.")
@options.format_option
@options.quiet_option
def convert(
    model: Path, output: Path | None, scheme: str, data_spec: str | None, calibration_samples: int,
    stateful: bool, output_format: str, quiet: bool, **chosen: Any,
) -> None:  # fmt: skip
    """Convert the Keras model MODEL (.keras, legacy .h5, SavedModel folder) to .tflite, then check it.

    With any option from --ranges to --layer-bits edgekit chooses the scales of the int8 model, and corrects its biases;
    else TensorFlow's converter does, by minimum and maximum.

    The check refuses float islands in an integer model, and operators that TensorFlow Lite Micro computes wrongly.
    """
    from edgekit.convert import convert_model
    from edgekit.dataset import load_dataset
    from edgekit.resources import write_atomically

    dataset = load_dataset(data_spec) if data_spec else None
    with render.progress_bar(quiet) as progress:
        result = convert_model(
            model, scheme=scheme, dataset=dataset, calibration_samples=calibration_samples,
            post_training=_post_training(chosen), stateful=stateful, progress=progress,
        )  # fmt: skip
    target = output or Path(f"{model.stem}.tflite")
    write_atomically(target, result.content)
    facts = {"file": str(target), "scheme": scheme, "file_bytes": len(result.content), "sha256": result.sha256}
    if output_format == "json":
        render.print_json(facts)
    else:
        render.print_facts("", facts.items())


def _post_training(chosen: dict[str, Any]) -> PostTraining | None:
    """The settings that were given; None when none was."""
    from edgekit.convert import PostTraining
    from edgekit.errors import UsageError

    given = {key: value for key, value in chosen.items() if value is not None and value != ()}
    if not given:
        return None
    if "percentile" in given and given.get("ranges") != "percentile":
        raise UsageError("--percentile belongs to --ranges percentile")
    pairs = [item.rpartition("=") for item in given.pop("layer_bits", ())]
    for name, _, bits in pairs:
        if not name or bits not in map(str, range(2, 9)):
            raise UsageError(f"--layer-bits takes LAYER=BITS with 2 to 8 bits, not {name or bits!r}")
    return PostTraining(**given, layer_bits={name: int(bits) for name, _, bits in pairs})
