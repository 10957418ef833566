# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import struct

import pytest

from edgekit.errors import MalformedModelError
from edgekit.importer.reader import FlatBuffer, Table


def table_with_one_field(field: bytes, tail: bytes = b"") -> bytes:
    """root offset, identifier, vtable (one field at offset 4), table, field, tail."""
    vtable = struct.pack("<HHHH", 6, 4 + len(field), 4, 0)
    table = struct.pack("<i", 8) + field
    return struct.pack("<I", 16) + b"TFL3" + vtable + table + tail


def root(content: bytes) -> Table:
    return FlatBuffer(content).root()


def test_present_fields_are_read_and_absent_ones_have_defaults() -> None:
    table = root(table_with_one_field(struct.pack("<i", -7)))
    assert table.integer(0, "int32") == -7
    assert table.integer(1, "int32", default=5) == 5
    assert table.has(0) and not table.has(1)


def test_vectors_are_views_of_the_file() -> None:
    tail = struct.pack("<Iiii", 3, 1, -2, 3)
    values = root(table_with_one_field(struct.pack("<I", 4), tail)).array(0, "int32", "values")
    assert values is not None
    assert values.tolist() == [1, -2, 3]
    assert not values.flags.writeable


def test_names_that_are_no_utf8_are_repaired() -> None:
    tail = struct.pack("<I", 3) + b"a\xffb"
    assert root(table_with_one_field(struct.pack("<I", 4), tail)).text(0, "a name") == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize("length", [4, 2**31, 2**32 - 1])
def test_vectors_longer_than_the_file_are_refused_before_anything_is_allocated(length: int) -> None:
    table = root(table_with_one_field(struct.pack("<I", 4), struct.pack("<I", length) + b"abc"))
    with pytest.raises(MalformedModelError, match="outside the file"):
        table.array(0, "uint8", "values")


@pytest.mark.parametrize("content", [b"", b"\x01", struct.pack("<I", 2**32 - 1) + b"TFL3", b"\0" * 8])
def test_roots_outside_the_file_are_refused(content: bytes) -> None:
    with pytest.raises(MalformedModelError):
        root(content)


def test_vtables_before_the_file_are_refused() -> None:
    with pytest.raises(MalformedModelError, match="outside the file"):
        root(struct.pack("<I4si", 8, b"TFL3", 2**31 - 1))


def test_overlapping_parts_cannot_multiply_the_work() -> None:
    # 1000 tables at one place would be harmless; a thousand reads of one large vector are not.
    content = table_with_one_field(struct.pack("<I", 4), struct.pack("<I", 100_000) + bytes(100_000))
    table = root(content)
    with pytest.raises(MalformedModelError, match="overlap"):
        for _ in range(1000):
            table.array(0, "uint8", "values")


def test_too_many_tables_are_refused() -> None:
    table = root(table_with_one_field(struct.pack("<I", 4), struct.pack("<I", 100) + bytes(400)))
    with pytest.raises(MalformedModelError, match="at most 10"):
        table.tables(0, "tensors", limit=10)
