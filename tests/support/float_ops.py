# SPDX-License-Identifier: Apache-2.0
"""Every float32 operator with its forms: what builds it on an image, shared by the tests of kernels and of numpy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from elementwise_ops import UNARY, binary
from flatbuffer_builder import ModelBuilder
from layout_ops import resize, transpose_conv
from reduction_ops import arg_max, batch_matmul, reduce

Build = Callable[[ModelBuilder, int], int]

SHAPE = (1, 9, 7, 6)


def float_model(seed: int = 0) -> ModelBuilder:
    return ModelBuilder(seed, dtype="float32")


def unary(kind: str, alpha: float = 0.2) -> Build:
    options = {"options_type": 75, "options": [(0, "float32", alpha)]} if kind == "LEAKY_RELU" else {}
    return lambda model, x: model.op(kind, [x], model.shape(x), None, **options)


def _with_constant(kind: str, *shape: int, first: bool = False) -> Build:
    def build(model: ModelBuilder, x: int) -> int:
        constant = model.constant(model.random.standard_normal(shape).astype(np.float32))
        return binary(model, kind, *((constant, x) if first else (x, constant)))

    return build


def _with_input(kind: str, *shape: int, activation: str = "NONE") -> Build:
    return lambda model, x: binary(model, kind, x, model.input(shape), activation=activation)


FORMS: dict[str, Build] = {
    "conv": lambda m, x: m.conv_2d(x, 10, kernel=3, stride=2, activation="RELU6"),
    "conv dilated, without bias": lambda m, x: m.conv_2d(x, 5, dilation=2, bias=False),
    "conv valid": lambda m, x: m.conv_2d(x, 3, kernel=(2, 4), stride=(3, 1), padding="VALID", activation="RELU"),
    "conv 1x1": lambda m, x: m.conv_2d(x, 8, kernel=1),
    "conv wider than the image": lambda m, x: m.conv_2d(x, 4, kernel=(3, 11)),
    "conv of two groups": lambda m, x: m.conv_2d(x, 10, groups=2),
    "conv of a group each": lambda m, x: m.conv_2d(x, 12, groups=6, stride=2),
    "depthwise": lambda m, x: m.depthwise_conv_2d(x),
    "depthwise valid": lambda m, x: m.depthwise_conv_2d(
        x, kernel=(3, 2), stride=2, padding="VALID", activation="RELU6"
    ),
    "depthwise with a multiplier": lambda m, x: m.depthwise_conv_2d(x, 3, stride=2),
    "depthwise dilated": lambda m, x: m.depthwise_conv_2d(x, 2, dilation=(2, 3)),
    "fully connected": lambda m, x: m.fully_connected(x, 11, activation="RELU_N1_TO_1"),
    "fully connected, without bias": lambda m, x: m.fully_connected(x, 4, bias=False, keep_dims=True),
    "transposed conv": lambda m, x: transpose_conv(m, x, 5),
    "transposed conv valid": lambda m, x: transpose_conv(m, x, 4, kernel=(4, 2), stride=(3, 1), padding="VALID"),
    "transposed conv of a small filter": lambda m, x: transpose_conv(m, x, 3, kernel=(1, 2), stride=(2, 2), bias=False),
    "average pool": lambda m, x: m.pool_2d("AVERAGE_POOL_2D", x, kernel=3, stride=2, padding="SAME"),
    "average pool valid": lambda m, x: m.pool_2d("AVERAGE_POOL_2D", x, kernel=(2, 3), activation="RELU6"),
    "max pool": lambda m, x: m.pool_2d("MAX_POOL_2D", x, kernel=3, stride=2, padding="SAME"),
    "max pool valid": lambda m, x: m.pool_2d("MAX_POOL_2D", x, kernel=(2, 3), activation="RELU"),
    **{f"mean over {axes}": (lambda m, x, axes=axes: m.mean(x, axes)) for axes in ((1, 2), (3,), (1, 3), (2,))},
    **{
        f"{kind} over {axes}": (lambda m, x, kind=kind, axes=axes: reduce(m, kind, x, axes, keep_dims=True))
        for kind in ("SUM", "REDUCE_MAX")
        for axes in ((1, 2), (3,), (1, 3))
    },
    "arg max": arg_max,
    "arg max over rows": lambda m, x: arg_max(m, x, 1),
    "softmax": lambda m, x: m.softmax(x),
    "softmax with beta": lambda m, x: m.softmax(x, 0.3),
    "matmul": lambda m, x: batch_matmul(m, x, m.input((1, 9, 6, 4))),
    "matmul transposed": lambda m, x: batch_matmul(m, x, m.input((1, 1, 4, 7)), adj_x=True, adj_y=True),
    **{
        f"bilinear {align}{half}": (lambda m, x, a=align, h=half: resize(m, "RESIZE_BILINEAR", x, 13, 5, a, h))
        for align, half in ((False, False), (True, False), (False, True))
    },
    **{kind: unary(kind) for kind in (*UNARY, "RELU", "RELU6")},
    **{f"{kind} by channel": _with_constant(kind, 6) for kind in ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "PRELU")},
    **{f"{kind} of a constant": _with_constant(kind, 1, 9, 7, 6, first=True) for kind in ("SUB", "MAXIMUM", "MINIMUM")},
    **{
        f"{kind} with broadcasting": _with_input(kind, 1, 1, 7, 1, activation="RELU6") for kind in ("ADD", "SUB", "MUL")
    },
}

#: What TensorFlow Lite Micro does not have, or crashes on.
BEYOND_THE_ORACLE: dict[str, Build] = {
    "RELU_N1_TO_1": unary("RELU_N1_TO_1"),
    "depthwise, without bias": lambda m, x: m.depthwise_conv_2d(x, bias=False),
}
