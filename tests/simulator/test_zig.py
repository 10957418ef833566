# SPDX-License-Identifier: Apache-2.0
"""Firmware built by clang, as the package ziglang brings it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from emulated_boards import need_tools
from flatbuffer_builder import ModelBuilder
from standin_model import CRASH, standin_model

from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board
from edgekit.device import open_device
from edgekit.errors import DeviceCrashedError, DoesNotFitError
from edgekit.firmware import build_project, find_image, write_project
from edgekit.firmware.toolchain import find_zig
from edgekit.tflite import TfliteModel


@pytest.fixture(scope="module", autouse=True)
def _zig() -> None:
    if find_zig() is None:
        pytest.skip("ziglang is not installed: pip install 'edgekit[zig]'")


@pytest.fixture(scope="module")
def classifier() -> TfliteModel:
    builder = ModelBuilder(seed=3)
    x = builder.input((1, 8, 8, 3), scale=0.02, zero_point=-5)
    y = builder.conv_2d(x, 8, kernel=3, stride=2, activation="RELU")
    y = builder.depthwise_conv_2d(y, kernel=3, activation="RELU6")
    y = builder.add(y, builder.conv_2d(y, 8, kernel=1))
    y = builder.fully_connected(builder.reshape(y, (1, 128)), 4)
    return TfliteModel("classifier", builder.build(outputs=[builder.softmax(y)]))


@pytest.mark.parametrize(
    "board_id",
    [
        "mps2-an386",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("microbit", "mps2-an385", "mps2-an500", "mps2-an505", "mps3-an547", "rv32-virt")
        ),
    ],
)
def test_outputs_are_those_of_the_oracle(classifier: TfliteModel, board_id: str) -> None:
    board = load_board(board_id)
    need_tools(board)
    found = bench(classifier, board, settings=Settings(inputs=3, repeats=1, layers=True, toolchain="zig"))
    assert found.conditions.compiler.startswith("zig ")
    assert found.parity is None or found.parity.different_bytes == 0
    assert found.latency.layers is not None and found.latency.instructions is not None
    assert found.memory.stack_peak_bytes is not None and found.memory.stack_peak_bytes > 0


def test_a_project_builds_with_both_side_by_side(tmp_path: Path) -> None:
    board = load_board("mps2-an386")
    need_tools(board)
    write_project(standin_model(), board, tmp_path, toolchain="zig")
    by_zig, by_gcc = build_project(tmp_path), build_project(tmp_path, toolchain="gcc")
    assert by_zig.compiler.startswith("zig ") and "arm-none-eabi-gcc" in by_gcc.compiler
    for image in (by_zig, by_gcc):
        assert image.memory.flash_bytes == image.binary.stat().st_size
        assert image.memory.weight_bytes == by_gcc.memory.weight_bytes
    assert find_image(tmp_path) == by_zig and find_image(tmp_path, toolchain="gcc") == by_gcc


def test_a_fault_is_told_with_its_source_line(tmp_path: Path) -> None:
    board = load_board("mps2-an386")
    need_tools(board)
    write_project(standin_model(misbehaves=True), board, tmp_path, toolchain="zig")
    image = build_project(tmp_path)
    with open_device(board, image) as device:
        with pytest.raises(DeviceCrashedError, match=r"nothing is in \w+ \(model/standin\.c:\d+\)"):
            device.infer([bytes([CRASH]) + bytes(489)])


def test_the_linkers_overflow_is_a_model_that_does_not_fit(tmp_path: Path) -> None:
    board = load_board("mps2-an386")
    tiny = dataclasses.replace(board, flash=dataclasses.replace(board.flash, bytes=4096))
    write_project(standin_model(), tiny, tmp_path, toolchain="zig")
    with pytest.raises(DoesNotFitError, match=r"standin does not fit mps2-an386: [\d,]+ bytes of flash are missing"):
        build_project(tmp_path)
