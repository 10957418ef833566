# SPDX-License-Identifier: Apache-2.0
"""`edgekit build DIR`"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgekit.cli import options, render

if TYPE_CHECKING:
    from edgekit.firmware.toolchain import ToolchainName


@click.command()
@click.argument("directory", type=options.existing_dir)
@click.option("--profile", is_flag=True, help="The build that steps layer by layer, for per-layer figures.")
@options.project_toolchain_option
@options.format_option
@options.quiet_option
def build(directory: Path, profile: bool, toolchain: ToolchainName | None, output_format: str, quiet: bool) -> None:
    """Build the project in DIRECTORY, which `edgekit generate` made, and show the sizes of its sections."""
    from edgekit.firmware import build_project

    with render.progress_bar(quiet) as progress:
        image = build_project(directory, profile=profile, toolchain=toolchain, progress=progress)
    facts = {
        "board": image.board_id,
        "elf": str(image.elf),
        "binary": str(image.binary),
        "compiler": image.compiler,
        "flags": image.flags,
        **asdict(image.memory),
    }
    if output_format == "json":
        render.print_json(facts)
    else:
        render.print_facts("", facts.items())
