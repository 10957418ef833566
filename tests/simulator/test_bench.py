# SPDX-License-Identifier: Apache-2.0
"""Whole benchmarks on emulated boards, through the functions that the command line calls."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder

from edgekit.benchmark import session
from edgekit.benchmark.cycles import RANGE, decode
from edgekit.benchmark.result import BenchmarkResult
from edgekit.benchmark.session import Settings, bench
from edgekit.boards import load_board
from edgekit.codegen.generated import GeneratedModel
from edgekit.dataset import make_dataset, random_samples
from edgekit.device import Device, open_device
from edgekit.device.mix import count_run
from edgekit.device.protocol import Link
from edgekit.device.transcript import ReplayTransport
from edgekit.errors import DoesNotFitError, ToolError, UsageError
from edgekit.firmware import build_project
from edgekit.firmware.symbols import read_code
from edgekit.importer import import_tflite
from edgekit.pipeline import generate_project
from edgekit.tflite import TfliteModel


@pytest.fixture(scope="module")
def classifier() -> TfliteModel:
    builder = ModelBuilder(seed=3)
    x = builder.input((1, 8, 8, 3), scale=0.02, zero_point=-5)
    y = builder.conv_2d(x, 8, kernel=3, stride=2, activation="RELU")
    y = builder.depthwise_conv_2d(y, kernel=3, activation="RELU6")
    features = builder.conv_2d(y, 12, kernel=1)
    y = builder.fully_connected(builder.reshape(features, (1, 192)), 4)
    return TfliteModel("classifier", builder.build(outputs=[builder.softmax(y), features]))


def run(model: TfliteModel, board: str = "mps2-an386", **settings: object) -> BenchmarkResult:
    return bench(model, load_board(board), settings=Settings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("board", ["mps2-an385", "mps2-an386", "an386-stm32f405"])
def test_random_inputs_are_byte_equal_to_the_oracle(classifier: TfliteModel, board: str) -> None:
    found = run(classifier, board, inputs=4)
    assert found.parity is not None
    assert (found.parity.inputs, found.parity.compared_bytes, found.parity.different_bytes) == (4, 4 * (4 + 192), 0)
    assert found.accuracy is None
    assert found.conditions.source == "emulator"
    assert found.latency.cycles is None
    assert found.memory.stack_peak_bytes is not None and found.memory.stack_peak_bytes > 0


def test_two_runs_count_the_same_instructions(classifier: TfliteModel) -> None:
    first, second = (run(classifier, inputs=2, layers=True) for _ in range(2))
    assert first == second
    assert first.latency.instructions is not None and first.latency.instructions > first.latency.macs


def test_the_layers_add_up_to_the_whole(classifier: TfliteModel) -> None:
    found = run(classifier, inputs=1, layers=True).latency
    assert found.layers is not None and found.instructions is not None
    assert [layer.op for layer in found.layers] == [
        "CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"
    ]  # fmt: skip
    total = sum(layer.instructions or 0 for layer in found.layers)
    assert abs(total - found.instructions) < 0.02 * found.instructions
    assert sum(layer.macs for layer in found.layers) == found.macs


@pytest.mark.parametrize("board", ["mps2-an385", "mps2-an386"])
def test_estimated_cycles_come_with_the_count_and_are_called_estimated(classifier: TfliteModel, board: str) -> None:
    pytest.importorskip("capstone", reason="capstone is not installed: pip install 'edgekit[cycles]'")
    found = run(classifier, board, inputs=1, layers=True).latency
    assert found.instructions is not None and found.cycles_estimated is not None
    assert found.instructions < found.cycles_estimated < 2 * found.instructions
    assert found.estimated and found.estimated_within == RANGE and found.microseconds is not None
    assert found.microseconds.median == pytest.approx(found.cycles_estimated / 25)
    assert found.layers is not None
    layers = sum(layer.cycles_estimated or 0 for layer in found.layers)
    assert abs(layers - found.cycles_estimated) < 0.02 * found.cycles_estimated


def test_blocks_add_up_to_what_the_timer_counts(classifier: TfliteModel, tmp_path: Path) -> None:
    pytest.importorskip("capstone", reason="capstone is not installed: pip install 'edgekit[cycles]'")
    board = load_board("mps2-an386")
    model = generate_project(classifier, board, tmp_path / "project")
    image = build_project(tmp_path / "project")
    sample = random_samples(model.inputs, 1).raw(0)
    code = read_code(image.elf)
    blocks = count_run(board, image, sample)
    counted = sum(each.executions * len(decode(code.read(each.address, each.size_bytes), 0)) for each in blocks)
    with open_device(board, image) as device:
        device.infer(sample)
        timed = device.instructions_from_ticks(device.measure(1)[0])
    assert timed is not None and abs(counted - timed) <= 2


def test_many_boards_give_the_bytes_of_one(classifier: TfliteModel, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    dataset = make_dataset(
        {"x": random.integers(-128, 128, (24, 8, 8, 3), np.int8), "y": random.integers(0, 4, 24)},
        "drawn",
        source="test",
    )
    one, three = (
        bench(classifier, load_board("mps2-an386"), dataset=dataset,
              settings=Settings(jobs=jobs, transcript=tmp_path / f"{jobs}.txt"))
        for jobs in (1, 3)
    )  # fmt: skip
    assert one.accuracy == three.accuracy
    assert one.accuracy is not None and one.accuracy.agreement_with_oracle == 1.0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.txt", "3.txt", "3.txt.1", "3.txt.2"]
    for path in tmp_path.iterdir():  # each of them plays back as its board
        replay = ReplayTransport(path)
        link = Link(replay, seed=replay.seed)
        link.synchronise()
        assert Device(link, load_board("mps2-an386")).identity().model_sha256 == classifier.sha256


def test_a_killed_emulator_changes_no_byte_and_is_told(classifier: TfliteModel) -> None:
    random = np.random.default_rng(0)
    data = {"x": random.integers(-128, 128, (60, 8, 8, 3), np.int8), "y": random.integers(0, 4, 60)}
    dataset = make_dataset(data, "drawn", source="test")
    whole = bench(classifier, load_board("mps2-an386"), dataset=dataset, settings=Settings(jobs=3))

    others = set(children())

    def kill_one(stage: str, done: int, total: int) -> None:
        if stage == "running samples" and done == 5:
            started = [pid for pid in children() if pid not in others]
            emulators = [pid for pid in started if b"qemu-system" in Path(f"/proc/{pid}/cmdline").read_bytes()]
            assert len(emulators) == 3
            os.kill(emulators[1], signal.SIGKILL)

    found = bench(classifier, load_board("mps2-an386"), dataset=dataset, settings=Settings(jobs=3), progress=kill_one)
    assert replace(found, lost_boards=()) == whole
    assert len(found.lost_boards) == 1 and re.search("SIGKILL|went away", found.lost_boards[0])
    assert whole.lost_boards == ()


def children() -> list[int]:
    """The processes that this one started."""
    tasks = Path("/proc/self/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


def test_a_wrong_weight_is_found_and_its_layer_named(classifier: TfliteModel, monkeypatch: pytest.MonkeyPatch) -> None:
    generate = session.generate

    def wrong(*args: object) -> GeneratedModel:
        made = generate(*args)  # type: ignore[arg-type]
        name = "classifier_weights.c"
        text = made.files[name]
        at = next(m for m in re.finditer(r"bias\[12\] = \{\s*", text)).end()
        return replace(made, files={**made.files, name: text[:at] + "-90000 + " + text[at:]})

    monkeypatch.setattr(session, "generate", wrong)
    found = run(classifier, "mps2-an385", inputs=3)
    assert found.parity is not None and found.parity.different_bytes > 0
    assert found.parity.first_different_layer == import_tflite(classifier).ops[2].name


def test_a_model_that_does_not_fit_is_refused_before_the_build(classifier: TfliteModel) -> None:
    board = load_board("an386-stm32f405")
    tiny = replace(board, flash=replace(board.flash, bytes=16 * 1024))
    with pytest.raises(DoesNotFitError, match=r"bytes of flash are missing"):
        bench(classifier, tiny)


def test_a_missing_compiler_is_a_tool_error_with_its_remedy(
    classifier: TfliteModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="arm-none-eabi"):
        run(classifier)


def test_jobs_need_emulated_boards(classifier: TfliteModel) -> None:
    with pytest.raises(UsageError, match="--jobs"):
        bench(classifier, load_board("mps2-an386"), ports=["socket://127.0.0.1:1"], settings=Settings(jobs=2))


def test_a_folder_with_content_is_not_kept_into(classifier: TfliteModel, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        run(classifier, keep=tmp_path)


def test_ctrl_c_ends_the_emulators_and_leaves_no_file(classifier: TfliteModel, tmp_path: Path) -> None:
    model = tmp_path / "classifier.tflite"
    model.write_bytes(classifier.content)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    child = subprocess.Popen(
        [sys.executable, "-c", _INTERRUPTED, str(model)],
        env={**os.environ, "TMPDIR": str(scratch)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    out, err = child.communicate(timeout=120)
    assert (child.returncode, out) == (130, ""), err
    assert "interrupted" in err
    assert list(scratch.iterdir()) == []
    marker = str(scratch).encode()
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [command for command in commands if marker in command and b"qemu" in command]


# The real command, interrupted by itself as soon as samples run on the boards.
_INTERRUPTED = f"""
import os, sys
from edgekit.benchmark import fleet
from edgekit.cli.main import main

def interrupt(boards, samples, progress):
    boards.alive[0].infer(samples[0])
    os.kill(os.getpid(), {int(signal.SIGINT)})
    return [b"".join(boards.alive[0].infer(sample)) for sample in samples]

fleet.Fleet.run_samples = interrupt
sys.argv = ["edgekit", "bench", sys.argv[1], "--board", "mps2-an386", "--inputs", "3"]
main()
"""


def test_the_command_prints_its_json_alone(classifier: TfliteModel, tmp_path: Path) -> None:
    model = tmp_path / "classifier.tflite"
    model.write_bytes(classifier.content)
    done = subprocess.run(
        [sys.executable, "-m", "edgekit", "bench", model, "--board", "mps2-an385", "--inputs", "1", "--format", "json"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["schema"] == 1
    assert found["conditions"]["model_sha256"] == classifier.sha256
    assert found["parity"]["different_bytes"] == 0
