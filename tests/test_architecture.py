# SPDX-License-Identifier: Apache-2.0
"""The import rules of ARCHITECTURE.md, enforced."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "edgekit"

# Bottom to top: a module imports only from levels below its own, and from its own package.
LEVELS = [
    {"errors"},
    {"resources", "process", "progress"},
    {"ir", "tflite", "boards", "dataset"},
    {"importer", "passes", "planner", "keras_models", "oracle"},
    {"codegen", "convert"},
    {"firmware", "compress"},
    {"device", "android"},
    {"benchmark", "ledger"},
    {"doctor", "inspection", "operators", "pipeline", "report"},
    {"cli"},
]
LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}

# What reaches the outside world, or is heavy, has a home.
HOMES = {
    "click": {"cli"},
    "rich": {"cli"},
    "sqlite3": {"ledger"},
    "serial": {"device"},
    "subprocess": {"process"},
    "keras": {"compress", "convert", "keras_models"},
    "tensorflow": {"compress", "convert", "keras_models"},
    "flatbuffers": {"importer", "convert", "android"},
    "tflite_micro": {"oracle"},
    "ai_edge_litert": {"oracle"},
    "tflite_runtime": {"oracle"},
    "elftools": {"firmware"},
    "capstone": {"benchmark"},
    "tomllib": {"boards", "compress"},
}
INSIDE_FUNCTIONS = {"keras", "tensorflow"}
# The package itself and its `python -m` entry name other levels on purpose.
OUTSIDE = {"__init__", "__main__"}


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            yield from ([f"edgekit.{alias.name}" for alias in node.names] if module == "edgekit" else [module])


def _owner(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def violations() -> Iterator[str]:
    for path in sorted(PACKAGE.rglob("*.py")):
        owner = _owner(path)
        if owner in OUTSIDE:
            continue
        assert owner in LEVEL, f"{path}: '{owner}' has no level in ARCHITECTURE.md"
        tree = ast.parse(path.read_text())
        for name in _imports(tree):
            top, *rest = name.split(".")
            if top == "edgekit" and rest and rest[0] in LEVEL and rest[0] != owner:
                if LEVEL[rest[0]] >= LEVEL[owner]:
                    yield f"{path}: {owner} must not import {rest[0]}"
            elif owner not in HOMES.get(top, {owner}):
                yield f"{path}: {top} belongs in {sorted(HOMES[top])}"
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for name in _imports(ast.Module([node], [])):
                    if name.split(".")[0] in INSIDE_FUNCTIONS:
                        yield f"{path}: import {name} inside the functions that need it"


def test_imports_go_downward_and_the_outside_world_has_one_home() -> None:
    assert not list(violations())


def test_no_module_stands_outside_the_table() -> None:
    assert {_owner(path) for path in PACKAGE.rglob("*.py")} <= {*LEVEL, *OUTSIDE}
