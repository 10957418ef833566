# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from elementwise_ops import binary, unary
from flatbuffer_builder import ModelBuilder
from random_models import random_model
from reduction_ops import arg_max

from edgekit.errors import MalformedModelError, UnsupportedOpError
from edgekit.importer import IMPORTERS, import_tflite
from edgekit.ir.attributes import (
    AddAttrs,
    Conv2DAttrs,
    DepthwiseConv2DAttrs,
    GroupedConv2DAttrs,
    MeanAttrs,
    PadAttrs,
    Padding,
    Pool2DAttrs,
    SoftmaxAttrs,
)
from edgekit.ir.graph import Graph
from edgekit.ir.reference import EVALUATORS
from edgekit.ir.ruleset import RULES
from edgekit.tflite import TfliteModel


def one_op(model: ModelBuilder, output: int) -> Graph:
    return import_tflite(model.tflite([output]))


def test_every_operator_has_an_importer_a_rule_and_an_evaluator() -> None:
    # A CONV_2D of the file may become one of groups.
    assert {*IMPORTERS, "GROUPED_CONV_2D"} == set(RULES)
    assert {(kind, each) for kind, rule in RULES.items() for each in rule.arithmetics} == set(EVALUATORS)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "padding"),
    [
        ((8, 8), (3, 3), (1, 1), (1, 1), Padding(1, 1, 1, 1)),
        ((8, 8), (3, 3), (2, 2), (1, 1), Padding(0, 1, 0, 1)),
        ((49, 10), (10, 4), (2, 2), (1, 1), Padding(4, 5, 1, 1)),
        ((8, 8), (3, 2), (1, 1), (2, 3), Padding(2, 2, 1, 2)),
        ((8, 8), (1, 1), (3, 3), (1, 1), Padding()),
    ],
)
def test_same_padding_is_resolved_with_the_odd_row_behind(
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: Padding,
) -> None:
    model = ModelBuilder()
    x = model.input((1, *size, 2))
    graph = one_op(model, model.conv_2d(x, 4, kernel=kernel, stride=stride, dilation=dilation))
    assert graph.ops[0].attrs == Conv2DAttrs(*stride, *dilation, padding)


def test_valid_padding_is_none() -> None:
    model = ModelBuilder()
    x = model.input((1, 9, 9, 2))
    graph = one_op(model, model.depthwise_conv_2d(x, 3, stride=(2, 1), padding="VALID", activation="RELU6"))
    assert graph.ops[0].attrs == DepthwiseConv2DAttrs(2, 1, 1, 1, Padding(), 3, "RELU6")


def test_pools_carry_filter_stride_padding_and_activation() -> None:
    model = ModelBuilder()
    x = model.input((1, 5, 5, 2))
    y = model.pool_2d("MAX_POOL_2D", x, kernel=(3, 2), stride=(2, 1), padding="SAME", activation="RELU")
    assert one_op(model, y).ops[0].attrs == Pool2DAttrs(3, 2, 2, 1, Padding(1, 1, 0, 1), "RELU")


def test_constants_behind_the_operands_become_attributes() -> None:
    model = ModelBuilder()
    x = model.input((1, 4, 4, 2))
    y = model.mean(model.pad(x, ((0, 0), (1, 2), (0, 3), (0, 0))), (-2, 1))
    graph = import_tflite(model.tflite([model.reshape(y, (2, 1))]))
    pad, mean, reshape = graph.ops
    assert pad.attrs == PadAttrs(((0, 0), (1, 2), (0, 3), (0, 0)))
    assert mean.attrs == MeanAttrs((1, 2), keep_dims=False)
    assert len(pad.inputs) == len(mean.inputs) == len(reshape.inputs) == 1
    assert all(tensor.role == "activation" for tensor in graph.tensors)


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_weights_come_with_their_scales_and_an_absent_bias_is_none(per_channel: bool, bias: bool) -> None:
    model = ModelBuilder()
    x = model.input((1, 4, 4, 2))
    y = model.conv_2d(x, 5, bias=bias, per_channel=per_channel)
    graph = one_op(model, y)
    weights = graph.input_tensor(graph.ops[0], 1)
    assert weights.quant is not None and weights.data is not None
    assert len(weights.quant.scales) == (5 if per_channel else 1)
    assert (weights.data == model.tensors[1].data).all()
    assert not weights.data.flags.writeable
    assert (graph.optional_input(graph.ops[0], 2) is not None) == bias


