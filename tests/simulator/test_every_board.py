# SPDX-License-Identifier: Apache-2.0
"""What holds on every emulated board: exact bytes, counts that repeat, faults that are named, honest limits."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from emulated_boards import every_board, need_tools
from flatbuffer_builder import ModelBuilder
from standin_model import CRASH, OVERFLOW, expected_output

from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board
from edgekit.codegen import generate_model
from edgekit.device import open_device
from edgekit.errors import DeviceCrashedError, DoesNotFitError
from edgekit.firmware import build_project, require_fit, write_project
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel

SAMPLE = bytes((3 * i) & 0x3F for i in range(490))
#: All but the boards that differ from another in their memory alone.
WHOLE = ("mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547", "microbit", "netduinoplus2", "rv32-virt")
MODELS = ("hello_world_int8", "ad01_int8", "kws_ref_model", "person_detect")
#: Model -> the memory of a micro:bit that is too small for it.
TOO_BIG_FOR_MICROBIT = {"ad01_int8": "flash", "kws_ref_model": "RAM", "person_detect": "RAM"}


@pytest.fixture(scope="module")
def small_cnn() -> TfliteModel:
    """An 8 by 8 image to 10 classes, as small as the smallest board."""
    builder = ModelBuilder(seed=11)
    x = builder.input((1, 8, 8, 1), scale=0.01, zero_point=-128)
    y = builder.conv_2d(x, 8, kernel=3, activation="RELU")
    y = builder.pool_2d("MAX_POOL_2D", y)
    y = builder.depthwise_conv_2d(y, kernel=3, activation="RELU6")
    y = builder.conv_2d(y, 16, kernel=1, activation="RELU")
    y = builder.fully_connected(builder.reshape(builder.mean(y), (1, 16)), 10)
    return TfliteModel("small_cnn", builder.build(outputs=[builder.softmax(y)]))


@pytest.mark.parametrize("board_id", every_board(fast=("microbit",)))
def test_a_small_cnn_is_byte_equal_and_counts_the_same_in_two_builds(board_id: str, small_cnn: TfliteModel) -> None:
    board = load_board(board_id)
    need_tools(board)
    first, second = (bench(small_cnn, board, settings=Settings(inputs=20)) for _ in range(2))
    assert first == second
    assert first.parity is not None and (first.parity.inputs, first.parity.different_bytes) == (20, 0)
    assert first.conditions.source == "emulator" and first.latency.cycles is None
    assert first.latency.microseconds is None or first.latency.estimated
    assert (first.latency.instructions or 0) > first.latency.macs


@pytest.mark.parametrize("board_id", every_board(fast=("mps3-an547", "rv32-virt")))
def test_counts_repeat_exactly_over_five_fresh_starts(board_id: str, build) -> None:  # type: ignore[no-untyped-def]
    board = load_board(board_id)
    need_tools(board)
    counts = []
    for _ in range(5):
        with open_device(board, build(board_id, misbehaves=True)) as device:
            assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
            counts.append([device.instructions_from_ticks(ticks) for ticks in device.measure(3)])
    assert len({count for run in counts for count in run}) == 1


@pytest.mark.parametrize("board_id", every_board(fast=("mps2-an505", "microbit", "rv32-virt")))
def test_a_crash_names_its_function_and_a_stack_overflow_its_cause(board_id: str, build) -> None:  # type: ignore[no-untyped-def]
    board = load_board(board_id)
    need_tools(board)
    cause = {"cortex-m0": r"\(", "rv32imc": r"\(read from an address where nothing is "}
    with open_device(board, build(board_id, misbehaves=True)) as device:
        with pytest.raises(DeviceCrashedError, match=cause.get(board.core, "nothing is ") + r"in misbehave \(model/"):
            device.infer([bytes([CRASH]) + SAMPLE[1:]])
        assert device.boot() == (2, "fault")
        with pytest.raises(DeviceCrashedError, match=r"\(the stack overflowed\)"):
            device.infer([bytes([OVERFLOW]) + SAMPLE[1:]])
        assert device.boot() == (3, "fault")
        assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]


@pytest.mark.parametrize("board_id", every_board(fast=(), only=("netduinoplus2", "rv32-virt")))
def test_time_goes_on_while_the_board_sleeps_through_wraps(board_id: str, build) -> None:  # type: ignore[no-untyped-def]
    board = load_board(board_id)
    need_tools(board)
    assert 2**board.timer.bits / board.timer.hz < 5

    def lap() -> int:
        (line,) = device._link.command("timestamp")
        return int(line.removeprefix("m-lap-us-"))

    with open_device(board, build(board_id, misbehaves=True)) as device:
        first, start = lap(), time.monotonic()
        time.sleep(11)
        assert lap() - first == pytest.approx((time.monotonic() - start) * 1e6, rel=0.05)


@pytest.mark.parametrize("board_id", every_board(fast=("rv32-virt",), only=WHOLE))
def test_keyword_spotting_is_byte_equal_on_20_inputs(board_id: str, shared_dir: Path) -> None:
    board = load_board(board_id)
    need_tools(board)
    model = TfliteModel.read(shared_dir / "models" / "kws_ref_model.tflite")
    if board_id == "microbit":
        with pytest.raises(DoesNotFitError, match=r"kws_ref_model does not fit microbit: [\d,]+ bytes of RAM"):
            bench(model, board)
        return
    found = bench(model, board, settings=Settings(inputs=20))
    assert found.parity is not None and (found.parity.inputs, found.parity.different_bytes) == (20, 0)


@pytest.mark.slow
@pytest.mark.parametrize("board_id", WHOLE[2:])  # the first two: test_reference_models.py
@pytest.mark.parametrize("name", MODELS)
def test_a_reference_model_gives_exact_bytes_layer_by_layer(
    name: str, board_id: str, shared_dir: Path, tmp_path: Path
) -> None:
    board = load_board(board_id)
    need_tools(board)
    source = TfliteModel.read(shared_dir / "models" / f"{name}.tflite")
    graph = run_passes(import_tflite(source))
    model = generate_model(graph, name=source.name, core=board.core, model_sha256=source.sha256)
    if board_id == "microbit" and name in TOO_BIG_FOR_MICROBIT:
        with pytest.raises(DoesNotFitError, match=rf"[\d,]+ bytes of {TOO_BIG_FOR_MICROBIT[name]} are missing"):
            require_fit(model, board)
        return
    fit = require_fit(model, board)
    write_project(model, board, tmp_path / "p")
    image = build_project(tmp_path / "p")
    assert image.memory.flash_bytes <= fit.flash_needed_bytes
    assert image.memory.static_ram_bytes + image.memory.stack_bytes <= fit.ram_needed_bytes
    inputs = [np.random.default_rng(7).integers(-128, 128, port.shape, dtype=np.int8) for port in model.inputs]
    values = evaluate(graph, inputs)
    raw = [value.tobytes() for value in inputs]
    with open_device(board, image) as device:
        assert device.infer(raw) == [values[index].tobytes() for index in graph.outputs]
        counts = [device.instructions_from_ticks(ticks) for ticks in device.measure(3)]
    with open_device(board, build_project(tmp_path / "p", profile=True)) as device:
        runs = device.layers(raw)
        assert [run.output for run in runs] == [values[op.outputs[0]].tobytes() for op in graph.ops]
        parts = sum(device.instructions_from_ticks(run.ticks) or 0 for run in runs)
    assert len(set(counts)) == 1
    assert abs(parts - (counts[0] or 0)) <= 20 * len(runs)
