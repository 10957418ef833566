# SPDX-License-Identifier: Apache-2.0
"""Layers of int16 activations and int8 weights, each added to a model with inputs of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from elementwise_ops import binary
from flatbuffer_builder import ModelBuilder

Layer = Callable[[ModelBuilder], int]

_SHAPES = [
    ((1, 4, 5, 3), (1, 4, 5, 3)),
    ((1, 4, 5, 3), (1, 1, 1, 3)),
    ((1, 4, 5, 3), (1,)),
    ((2, 3, 4, 5), (3, 1, 5)),
    ((2, 1, 3, 1, 2), (1, 3, 1, 2, 1)),
]


def _filters() -> Iterator[tuple[str, Layer]]:
    for kernel, stride, dilation, padding in [
        (1, 1, 1, "VALID"), (1, 2, 1, "SAME"), (3, 1, 1, "SAME"), (3, 2, 1, "VALID"), ((1, 4), (2, 1), 1, "SAME"),
        (2, (1, 3), (2, 1), "SAME"), (3, 1, 2, "VALID"),
    ]:  # fmt: skip
        options = {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": padding}
        name = f"kernel {kernel} stride {stride} dilation {dilation} {padding}"
        yield f"CONV_2D {name}", lambda m, o=options: m.conv_2d(m.input((1, 7, 8, 3)), 5, **o)
        yield f"DEPTHWISE_CONV_2D {name}", lambda m, o=options: m.depthwise_conv_2d(m.input((1, 7, 8, 3)), 2, **o)
    for groups in (2, 3, 6):
        yield f"CONV_2D {groups} groups", lambda m, g=groups: m.conv_2d(m.input((1, 5, 4, 6)), 12, groups=g)
    for factor in (2.0**-14, 2.0**-6, 1.0, 2.0**8, 2.0**20):
        yield f"CONV_2D scale {factor}", lambda m, f=factor: m.conv_2d(m.input((1, 4, 4, 3)), 5, scale_factor=f)
        yield (
            f"FULLY_CONNECTED scale {factor}",
            lambda m, f=factor: m.fully_connected(m.input((2, 9)), 3, scale_factor=f),
        )
    for activation in ("RELU", "RELU6", "RELU_N1_TO_1"):
        yield f"CONV_2D {activation}", lambda m, a=activation: m.conv_2d(m.input((1, 4, 4, 3)), 5, activation=a)
    yield "CONV_2D one scale", lambda m: m.conv_2d(m.input((1, 4, 4, 3)), 5, per_channel=False)
    yield "CONV_2D without bias", lambda m: m.conv_2d(m.input((1, 4, 4, 3)), 5, bias=False)
    yield "CONV_2D long sum", lambda m: m.conv_2d(m.input((1, 3, 3, 200)), 2)
    yield "DEPTHWISE_CONV_2D one channel", lambda m: m.depthwise_conv_2d(m.input((1, 5, 5, 1)), 3)
    yield "DEPTHWISE_CONV_2D large kernel", lambda m: m.depthwise_conv_2d(m.input((1, 20, 30, 2)), 1, kernel=(18, 30))
    yield "FULLY_CONNECTED", lambda m: m.fully_connected(m.input((3, 1, 40)), 7, activation="RELU")
    yield "FULLY_CONNECTED without bias", lambda m: m.fully_connected(m.input((3, 40)), 7, bias=False)
    yield "FULLY_CONNECTED per channel", lambda m: m.fully_connected(m.input((3, 700)), 7, per_channel=True)


def _elementwise() -> Iterator[tuple[str, Layer]]:
    for kind in ("ADD", "SUB", "MUL"):
        for first, second in _SHAPES:
            yield f"{kind} {first} {second}", lambda m, k=kind, a=first, b=second: _two(m, k, a, b)
        for ratio in (1e-3, 1.0, 300.0):
            for factor in (0.5, 300.0):
                name = f"{kind} ratio {ratio} scale {factor}"
                yield name, lambda m, k=kind, r=ratio, f=factor: _two(m, k, (3, 50), (3, 50), r, f)
        yield f"{kind} RELU6", lambda m, k=kind: _two(m, k, (3, 50), (3, 50), activation="RELU6")
        yield f"{kind} constant", lambda m, k=kind: _with_constant(m, k)
    for kind in ("RELU", "RELU6"):
        yield f"{kind} same scale", lambda m, k=kind: m.relu(m.input((300,), scale=0.001), kind=k)
    yield "RELU rescaled", lambda m: m.relu(m.input((300,)), same_quant=False)


def _two(
    model: ModelBuilder,
    kind: str,
    first: tuple[int, ...],
    second: tuple[int, ...],
    ratio: float = 1.0,
    factor: float = 1.0,
    activation: str = "NONE",
) -> int:
    x = model.input(first, scale=3e-4)
    y = model.input(second, scale=float(np.float32(3e-4 * ratio)))
    return binary(model, kind, x, y, scale_factor=factor, activation=activation)


def _with_constant(model: ModelBuilder, kind: str) -> int:
    x = model.input((1, 4, 4, 6))
    row = model.constant(model.random.integers(-32768, 32768, 6).astype(np.int16), model.random_quant())
    return binary(model, kind, row, x)


def _reductions() -> Iterator[tuple[str, Layer]]:
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        for kernel, stride, padding in [(2, 2, "VALID"), (3, 1, "SAME"), ((1, 5), (2, 1), "SAME")]:
            options = {"kernel": kernel, "stride": stride, "padding": padding, "activation": "RELU"}
            yield f"{kind} {kernel} {padding}", lambda m, k=kind, o=options: m.pool_2d(k, m.input((1, 6, 7, 3)), **o)
    for axes in [(1, 2), (1,), (3,), (1, 2, 3)]:
        yield f"MEAN {axes}", lambda m, a=axes: m.mean(m.input((1, 6, 7, 3)), a, keep_dims=True)
    yield "MEAN same scale", lambda m: m.mean(m.input((1, 6, 7, 3)), same_quant=True)
    for scale in (1e-6, 3e-4, 0.01, 2.0):
        yield f"SOFTMAX scale {scale}", lambda m, s=scale: m.softmax(m.input((5, 11), scale=s))
    yield "SOFTMAX long", lambda m: m.softmax(m.input((2, 1000), scale=3e-4), beta=0.5)
    for kind in ("LOGISTIC", "TANH"):
        for scale in (1e-6, 1e-4, 1 / 4096, 1 / 4096 * 1.0005, 1 / 4096 * 1.002, 1 / 2048, 0.01, 2.5):
            yield f"{kind} scale {scale}", lambda m, k=kind, s=scale: _sigmoid(m, k, s)


def _sigmoid(model: ModelBuilder, kind: str, scale: float) -> int:
    x = model.input((2000,), scale=float(np.float32(scale)))
    return model.op(kind, [x], model.shape(x), ([1 / 32768], [0], 0))


#: Name -> the layer.
LAYERS: dict[str, Layer] = dict([*_filters(), *_elementwise(), *_reductions()])
