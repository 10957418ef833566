# SPDX-License-Identifier: Apache-2.0
"""The most stack that a firmware can use, from what the compiler wrote beside its objects (-fcallgraph-info=su)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
_EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
_FRAME = re.compile(r"(\d+) bytes \((static|dynamic,bounded|dynamic)\)")
_INDIRECT = "__indirect_call"
_START = "ek_start"


@dataclass(frozen=True, slots=True)
class StackBound:
    """`bytes` is None where the calls have no bound: recursion, or a frame whose size only the run tells; `reason` says
    which. `path` is the deepest chain of calls. `unknown` are functions that the compiler knows nothing of (assembly):
    they count as 0."""

    bytes: int | None
    path: tuple[str, ...]
    unknown: tuple[str, ...]
    reason: str = ""


def stack_bound(folder: Path, start: str = _START) -> StackBound | None:
    """The bound for the build in `folder`; None where the compiler wrote no call graph.

    A call through a pointer may reach any function that does not itself lead to such a call.
    """
    frames: dict[str, int | None] = {}
    calls: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*.ci")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for title, label in _NODE.findall(text):
            found = _FRAME.search(label)
            if found is not None:
                frames[title] = None if found[2] == "dynamic" else int(found[1])
        for source, target in _EDGE.findall(text):
            calls.setdefault(source, set()).add(target)
    if start not in frames:
        return None
    return _Search(frames, calls).bound(start)


class _Search:
    def __init__(self, frames: Mapping[str, int | None], calls: Mapping[str, set[str]]) -> None:
        self._frames = frames
        self._calls = calls
        self._unknown: set[str] = set()
        self._done: dict[str, tuple[int, tuple[str, ...]]] = {}
        leading = {_INDIRECT}
        while grown := {source for source, targets in calls.items() if targets & leading} - leading:
            leading |= grown
        self._by_pointer = sorted(set(frames) - leading)

    def bound(self, start: str) -> StackBound:
        try:
            count, path = self._depth(start, ())
        except _Unbounded as error:
            return StackBound(None, error.path, tuple(sorted(self._unknown)), str(error))
        return StackBound(count, path, tuple(sorted(self._unknown)))

    def _depth(self, name: str, above: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        if name in above:
            raise _Unbounded(f"{_short(name)} calls itself", (*above, name))
        if name not in self._done:
            targets = self._by_pointer if name == _INDIRECT else sorted(self._calls.get(name, ()))
            deepest = max((self._depth(each, (*above, name)) for each in targets), default=(0, ()))
            own = self._own(name, above)
            self._done[name] = (own + deepest[0], (_short(name), *deepest[1]))
        return self._done[name]

    def _own(self, name: str, above: tuple[str, ...]) -> int:
        if name not in self._frames:
            if name != _INDIRECT:
                self._unknown.add(_short(name))
            return 0
        frame = self._frames[name]
        if frame is None:
            raise _Unbounded(f"the frame of {_short(name)} has no bound", (*above, name))
        return frame


class _Unbounded(Exception):
    def __init__(self, reason: str, path: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.path = tuple(map(_short, path))


def _short(title: str) -> str:
    return title.rpartition(":")[2]
