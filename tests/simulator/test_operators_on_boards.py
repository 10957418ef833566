# SPDX-License-Identifier: Apache-2.0
"""Element-wise operators, reductions, matrix products and grouped convolutions in one model on emulated boards."""

from __future__ import annotations

import pytest
from elementwise_ops import UNARY, binary, unary
from flatbuffer_builder import ModelBuilder
from reduction_ops import arg_max, batch_matmul, reduce

from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board
from edgekit.oracle import is_installed
from edgekit.tflite import TfliteModel

pytestmark = pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")


def every_operator() -> TfliteModel:
    """The first output is int32, the others are int8."""
    model = ModelBuilder(1, name="operators")
    x = model.input((1, 6, 5, 4), zero_point=-128)  # no negative numbers, of which RSQRT knows nothing
    y = model.input((1, 6, 5, 4), scale=model.scale(x), zero_point=-128)
    outputs = [arg_max(model, x), *(unary(model, kind, x) for kind in UNARY)]
    outputs += [binary(model, kind, x, y) for kind in ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "PRELU")]
    outputs += [reduce(model, kind, x, (1, 2)) for kind in ("SUM", "REDUCE_MAX")]
    outputs += [batch_matmul(model, x, y, adj_y=True), model.conv_2d(x, 8, groups=2), model.conv_2d(x, 8, groups=4)]
    outputs.append(model.depthwise_conv_2d(x, 3, kernel=(3, 2), dilation=2, padding="VALID"))
    return model.tflite(outputs)


@pytest.mark.parametrize("board", ["mps2-an386", pytest.param("rv32-virt", marks=pytest.mark.slow)])
def test_every_operator_is_byte_equal(board: str) -> None:
    found = bench(every_operator(), load_board(board), settings=Settings(inputs=3))
    assert found.parity is not None
    assert found.parity.compared_bytes > 0 and found.parity.different_bytes == 0
