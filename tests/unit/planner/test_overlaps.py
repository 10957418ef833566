# SPDX-License-Identifier: Apache-2.0
"""Plans in which outputs lie over inputs, simulated byte by byte."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.ir.attributes import AddAttrs
from edgekit.ir.graph import Graph, Op, Tensor
from edgekit.planner import Lifetime, MemoryPlan, Overlap, lifetimes, plan_memory
from edgekit.planner.chain import chain_bytes
from edgekit.planner.conflicts import Conflicts
from edgekit.planner.exact import improve_plan
from edgekit.planner.greedy import end_of, plan_greedily, plan_in_order

derandomized = settings(derandomize=True, database=None, max_examples=200, deadline=None)


def graph_of(sizes: list[int], wires: list[tuple[int, ...]], outputs: tuple[int, ...]) -> Graph:
    """Tensor 0 is the input, op i writes tensor i + 1."""
    tensors = tuple(Tensor(f"t{number}", (size,), "int8") for number, size in enumerate(sizes))
    ops = tuple(Op("ADD", f"op{number}", reads, (number + 1,), AddAttrs()) for number, reads in enumerate(wires))
    return Graph("wired", tensors, ops, (0,), outputs)


def simulate(graph: Graph, plan: MemoryPlan, rules: dict[int, tuple[int, int]]) -> None:
    """Run the ops as kernels that write their output from its first byte to its last.

    Op n has read all of its operands below byte i - distance when it writes byte i, or, with a step, of the bytes at
    the same place in a step. Every byte is marked with the tensor and the position that it holds; what is read must
    still be there.
    """
    memory: dict[int, tuple[int, int]] = {}

    def write(tensor: int, byte: int) -> None:
        memory[plan.offsets[tensor] + byte] = (tensor, byte)

    def read(tensor: int, bytes_: range) -> None:
        for byte in bytes_:
            assert memory[plan.offsets[tensor] + byte] == (tensor, byte), f"tensor {tensor} lost byte {byte}"

    for tensor in graph.inputs:
        for byte in range(graph.tensors[tensor].size_bytes):
            write(tensor, byte)
    for number, op in enumerate(graph.ops):
        size = graph.output_tensor(op).size_bytes
        distance, step = rules.get(number, (-(10**6), 1))
        for lane in range(step):
            for byte in range(lane, size, step):
                for operand in op.inputs:
                    assert operand is not None
                    end = graph.tensors[operand].size_bytes
                    # The next byte of this lane, and all bytes of the lanes that come after it.
                    read(operand, range(max(0, byte - distance), end, step))
                    for later in range(lane + 1, step):
                        read(operand, range(later, end, step))
                write(op.outputs[0], byte)
    for tensor in graph.outputs:
        read(tensor, range(graph.tensors[tensor].size_bytes))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Graph, dict[int, tuple[int, int]]]:
    count = draw(st.integers(1, 6))
    sizes = draw(st.lists(st.integers(1, 60), min_size=count + 1, max_size=count + 1))
    wires = [
        tuple(draw(st.lists(st.integers(0, number), min_size=1, max_size=2))) if draw(st.booleans()) else (number,)
        for number in range(count)
    ]
    rules = {}
    for number in range(count):
        if draw(st.booleans()):
            step = draw(st.sampled_from([1, 1, 2, 3, 8, 24]))
            rules[number] = (-step * draw(st.integers(0, 4)), step)
    graph = graph_of(sizes, wires, (count,))
    return graph, rules


def overlaps_of(graph: Graph, rules: dict[int, tuple[int, int]]) -> list[Overlap]:
    return [
        Overlap(op.outputs[0], operand, *rules[number])
        for number, op in enumerate(graph.ops)
        if number in rules
        for operand in set(op.inputs)
        if operand is not None
    ]


@derandomized
@given(cases(), st.sampled_from([1, 4, 16]))
def test_no_unread_byte_is_overwritten(case: tuple[Graph, dict[int, tuple[int, int]]], alignment: int) -> None:
    graph, rules = case
    plan = plan_memory(graph, {}, alignment, overlaps=overlaps_of(graph, rules))
    simulate(graph, plan, rules)
    assert plan.gap_bytes >= 0
    assert plan.proven_bytes <= plan.arena_bytes


@derandomized
@given(cases(), st.sampled_from([1, 16]))
def test_the_search_finds_the_smallest_plan_with_overlaps(
    case: tuple[Graph, dict[int, tuple[int, int]]], alignment: int
) -> None:
    graph, rules = case
    spans = lifetimes(graph)
    conflicts = Conflicts(spans, alignment, overlaps_of(graph, rules))
    offsets, proven = improve_plan(spans, plan_greedily(spans, conflicts), 0, conflicts)
    smallest = min(end_of(spans, plan_in_order(order, conflicts)) for order in permutations(spans))
    assert chain_bytes(spans, conflicts) <= end_of(spans, offsets) == proven <= smallest
    plan = plan_memory(graph, {}, alignment, overlaps=overlaps_of(graph, rules))
    assert plan.arena_bytes == end_of(spans, offsets)
    assert plan.proven_bytes <= plan.arena_bytes


def test_a_chain_in_place_needs_its_largest_tensor() -> None:
    graph = graph_of([100, 100, 50, 50], [(0,), (1,), (2,)], (3,))
    rules = dict.fromkeys(range(3), (0, 1))
    plan = plan_memory(graph, {}, overlaps=overlaps_of(graph, rules))
    assert (plan.arena_bytes, plan.proven_bytes, plan.lower_bound_bytes) == (100, 100, 112 + 100)
    assert len(plan.overlaps) == 3


@derandomized
@given(cases(), st.sampled_from([1, 16]))
def test_a_chain_of_layers_is_planned_and_proved_without_a_search(
    case: tuple[Graph, dict[int, tuple[int, int]]], alignment: int
) -> None:
    wired, rules = case
    graph = graph_of([tensor.size_bytes for tensor in wired.tensors], [(n,) for n in range(len(wired.ops))],
                     wired.outputs)  # fmt: skip
    spans = lifetimes(graph)
    conflicts = Conflicts(spans, alignment, overlaps_of(graph, rules))
    offsets, proven = improve_plan(spans, plan_greedily(spans, conflicts), 0, conflicts)
    assert chain_bytes(spans, conflicts) == end_of(spans, offsets) == proven


def test_a_layer_that_grows_pushes_those_before_it_up() -> None:
    graph = graph_of([64, 128, 64, 128], [(0,), (1,), (2,)], (3,))
    overlaps = [Overlap(1, 0, -64), Overlap(2, 1, 0), Overlap(3, 2, -64)]
    conflicts = Conflicts(lifetimes(graph), 16, overlaps)
    plan = plan_memory(graph, {}, overlaps=overlaps)
    assert max(conflicts.stacked_bytes(lifetimes(graph)[first : first + 2]) for first in range(3)) == 128
    assert (plan.arena_bytes, plan.proven_bytes) == (192, 192)


def test_a_growing_output_begins_before_its_input() -> None:
    graph = graph_of([64, 128], [(0,)], (1,))
    plan = plan_memory(graph, {}, overlaps=[Overlap(1, 0, -64)])
    assert plan.arena_bytes == 128
    assert (plan.offsets[1], plan.offsets[0]) == (0, 64)


def test_an_input_that_is_read_again_is_not_overwritten() -> None:
    graph = graph_of([64, 64, 64], [(0,), (0, 1)], (2,))
    plan = plan_memory(graph, {}, overlaps=[Overlap(1, 0, 0), Overlap(2, 0, 0), Overlap(2, 1, 0)])
    assert plan.arena_bytes == 128
    assert plan.offsets[0] != plan.offsets[1]


def test_what_fused_ops_hand_over_has_no_place() -> None:
    graph = graph_of([64, 500, 64], [(0,), (1,)], (2,))
    plan = plan_memory(graph, {1: 32}, overlaps=[Overlap(2, 0, 0)], fused={0: 1})
    assert set(plan.offsets) == {0, 2}
    assert (plan.arena_bytes, plan.scratch_bytes) == (96, 32)
    spans = lifetimes(graph, {0: 1})
    assert [(span.tensor, span.first_op, span.last_op) for span in spans] == [(0, -1, 1), (2, 1, 2)]


def test_spans_of_no_rule_keep_apart() -> None:
    spans = (Lifetime(0, 10, 0, 1), Lifetime(1, 10, 1, 2), Lifetime(2, 10, 2, 3))
    conflicts = Conflicts(spans, 1)
    assert conflicts.gap(0, 1) == 10
    assert conflicts.gap(0, 2) is None