def test_a_bias_that_is_left_out_altogether_is_none() -> None:
    model = ModelBuilder()
    y = model.fully_connected(model.input((1, 4)), 3, bias=False)
    model.ops[0].inputs.pop()
    assert one_op(model, y).ops[0].inputs == (0, 1, None)


def test_several_inputs_and_outputs_keep_their_order() -> None:
    model = ModelBuilder()
    first, second = model.input((1, 3, 3, 2)), model.input((1, 3, 3, 2))
    total = model.add(second, first, activation="RELU")
    pooled = model.pool_2d("AVERAGE_POOL_2D", second)
    graph = import_tflite(model.tflite([pooled, total]))
    assert [graph.tensors[index].source for index in graph.inputs] == [first, second]
    assert [graph.tensors[index].source for index in graph.outputs] == [pooled, total]
    assert graph.ops[0].attrs == AddAttrs("RELU")


def test_softmax_carries_beta() -> None:
    model = ModelBuilder()
    assert one_op(model, model.softmax(model.input((1, 4)), beta=0.5)).ops[0].attrs == SoftmaxAttrs(0.5)


def test_operator_codes_above_127_are_read_from_the_new_field() -> None:
    model = ModelBuilder()
    x = model.input((1, 4))
    y = model.op("BROADCAST_TO", [x], (1, 4), model.random_quant())
    with pytest.raises(UnsupportedOpError, match="BROADCAST_TO"):
        one_op(model, y)


def test_float_edges_are_taken_off_and_said_so() -> None:
    model = ModelBuilder()
    x = model.input((1, 4), dtype="float32")
    inner = model.quantize(x, scale=0.5, zero_point=3)
    logits = model.fully_connected(inner, 2)
    graph = import_tflite(model.tflite([model.dequantize(logits)]))
    assert [op.kind for op in graph.ops] == ["FULLY_CONNECTED"]
    assert graph.tensors[graph.inputs[0]].source == inner
    assert graph.tensors[graph.outputs[0]].source == logits
    assert graph.notes[0] == (
        "input 'input_0' is float32 in the file: QUANTIZE taken off, it is int8 here, scale 0.5, zero point 3"
    )
    assert "DEQUANTIZE taken off" in graph.notes[1]


def test_an_int8_tensor_that_is_output_twice_keeps_both() -> None:
    model = ModelBuilder()
    y = model.fully_connected(model.input((1, 4)), 2)
    graph = import_tflite(model.tflite([y, model.dequantize(y)]))
    assert graph.outputs[0] == graph.outputs[1]


def test_real_models_come_with_their_keras_layer_names(shared_dir: Path) -> None:
    graph = import_tflite(TfliteModel.read(shared_dir / "models" / "kws_ref_model.tflite"))
    assert [op.name for op in graph.ops][:3] == ["conv2d", "depthwise_conv2d", "conv2d_1"]
    assert [op.name for op in graph.ops][-4:] == ["average_pooling2d", "flatten", "dense", "softmax"]
    graph = import_tflite(TfliteModel.read(shared_dir / "models" / "hello_world_int8.tflite"))
    assert [op.name for op in graph.ops] == ["dense", "dense_1", "dense_2"]


def test_layer_names_are_unique_and_printable() -> None:
    model = ModelBuilder()
    x = model.input((1, 4))
    for _ in range(3):
        x = model.fully_connected(x, 4)
        model.tensors[x].name = "m/evil\n*/name/MatMul"
    names = [op.name for op in import_tflite(model.tflite([x])).ops]
    assert names == ["name", "name_1", "name_2"]
    model.tensors[x].name = "evil\nname"
    assert import_tflite(model.tflite([x])).ops[-1].name == "evil_name"


def test_equal_files_give_equal_graphs() -> None:
    assert random_model(5).content == random_model(5).content


# --- what is refused, and in which words ---


