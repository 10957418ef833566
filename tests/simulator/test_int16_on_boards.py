# SPDX-License-Identifier: Apache-2.0
"""int16 activations with int8 weights on emulated boards: every operator, and models converted from Keras."""

from __future__ import annotations

from pathlib import Path

import layout_ops as ops
import numpy as np
import pytest
from elementwise_ops import binary, unary
from flatbuffer_builder import ModelBuilder

from edgekit.benchmark.result import BenchmarkResult
from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board
from edgekit.dataset import load_dataset
from edgekit.oracle import is_installed
from edgekit.pipeline import deploy
from edgekit.tflite import TfliteModel

pytestmark = pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")


def every_operator() -> TfliteModel:
    """Outputs of int16, int8 and float32."""
    model = ModelBuilder(1, name="operators16", dtype="int16")
    x = model.input((1, 6, 5, 4))
    y = model.input((1, 6, 5, 4))
    outputs = [binary(model, kind, x, y, activation="RELU6") for kind in ("ADD", "SUB", "MUL")]
    outputs += [unary(model, kind, x) for kind in ("LOGISTIC", "TANH")]
    outputs += [model.relu(x, same_quant=False), model.relu(x, kind="RELU6"), model.softmax(x), model.mean(x)]
    outputs += [model.pool_2d(kind, x, padding="SAME", kernel=3) for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D")]
    outputs += [model.conv_2d(x, 7), model.conv_2d(x, 8, groups=2), model.depthwise_conv_2d(x, 2, stride=2)]
    outputs += [model.fully_connected(x, 3, keep_dims=True), ops.transpose(model, x, (0, 3, 2, 1))]
    outputs += [
        model.pad(x, ((0, 0), (1, 0), (0, 2), (0, 0))),
        ops.pad_v2(model, x, ((0, 0), (1, 1), (0, 0), (0, 0)), 777),
    ]
    outputs += [ops.concatenation(model, [x, ops.transpose(model, x, (0, 1, 2, 3))], 3)]
    outputs += [model.quantize(model.quantize(x), dtype="int8"), model.dequantize(model.quantize(y))]
    return model.tflite(outputs)


def _assert_equal(found: BenchmarkResult) -> None:
    assert found.parity is not None
    assert found.parity.compared_bytes > 0 and found.parity.different_bytes == 0


@pytest.mark.parametrize("board", ["mps2-an386", pytest.param("rv32-virt", marks=pytest.mark.slow)])
def test_every_operator_is_byte_equal(board: str) -> None:
    _assert_equal(bench(every_operator(), load_board(board), settings=Settings(inputs=3)))


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2-an386", "rv32-virt"])
def test_a_keras_model_goes_to_a_board(shared_dir: Path, board: str) -> None:
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    model, data = shared_dir / "models" / "ds_cnn_kws.keras", load_dataset(str(shared_dir / "data" / "kws1000.npz"))
    found = deploy(model, load_board(board), scheme="int16x8", dataset=data, settings=Settings(split="test"))
    _assert_equal(found)
    assert found.accuracy is not None and found.accuracy.value > 0.90


@pytest.mark.slow
def test_images_go_to_a_small_arena(shared_dir: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    x = np.random.default_rng(0).random((64, 8, 8, 1)).astype(np.float32)
    np.savez(tmp_path / "digits.npz", x=x, train=np.arange(60), test=np.arange(60, 64))
    found = deploy(
        shared_dir / "models" / "digits_cnn.keras",
        load_board("mps2-an386"),
        scheme="int16x8",
        dataset=load_dataset(str(tmp_path / "digits.npz")),
        settings=Settings(optimize="ram"),
    )
    _assert_equal(found)
    assert found.memory.arena_bytes < found.memory.arena_lower_bound_bytes
