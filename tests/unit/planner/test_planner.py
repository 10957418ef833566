# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import combinations, permutations
from pathlib import Path

import pytest
from flatbuffer_builder import ModelBuilder
from hypothesis import given, settings
from hypothesis import strategies as st
from random_models import random_model

from edgekit.importer import import_tflite
from edgekit.ir.attributes import AddAttrs
from edgekit.ir.graph import Graph, Op, Tensor
from edgekit.passes import run_passes
from edgekit.planner import Lifetime, MemoryPlan, lifetimes, plan_memory, views
from edgekit.planner.conflicts import Conflicts
from edgekit.planner.exact import improve_plan
from edgekit.planner.greedy import end_of, plan_greedily, plan_in_order
from edgekit.planner.lifetimes import overlap, peak_bytes
from edgekit.tflite import TfliteModel

derandomized = settings(derandomize=True, database=None, max_examples=150, deadline=None)


def check_plan(graph: Graph, plan: MemoryPlan, scratch: dict[int, int]) -> None:
    """Byte by byte: at every op, nobody else stands where a living tensor or the scratch does."""
    shared = views(graph)
    spans = {span.tensor: span for span in lifetimes(graph)}
    for step in range(-1, len(graph.ops) + 1):
        owners: dict[int, object] = {}
        places = [
            (span.tensor, plan.offsets[span.tensor], span.size_bytes)
            for span in spans.values()
            if span.first_op <= step <= span.last_op
        ]
        if step in plan.scratch_offsets:
            places.append((-1, plan.scratch_offsets[step], scratch[step]))
        for owner, offset, size in places:
            assert offset % plan.alignment == 0
            assert offset >= 0 and offset + size <= plan.arena_bytes
            for byte in range(offset, offset + size):
                assert owners.setdefault(byte, owner) == owner
    assert all(plan.offsets[index] == plan.offsets[start] for index, start in shared.items())
    assert set(plan.offsets) == set(graph.activations())
    assert set(plan.scratch_offsets) == {number for number, size in scratch.items() if size}


@st.composite
def wirings(draw: st.DrawFn) -> tuple[Graph, dict[int, int]]:
    """Graphs of any wiring; what the ops compute is of no matter to a planner."""
    count = draw(st.integers(1, 12))
    inputs = draw(st.integers(1, 2))
    size = st.integers(1, 200)
    tensors = [Tensor(f"t{number}", (draw(size),), "int8") for number in range(inputs + count)]
    ops = []
    for number in range(count):
        source = draw(st.integers(0, inputs + number - 1))
        other = draw(st.integers(0, inputs + number - 1))
        kind = draw(st.sampled_from(["ADD", "RESHAPE"]))
        if kind == "RESHAPE":
            tensors[inputs + number] = Tensor(f"t{number}", tensors[source].shape, "int8")
        operands = (source,) if kind == "RESHAPE" else (source, other)
        ops.append(Op(kind, f"op{number}", operands, (inputs + number,), AddAttrs()))
    outputs = draw(st.lists(st.integers(inputs, inputs + count - 1), min_size=1, max_size=2, unique=True))
    graph = Graph("wired", tuple(tensors), tuple(ops), tuple(range(inputs)), tuple(outputs))
    scratch = draw(st.dictionaries(st.integers(0, count - 1), st.integers(0, 300), max_size=4))
    return graph, scratch


@derandomized
@given(wirings(), st.sampled_from([1, 4, 16]))
def test_overlapping_tensors_do_not_share_bytes(case: tuple[Graph, dict[int, int]], alignment: int) -> None:
    graph, scratch = case
    plan = plan_memory(graph, scratch, alignment)
    check_plan(graph, plan, scratch)
    assert plan.arena_bytes - plan.scratch_bytes >= plan.lower_bound_bytes
    assert plan.lower_bound_bytes == peak_bytes(lifetimes(graph), alignment)


@pytest.mark.parametrize("seed", range(30))
def test_plans_of_random_models_are_sound(seed: int) -> None:
    graph = run_passes(import_tflite(random_model(seed)))
    scratch = {number: 16 * number for number in range(len(graph.ops))}
    check_plan(graph, plan_memory(graph, scratch), scratch)


