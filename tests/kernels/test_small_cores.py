# SPDX-License-Identifier: Apache-2.0
"""The portable kernels on emulated cores without DSP: forms around the edges of their blocks of 4 channels, 8 inputs
and 2 pixels. The other tests of this folder run them on the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import layout_ops as ops
import pytest
from elementwise_ops import binary
from flatbuffer_builder import ModelBuilder
from kernel_runner import KernelRunner, compile_board_runner, open_board_runner
from reduction_ops import batch_matmul, reduce
from state_ops import lstm


@pytest.fixture(scope="module", params=["cortex-m0", "rv32imc"])
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelRunner]:
    program = compile_board_runner(tmp_path_factory.mktemp("small"), request.param)
    with open_board_runner(program, request.param) as opened:
        yield opened


@pytest.mark.parametrize("channels", [1, 3, 4, 5, 8])
@pytest.mark.parametrize("depth", [1, 3, 4, 7, 8, 9])
@pytest.mark.parametrize("form", [(1, 1, 1), (3, 1, 1), (3, 2, 1), (2, 1, 2)])
def test_convolution(check, channels: int, depth: int, form: tuple[int, int, int]) -> None:
    kernel, stride, dilation = form
    model = ModelBuilder(seed=depth)
    x = model.input((1, 5, 3, depth))
    y = model.conv_2d(x, channels, kernel=kernel, stride=stride, dilation=dilation, activation="RELU")
    check(model, y, repeats=1)


@pytest.mark.parametrize("depth", [1, 2, 4, 5])
@pytest.mark.parametrize("form", [(3, 1, 1, 1), (3, 2, 1, 2), ((1, 4), 1, 1, 1), (2, 1, 2, 3)])
def test_depthwise(check, depth: int, form) -> None:
    kernel, stride, dilation, multiplier = form
    model = ModelBuilder(seed=depth)
    x = model.input((1, 4, 5, depth))
    check(model, model.depthwise_conv_2d(x, multiplier, kernel=kernel, stride=stride, dilation=dilation))


@pytest.mark.parametrize("features", [1, 4, 7])
@pytest.mark.parametrize("inputs", [1, 7, 8, 9, 33])
@pytest.mark.parametrize("factor", [2.0**-10, 1.0, 2.0**16])
def test_fully_connected(check, features: int, inputs: int, factor: float) -> None:
    model = ModelBuilder(seed=inputs)
    check(model, model.fully_connected(model.input((2, inputs)), features, scale_factor=factor), repeats=1)


OTHERS: dict[str, Callable[[ModelBuilder, int], int]] = {
    "average pool": lambda model, x: model.pool_2d("AVERAGE_POOL_2D", x, kernel=3, padding="SAME"),
    "max pool": lambda model, x: model.pool_2d("MAX_POOL_2D", x, kernel=(2, 3), stride=1, activation="RELU6"),
    "mean": lambda model, x: model.mean(x),
    "sum": lambda model, x: reduce(model, "SUM", x, (1,)),
    "softmax": lambda model, x: model.softmax(x),
    "pad": lambda model, x: model.pad(x, [(0, 0), (1, 2), (0, 3), (1, 0)]),
    "relu": lambda model, x: model.relu(x, same_quant=False),
    "quantize": lambda model, x: model.quantize(x, scale=0.1),
    "transposed convolution": lambda model, x: ops.transpose_conv(model, x, 5),
    "resize": lambda model, x: ops.resize(model, "RESIZE_BILINEAR", x, 7, 4, False, True),
    "transpose": lambda model, x: ops.transpose(model, x, (0, 3, 1, 2)),
    "add": lambda model, x: binary(model, "ADD", x, model.input(model.shape(x))),
    "mul": lambda model, x: binary(model, "MUL", x, model.input(model.shape(x))),
    "matmul": lambda model, x: batch_matmul(model, x, model.input(model.shape(x)), adj_y=True),
}


@pytest.mark.parametrize("operator", OTHERS)
@pytest.mark.parametrize("depth", [1, 3, 4, 9])
def test_other_operators(check, operator: str, depth: int) -> None:
    model = ModelBuilder(seed=depth)
    check(model, OTHERS[operator](model, model.input((1, 5, 6, depth))), repeats=1)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("steps,inputs,units", [(1, 1, 1), (2, 9, 5), (3, 600, 4)])
def test_lstm(check, dtype: str, steps: int, inputs: int, units: int) -> None:
    model = ModelBuilder(seed=units, dtype=dtype)
    check(model, lstm(model, model.input((1, steps, inputs)), units), repeats=1)
