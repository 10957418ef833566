# SPDX-License-Identifier: Apache-2.0
"""Architectures that people build, from Keras to emulated boards: not one byte differs from the reference."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import zoo

from edgekit import process
from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board
from edgekit.oracle import is_installed
from edgekit.tflite import TfliteModel

pytestmark = [
    pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed"),
]

#: Enough to see that each sort of layer goes all the way; the others run in `make test-all`.
FAST = ("u_net", "shuffle_net", "unrolled_gru", "recurrent_steps")
SLOW = tuple(name for name in zoo.MODELS if name not in FAST)
BOARDS = ("mps2-an386", "rv32-virt")
CONVERSION_S = 500


def _converted(folder: Path, names: tuple[str, ...]) -> Path:
    """The folder of the converted models: one TensorFlow session makes them all."""
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    process.run([sys.executable, zoo.__file__, folder, *names], timeout_s=CONVERSION_S, env=env)
    return folder


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _converted(tmp_path_factory.mktemp("fast"), FAST)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _converted(tmp_path_factory.mktemp("slow"), SLOW)


def _check(path: Path, board: str) -> None:
    found = bench(TfliteModel.read(path), load_board(board), settings=Settings(inputs=3))
    assert found.parity is not None
    assert found.parity.compared_bytes > 0 and found.parity.different_bytes == 0


@pytest.mark.parametrize("name", FAST)
def test_a_few_architectures_are_byte_equal(fast: Path, name: str) -> None:
    _check(fast / f"{name}.tflite", "mps2-an386")


@pytest.mark.slow
@pytest.mark.parametrize("name", FAST)
def test_a_few_architectures_are_byte_equal_elsewhere(fast: Path, name: str) -> None:
    _check(fast / f"{name}.tflite", "rv32-virt")


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("name", SLOW)
def test_every_architecture_is_byte_equal(slow: Path, name: str, board: str) -> None:
    _check(slow / f"{name}.tflite", board)
