# SPDX-License-Identifier: Apache-2.0
"""`edgekit emulate BOARD [--firmware ELF | --model M.tflite]`"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from edgekit.cli import options, render


@click.command()
@click.argument("board_name", metavar="BOARD", type=options.BoardName())
@click.option("--firmware", type=options.existing_file, help="The firmware: an ELF file that `edgekit build` made.")
@click.option("--model", type=options.existing_file, help="A .tflite file to build firmware for.")
@click.option("--link", type=options.new_path, help="Name of the port: a symbolic link to its pty.")
@click.option(
    "--tcp", type=click.IntRange(0, 65535), help="Serve on this TCP port of this machine; 0 takes a free one."
)
@click.option(
    "--mode",
    type=click.Choice(["performance", "energy"]),
    default="performance",
    show_default=True,
    help="How the firmware built for --model marks time: by lines, or by a pin.",
)
@options.quiet_option
def emulate(
    board_name: str,
    firmware: Path | None,
    model: Path | None,
    link: Path | None,
    tcp: int | None,
    mode: str,
    quiet: bool,
) -> None:
    """Keep the emulated board BOARD running as an ordinary serial port for any other program, until Ctrl-C.

    The first line on stdout is the port: a pty, or its --link, or socket://127.0.0.1:PORT with --tcp.
    """
    from edgekit.boards import load_board
    from edgekit.device.served import serve

    if (firmware is None) == (model is None):
        raise click.UsageError("give the firmware that the board shall run: --firmware ELF or --model M.tflite")
    if firmware is not None and mode != "performance":
        raise click.UsageError("--mode is for --model; a built firmware has its mode already")
    board = load_board(board_name)
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as stack:
        elf = firmware or stack.enter_context(_built(board_name, model, mode == "energy", quiet))
        served = stack.enter_context(serve(board, elf, link=link, tcp=tcp))
        click.echo(served.port)
        served.wait()


@contextlib.contextmanager
def _built(board_name: str, model: Path | None, energy: bool, quiet: bool) -> Iterator[Path]:
    """The ELF of firmware for `model`, there while the block lasts."""
    import tempfile

    from edgekit.boards import load_board, require_energy_mode
    from edgekit.firmware import build_project
    from edgekit.pipeline import generate_project
    from edgekit.tflite import TfliteModel

    assert model is not None
    board = load_board(board_name)
    if energy:
        require_energy_mode(board)
    with tempfile.TemporaryDirectory(prefix="edgekit-") as folder:
        project = Path(folder) / "project"
        generate_project(TfliteModel.read(model), board, project)
        with render.progress_bar(quiet) as progress:
            image = build_project(project, energy=energy, progress=progress)
        yield image.elf
