# SPDX-License-Identifier: Apache-2.0
"""Which LSTMs come in, and by what name the others are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import state_ops as ops
from flatbuffer_builder import ModelBuilder
from flatbuffer_writer import TensorSpec

from edgekit.codegen import generate_model
from edgekit.errors import EdgekitError, MalformedModelError, UnsupportedOpError
from edgekit.importer import import_tflite
from edgekit.ir.macs import graph_macs


def plain(dtype: str = "int8") -> tuple[ModelBuilder, int]:
    model = ModelBuilder(seed=1, dtype=dtype)
    return model, ops.lstm(model, model.input((1, 3, 5)), 4)


def refusal(model: ModelBuilder, output: int) -> EdgekitError:
    with pytest.raises(EdgekitError) as caught:
        import_tflite(model.tflite([output]))
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_a_plain_lstm_has_two_states_and_counts_its_products(dtype: str) -> None:
    model, output = plain(dtype)
    graph = import_tflite(model.tflite([output]))
    assert [graph.tensors[index].dtype for index in graph.states()] == [dtype, "int16"]
    assert graph_macs(graph) == 3 * 4 * (4 * 5 + 4 * 4)


@pytest.mark.parametrize(
    "position,word",
    [(9, "peepholes"), (11, "peepholes"), (16, "a projection"), (17, "a projection"), (20, "layer"), (23, "layer")],
)
def test_variants_are_refused_by_name(position: int, word: str) -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 3, 5))
    extra = model.constant(np.ones(4, np.int16), ([0.1], [0], 0))
    error = refusal(model, ops.lstm(model, x, 4, extra={position: extra}))
    assert isinstance(error, UnsupportedOpError) and word in str(error)


def test_coupled_gates_are_refused() -> None:
    model = ModelBuilder(seed=1)
    assert "CIFG" in str(refusal(model, ops.lstm(model, model.input((1, 3, 5)), 4, extra={1: -1})))


@pytest.mark.parametrize("position", [2, 8, 12, 15, 18, 19])
def test_missing_operands_are_refused(position: int) -> None:
    model = ModelBuilder(seed=1)
    refusal(model, ops.lstm(model, model.input((1, 3, 5)), 4, extra={position: -1}))


@pytest.mark.parametrize("field,form,value", [(0, "int8", 1), (5, "bool", True), (1, "float32", float("nan"))])
def test_other_options_are_refused(field: int, form: str, value: Any) -> None:
    model, output = plain()
    model.ops[0].options = [*(each for each in model.ops[0].options if each[0] != field), (field, form, value)]
    refusal(model, output)


@pytest.mark.parametrize("count", [20, 23, 25])
def test_another_number_of_inputs_is_refused(count: int) -> None:
    model, output = plain()
    model.ops[0].inputs = [*model.ops[0].inputs, -1][:count]
    assert isinstance(refusal(model, output), MalformedModelError)


def test_a_cell_scale_that_is_no_power_of_two_is_refused() -> None:
    model, output = plain()
    model.tensors[model.ops[0].inputs[19]].quant = ([0.001], [0], 0)
    assert "power of two" in str(refusal(model, output))


def test_a_hidden_state_on_another_scale_than_the_output_is_refused() -> None:
    model, output = plain()
    model.tensors[model.ops[0].inputs[18]].quant = ([0.001], [0], 0)
    assert "same scale" in str(refusal(model, output))


def test_several_sequences_at_once_are_refused() -> None:
    model = ModelBuilder(seed=1)
    assert "shape" in str(refusal(model, ops.lstm(model, model.input((2, 3, 5)), 4)))


@pytest.mark.parametrize("position,shape", [(3, (4, 6)), (6, (4, 5)), (13, (5,)), (18, (1, 5)), (19, (1, 3))])
def test_wrong_shapes_are_refused(position: int, shape: tuple[int, ...]) -> None:
    model, output = plain()
    spec = model.tensors[model.ops[0].inputs[position]]
    spec.shape = shape
    if spec.data is not None:
        spec.data = np.ones(shape, spec.data.dtype)
    refusal(model, output)


def operand(model: ModelBuilder, position: int) -> TensorSpec:
    """The tensor at `position` of the operator's inputs."""
    return model.tensors[model.ops[0].inputs[position]]


@pytest.mark.parametrize("position,dtype", [(1, "int16"), (12, "int32"), (18, "int8"), (19, "int32"), (19, "int64")])
def test_int16_takes_no_other_types(position: int, dtype: str) -> None:
    model, output = plain("int16")
    spec = operand(model, position)
    spec.dtype, spec.data = dtype, None if spec.data is None else spec.data.astype(dtype)
    assert dtype in str(refusal(model, output))


@pytest.mark.parametrize("position", [0, 2, 18, 19])
def test_int16_has_no_zero_points(position: int) -> None:
    model, output = plain("int16")
    spec = operand(model, position)
    assert spec.quant is not None
    spec.quant = (spec.quant[0], [1], 0)
    assert "zero point" in str(refusal(model, output))


def test_sums_of_int16_that_leave_48_bits_are_refused() -> None:
    model, output = plain("int16")
    operand(model, 14).data = np.array([0, 0, -(2**62), 0])
    assert "48 bits" in str(refusal(model, output))


@pytest.mark.parametrize("position", [4, 7])
def test_factors_that_the_reference_cannot_multiply_are_refused(position: int) -> None:
    model, output = plain("int16")
    operand(model, position).quant = ([1e6], [0], 0)
    assert "too far apart" in str(refusal(model, output))


_SCALES = (0.0, -1.0, 1e-38, 2.0**-15, 1.0, 1e30, float("inf"), float("nan"))
_SHAPES = ((), (0,), (4,), (4, 4), (1, 4, 1), (2**30, 4))


def damages(spec: TensorSpec) -> Iterator[TensorSpec]:
    """The tensor with one part of it changed."""
    yield from (replace(spec, quant=([scale], [0], 0)) for scale in _SCALES)
    yield from (replace(spec, quant=([0.01], [zero], 0)) for zero in (-129, 1, 2**40))
    yield from (replace(spec, quant=quant) for quant in (None, ([0.01] * 4, [0] * 4, 0), ([], [], 0)))
    yield from (replace(spec, dtype=dtype) for dtype in ("int8", "int16", "int32", "int64", "float32", "resource"))
    yield from (replace(spec, shape=shape) for shape in _SHAPES)
    yield replace(spec, variable=not spec.variable)
    yield replace(spec, data=None)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_a_damaged_tensor_ends_in_one_line_or_in_a_program(dtype: str) -> None:
    ends = {"refused": 0, "program": 0}
    count = len(plain(dtype)[0].tensors)
    for index in range(count):
        for number, _ in enumerate(damages(plain(dtype)[0].tensors[index])):
            model, output = plain(dtype)
            model.tensors[index] = list(damages(model.tensors[index]))[number]
            tflite = model.tflite([output])
            try:
                graph = import_tflite(tflite)
                generate_model(graph, name="damaged", core="cortex-m3", model_sha256=tflite.sha256)
                ends["program"] += 1
            except EdgekitError as error:
                assert "\n" not in str(error)
                ends["refused"] += 1
    assert min(ends.values()) > count
