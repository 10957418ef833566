# SPDX-License-Identifier: Apache-2.0
"""How results reach the user: a table for people, JSON for programs, progress on stderr.

Model and layer names are hostile: everything printed as a table goes through `printable`, and never as markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from edgekit.progress import Progress, silent

if TYPE_CHECKING:
    from rich.table import Table


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False))


def printable(value: object) -> str:
    """Text that cannot steer a terminal: control characters are shown escaped."""
    text = "-" if value is None else f"{value:,}" if type(value) is int else str(value)
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[str] = ()
) -> None:
    """A table on stdout; `right` names the columns that are aligned right."""
    table = _table(title)
    for column in columns:
        numeric = column in right
        table.add_column(column, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
    for row in rows:
        table.add_row(*map(_text, row))
    _console_print(table)


def print_facts(title: str, facts: Iterable[tuple[str, object]]) -> None:
    """Two columns: what, and its value."""
    table = _table(title)
    table.show_header = False
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in facts:
        table.add_row(_text(key), _text(value))
    _console_print(table)


def print_notes(notes: Iterable[str]) -> None:
    """Remarks on stderr, one a line."""
    for note in notes:
        click.echo(f"note: {printable(note)}", err=True)


@contextmanager
def progress_bar(quiet: bool = False) -> Iterator[Progress]:
    """A callback that draws a bar on stderr where that is a terminal, and nothing elsewhere."""
    import sys

    if quiet or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(printable(stage), total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


def _table(title: str) -> Table:
    from rich import box
    from rich.table import Table

    return Table(title=_text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)


def _text(value: object) -> Any:
    from rich.text import Text

    return Text(printable(value))


def _console_print(table: Table) -> None:
    import sys

    from rich.console import Console

    width = None if sys.stdout.isatty() else 120
    console = Console(width=width, highlight=False, soft_wrap=False)
    with console.capture() as captured:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()).strip("\n"))
