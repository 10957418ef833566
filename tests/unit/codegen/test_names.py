# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.codegen.names import c_comment, c_name, c_string

HOSTILE = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="*/\\?\n\"'%#ab_0 \u00e9\u4e2d", max_size=30),
    st.sampled_from(["int", "class", "main", "ek_conv_2d", "3x3", "_", "", "NULL", "errno", "y1", "a" * 500]),
)


@pytest.mark.parametrize(
    "text,expected",
    [
        ("dense_1", "dense_1"),
        ("Conv2D", "conv2d"),
        ("block 1/conv-2", "block_1_conv_2"),
        ("3x3", "n_3x3"),
        ("class", "class_"),
        ("int8_t", "int8_t_"),
        ("exp", "exp_"),
        ("con", "con_"),
        ("stdint", "stdint_"),
        ("ek_add", "n_ek_add"),
        ("café", "cafe"),
        ("中文", "unnamed"),
        ("*/ #error", "error"),
        ("", "unnamed"),
        ("__init", "init"),
    ],
)
def test_names_become_identifiers(text: str, expected: str) -> None:
    assert c_name(text) == expected


def test_collisions_are_numbered() -> None:
    taken: set[str] = set()
    for text in ("a b", "a_b", "A-B", "a_b_2"):
        taken.add(c_name(text, taken))
    assert taken == {"a_b", "a_b_2", "a_b_3", "a_b_2_2"}


@settings(derandomize=True, deadline=None)
@given(st.lists(HOSTILE, max_size=8))
def test_any_text_gives_a_unique_identifier(texts: list[str]) -> None:
    taken: list[str] = []
    for text in texts:
        taken.append(c_name(text, taken))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,50}", name) for name in taken)
    assert len({name.upper() for name in taken}) == len(taken)


@settings(derandomize=True, deadline=None)
@given(HOSTILE)
def test_a_comment_stays_one_comment(text: str) -> None:
    comment = c_comment(text)
    assert comment.isascii() and comment.isprintable()
    assert not any(bad in comment for bad in ("*/", "/*", "\\", "??"))
    assert len(comment) <= 120


@settings(derandomize=True, deadline=None)
@given(HOSTILE)
def test_a_string_literal_reads_back(text: str) -> None:
    literal = c_string(text)
    inner = literal[1:-1]
    assert literal[0] == literal[-1] == '"' and literal.isascii() and literal.isprintable()
    read = re.sub(r"\\([0-7]{3}|.)", lambda m: chr(int(m[1], 8)) if len(m[1]) == 3 else m[1], inner)
    assert read.encode("latin-1") == text.encode("utf-8", "surrogatepass")
