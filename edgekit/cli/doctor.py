# SPDX-License-Identifier: Apache-2.0
"""`edgekit doctor`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edgekit.cli import options, render

if TYPE_CHECKING:
    from edgekit.firmware.toolchain import ToolchainName


@click.command()
@options.toolchain_option(None, "Leave out what only the other compiler needs.")
@options.format_option
def doctor(toolchain: ToolchainName | None, output_format: str) -> None:
    """Show the programs and packages that each task needs, which are missing and the command that installs them, the
    serial ports, and the boards. Nothing is changed."""
    from edgekit.doctor import diagnose

    diagnosis = diagnose(toolchain)
    if output_format == "json":
        render.print_json(diagnosis.to_json())
        return
    rows = [(check.task, check.what, check.found or "missing", check.remedy) for check in diagnosis.checks]
    render.print_table("", ("for", "needs", "found", "remedy"), rows)
    render.print_facts(
        "",
        [
            ("edgekit", f"{diagnosis.edgekit} on Python {diagnosis.python}, {diagnosis.platform}"),
            ("ports", "; ".join(diagnosis.ports) or "no serial port found"),
            ("boards", ", ".join(diagnosis.boards)),
        ],
    )
