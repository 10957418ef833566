# SPDX-License-Identifier: Apache-2.0
"""`edgekit deploy MODEL --board B --data D`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgekit.cli import options, render
from edgekit.cli.bench import measure_settings, report

if TYPE_CHECKING:
    from edgekit.convert.schemes import SchemeName


@click.command()
@click.argument("model", type=options.existing_path)
@options.board_option()
@options.ports_option
@options.data_options()
@click.option("--calibration-samples", type=click.IntRange(1), default=200, show_default=True,
              help="Samples of the train part that set the ranges, where MODEL is a Keras model.")  # fmt: skip
@click.option("--scheme", type=click.Choice(["int8", "int16x8", "float32"]), default="int8", show_default=True,
              help="Numbers that a Keras MODEL becomes.")  # fmt: skip
@options.engine_options
@options.build_toolchain_option
@options.measure_options
@options.format_option
@options.quiet_option
def deploy(
    model: Path, board_name: str, ports: tuple[str, ...], data_spec: str | None, calibration_samples: int,
    scheme: SchemeName, min_accuracy: float | None, output_format: str, quiet: bool, **settings: object,
) -> None:  # fmt: skip
    """Convert MODEL (unless it is a .tflite file), generate C, build firmware, put it on the board, run the
    samples there, and print what was measured."""
    from edgekit.boards import load_board
    from edgekit.dataset import load_dataset
    from edgekit.pipeline import deploy as run_deploy

    with render.progress_bar(quiet) as progress:
        result = run_deploy(
            model,
            load_board(board_name),
            dataset=load_dataset(data_spec) if data_spec else None,
            calibration_samples=calibration_samples,
            scheme=scheme,
            ports=ports,
            settings=measure_settings(settings),
            progress=progress,
        )
    report(result, output_format, min_accuracy)