spans_strategy = st.lists(
    st.tuples(st.integers(1, 100), st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=6
).map(lambda rows: [Lifetime(n, size, first, first + more) for n, (size, first, more) in enumerate(rows)])


@derandomized
@given(spans_strategy, st.sampled_from([1, 16]))
def test_the_exact_search_finds_the_smallest_plan(spans: list[Lifetime], alignment: int) -> None:
    conflicts = Conflicts(spans, alignment)
    offsets, proven = improve_plan(spans, plan_greedily(spans, conflicts), peak_bytes(spans), conflicts)
    for a, b in combinations(spans, 2):
        apart = offsets[a.tensor] + a.size_bytes <= offsets[b.tensor] or (
            offsets[b.tensor] + b.size_bytes <= offsets[a.tensor]
        )
        assert apart or not overlap(a, b)
    # Every smallest plan comes from placing the buffers lowest first, in some order.
    smallest = min(end_of(spans, plan_in_order(order, conflicts)) for order in permutations(spans))
    assert end_of(spans, offsets) == proven == smallest


def test_the_search_ends_on_hard_cases() -> None:
    spans = [Lifetime(n, 17 * (n * 7919 % 61) + 1, n // 2, n // 2 + n * 31 % 17) for n in range(64)]
    conflicts = Conflicts(spans, 16)
    offsets, proven = improve_plan(spans, plan_greedily(spans, conflicts), peak_bytes(spans), conflicts)
    assert peak_bytes(spans) == proven <= end_of(spans, offsets) <= end_of(spans, plan_greedily(spans, conflicts))


def test_reshapes_share_the_bytes_of_their_input() -> None:
    model = ModelBuilder()
    x = model.quantize(model.input((1, 4, 4, 2)))
    y = model.reshape(x, (1, 32))
    graph = import_tflite(model.tflite([model.quantize(y)]))
    plan = plan_memory(graph, {})
    assert plan.offsets[graph.ops[1].inputs[0]] == plan.offsets[graph.ops[1].outputs[0]]  # type: ignore[index]
    assert plan.lower_bound_bytes == 64


def test_the_lower_bound_counts_what_alignment_costs() -> None:
    spans = [Lifetime(0, 100, 0, 1), Lifetime(1, 17, 1, 2), Lifetime(2, 40, 1, 1)]
    assert peak_bytes(spans) == 157
    assert peak_bytes(spans, 16) == 112 + 48 + 17
    assert end_of(spans, plan_greedily(spans, Conflicts(spans, 16))) == 177


def test_inputs_and_outputs_live_outside_the_run() -> None:
    model = ModelBuilder()
    first, second = model.input((1, 10)), model.input((1, 20))
    graph = import_tflite(model.tflite([model.quantize(first), model.quantize(second)]))
    spans = {graph.tensors[span.tensor].source: (span.first_op, span.last_op) for span in lifetimes(graph)}
    assert spans[first] == (-1, 0)
    assert spans[second] == (-1, 1)
    assert spans[graph.tensors[graph.outputs[0]].source] == (0, 2)


def test_scratch_takes_a_hole_where_it_fits_and_is_shared_above_where_it_does_not() -> None:
    model = ModelBuilder()
    x = model.input((1, 1024))
    x = model.quantize(x)
    x = model.fully_connected(x, 16)
    x = model.fully_connected(x, 16)
    graph = import_tflite(model.tflite([x]))
    small = plan_memory(graph, {1: 100, 2: 100})
    assert (small.arena_bytes, small.scratch_bytes) == (2048, 0)
    large = plan_memory(graph, {0: 500, 1: 100})
    assert (large.arena_bytes, large.scratch_bytes) == (2548, 500)


@pytest.mark.parametrize(
    ("name", "bound"),
    [("kws_ref_model", 16_000), ("ad01_int8", 768), ("person_detect", 55_296), ("hello_world_int8", 28)],
)
def test_real_models_reach_their_lower_bound(shared_dir: Path, name: str, bound: int) -> None:
    graph = run_passes(import_tflite(TfliteModel.read(shared_dir / "models" / f"{name}.tflite")))
    plan = plan_memory(graph, {})
    assert plan.lower_bound_bytes == bound
    assert plan.arena_bytes == bound == plan.proven_bytes
    assert plan.gap_bytes == 0
    check_plan(graph, plan, {})
