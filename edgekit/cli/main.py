# SPDX-License-Identifier: Apache-2.0
"""The root command. Verbs are imported only when they are called, so that `edgekit --help` is immediate."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import NoReturn

import click

from edgekit import __version__
from edgekit.errors import EdgekitError

#: verb -> its line in `edgekit --help`; the command lives in edgekit/cli/<verb>.py under the verb's name.
VERBS = {
    "bench": "Measure a .tflite model on a board: latency, memory, parity, accuracy.",
    "boards": "List the boards, or show one board's facts.",
    "build": "Build a generated project into an ELF and a binary.",
    "completion": "Print the shell completion script.",
    "compress": "Make a Keras model smaller: prune, distill, train for int8.",
    "convert": "Convert a Keras model to .tflite and check the result.",
    "deploy": "From a Keras or .tflite model to figures measured on a board.",
    "doctor": "Show what is installed and what is missing, with the command that mends it.",
    "emulate": "Keep an emulated board running as a serial port for other programs.",
    "flash": "Put a built project on its board.",
    "generate": "Generate a self-contained C project from a .tflite model.",
    "inspect": "Show operators, sizes, the memory plan, and whether a model fits a board.",
    "slim": "Rewrite a .tflite file losslessly smaller.",
}

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


class VerbGroup(click.Group):
    """A group whose commands are modules, imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = getattr(import_module(f"edgekit.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        if args and args[0] not in VERBS and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = f"; did you mean '{close[0]}'?" if close else f"; there are {', '.join(VERBS)}"
            raise click.UsageError(f"no such command '{args[0]}'{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.command(
    cls=VerbGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 success, 1 an error or a result that failed, 2 wrong usage, 130 Ctrl-C.",
)
@click.version_option(__version__, package_name="edgekit", message="edgekit %(version)s")
def root() -> None:
    """Take a Keras model to a microcontroller, and prove what it does there."""


def main() -> NoReturn:
    """Run the command line and exit: 0, 1 for an EdgekitError, 2 for wrong usage, 130 for Ctrl-C."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        status = root.main(prog_name="edgekit", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as error:
        status = error.exit_code
    except click.ClickException as error:
        error.show()
        status = EXIT_USAGE if isinstance(error, click.UsageError) else EXIT_ERROR
    except EdgekitError as error:
        click.echo(f"edgekit: error: {error}", err=True)
        status = EXIT_ERROR
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = EXIT_ERROR
    except (KeyboardInterrupt, click.Abort):
        click.echo("edgekit: interrupted", err=True)
        status = EXIT_INTERRUPTED
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        click.echo(f"edgekit: error: {error.strerror or error}{where}", err=True)
        status = EXIT_ERROR
    sys.exit(status if isinstance(status, int) else 0)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM unwinds like Ctrl-C, so that programs and temporary files go."""
    sys.exit(EXIT_TERMINATED)
