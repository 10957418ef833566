# SPDX-License-Identifier: Apache-2.0
"""How results are shown: words of the tables, and a picture of one result with the instructions of each layer as a bar,
in colours for light and dark pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

#: Model, board, objective and tool chain of the result that is drawn.
PICTURE = ("kws_ref_model", "mps2-an386", "speed", "gcc")

_ROW, _TOP, _NAME, _BAR, _WIDTH = 22, 52, 170, 380, 760

_STYLE = """<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .note { fill: #59636e; }
  .bar { fill: #0969da; }
  .track { fill: #0969da; opacity: 0.08; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .note { fill: #9198a1; }
    .bar { fill: #4493f8; }
    .track { fill: #4493f8; opacity: 0.15; }
  }
</style>"""


def compiler_name(version: str) -> str:
    """ "gcc" or "clang"."""
    return "clang" if version.startswith("zig ") else "gcc"


def estimated_range(cycles: int | None, within: float | None) -> str | None:
    """The lowest and the highest that the estimate stands for."""
    if cycles is None or within is None:
        return None
    low, high = (f"{float(f'{cycles * (1 + share):.3g}'):,.0f}" for share in (-within, within))
    return f"{cycles:,} ({low} to {high})"


def layers_svg(results: Sequence[dict[str, Any]]) -> str | None:
    """The picture of `PICTURE` among `results` (as in results.json); None where it is not there."""
    model, board, objective, _ = PICTURE
    for found in results:
        conditions = found["conditions"]
        if (found["model"], conditions["board"], conditions["optimize"]) == (model, board, objective) and (
            found["latency"]["layers"] is not None
        ):
            return _draw(f"{model} on {board}: instructions of each layer", found["latency"])
    return None


def _draw(title: str, latency: dict[str, Any]) -> str:
    layers = [layer for layer in latency["layers"] if layer["instructions"]]
    total = sum(layer["instructions"] for layer in layers)
    most = max(layer["instructions"] for layer in layers)
    height = _TOP + _ROW * len(layers) + 8
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        _STYLE,
        f'<text class="title" x="8" y="20">{escape(title)}</text>',
        f'<text class="note" x="8" y="40">{total:,} in all; beside the bars: instructions, their share, a MAC</text>',
    ]
    for number, layer in enumerate(layers):
        lines += _row(layer, _TOP + _ROW * number, total, most)
    return "\n".join([*lines, "</svg>", ""])


def _row(layer: dict[str, Any], top: int, total: int, most: int) -> list[str]:
    count, macs = layer["instructions"], layer["macs"]
    width = max(1.0, _BAR * count / most)
    note = f"{count:,}  {count / total:.1%}" + (f"  {count / macs:.2f}" if macs else "")
    return [
        f'<text x="8" y="{top + 15}">{escape(layer["name"])}</text>',
        f'<rect class="track" x="{_NAME}" y="{top + 3}" width="{_BAR}" height="{_ROW - 6}"/>',
        f'<rect class="bar" x="{_NAME}" y="{top + 3}" width="{width:.1f}" height="{_ROW - 6}"/>',
        f'<text class="note" x="{_NAME + _BAR + 10}" y="{top + 15}">{escape(note)}</text>',
    ]
