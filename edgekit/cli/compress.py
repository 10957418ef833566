# SPDX-License-Identifier: Apache-2.0
"""`edgekit compress MODEL --recipe RECIPE.toml --data D -o OUT.keras`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from edgekit.cli import options, render


def _list_techniques(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from edgekit.compress import built_in_recipes
    from edgekit.compress.techniques import PLANNED, TECHNIQUES

    render.print_table(
        "Recipes", ("recipe", "what it does"), [(recipe.name, recipe.summary) for recipe in built_in_recipes()]
    )
    rows = [(one.name, one.summary, _settings(one.settings)) for one in TECHNIQUES.values()]
    render.print_table("Techniques", ("technique", "what it does", "settings and their defaults"), rows)
    render.print_table("Not there yet", ("technique", "what it will do"), PLANNED.items())
    ctx.exit()


def _settings(kind: Any) -> str:
    return ", ".join(f"{name} {json.dumps(field.default)}" for name, field in kind.__dataclass_fields__.items())


@click.command()
@click.argument("model", type=options.existing_path)
@click.option("--recipe", "-r", default="balanced", show_default=True,
              help="A recipe in TOML, or quick (no training), balanced, smallest.")  # fmt: skip
@click.option("--data", "-d", "data_spec", required=True,
              help="Samples to learn from: an .npz file or package.module:function.")  # fmt: skip
@click.option("--validation", "validation_spec",
              help="Samples to be judged on; default: the data's test part, else a fifth of the data.")  # fmt: skip
@click.option("--output", "-o", type=options.new_path, required=True, help="The .keras file to write.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same result.")
@click.option("--resume", is_flag=True, help="Go on where an interrupted run with the same options stopped.")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list_techniques,
              help="Explain the recipes and techniques.")  # fmt: skip
@options.format_option
@options.quiet_option
def compress(
    model: Path, recipe: str, data_spec: str, validation_spec: str | None, output: Path, seed: int, resume: bool,
    output_format: str, quiet: bool,
) -> None:  # fmt: skip
    """Run a recipe on the Keras model MODEL.

    Writes OUT.keras (plain Keras loads it), OUT.tflite (int8), OUT.report.json and OUT.report.md. Ctrl-C leaves a
    checkpoint beside OUT.keras; --resume ends with the same bytes as a run that was never interrupted.
    """
    from edgekit.compress import compress_model
    from edgekit.dataset import load_dataset

    data = load_dataset(data_spec)
    validation = load_dataset(validation_spec) if validation_spec else None
    try:
        with render.progress_bar(quiet) as progress:
            result = compress_model(
                model, recipe, data, output, validation=validation, seed=seed, resume=resume, progress=progress
            )
    except KeyboardInterrupt:
        click.echo(f"edgekit: the way so far is in {output}.checkpoint; go on with --resume", err=True)
        raise
    document = result.report.as_json()
    if output_format == "json":
        render.print_json(document)
        return
    _print_report(document)
    render.print_notes(document["notes"])


def _print_report(document: dict[str, Any]) -> None:
    columns = ("", "parameters", "macs", "tflite_bytes", "accuracy", "agreement")
    rows = [
        (name, *(document[name][key] for key in columns[1:4]), _score(document[name]["accuracy"]),
         _percent(document[name]["agreement"]))
        for name in ("original", "adapted", "result")
    ]  # fmt: skip
    rows += [
        (f"step {number} {step['name']}", step["parameters"], step["macs"], step["tflite_bytes"],
         _score(step["accuracy"]), None)
        for number, step in enumerate(document["steps"], 1)
    ]  # fmt: skip
    render.print_table("", columns, rows, right=columns[1:])


def _score(accuracy: dict[str, Any] | None) -> str | None:
    if accuracy is None:
        return None
    return _percent(accuracy["value"]) if accuracy["metric"] == "top1" else f"{accuracy['value']:.5g}"


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{value:.2%}"
