# SPDX-License-Identifier: Apache-2.0
"""Which LSTMs come in, and by what name the others are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import state_ops as ops
from flatbuffer_builder import ModelBuilder

from edgekit.errors import EdgekitError, MalformedModelError, UnsupportedOpError
from edgekit.importer import import_tflite
from edgekit.ir.macs import graph_macs


def plain() -> tuple[ModelBuilder, int]:
    model = ModelBuilder(seed=1)
    return model, ops.lstm(model, model.input((1, 3, 5)), 4)


def refusal(model: ModelBuilder, output: int) -> EdgekitError:
    with pytest.raises(EdgekitError) as caught:
        import_tflite(model.tflite([output]))
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_plain_lstm_has_two_states_and_counts_its_products() -> None:
    model, output = plain()
    graph = import_tflite(model.tflite([output]))
    assert [graph.tensors[index].dtype for index in graph.states()] == ["int8", "int16"]
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
