# SPDX-License-Identifier: Apache-2.0
"""Seeded damage to sound .tflite files: edits that know what a place in the file means, and edits of plain bytes.

The layout of tables is that of the TFLite schema, written down here once more on purpose: what the importer believes of
a file must not steer what is done to it.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

# Table -> field number -> a scalar, "[scalar]", a table or "[table]". Options: any table of unknown scalars.
LAYOUT: dict[str, dict[int, str]] = {
    "Model": {0: "I", 1: "[Code]", 2: "[Subgraph]", 3: "[B]", 4: "[Buffer]"},
    "Code": {0: "b", 1: "[B]", 2: "i", 3: "i"},
    "Subgraph": {0: "[Tensor]", 1: "[i]", 2: "[i]", 3: "[Operator]", 4: "[B]"},
    "Tensor": {0: "[i]", 1: "b", 2: "I", 3: "[B]", 4: "Quant", 5: "B", 7: "[i]", 8: "B", 9: "B"},
    "Quant": {0: "[f]", 1: "[f]", 2: "[f]", 3: "[q]", 4: "B", 6: "i"},
    "Operator": {0: "I", 1: "[i]", 2: "[i]", 3: "B", 4: "Options", 5: "[B]", 6: "b"},
    "Options": dict.fromkeys(range(12), "i"),
    "Buffer": {0: "[B]", 1: "Q", 2: "Q"},
}
INTEGERS = (0, 1, -1, 2, 3, 5, 127, 128, 255, 1 << 15, 1 << 16, (1 << 31) - 1, -(1 << 31), 1 << 32, (1 << 63) - 1)
REALS = (0.0, -0.0, 1.0, -1.0, 1e-45, 1e-30, 1e-6, 0.5, 3e38, float("inf"), float("-inf"), float("nan"))


@dataclass
class Places:
    """Where what lies in a file. `scalars`: position and format; `lengths`: of vectors; `links`: offsets to tables and
    vectors by what they point to; `entries`: of vtables; `starts`: of tables and vectors."""

    scalars: list[tuple[int, str]] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    links: dict[str, list[int]] = field(default_factory=dict)
    entries: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)


def places_of(content: bytes) -> Places:
    """The places of a sound file."""
    found = Places()
    seen: set[int] = set()

    def u32(at: int) -> int:
        return int(struct.unpack_from("<I", content, at)[0])

    def table(at: int, kind: str) -> None:
        if at in seen:
            return
        seen.add(at)
        found.starts.append(at)
        vtable = at - int(struct.unpack_from("<i", content, at)[0])
        count = (struct.unpack_from("<H", content, vtable)[0] - 4) // 2
        inline = struct.unpack_from("<H", content, vtable + 2)[0]
        for number in range(count):
            entry = vtable + 4 + 2 * number
            found.entries.append(entry)
            offset = struct.unpack_from("<H", content, entry)[0]
            form = LAYOUT[kind].get(number)
            if offset and form is not None:
                value(at + offset, "B" if kind == "Options" and offset + 4 > inline else form)

    def value(at: int, form: str) -> None:
        if form in "bBiIqQf":
            found.scalars.append((at, form))
            return
        found.links.setdefault(form, []).append(at)
        target = at + u32(at)
        if not form.startswith("["):
            table(target, form)
            return
        found.starts.append(target)
        found.lengths.append(target)
        item = form[1:-1]
        size = struct.calcsize(f"<{item}") if item in "bBiIqQf" else 4
        for index in range(min(u32(target), 64)):
            if size == 4 and item not in "iIf":
                found.links.setdefault(item, []).append(target + 4 + 4 * index)
                table(target + 4 + 4 * index + u32(target + 4 + 4 * index), item)
            else:
                found.scalars.append((target + 4 + size * index, item))

    table(u32(0), "Model")
    return found


def mutated(content: bytes, places: Places, draw: random.Random) -> bytes:
    """`content` with one to four things wrong."""
    data = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 2, 4))):
        draw.choice(_EDITS)(data, places, draw)
    return bytes(data)


def _scalar(data: bytearray, places: Places, draw: random.Random) -> None:
    at, form = draw.choice(places.scalars)
    _change(data, at, form, draw)


def _number(data: bytearray, places: Places, draw: random.Random) -> None:
    """A shape, index, type, axis or zero point: not the bytes of names and weights, which are most of a file."""
    at, form = draw.choice(places.scalars)
    for _ in range(8):
        if form != "B":
            break
        at, form = draw.choice(places.scalars)
    _change(data, at, form, draw)


def _change(data: bytearray, at: int, form: str, draw: random.Random) -> None:
    if at + struct.calcsize(form) > len(data):
        return
    (old,) = struct.unpack_from(f"<{form}", data, at)
    if form == "f":
        new = draw.choice((*REALS, old * 2, old / 3, -old, old * 1e6))
        struct.pack_into("<f", data, at, max(-3e38, min(3e38, new)) if abs(new) < 1e300 and new == new else new)
        return
    new = draw.choice((old + 1, old - 1, old * 2, old ^ 1, draw.randrange(16), draw.choice(INTEGERS)))
    bits = 8 * struct.calcsize(form)
    data[at : at + bits // 8] = (int(new) & ((1 << bits) - 1)).to_bytes(bits // 8, "little")


def _length(data: bytearray, places: Places, draw: random.Random) -> None:
    _change(data, draw.choice(places.lengths), "I", draw)


def _swap(data: bytearray, places: Places, draw: random.Random) -> None:
    """Two offsets of one kind change places: tensors, buffers, operators, names, quantization."""
    group = places.links[draw.choice(sorted(places.links))]
    first, second = draw.choice(group), draw.choice(group)
    targets = [_target(data, at) for at in (first, second)]
    _point(data, first, targets[1])
    _point(data, second, targets[0])


def _share(data: bytearray, places: Places, draw: random.Random) -> None:
    """Two offsets of one kind point to the same thing."""
    group = places.links[draw.choice(sorted(places.links))]
    _point(data, draw.choice(group), _target(data, draw.choice(group)))


def _confuse(data: bytearray, places: Places, draw: random.Random) -> None:
    """An offset points to something of any kind: to itself, in a circle, or out of the file."""
    at = draw.choice(places.links[draw.choice(sorted(places.links))])
    _point(data, at, draw.choice((at, draw.choice(places.starts), draw.randrange(len(data)), len(data), len(data) * 3)))


def _field(data: bytearray, places: Places, draw: random.Random) -> None:
    """A field goes away, or lies where another one does."""
    at, other = draw.choice(places.entries), draw.choice(places.entries)
    if max(at, other) + 2 <= len(data):
        data[at : at + 2] = draw.choice((b"\0\0", bytes(data[other : other + 2]), draw.randbytes(2)))


def _flip(data: bytearray, places: Places, draw: random.Random) -> None:
    for _ in range(draw.choice((1, 2, 8))):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)


def _splice(data: bytearray, places: Places, draw: random.Random) -> None:
    start, target, count = draw.randrange(len(data)), draw.randrange(len(data)), draw.randrange(1, 64)
    piece = data[start : start + count]
    data[target : target + len(piece)] = piece


def _cut(data: bytearray, places: Places, draw: random.Random) -> None:
    del data[max(1, len(data) - draw.choice((1, 4, 32, draw.randrange(len(data)) + 1))) :]


def _target(data: bytearray, at: int) -> int:
    return at + int(struct.unpack_from("<I", data, at)[0]) if at + 4 <= len(data) else 0


def _point(data: bytearray, at: int, target: int) -> None:
    if at + 4 <= len(data):
        data[at : at + 4] = ((target - at) & 0xFFFFFFFF).to_bytes(4, "little")


_EDITS: tuple[Callable[[bytearray, Places, random.Random], None], ...] = (
    _scalar, _number, _number, _number, _number, _length, _swap, _swap, _share, _share, _confuse, _field, _field,
    _flip, _splice, _cut,
)  # fmt: skip
