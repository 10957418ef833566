# SPDX-License-Identifier: Apache-2.0
"""The README's generated tables are what the code says. `pytest --update-golden tests/test_docs.py` writes them."""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from presentation import PICTURE, compiler_name, estimated_range, layers_svg

from edgekit.boards import list_boards
from edgekit.cli.main import VERBS
from edgekit.operators import list_operators

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))
compression_table = importlib.import_module("compression_table")

README = Path(__file__).resolve().parent.parent / "README.md"
BENCHMARKS = README.with_name("benchmarks")


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def kib(size_bytes: int) -> str:
    return f"{size_bytes // 1024:,}"


def boards_table() -> str:
    rows = [
        (f"`{each.id}`", each.name, each.core, kib(each.flash.bytes), kib(each.ram.bytes), each.verified)
        for each in list_boards()
    ]
    return markdown_table(("board", "what", "core", "flash KiB", "RAM KiB", "verified by"), rows)


def operators_table() -> str:
    rows = [(each.name, ", ".join(each.types), "; ".join(each.variants)) for each in list_operators()]
    return markdown_table(("operator", "types", "kernels"), rows)


def verbs_table() -> str:
    return markdown_table(("verb", "does"), [(f"`edgekit {verb}`", text) for verb, text in VERBS.items()])


def bench_results() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((BENCHMARKS / "results.json").read_text(encoding="utf-8"))
    return found


def figures_table() -> str:
    """What `make bench` measured where there are peers' figures, beside them."""
    results = bench_results()
    peers = json.loads((BENCHMARKS / "peers.json").read_text(encoding="utf-8"))
    rows = []
    for found in results:
        conditions, memory, latency = found["conditions"], found["memory"], found["latency"]
        peer = peers["instructions"].get(conditions["board"], {}).get(found["model"])
        if peer is None:
            continue
        rows.append(
            (found["model"], f"`{conditions['board']}`", conditions["optimize"], compiler_name(conditions["compiler"]),
             f"{latency['instructions']:,}", f"{latency['instructions'] / peer:.2f}x",
             estimated_range(latency["cycles_estimated"], latency["estimated_within"]) or "",
             f"{memory['arena_bytes']:,}", f"{memory['weight_bytes']:,}", f"{memory['kernel_code_bytes']:,}",
             f"{memory['flash_bytes']:,}", found["parity"]["different_bytes"])
        )  # fmt: skip
    columns = ("model", "board", "optimize", "compiler", "instructions", "of CMSIS-NN's", "cycles, estimated",
               "arena B", "model data B", "code B", "image B", "bytes that differ")  # fmt: skip
    compilers = " and ".join(dict.fromkeys(found["conditions"]["compiler"] for found in results))
    return f"{compilers}; peers: {peers['conditions']}.\n\n{markdown_table(columns, rows)}"


def compression_tables() -> str:
    """What `benchmarks/compression.py` measured, beside other tools."""
    return compression_table.readme_text(
        *(compression_table.read(f"compression_{n}.json") for n in ("results", "peers"))
    )


BLOCKS = {"boards": boards_table, "operators": operators_table, "verbs": verbs_table, "figures": figures_table,
          "compression": compression_tables}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_the_readme_shows_what_the_code_says(name: str, request: pytest.FixtureRequest) -> None:
    text = README.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    assert pattern.search(text), f"the README has no block '{name}'"
    expected = pattern.sub(lambda match: f"{match[1]}{BLOCKS[name]()}\n{match[2]}", text)
    if request.config.getoption("--update-golden"):
        README.write_text(expected, encoding="utf-8")
        return
    assert text == expected, "run `pytest --update-golden tests/test_docs.py`"


def test_the_page_on_compression_shows_what_was_measured(request: pytest.FixtureRequest) -> None:
    page, read = BENCHMARKS / "compression.md", compression_table.read
    expected = compression_table.as_markdown(read("compression_results.json"), read("compression_peers.json"))
    if request.config.getoption("--update-golden"):
        page.write_text(expected, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == expected, "run `pytest --update-golden tests/test_docs.py`"


def test_an_interval_holds_the_difference_it_was_made_for() -> None:
    random = np.random.default_rng(3)
    theirs, ours = random.random((3, 400)) < 0.80, random.random((3, 400)) < 0.90
    low, high = compression_table.interval(theirs, ours)
    assert 0 < low < 10 < high < 20
    low, high = compression_table.interval(theirs, theirs[:, ::-1])
    assert low < 0 < high


def test_the_picture_shows_what_was_measured(request: pytest.FixtureRequest) -> None:
    path = BENCHMARKS / "layers.svg"
    expected = layers_svg(bench_results())
    assert expected is not None, f"results.json has no layers of {PICTURE}"
    if request.config.getoption("--update-golden"):
        path.write_text(expected, encoding="utf-8")
        return
    assert path.read_text(encoding="utf-8") == expected, "run `pytest --update-golden tests/test_docs.py`"
    assert ElementTree.fromstring(expected).tag.endswith("svg")


def test_every_command_in_the_readme_has_a_verb_that_exists() -> None:
    blocks = re.findall(r"^```\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    commands = re.findall(r"^(?:\$ )?edgekit (\w+)", "".join(blocks), re.MULTILINE)
    assert commands
    assert set(commands) <= set(VERBS)


def test_every_link_to_a_file_leads_somewhere() -> None:
    for document in (README, README.with_name("ARCHITECTURE.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (README.parent / target).exists(), f"{document.name}: {target}"
