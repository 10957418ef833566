# SPDX-License-Identifier: Apache-2.0
"""Frames survive the trip; anything else is refused before it costs memory."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.oracle import frames


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=8), st.dictionaries(st.text(max_size=8), st.integers(), max_size=4))
def test_a_frame_arrives_as_it_was_sent(parts: list[bytes], header: dict[str, int]) -> None:
    stream = io.BytesIO()
    frames.write_frame(stream, "runs", header, parts)
    stream.seek(0)
    assert frames.read_frame(stream) == frames.Frame("runs", header, tuple(parts))
    with pytest.raises(frames.BrokenPipe):
        frames.read_frame(stream)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.binary(max_size=64))
def test_arbitrary_bytes_are_refused(content: bytes) -> None:
    try:
        frames.read_frame(io.BytesIO(content))
    except frames.BrokenPipe:
        return


@pytest.mark.parametrize("size", [frames.LIMIT_BYTES + 1, 2**64 - 1])
def test_a_huge_announced_part_is_refused_before_it_is_read(size: int) -> None:
    content = struct.pack("<4sIQ", b"done", 1, size) + b"\0" * 100
    with pytest.raises(frames.BrokenPipe, match="allowed"):
        frames.read_frame(io.BytesIO(content))
