# SPDX-License-Identifier: Apache-2.0
"""`edgekit flash DIR [--port P]`"""

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
@options.board_option(required=False)
@options.port_option
@options.project_toolchain_option
@options.format_option
def flash(
    directory: Path, board_name: str | None, port: str | None, toolchain: ToolchainName | None, output_format: str
) -> None:
    """Put the build of the project in DIRECTORY on its board, and show what the running firmware says of itself.

    The board is the one that the project was generated for; --board names its file where it is not a shipped one. An
    emulated board is started with the build, asked, and ended.
    """
    from edgekit.boards import load_board
    from edgekit.device import flash as put_on_board
    from edgekit.firmware import find_image

    image = find_image(directory, toolchain=toolchain)
    identity = put_on_board(load_board(board_name or image.board_id), image, port=port)
    if output_format == "json":
        render.print_json(asdict(identity))
    else:
        render.print_facts("", asdict(identity).items())
