# SPDX-License-Identifier: Apache-2.0
"""`edgekit completion SHELL`"""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    bash: eval "$(edgekit completion bash)"        in ~/.bashrc
    zsh:  eval "$(edgekit completion zsh)"         in ~/.zshrc
    fish: edgekit completion fish > ~/.config/fish/completions/edgekit.fish
    """
    from click.shell_completion import get_completion_class

    from edgekit.cli.main import root

    script_class = get_completion_class(shell)
    assert script_class is not None
    click.echo(script_class(root, {}, "edgekit", "_EDGEKIT_COMPLETE").source())
