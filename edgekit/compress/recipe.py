# SPDX-License-Identifier: Apache-2.0
"""Recipes: an ordered list of steps with their settings, in TOML.

::

    schema = 1
    name = "balanced"
    summary = "one line"

    [task]                            # optional: kind, loss, metric (the last two: "package.module:function")

    [[step]]
    technique = "prune_channels"      # `edgekit compress --list` shows all of them
    target = 0.6                      # the technique's settings

Three recipes are built in: `quick`, `balanced` and `smallest`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from edgekit.compress import (
    channel_pruning,
    distillation,
    equalization,
    folding,
    post_training,
    quantization_aware,
    weight_pruning,
)
from edgekit.compress.task import KINDS
from edgekit.compress.techniques import PLANNED, TECHNIQUES, Property, Settings, Technique, read_settings
from edgekit.errors import UsageError

#: Modules that enter techniques into the table by being imported.
MODULES = (folding, equalization, distillation, channel_pruning, weight_pruning, post_training, quantization_aware)

_BUILT_IN = Path(__file__).resolve().parent / "recipes"
_TASK_KEYS = ("kind", "loss", "metric")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a recipe."""

    technique: Technique
    settings: Settings

    def described(self) -> dict[str, Any]:
        return {"name": self.technique.name, "settings": asdict(self.settings)}


@dataclass(frozen=True, slots=True)
class Recipe:
    """`task` holds the strings of the [task] table; `text` is the file as it is."""

    name: str
    summary: str
    steps: tuple[Step, ...]
    task: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


def built_in_recipes() -> list[Recipe]:
    """The recipes that edgekit ships."""
    return [load_recipe(path.stem) for path in sorted(_BUILT_IN.glob("*.toml"))]


def load_recipe(name: str) -> Recipe:
    """The built-in recipe called `name`, or the recipe in the file `name`."""
    names = sorted(path.stem for path in _BUILT_IN.glob("*.toml"))
    path = _BUILT_IN / f"{name}.toml" if name in names else Path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"there is no recipe {name!r} ({error.strerror or error}); built in are {', '.join(names)}, others are "
            "TOML files"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not a text file; a recipe is TOML in UTF-8") from error
    return parse_recipe(text, path.stem)


def parse_recipe(text: str, name: str = "recipe") -> Recipe:
    """Read a recipe and check its settings and its order. Raises UsageError that says what to change."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"recipe {name} is not TOML: {error}") from error
    if unknown := set(document) - {"schema", "name", "summary", "task", "step"}:
        raise UsageError(
            f"recipe {name}: unknown key {sorted(unknown)[0]!r}; a recipe has schema, name, summary, task and step"
        )
    if document.get("schema") != 1:
        raise UsageError(f"recipe {name}: schema must be 1, not {document.get('schema')!r}")
    tables = document.get("step", [])
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise UsageError(f"recipe {name}: it needs at least one [[step]] with a technique")
    steps = tuple(_step(table) for table in tables)
    check_order(steps)
    title, summary = document.get("name", name), document.get("summary", "")
    if not isinstance(title, str) or not isinstance(summary, str):
        raise UsageError(f"recipe {name}: name and summary are texts")
    return Recipe(title, summary, steps, _task(document.get("task", {}), name), text)


def _step(table: Mapping[str, Any]) -> Step:
    name = table.get("technique")
    if not isinstance(name, str) or name not in TECHNIQUES:
        if name in PLANNED:
            raise UsageError(f"technique {name!r} ({PLANNED[name]}) is not there yet; leave the step out")
        raise UsageError(f"technique {name!r} is not known; there are {', '.join(TECHNIQUES)}")
    settings = read_settings(name, {key: value for key, value in table.items() if key != "technique"})
    return Step(TECHNIQUES[name], settings)


def _task(table: Any, name: str) -> dict[str, str]:
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise UsageError(f"recipe {name}: [task] holds texts: {', '.join(_TASK_KEYS)}")
    if unknown := set(table) - set(_TASK_KEYS):
        raise UsageError(f"recipe {name}: [task] has no {sorted(unknown)[0]!r}; it has {', '.join(_TASK_KEYS)}")
    if "kind" in table and table["kind"] not in KINDS:
        raise UsageError(f"recipe {name}: kind must be one of {', '.join(KINDS)}, not {table['kind']!r}")
    return dict(table)


def check_order(steps: tuple[Step, ...], present: frozenset[Property] = frozenset()) -> None:
    """Raise UsageError when a step would destroy what an earlier one (or the model as it came) had made."""
    makers: dict[Property, str] = dict.fromkeys(present, "an earlier compression of this model")
    for step in steps:
        for lost in sorted(step.technique.destroys & set(makers)):
            raise UsageError(f"{step.technique.name} must not come after {makers[lost]}: {step.technique.reason}")
        makers.update(dict.fromkeys(step.settings.gives(), step.technique.name))
