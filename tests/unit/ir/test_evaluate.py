# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder

from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.ir.graph import Graph


def run(graph: Graph, *inputs: object) -> list[int]:
    values = evaluate(graph, [np.array(value, np.int8) for value in inputs])
    return values[graph.outputs[0]].ravel().tolist()


def test_a_dense_layer_computes_what_a_pencil_does() -> None:
    model = ModelBuilder()
    x = model.input((1, 2), scale=0.5, zero_point=1)
    weights = model.constant(np.array([[2, 3], [-4, 5]], np.int8), ([0.25], [0], 0))
    bias = model.constant(np.array([10, -20], np.int32))
    # (x - 1) = [2, -4]: [4 - 12 + 10, -8 - 20 - 20] = [2, -48]; times 0.5 * 0.25 / 0.25 = 0.5; plus 7
    y = model.op("FULLY_CONNECTED", [x, weights, bias], (1, 2), ([0.25], [7], 0), options_type=8)
    assert run(import_tflite(model.tflite([y])), [[3, -3]]) == [8, -17]


def test_convolution_equals_a_loop() -> None:
    model = ModelBuilder(seed=3)
    x = model.input((1, 6, 5, 3), scale=0.5, zero_point=-7)
    y = model.conv_2d(x, 4, kernel=(3, 2), stride=(2, 1), dilation=(1, 2), per_channel=False, bias=False)
    scales = [model.tensors[y].quant[0][0], model.tensors[1].quant[0][0]]  # type: ignore[index]
    weights = model.tensors[1].data
    assert weights is not None
    image = model.random.integers(-128, 128, (1, 6, 5, 3)).astype(np.int8)
    graph = import_tflite(model.tflite([y]))
    padding = graph.ops[0].attrs.padding  # type: ignore[union-attr]
    padded = np.pad(image[0].astype(int) + 7, ((padding.top, padding.bottom), (padding.left, padding.right), (0, 0)))
    output = evaluate(graph, [image])[graph.outputs[0]]
    zero_point = graph.output_tensor(graph.ops[0]).quant.zero_point  # type: ignore[union-attr]
    for row, column, channel in np.ndindex(*output.shape[1:]):
        acc = sum(
            int(padded[2 * row + i, column + 2 * j, k]) * int(weights[channel, i, j, k])
            for i, j, k in np.ndindex(3, 2, 3)
        )
        real = acc * 0.5 * scales[1] / scales[0] + zero_point
        assert abs(output[0, row, column, channel] - np.clip(real, -128, 127)) <= 1


def test_a_missing_bias_counts_as_zero() -> None:
    for method in ("conv_2d", "depthwise_conv_2d"):
        outputs = []
        for bias in (False, True):
            model = ModelBuilder(seed=1)
            x = model.input((1, 5, 5, 4))
            y = getattr(model, method)(x, *([4] if method == "conv_2d" else []), bias=False)
            if bias:
                model.ops[0].inputs[2] = model.constant(np.zeros(4, np.int32))
            image = np.arange(100).reshape(1, 5, 5, 4)
            outputs.append(run(import_tflite(model.tflite([y])), image))
        assert outputs[0] == outputs[1]


def test_average_pools_round_halves_away_from_zero_and_leave_padding_out() -> None:
    model = ModelBuilder()
    x = model.input((1, 2, 2, 1), zero_point=0)
    y = model.pool_2d("AVERAGE_POOL_2D", x, kernel=2, stride=1, padding="SAME")
    # windows: all four (sum -2, count 4 -> -0.5), right column, bottom row, last alone
    assert run(import_tflite(model.tflite([y])), [[1, -2], [-4, 3]]) == [-1, 1, -1, 3]


def test_relu6_rescales_and_clamps() -> None:
    model = ModelBuilder()
    x = model.input((1, 4), scale=0.5, zero_point=0)
    y = model.op("RELU6", [x], (1, 4), ([0.25], [-100], 0))
    assert run(import_tflite(model.tflite([y])), [[-3, 0, 5, 100]]) == [-100, -100, -90, -76]


def test_padding_is_the_zero_point() -> None:
    model = ModelBuilder()
    x = model.input((2, 1), zero_point=9)
    assert run(import_tflite(model.tflite([model.pad(x, ((1, 0), (0, 1)))])), [[1], [2]]) == [9, 9, 1, 9, 2, 9]


def test_softmax_sums_to_one() -> None:
    model = ModelBuilder()
    graph = import_tflite(model.tflite([model.softmax(model.input((1, 5), scale=0.05))]))
    probabilities = np.array(run(graph, [[-50, 0, 20, 60, 127]])) + 128
    assert abs(probabilities.sum() - 256) <= 3
    assert (np.diff(probabilities) >= 0).all()


def test_the_number_of_inputs_is_checked() -> None:
    model = ModelBuilder()
    graph = import_tflite(model.tflite([model.relu(model.input((1, 4)))]))
    with pytest.raises(ValueError, match="1 inputs, 2"):
        evaluate(graph, [np.zeros((1, 4)), np.zeros((1, 4))])


def test_a_sum_of_floats_goes_from_first_to_last() -> None:
    model = ModelBuilder(dtype="float32")
    x = model.input((1, 4))
    weights = model.constant(np.ones((1, 4), np.float32))
    graph = import_tflite(model.tflite([model.op("FULLY_CONNECTED", [x, weights], (1, 1), None, options_type=8)]))
    # 1 is lost beside 2**24, twice; added to one another first, both would count.
    sample = np.array([[2**24, 1, 1, -(2**24)]], np.float32)
    assert evaluate(graph, [sample])[graph.outputs[0]].item() == 0
    assert evaluate(graph, [sample[:, ::-1].copy()])[graph.outputs[0]].item() == 2


def test_what_is_no_number_is_quantized_to_the_zero_point() -> None:
    model = ModelBuilder(dtype="float32")
    y = model.quantize(model.relu(model.input((1, 4))), scale=0.5, zero_point=3, dtype="int8")
    graph = import_tflite(model.tflite([y]))
    sample = np.array([[np.nan, np.inf, 0.75, -1]], np.float32)
    assert evaluate(graph, [sample])[graph.outputs[0]].ravel().tolist() == [3, 127, 5, 3]
