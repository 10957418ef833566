# SPDX-License-Identifier: Apache-2.0
"""Writes a flatbuffer in which nothing stands twice: equal vectors, strings and tables are one.

Objects are made from the leaves up and named by a number. In the file they lie in the opposite order, so that every
offset points forward, as the format demands.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Ref = int

#: A scalar of a table by its struct format, or a reference to an object.
Field = tuple[str, int] | Ref


@dataclass(frozen=True, slots=True)
class _Object:
    """Its bytes; where references stand in them; and its place: position % `align` must be `phase`."""

    content: bytes
    references: tuple[tuple[int, Ref], ...]
    align: int
    phase: int
    vtable: bytes = b""


class CompactWriter:
    """A flatbuffer in the making."""

    def __init__(self) -> None:
        self._objects: list[_Object] = []
        self._numbers: dict[_Object, Ref] = {}

    def vector(self, items: bytes, count: int, align: int) -> Ref:
        """A vector of `count` scalars, whose first lies at a multiple of `align` (4 at least)."""
        return self._add(_Object(struct.pack("<I", count) + items, (), align, align - 4))

    def string(self, text: bytes) -> Ref:
        return self._add(_Object(struct.pack("<I", len(text)) + text + b"\0", (), 4, 0))

    def references(self, targets: Sequence[Ref]) -> Ref:
        """A vector of tables or strings."""
        places = tuple((4 + 4 * position, target) for position, target in enumerate(targets))
        return self._add(_Object(struct.pack("<I", len(targets)) + bytes(4 * len(targets)), places, 4, 0))

    def table(self, fields: Mapping[int, Field]) -> Ref:
        """A table of references and scalars of 1 or 4 bytes; the larger come first, so that no byte is lost."""
        offsets = [0] * (max(fields, default=-1) + 1)
        content = bytearray(4)
        places = []
        sized = sorted(fields.items(), key=lambda item: (-_size(item[1]), item[0]))
        for number, value in sized:
            offsets[number] = len(content)
            if isinstance(value, int):
                places.append((len(content), value))
                content += bytes(4)
            else:
                content += struct.pack(f"<{value[0]}", value[1])
        vtable = struct.pack(f"<HH{len(offsets)}H", 4 + 2 * len(offsets), len(content), *offsets)
        return self._add(_Object(bytes(content), tuple(places), 4, 0, vtable))

    def copied_table(self, vtable: bytes, inline: bytes, position: int, targets: Mapping[int, Ref]) -> Ref:
        """A table as it lay at `position` of another file; `targets` are the references in it by their place."""
        content = bytearray(inline)
        content[:4] = bytes(4)
        for place in targets:
            content[place : place + 4] = bytes(4)
        return self._add(_Object(bytes(content), tuple(sorted(targets.items())), 8, position % 8, vtable))

    def finish(self, root: Ref, identifier: bytes) -> bytes:
        """The file. Nothing may be added later."""
        used = self._reachable(root)
        vtables: dict[bytes, int] = {}
        end = 8
        for number in used:
            vtable = self._objects[number].vtable
            if vtable and vtable not in vtables:
                vtables[vtable] = end
                end += len(vtable)
        places: dict[Ref, int] = {}
        for number in used:
            thing = self._objects[number]
            places[number] = end + (thing.phase - end) % thing.align
            end = places[number] + len(thing.content)
        file = bytearray(end + -end % 16)
        struct.pack_into("<I4s", file, 0, places[root], identifier)
        for vtable, place in vtables.items():
            file[place : place + len(vtable)] = vtable
        for number in used:
            self._write(file, self._objects[number], places[number], places, vtables)
        return bytes(file)

    def _write(
        self, file: bytearray, thing: _Object, place: int, places: Mapping[Ref, int], vtables: Mapping[bytes, int]
    ) -> None:
        file[place : place + len(thing.content)] = thing.content
        if thing.vtable:
            struct.pack_into("<i", file, place, place - vtables[thing.vtable])
        for at, target in thing.references:
            struct.pack_into("<I", file, place + at, places[target] - (place + at))

    def _reachable(self, root: Ref) -> list[Ref]:
        """What hangs on `root`, latest made first."""
        found, waiting = {root}, [root]
        while waiting:
            for _, target in self._objects[waiting.pop()].references:
                if target not in found:
                    found.add(target)
                    waiting.append(target)
        return sorted(found, reverse=True)

    def _add(self, thing: _Object) -> Ref:
        number = self._numbers.setdefault(thing, len(self._objects))
        if number == len(self._objects):
            self._objects.append(thing)
        return number


def _size(value: Field) -> int:
    return 4 if isinstance(value, int) else struct.calcsize(value[0])
