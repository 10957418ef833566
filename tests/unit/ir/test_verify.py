# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flatbuffer_builder import ModelBuilder

from edgekit.errors import MalformedModelError
from edgekit.importer import import_tflite
from edgekit.ir.attributes import Conv2DAttrs, Padding, ReluAttrs
from edgekit.ir.graph import Graph, QuantParams
from edgekit.ir.verify import InvalidGraphError, verify


def small_graph() -> Graph:
    model = ModelBuilder()
    y = model.conv_2d(model.input((1, 6, 6, 2)), 3, padding="VALID")
    return import_tflite(model.tflite([model.softmax(model.reshape(y, (1, -1)))]))


def with_tensor(graph: Graph, index: int, **changes: object) -> Graph:
    tensors = list(graph.tensors)
    tensors[index] = replace(tensors[index], **changes)  # type: ignore[arg-type]
    return replace(graph, tensors=tuple(tensors))


def with_op(graph: Graph, number: int, **changes: object) -> Graph:
    ops = list(graph.ops)
    ops[number] = replace(ops[number], **changes)  # type: ignore[arg-type]
    return replace(graph, ops=tuple(ops))


BREAKS: dict[str, Callable[[Graph], Graph]] = {
    "outside 0 to": lambda graph: replace(graph, outputs=(99,)),
    "at least one input": lambda graph: replace(graph, inputs=()),
    "an input twice": lambda graph: replace(graph, inputs=graph.inputs * 2),
    "an output at the same time": lambda graph: replace(graph, outputs=graph.inputs),
    "before it is written": lambda graph: replace(graph, ops=graph.ops[::-1]),
    "has a value already": lambda graph: replace(graph, ops=(*graph.ops, graph.ops[-1])),
    "is a constant": lambda graph: replace(graph, outputs=(1,)),
    "never written": lambda graph: replace(graph, ops=graph.ops[:-1]),
    "not an operator": lambda graph: with_op(graph, 0, kind="CONV_3D"),
    "carries ReluAttrs": lambda graph: with_op(graph, 0, attrs=ReluAttrs()),
    "has 1 inputs": lambda graph: with_op(graph, 0, inputs=(0,)),
    "weights quantized along axis 3": lambda graph: with_tensor(
        graph,
        1,
        quant=QuantParams(graph.tensors[1].quant.scales[:2], (0, 0), 3),  # type: ignore[union-attr]
    ),
    "zero point other than 0": lambda graph: with_tensor(graph, 1, quant=QuantParams((0.1,), (1,))),
    "zero point outside": lambda graph: with_tensor(graph, 0, quant=QuantParams((0.1,), (128,))),
    "scale outside": lambda graph: with_tensor(graph, 0, quant=QuantParams((0.0,), (0,))),
    "2 scales and 1": lambda graph: with_tensor(graph, 0, quant=QuantParams((0.1, 0.2), (0,))),
    "has no quantization": lambda graph: with_tensor(graph, 0, quant=None),
    "is int32, not int8": lambda graph: with_tensor(graph, 0, dtype="int32", quant=None),
    "is int16 and has the zero point 9, not 0": lambda graph: with_tensor(
        graph, 0, dtype="int16", quant=QuantParams((0.1,), (9,))
    ),
    "needs? data exactly|must have data": lambda graph: with_tensor(graph, 1, role="activation"),
    "is a variable": lambda graph: with_tensor(graph, 1, role="state", data=None),
    "output is a variable": lambda graph: with_tensor(graph, graph.outputs[0], role="state"),
    "every dimension must be": lambda graph: with_tensor(graph, 0, shape=(1, 0, 6, 2)),
    "at most 2147483647": lambda graph: with_tensor(graph, 0, shape=(1, 2**20, 2**20, 2)),
    r"the output has the shape": lambda graph: with_tensor(graph, 3, shape=(1, 4, 5, 3)),
    "different numbers of elements": lambda graph: with_tensor(graph, 4, shape=(1, 47)),
    "the scale 1/256": lambda graph: with_tensor(graph, 5, quant=QuantParams((0.1,), (-128,))),
    "padding is as large": lambda graph: with_op(graph, 0, attrs=Conv2DAttrs(1, 1, 1, 1, Padding(top=3))),
    "higher than the image": lambda graph: with_op(graph, 0, attrs=Conv2DAttrs(1, 1, 9, 1, Padding())),
    "strides, dilations": lambda graph: with_op(graph, 0, attrs=Conv2DAttrs(0, 1, 1, 1, Padding())),
    "scales are too far apart": lambda graph: with_tensor(graph, 3, quant=QuantParams((1e-18,), (0,))),
}


def test_sound_graphs_pass() -> None:
    verify(small_graph())


@pytest.mark.parametrize("message", BREAKS)
def test_every_fault_is_named(message: str) -> None:
    broken = BREAKS[message](small_graph())
    expected = message.replace("weights quantized", "weights are quantized|axis 3 of")
    with pytest.raises(MalformedModelError, match=expected):
        verify(broken)


def test_after_a_pass_edgekit_is_to_blame() -> None:
    with pytest.raises(InvalidGraphError, match="after fold_padding: "):
        verify(replace(small_graph(), outputs=(99,)), after="fold_padding")
