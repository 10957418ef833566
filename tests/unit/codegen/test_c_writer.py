# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from edgekit.codegen.c_writer import CWriter


def test_blocks_indent_and_functions_brace_on_their_own_line() -> None:
    writer = CWriter()
    with writer.block("int f(void)"):
        with writer.block("if (1)"):
            writer.line("return 1;")
        writer.line("return 0;")
    assert writer.text() == "int f(void)\n{\n    if (1) {\n        return 1;\n    }\n    return 0;\n}\n"


def test_struct_names_fields_and_notes() -> None:
    writer = CWriter()
    writer.struct("ek_x", "layer", {"a": 1, "b": (2, 3), "c": "table"}, {"a": "one"})
    assert writer.text() == (
        "static const ek_x layer = {\n    .a = 1, /* one */\n    .b = {2, 3},\n    .c = table,\n};\n"
    )


def test_arrays_stand_in_columns_no_wider_than_the_page() -> None:
    writer = CWriter()
    writer.array("const int32_t a[40]", [(-1) ** i * 10**i for i in range(10)] * 4)
    lines = writer.text().splitlines()
    assert lines[0] == "const int32_t a[40] = {" and lines[-1] == "};"
    assert max(map(len, lines)) <= 120
    assert len({len(line) for line in lines[1:-1]}) == 1


def test_words_are_unsigned_whatever_sign_their_numbers_have() -> None:
    writer = CWriter()
    writer.array("const uint32_t a[2]", [-1, 17], words=True)
    assert writer.text() == "const uint32_t a[2] = {\n    0xffffffffu, 0x00000011u,\n};\n"


def test_comments_stand_in_one_column_but_for_long_code() -> None:
    writer = CWriter()
    writer.aligned([("a;", "1"), ("bbb;", "2"), ("", "3"), ("d;", "")])
    assert writer.text() == "a;   /* 1 */\nbbb; /* 2 */\n/* 3 */\nd;\n"
