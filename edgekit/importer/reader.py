# SPDX-License-Identifier: Apache-2.0
"""A flatbuffer reader that trusts no byte.

Every position is checked against the file before it is read, nothing is followed deeper than the caller asks, and the
bytes that are read over the whole import are budgeted, so that offsets which overlap or point in circles cost no more
than the file is long.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from edgekit.errors import MalformedModelError

# A sound file has every byte read once or twice (a vtable is shared); a file that asks for more is built to waste time.
_READS_PER_BYTE = 8
_MINIMUM_BUDGET = 65_536
_LONGEST_NAME = 1024

_FORMATS = {
    "int8": struct.Struct("<b"),
    "uint8": struct.Struct("<B"),
    "bool": struct.Struct("<?"),
    "int32": struct.Struct("<i"),
    "uint32": struct.Struct("<I"),
    "uint64": struct.Struct("<Q"),
    "float32": struct.Struct("<f"),
}
_UINT16 = struct.Struct("<H")
_UINT32 = struct.Struct("<I")
_INT32 = struct.Struct("<i")


class FlatBuffer:
    """The bytes of a flatbuffer and what is left of the reading budget."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._budget = max(_MINIMUM_BUDGET, _READS_PER_BYTE * len(content))

    def fail(self, what: str) -> NoReturn:
        raise MalformedModelError(
            f"the .tflite file is damaged: {what} (the file has {len(self.content)} bytes); convert the model again"
        )

    def claim(self, position: int, size: int, what: str) -> None:
        """Check that `size` bytes at `position` are in the file, and charge them."""
        if position < 0 or size < 0 or position + size > len(self.content):
            self.fail(f"{what} of {size} bytes at {position} lies outside the file")
        self._budget -= size
        if self._budget < 0:
            self.fail(f"its parts overlap each other, reached at {what}")

    def unpack(self, form: struct.Struct, position: int, what: str) -> int | float | bool:
        self.claim(position, form.size, what)
        value: int | float | bool = form.unpack_from(self.content, position)[0]
        return value

    def follow(self, position: int, what: str) -> int:
        """The target of the unsigned offset at `position`."""
        return position + int(self.unpack(_UINT32, position, what))

    def root(self) -> Table:
        return Table(self, self.follow(0, "the root offset"), "model")


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table's bytes: `offsets` says where in `inline` each field lies (0: absent)."""

    position: int
    vtable: bytes
    inline: bytes
    offsets: tuple[int, ...]


class Table:
    """One table of the file; fields are named by their number in the schema, absent ones have defaults."""

    def __init__(self, buffer: FlatBuffer, position: int, what: str) -> None:
        self._buffer = buffer
        self._position = position
        self.what = what
        self._vtable = position - int(buffer.unpack(_INT32, position, what))
        size = int(buffer.unpack(_UINT16, self._vtable, f"the vtable of {what}"))
        if size < 4 or size % 2:
            buffer.fail(f"the vtable of {what} has the impossible size {size}")
        buffer.claim(self._vtable, size, f"the vtable of {what}")
        self._fields = (size - 4) // 2

    def _field(self, number: int) -> int | None:
        """The position of a field's value, None when the field is absent."""
        if number >= self._fields:
            return None
        offset = int(self._buffer.unpack(_UINT16, self._vtable + 4 + 2 * number, f"a field of {self.what}"))
        return self._position + offset if offset else None

    def has(self, number: int) -> bool:
        return self._field(number) is not None

    def present(self) -> list[int]:
        """The numbers of the fields that are there."""
        return [number for number in range(self._fields) if self.has(number)]

    def raw(self) -> RawTable:
        """The table as it lies in the file, without what its fields point to."""
        buffer = self._buffer
        sizes = (self._vtable, self._vtable + 2)
        vtable_bytes, inline_bytes = (int(buffer.unpack(_UINT16, at, f"the vtable of {self.what}")) for at in sizes)
        buffer.claim(self._position, inline_bytes, self.what)
        vtable = buffer.content[self._vtable : self._vtable + vtable_bytes]
        offsets = struct.unpack(f"<{self._fields}H", vtable[4:])
        if inline_bytes < 4 or any(0 < offset < 4 or offset >= inline_bytes for offset in offsets):
            buffer.fail(f"the vtable of {self.what} points outside its table")
        return RawTable(self._position, vtable, buffer.content[self._position : self._position + inline_bytes], offsets)

    def integer(self, number: int, form: str, default: int = 0) -> int:
        position = self._field(number)
        if position is None:
            return default
        return int(self._buffer.unpack(_FORMATS[form], position, f"field {number} of {self.what}"))

    def real(self, number: int, default: float = 0.0) -> float:
        position = self._field(number)
        if position is None:
            return default
        return float(self._buffer.unpack(_FORMATS["float32"], position, f"field {number} of {self.what}"))

    def table(self, number: int, what: str) -> Table | None:
        position = self._field(number)
        return None if position is None else Table(self._buffer, self._buffer.follow(position, what), what)

    def _vector(self, number: int, item_bytes: int, what: str) -> tuple[int, int] | None:
        """(first item's position, number of items) of a vector, its whole extent checked."""
        position = self._field(number)
        if position is None:
            return None
        start = self._buffer.follow(position, what)
        count = int(self._buffer.unpack(_UINT32, start, f"the length of {what}"))
        self._buffer.claim(start + 4, count * item_bytes, what)
        return start + 4, count

    def extent(self, number: int, item_bytes: int, what: str) -> tuple[int, int] | None:
        """Where the items of a vector lie in the file: the first one's position and their number."""
        return self._vector(number, item_bytes, what)

    def array(self, number: int, dtype: str, what: str) -> npt.NDArray[np.generic] | None:
        """A vector of numbers as a read-only view of the file."""
        item = np.dtype(dtype).newbyteorder("<")
        found = self._vector(number, item.itemsize, what)
        if found is None:
            return None
        start, count = found
        return np.frombuffer(self._buffer.content, item, count, start)

    def tables(self, number: int, what: str, limit: int) -> list[Table]:
        """A vector of tables, at most `limit` of them."""
        found = self._vector(number, 4, what)
        if found is None:
            return []
        start, count = found
        if count > limit:
            self._buffer.fail(f"{count} {what}, at most {limit} are allowed")
        positions = range(start, start + 4 * count, 4)
        return [
            Table(self._buffer, self._buffer.follow(position, what), f"{what} {index}")
            for index, position in enumerate(positions)
        ]

    def text(self, number: int, what: str) -> str:
        """A string; bytes that are no UTF-8 are replaced, very long ones cut."""
        found = self._vector(number, 1, what)
        if found is None:
            return ""
        start, count = found
        return self._buffer.content[start : start + min(count, _LONGEST_NAME)].decode("utf-8", errors="replace")