def test_unsupported_operators_name_layer_type_alternatives_and_rewrite() -> None:
    model = ModelBuilder()
    x = model.input((1, 4))
    y = model.op("GELU", [x], (1, 4), model.random_quant(), name="model/gate/Gelu")
    with pytest.raises(UnsupportedOpError) as caught:
        one_op(model, y)
    message = str(caught.value)
    assert message.startswith("GELU 'gate' (int8) is not supported; supported: ABS, ")
    assert "try: use ReLU or ReLU(6)" in message
    assert "\n" not in message


def test_float_models_come_in_without_quantization() -> None:
    model = ModelBuilder(dtype="float32")
    graph = one_op(model, model.fully_connected(model.input((1, 4)), 2, activation="RELU"))
    assert [tensor.dtype for tensor in graph.tensors] == ["float32"] * 4
    assert not any(tensor.quant for tensor in graph.tensors)


def test_float16_weights_are_told_to_convert_otherwise() -> None:
    model = ModelBuilder(dtype="float32")
    x = model.input((1, 4))
    weights = model.constant(np.zeros((2, 4), np.float16))
    wide = model.op("DEQUANTIZE", [weights], (2, 4), None)
    y = model.op("FULLY_CONNECTED", [x, wide], (1, 2), None, options_type=8)
    with pytest.raises(UnsupportedOpError, match=r"is float16; .*--scheme int8\|float32\|int16x8"):
        one_op(model, y)


def test_weights_that_are_widened_when_used_are_told_to_convert_otherwise() -> None:
    model = ModelBuilder(dtype="float32")
    x = model.input((1, 4))
    wide = model.dequantize(model.constant(np.zeros((2, 4), np.int8), ([0.1], [0], 0)))
    y = model.op("FULLY_CONNECTED", [x, wide], (1, 2), None, options_type=8)
    with pytest.raises(UnsupportedOpError, match=r"DEQUANTIZE .*a constant input.*--scheme int8\|float32\|int16x8"):
        one_op(model, y)


def test_dynamic_range_models_are_recognized() -> None:
    model = ModelBuilder()
    x = model.input((1, 4), dtype="float32")
    weights = model.constant(np.zeros((2, 4), np.int8), ([0.1], [0], 0))
    y = model.op("FULLY_CONNECTED", [x, weights], (1, 2), None, dtype="float32", options_type=8)
    with pytest.raises(UnsupportedOpError, match="dynamic range"):
        one_op(model, y)


def test_float_islands_stay() -> None:
    model = ModelBuilder()
    graph = one_op(model, model.quantize(model.dequantize(model.fully_connected(model.input((1, 4)), 2))))
    assert [op.kind for op in graph.ops] == ["FULLY_CONNECTED", "DEQUANTIZE", "QUANTIZE"]


def test_variables_and_types_outside_the_ir_are_refused() -> None:
    model = ModelBuilder()
    y = model.fully_connected(model.input((1, 4)), 2)
    model.tensors[1].variable = True
    with pytest.raises(UnsupportedOpError, match="variable"):
        one_op(model, y)
    model = ModelBuilder()
    y = model.op("RELU", [model.input((1, 4))], (1, 4), None, dtype="float16")
    with pytest.raises(UnsupportedOpError, match="is float16"):
        one_op(model, y)


def test_shapes_known_at_run_time_only_are_refused() -> None:
    model = ModelBuilder()
    x = model.input((1, 4))
    model.tensors[x].shape = (0, 4)
    with pytest.raises(UnsupportedOpError, match="batch size of 1"):
        one_op(model, model.relu(x))


def test_reshapes_to_a_computed_shape_are_refused() -> None:
    model = ModelBuilder()
    x = model.input((1, 4))
    y = model.reshape(x, (4,))
    model.tensors[model.ops[0].inputs[1]].data = None
    with pytest.raises(UnsupportedOpError, match="computed at run time"):
        one_op(model, y)


def test_filters_over_a_part_of_the_channels_make_groups() -> None:
    model = ModelBuilder()
    op = one_op(model, model.conv_2d(model.input((1, 4, 4, 6)), 4, groups=2)).ops[0]
    assert op.kind == "GROUPED_CONV_2D"
    assert isinstance(op.attrs, GroupedConv2DAttrs) and op.attrs.groups == 2


