# SPDX-License-Identifier: Apache-2.0
"""Damaged files end in a one-line error or in a verified graph: never in a crash, a hang or much memory."""

from __future__ import annotations

import os
import tracemalloc
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_models import random_model

from edgekit.errors import MalformedModelError, UnsupportedOpError
from edgekit.importer import import_tflite
from edgekit.ir.verify import verify
from edgekit.passes import run_passes
from edgekit.planner import plan_memory
from edgekit.tflite import TfliteModel

SHARED = Path(os.environ.get("EDGEKIT_SHARED", Path(__file__).resolve().parents[3].parent / "shared")) / "models"

quick = settings(
    derandomize=True, deadline=2000, max_examples=150, suppress_health_check=[HealthCheck.too_slow], database=None
)
thorough = settings(quick, max_examples=20_000)


@cache
def sound_files() -> list[bytes]:
    real = [path.read_bytes() for path in sorted(SHARED.glob("*.tflite"))] if SHARED.is_dir() else []
    others = [random_model(seed, dtype=dtype).content for dtype in ("int16", "float32") for seed in range(6)]
    return [*real, *(random_model(seed).content for seed in range(12)), *others]


def files() -> st.SearchStrategy[bytes]:
    return st.integers(0, len(sound_files()) - 1).map(lambda number: sound_files()[number])


@st.composite
def truncated(draw: st.DrawFn) -> bytes:
    content = draw(files())
    return content[: draw(st.integers(0, len(content)))]


@st.composite
def flipped(draw: st.DrawFn) -> bytes:
    """A few bits or bytes are wrong; most of them in the first and last kilobytes, where the structure is."""
    content = bytearray(draw(files()))
    size = len(content)
    somewhere = st.one_of(
        st.integers(0, size - 1), st.integers(0, min(size, 2048) - 1), st.integers(size // 2, size - 1)
    )
    for position in draw(st.lists(somewhere, min_size=1, max_size=8)):
        content[position] = draw(st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 0x7F, 0x80, 0xFF])))
    return bytes(content)


@st.composite
def spliced(draw: st.DrawFn) -> bytes:
    """A piece of one file lies over another place: offsets overlap and point in circles."""
    content = bytearray(draw(files()))
    start = draw(st.integers(0, len(content) - 1))
    length = draw(st.integers(1, 64))
    target = draw(st.integers(0, len(content) - 1))
    piece = content[start : start + length]
    content[target : target + len(piece)] = piece
    return bytes(content)


def headed(body: bytes) -> bytes:
    return body[:4] + b"TFL3" + body[4:]


def check(content: bytes) -> None:
    try:
        graph = import_tflite(TfliteModel("fuzzed", content))
    except (MalformedModelError, UnsupportedOpError) as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 20_000
    else:
        verify(graph)
        # What is verified may be relied on.
        plan_memory(run_passes(graph), {})


@quick
@given(truncated())
def test_truncated_files_end_in_an_error_or_a_graph(content: bytes) -> None:
    check(content)


@quick
@given(flipped())
def test_flipped_bytes_end_in_an_error_or_a_graph(content: bytes) -> None:
    check(content)


@quick
@given(spliced())
def test_spliced_files_end_in_an_error_or_a_graph(content: bytes) -> None:
    check(content)


@quick
@given(st.binary(max_size=600).map(headed))
def test_random_bytes_end_in_an_error_or_a_graph(content: bytes) -> None:
    check(content)


@pytest.mark.slow
@thorough
@given(st.one_of(truncated(), flipped(), spliced(), st.binary(max_size=2000).map(headed)))
def test_many_damaged_files_end_in_an_error_or_a_graph(content: bytes) -> None:
    check(content)


def test_a_file_of_offsets_into_itself_costs_little_memory() -> None:
    # Every word points 4 bytes ahead, whatever it is taken for.
    content = headed((4).to_bytes(4, "little") * 100_000)
    tracemalloc.start()
    check(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000
