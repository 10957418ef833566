# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder

from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering import LOWERINGS, lower_graph
from edgekit.codegen.lowering.broadcasting import broadcast_strides
from edgekit.codegen.packing import pack_channels
from edgekit.importer import import_tflite
from edgekit.ir.reference import EVALUATORS


def _lower(builder: ModelBuilder, output: int) -> tuple[KernelCall, ...]:
    return lower_graph(import_tflite(builder.tflite([output])), "model", "portable")


def _field(call: KernelCall, name: str) -> str:
    (line,) = [line for line in call.layer_struct.splitlines() if f".{name} =" in line]
    return line.split("=")[1].split(",  /*")[0].split(", /*")[0].strip().removesuffix(",")


def test_every_operator_with_a_meaning_has_a_lowering() -> None:
    assert set(LOWERINGS) == set(EVALUATORS)


def test_channels_are_interleaved_by_four_and_the_rest_follows() -> None:
    rows = np.arange(18).reshape(6, 3)
    assert pack_channels(rows) == (0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, *range(12, 18))


def test_zero_point_is_folded_into_the_bias() -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 4), zero_point=5)
    (call,) = _lower(model, model.fully_connected(x, 2))
    weights, bias = (model.tensors[index].data for index in model.ops[0].inputs[1:])
    assert weights is not None and bias is not None
    expected = bias.astype(np.int64) - 5 * weights.astype(np.int64).sum(axis=1)
    assert next(array for array in call.arrays if array.name.endswith("_bias")).values == tuple(expected)


def test_pointwise_convolution_needs_no_scratch() -> None:
    model = ModelBuilder(seed=1)
    (call,) = _lower(model, model.conv_2d(model.input((1, 4, 4, 8)), 8, kernel=1, stride=2, padding="VALID"))
    assert _field(call, "direct") == "1" and call.scratch_bytes == 0 and call.takes_scratch


def test_convolution_takes_two_windows_of_scratch_while_they_are_small() -> None:
    model = ModelBuilder(seed=1)
    x = model.input((1, 4, 4, 8))
    y = model.conv_2d(x, 240)
    calls = _lower(model, model.conv_2d(y, 4))
    assert [call.scratch_bytes for call in calls] == [2 * 9 * 8, 9 * 240]


def test_depthwise_scratch_stays_within_its_limit() -> None:
    model = ModelBuilder(seed=1)
    (call,) = _lower(model, model.depthwise_conv_2d(model.input((1, 3, 3, 1000))))
    assert call.scratch_bytes <= 4096 and int(_field(call, "slab_c")) * 9 == call.scratch_bytes


def test_depthwise_convolution_of_one_channel_runs_as_convolution() -> None:
    model = ModelBuilder(seed=1)
    (call,) = _lower(model, model.depthwise_conv_2d(model.input((1, 6, 6, 1)), 8))
    assert call.kind == "DEPTHWISE_CONV_2D" and call.function == "ek_conv_2d_s8"
    assert call.macs == 36 * 9 * 8


@pytest.mark.parametrize(
    "first,second,expected",
    [
        ((1, 4, 5, 3), (1, 4, 5, 3), ((60,), ((1,), (1,)))),
        ((1, 4, 5, 3), (3,), ((20, 3), ((3, 1), (0, 1)))),
        ((1, 4, 5, 3), (1, 4, 5, 1), ((20, 3), ((3, 1), (1, 0)))),
        ((1, 1), (1, 1), ((1,), ((0,), (0,)))),
        ((2, 1, 4), (1, 3, 1), ((2, 3, 4), ((4, 0, 1), (0, 1, 0)))),
    ],
)
def test_broadcasting_loops_over_as_few_dimensions_as_possible(first, second, expected) -> None:
    assert broadcast_strides(first, second, np.broadcast_shapes(first, second)) == expected


def test_exponentials_end_where_they_are_zero() -> None:
    model = ModelBuilder(seed=1)
    (call,) = _lower(model, model.softmax(model.input((1, 4), scale=0.5)))
    table = call.arrays[0].values
    assert table[0] == 2**31 - 1 and all(a >= b for a, b in itertools.pairwise(table)) and table[-1] > 0
    assert len(table) < 64
    assert abs(table[2] / 2**31 - math.exp(-1)) < 1e-6


def test_layers_of_one_name_get_different_symbols() -> None:
    model = ModelBuilder(seed=1)
    x = model.relu(model.relu(model.input((1, 4))))
    for op in model.ops:
        model.tensors[op.outputs[0]].name = "model/arena/Relu"
    calls = _lower(model, x)
    assert len({call.symbol for call in calls}) == 2
    assert "arena" not in {call.symbol for call in calls}


def test_layer_named_like_the_models_own_functions_is_renamed() -> None:
    model = ModelBuilder(seed=1)
    x = model.relu(model.input((1, 4)))
    graph = import_tflite(model.tflite([x]))
    (call,) = lower_graph(graph, graph.ops[0].name.lower(), "portable")
    assert call.symbol.startswith("layer_")