@pytest.mark.parametrize("filters", [(2, 3, 3, 4), (3, 3, 3, 3), (2, 3, 3, 12)])
def test_filters_that_make_no_whole_groups_are_refused(filters: tuple[int, ...]) -> None:
    model = ModelBuilder()
    y = model.conv_2d(model.input((1, 4, 4, 6)), filters[0])
    model.tensors[1].shape = filters
    model.tensors[1].data = np.zeros(filters, np.int8)
    with pytest.raises(MalformedModelError, match="do not suit 6 channels"):
        one_op(model, y)


def test_positions_of_64_bits_are_refused() -> None:
    model = ModelBuilder()
    with pytest.raises(UnsupportedOpError, match=r"int64 output .* int32 out; try: let the layer return int32"):
        one_op(model, arg_max(model, model.input((1, 9)), dtype="int64"))


def test_negative_slopes_are_refused() -> None:
    model = ModelBuilder()
    with pytest.raises(UnsupportedOpError, match=r"LEAKY_RELU .* negative slope -0.5"):
        one_op(model, unary(model, "LEAKY_RELU", model.input((1, 9)), alpha=-0.5))


def test_maxima_of_different_scales_are_refused() -> None:
    model = ModelBuilder()
    with pytest.raises(UnsupportedOpError, match=r"MAXIMUM .* different scales"):
        one_op(model, binary(model, "MAXIMUM", model.input((1, 9)), model.input((1, 9), scale=3.0)))


def test_a_sigmoid_has_one_output_scale() -> None:
    model = ModelBuilder()
    y = unary(model, "LOGISTIC", model.input((1, 9)))
    model.tensors[y].quant = ([1 / 128], [-128], 0)
    with pytest.raises(MalformedModelError, match="scale 1/256 and the zero point -128"):
        one_op(model, y)


@pytest.mark.parametrize("first,second", [((2, 3), (4, 5)), ((2, 2, 3), (3, 3, 2)), ((3,), (3, 2))])
def test_matrices_that_do_not_suit_are_refused(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    model = ModelBuilder()
    x, y = model.input(first), model.input(second)
    product = model.op("BATCH_MATMUL", [x, y], (2, 2), model.random_quant(), options_type=101)
    with pytest.raises(MalformedModelError, match=r"cannot be multiplied|dimensions, not 2 to 5"):
        one_op(model, product)


def test_batches_are_refused() -> None:
    model = ModelBuilder()
    y = model.conv_2d(model.input((2, 4, 4, 4)), 2)
    with pytest.raises(UnsupportedOpError, match="batch of 2"):
        one_op(model, y)


def test_fused_activations_that_need_a_table_are_refused() -> None:
    model = ModelBuilder()
    y = model.fully_connected(model.input((1, 4)), 2, activation="TANH")
    with pytest.raises(UnsupportedOpError, match="fused activation TANH"):
        one_op(model, y)


def test_data_of_the_wrong_size_is_damage() -> None:
    model = ModelBuilder()
    y = model.fully_connected(model.input((1, 4)), 2)
    model.tensors[1].shape = (2, 5)
    with pytest.raises(MalformedModelError, match=r"has 8 bytes of data, its shape .* needs 10"):
        one_op(model, y)


def test_options_of_another_operator_are_damage() -> None:
    model = ModelBuilder()
    y = model.fully_connected(model.input((1, 4)), 2)
    model.ops[0].options_type = 1
    with pytest.raises(MalformedModelError, match="options of type 1"):
        one_op(model, y)


def test_tensor_indices_outside_the_table_are_damage() -> None:
    model = ModelBuilder()
    y = model.fully_connected(model.input((1, 4)), 2)
    model.ops[0].inputs[0] = 99
    with pytest.raises(MalformedModelError, match="tensor 99"):
        one_op(model, y)


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\0\0\0\0TFL3", b"not a model at all", b"\x08\0\0\0TFL3\0\0\0\0"])
def test_files_that_are_no_models_are_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(MalformedModelError) as caught:
        import_tflite(TfliteModel("x", content))
    assert "\n" not in str(caught.value)
