# SPDX-License-Identifier: Apache-2.0
"""Variables of a file become states; what cannot be one is refused in one line."""

from __future__ import annotations

import numpy as np
import pytest
import state_ops as ops
from flatbuffer_builder import ModelBuilder
from flatbuffer_writer import OpSpec, SubgraphSpec

from edgekit.errors import EdgekitError, MalformedModelError, UnsupportedOpError
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import initial_states
from edgekit.passes import run_passes

QUANT = ([0.1], [3], 0)
START = np.arange(4, dtype=np.int8).reshape(1, 4)


def counter(assigned: bool = True) -> tuple[ModelBuilder, int, int, int]:
    """y = x + memory, memory = y: the builder, the handle, the sum and the op that reads."""
    model = ModelBuilder(seed=1)
    x = model.input((1, 4))
    handle = ops.variable(model)
    total = model.add(x, model.op("READ_VARIABLE", [handle], (1, 4), QUANT))
    model.tensors[total].quant = QUANT
    if assigned:
        ops.assign(model, handle, total)
    return model, handle, total, 1


def refusal(model: ModelBuilder, output: int) -> EdgekitError:
    with pytest.raises(EdgekitError) as caught:
        import_tflite(model.tflite([output]))
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_variable_becomes_a_state_that_starts_with_its_constants() -> None:
    model, _, total, _ = counter()
    ops.start_with(model, {"memory": (START, QUANT)})
    graph = import_tflite(model.tflite([total]))
    assert [op.kind for op in graph.ops] == ["READ_VARIABLE", "ADD", "ASSIGN_VARIABLE"]
    (state,) = graph.states()
    assert graph.tensors[state].name == "memory"
    np.testing.assert_array_equal(initial_states(graph)[state], START)


def test_without_constants_it_starts_with_its_zero_point() -> None:
    model, _, total, _ = counter()
    graph = import_tflite(model.tflite([total]))
    np.testing.assert_array_equal(initial_states(graph)[graph.states()[0]], np.full((1, 4), 3))


def test_what_only_a_later_inference_reads_stays() -> None:
    model, _, total, _ = counter()
    graph = run_passes(import_tflite(model.tflite([total])))
    assert [op.kind for op in graph.ops] == ["READ_VARIABLE", "ADD", "ASSIGN_VARIABLE"]


def test_what_nobody_reads_goes() -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 4))
    ops.assign(model, ops.variable(model), x)
    graph = run_passes(import_tflite(model.tflite([model.relu(x)])))
    assert [op.kind for op in graph.ops] == ["RELU"]


def test_a_variable_that_is_never_assigned_is_refused() -> None:
    model, _, total, _ = counter(assigned=False)
    assert "'memory' is read but never assigned" in str(refusal(model, total))


def test_a_variable_that_is_only_filled_at_the_start_is_fine() -> None:
    model, _, total, _ = counter(assigned=False)
    ops.start_with(model, {"memory": (START, QUANT)})
    assert len(import_tflite(model.tflite([total])).states()) == 1


@pytest.mark.parametrize("number", [-1, 0, 2, 2**31 - 1])
def test_wrong_subgraphs_and_cycles_are_refused(number: int) -> None:
    model, _, total, _ = counter()
    ops.start_with(model, {"memory": (START, QUANT)})
    model.ops[0].options = [(0, "int32", number)]
    assert f"runs subgraph {number}" in str(refusal(model, total))


def test_an_initialization_that_initializes_itself_is_refused() -> None:
    model, _, total, _ = counter()
    ops.start_with(model, {"memory": (START, QUANT)})
    start = model.subgraphs[0]
    model.subgraphs[0] = SubgraphSpec(start.tensors, [OpSpec("CALL_ONCE", [], [], 103, [(0, "int32", 1)]), *start.ops])
    assert "has CALL_ONCE" in str(refusal(model, total))


def test_computing_in_the_initialization_is_refused() -> None:
    model, _, total, _ = counter()
    ops.start_with(model, {"memory": (START, QUANT)})
    start = ModelBuilder()
    handle = ops.variable(start)
    ops.assign(start, handle, start.relu(start.constant(START, QUANT)))
    model.subgraphs[0] = SubgraphSpec(start.tensors, start.ops)
    assert "has RELU" in str(refusal(model, total))


def test_a_second_subgraph_that_nobody_runs_is_refused() -> None:
    model, _, total, _ = counter()
    other = ModelBuilder()
    y = other.relu(other.input((1, 4)))
    model.subgraphs.append(SubgraphSpec(other.tensors, other.ops, other.inputs, [y]))
    error = refusal(model, total)
    assert isinstance(error, UnsupportedOpError) and "2 subgraphs" in str(error)


def test_filling_a_variable_after_its_first_use_is_refused() -> None:
    model, _, total, _ = counter()
    ops.start_with(model, {"memory": (START, QUANT)})
    model.ops.append(model.ops.pop(0))
    assert "after their first use" in str(refusal(model, total))


@pytest.mark.parametrize("start", [START.reshape(4), START[:, :3].copy(), START.astype(np.int16)])
def test_constants_of_another_shape_or_type_are_refused(start: np.ndarray) -> None:
    model, _, total, _ = counter()
    ops.start_with(model, {"memory": (start, QUANT)})
    assert isinstance(refusal(model, total), MalformedModelError)


def test_reading_with_another_scale_is_refused() -> None:
    model, _, total, _ = counter()
    model.tensors[total].quant = ([0.2], [3], 0)
    assert "same scale" in str(refusal(model, total))


def test_reading_what_is_no_variable_is_refused() -> None:
    model, _, total, reader = counter()
    model.ops[reader].inputs = [model.inputs[0]]
    assert "no variable (VAR_HANDLE)" in str(refusal(model, total))


def test_computing_with_a_handle_is_refused() -> None:
    model, handle, _, _ = counter()
    assert isinstance(refusal(model, model.relu(handle)), EdgekitError)


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_variables_of_other_types_are_copied_as_they_are(dtype: str) -> None:
    model = ModelBuilder(seed=1, dtype=dtype)
    x = model.input((1, 4))
    handle = ops.variable(model)
    old = ops.read(model, handle, like=x)
    ops.assign(model, handle, x)
    graph = import_tflite(model.tflite([model.reshape(old, (4, 1))]))
    assert graph.tensors[graph.states()[0]].dtype == dtype
