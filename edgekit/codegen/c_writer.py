# SPDX-License-Identifier: Apache-2.0
"""Lines of C with indentation. Knows C syntax, nothing about models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

_INDENT = "    "
_WIDTH = 120
_COMMENT_COLUMN = 76

#: What may stand behind `.field =`: a number, the name of an array, or numbers in braces.
FieldValue = int | float | str | tuple[int, ...]


class CWriter:
    """Collects lines; `text()` returns them."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0

    def line(self, text: str = "") -> None:
        """One line, or several when `text` has line breaks."""
        for part in text.split("\n"):
            self._lines.append(_INDENT * self._depth + part if part else "")

    @contextmanager
    def block(self, head: str, tail: str = "}") -> Iterator[None]:
        """`head {` ... `tail`, the lines between indented. A function's brace stands on a line of its own."""
        if tail == "}" and head.endswith(")") and self._depth == 0:
            self.line(head)
            self.line("{")
        else:
            self.line(f"{head} {{")
        self._depth += 1
        yield
        self._depth -= 1
        self.line(tail)

    def struct(self, ctype: str, name: str, fields: Mapping[str, FieldValue], notes: Mapping[str, str]) -> None:
        """A constant struct with named fields; `notes` are comments behind some of them."""
        with self.block(f"static const {ctype} {name} =", "};"):
            for field, value in fields.items():
                note = f" /* {notes[field]} */" if field in notes else ""
                self.line(f".{field} = {_value(value)},{note}")

    def array(self, head: str, values: Sequence[int | float], *, words: bool = False) -> None:
        """`head = { values };`, the numbers in columns of equal width; as unsigned 32-bit `words`, in hexadecimal."""
        texts = [f"0x{int(value) & 0xFFFFFFFF:08x}u" if words else _value(value) for value in values]
        width = max((len(text) for text in texts), default=1)
        per_line = max(1, (_WIDTH - len(_INDENT)) // (width + 2))
        # Powers of two keep blocks of channels under one another.
        while per_line & (per_line - 1):
            per_line &= per_line - 1
        with self.block(f"{head} =", "};"):
            for start in range(0, len(texts), per_line):
                self.line(", ".join(text.rjust(width) for text in texts[start : start + per_line]) + ",")

    def aligned(self, rows: Sequence[tuple[str, str]]) -> None:
        """Rows of code and comment, the comments in one column but for very long code. A row may lack either."""
        width = max((len(code) for code, comment in rows if comment), default=0)
        width = min(width, _COMMENT_COLUMN)
        for code, comment in rows:
            self.line(f"{code:{width}s} /* {comment} */".lstrip() if comment else code)

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"


def _value(value: FieldValue) -> str:
    if isinstance(value, tuple):
        return "{" + ", ".join(str(number) for number in value) + "}"
    return c_float(value) if isinstance(value, float) else str(value)


def c_float(value: float) -> str:
    """A float literal that reads back as exactly `value`, which is a float32."""
    text = f"{value:.9g}"
    return f"{text}f" if "." in text or "e" in text else f"{text}.0f"
