# SPDX-License-Identifier: Apache-2.0
"""Options that several verbs share, so that they mean the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

Command = TypeVar("Command", bound=Callable[..., Any])

existing_path = click.Path(exists=True, path_type=Path)
existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)
existing_dir = click.Path(exists=True, file_okay=False, path_type=Path)
new_path = click.Path(path_type=Path)

format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Table for people, or JSON alone on stdout.",
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="No progress bar and no notes.")


class BoardName(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """The id of a shipped board, or the path of a board file."""

    name = "board"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from edgekit.boards import list_boards

        return [CompletionItem(board.id) for board in list_boards() if board.id.startswith(incomplete)]


def board_option(required: bool = True) -> Callable[[Command], Command]:
    return click.option(
        "--board",
        "-b",
        "board_name",
        type=BoardName(),
        required=required,
        help="A board of `edgekit boards`, or the path of a board file (.toml).",
    )


port_option = click.option("--port", "-p", help="Serial port of the board: /dev/ttyACM0, COM3, socket://host:port.")


ports_option = click.option(
    "--port",
    "-p",
    "ports",
    multiple=True,
    help="Serial port of the board: /dev/ttyACM0, COM3, socket://host:port, rfc2217://host:port, or its USB serial "
    "number. Several boards share the samples.",
)


def engine_options(command: Command) -> Command:
    """--engine, --optimize, --arch."""
    command = click.option(
        "--arch",
        type=click.Choice(["auto", "portable", "cortex_m_dsp", "helium"]),
        default="auto",
        show_default=True,
        help="Kernels: auto takes the fastest that the board's core runs, portable is plain C.",
    )(command)
    command = click.option(
        "--optimize",
        type=click.Choice(["speed", "size", "ram"]),
        default="speed",
        show_default=True,
        help="What the generated code is chosen for.",
    )(command)
    return click.option(
        "--engine",
        type=click.Choice(["aot", "tflm"]),
        default="aot",
        show_default=True,
        help="Our ahead-of-time C, or the TensorFlow Lite Micro interpreter.",
    )(command)


def toolchain_option(default: str | None, help_text: str) -> Callable[[Command], Command]:
    return click.option(
        "--toolchain", type=click.Choice(["gcc", "zig"]), default=default, show_default=bool(default), help=help_text
    )


build_toolchain_option = toolchain_option(
    "gcc", "Compiler of the firmware: GNU's cross compiler, or clang of the package ziglang."
)
project_toolchain_option = toolchain_option(None, "The compiler; default: the one of `edgekit generate --toolchain`.")


def data_options(required: bool = False) -> Callable[[Command], Command]:
    """--data and --split."""

    def decorate(command: Command) -> Command:
        command = click.option(
            "--split",
            type=click.Choice(["all", "train", "test"]),
            help="Samples to measure on; the default is the data's test part, or all without one.",
        )(command)
        return click.option(
            "--data",
            "-d",
            "data_spec",
            required=required,
            help="An .npz file with x and optionally y, or package.module:function returning (x, y).",
        )(command)

    return decorate


def measure_options(command: Command) -> Command:
    """What `bench` and `deploy` share beyond the model."""
    for option in reversed((
        click.option("--inputs", type=click.IntRange(1), default=5, show_default=True,
                     help="Random inputs to check where no data is given."),
        click.option("--repeats", type=click.IntRange(1, 1000), default=5, show_default=True,
                     help="Timed inferences; the median counts."),
        click.option("--warmups", type=click.IntRange(0, 1000), default=1, show_default=True,
                     help="Inferences before the timed ones."),
        click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random inputs."),
        click.option("--layers", is_flag=True, help="Also measure every layer, with a profile build."),
        click.option("--metric", type=click.Choice(["auto", "top1", "auc", "mse"]), default="auto",
                     show_default=True, help="How accuracy is judged; auto reads it off the data and the model."),
        click.option("--min-accuracy", type=float, help="Exit with status 1 when the accuracy is lower."),
        click.option("--jobs", "-j", type=click.IntRange(1, 64), help="Emulated boards that share the samples."),
        click.option("--mode", type=click.Choice(["accuracy", "performance", "energy"]),
                     help="By the public rules: accuracy on labelled data; throughput in windows of 10 s; the same "
                          "with time marked on a pin for a power monitor."),
        click.option("--results", type=new_path,
                     help="Folder for results.json and results.txt in the public runner's form."),
        click.option("--transcript", type=new_path,
                     help="File for every byte between host and board, with its time and direction."),
        click.option("--keep", type=new_path, help="Keep the generated project and its build in this new folder."),
    )):  # fmt: skip
        command = option(command)
    return command
