# SPDX-License-Identifier: Apache-2.0
"""`edgekit boards [NAME]`"""

from __future__ import annotations

from dataclasses import asdict

import click

from edgekit.cli import options, render


@click.command()
@click.argument("name", required=False, type=options.BoardName())
@options.format_option
def boards(name: str | None, output_format: str) -> None:
    """List the boards, or show the facts of board NAME, their source, and how far they are verified.

    Verified says what has been run: hardware (a real board), emulator, linked (compiled only), not linked.
    """
    from edgekit.boards import list_boards, load_board

    if name is not None:
        board = load_board(name)
        if output_format == "json":
            render.print_json(asdict(board))
        else:
            render.print_facts(board.name, _flatten(asdict(board)))
        return
    shipped = list_boards()
    if output_format == "json":
        render.print_json([asdict(board) for board in shipped])
        return
    rows = [
        (board.id, board.core, board.clock_hz // 1_000_000, board.flash.bytes // 1024, board.ram.bytes // 1024,
         board.verified, board.name)
        for board in shipped
    ]  # fmt: skip
    columns = ("board", "core", "MHz", "flash KiB", "RAM KiB", "verified", "name")
    render.print_table("", columns, rows, right=columns[2:5])


def _flatten(facts: dict[str, object], prefix: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for key, value in facts.items():
        if isinstance(value, dict):
            rows += _flatten(value, f"{prefix}{key}.")
        else:
            rows.append((prefix + key, value))
    return rows
