# SPDX-License-Identifier: Apache-2.0
"""Windows by the public rules, on a simulated board whose clock does what a test says."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import pytest
from simulated_board import SimulatedBoard

from edgekit.benchmark.accuracy import Outputs
from edgekit.benchmark.result import Accuracy, BenchmarkResult, Conditions, Latency, Memory, Throughput, Window
from edgekit.benchmark.runner_files import write_runner_files
from edgekit.benchmark.windows import measure_windows
from edgekit.boards import load_board
from edgekit.codegen.generated import Port
from edgekit.device.client import Device
from edgekit.device.protocol import Link
from edgekit.errors import DeviceError
from edgekit.progress import silent

SAMPLES = [[bytes([number] * 40)] for number in range(7)]


class TimedBoard(SimulatedBoard):
    """A window of N inferences takes N times `micros`; a single one is measured as 256 us."""

    micros = 256.0
    wrong = False

    def _ek_infer(self, words: list[str]) -> list[str]:
        count = int(words[2])
        self.run()
        if self.wrong:
            self._ran = [bytes(4)]
        return ["m-infer-start", "m-lap-us-5000000000", f"m-lap-us-{5_000_000_000 + int(count * self.micros)}"]


def measured(board: TimedBoard) -> Throughput:
    return measure_windows(Device(Link(board, seed=1), load_board("mps2-an386")), SAMPLES, silent)


def counts(board: TimedBoard) -> list[int]:
    return [int(text.split()[2]) for text in board.commands if text.startswith("ek infer")]


def test_five_windows_of_ten_seconds_and_their_median() -> None:
    board = TimedBoard()
    found = measured(board)
    assert len(found.windows) == len(counts(board)) == 5
    assert all(10e6 <= (window.microseconds or 0) < 10.3e6 for window in found.windows)
    assert found.per_second == pytest.approx(1e6 / 256, rel=1e-6)
    rates = [window.iterations / (window.microseconds or 1) * 1e6 for window in found.windows]
    assert found.per_second == statistics.median(rates)


def test_the_number_of_inferences_grows_until_a_window_is_long_enough() -> None:
    board = TimedBoard()
    board.micros = 100.0  # faster in a row than alone
    found = measured(board)
    assert all(window.microseconds is not None and window.microseconds >= 10e6 for window in found.windows)
    assert len(counts(board)) == 6 and counts(board)[1] > 2 * counts(board)[0]


def test_a_clock_that_stands_is_an_error() -> None:
    board = TimedBoard()
    board.micros = 0.0
    with pytest.raises(DeviceError, match=r"do not fill a window of 10 s; the board's clock stands"):
        measured(board)
    assert max(counts(board)) <= 1000 * counts(board)[0]


def test_a_window_that_ends_with_other_outputs_is_an_error() -> None:
    board = TimedBoard()
    board.wrong = True
    with pytest.raises(DeviceError, match="the last of many inferences gave other outputs"):
        measured(board)


PORT = Port("x", (1, 2), "int8", 2, 0.5, -1)


def written(folder: Path, mode: str, throughput: Throughput | None) -> tuple[list[dict[str, object]], list[str]]:
    conditions = Conditions(
        "mps2-an386", "cortex-m4f", "aot", "speed", "gcc", "-O2", "0.1.0", "ab" * 32, "emulator", 25_000_000, 5, 1,
        mode, "Linux",
    )  # fmt: skip
    result = BenchmarkResult(
        conditions, Memory(1, 1, 1, 1, 1, 1, 0, None), Latency(1, None, None, None, False, 1, None), None, None,
        Accuracy("top1", 2 / 3, None, None, 3, None, ""), throughput,
    )  # fmt: skip
    outputs = Outputs([bytes([1, 255]), bytes([255, 1]), bytes([3, 3])], (PORT,), (PORT,))
    write_runner_files(folder, result, outputs, [0, 1, 1])
    return json.loads((folder / "results.json").read_text()), (folder / "results.txt").read_text().splitlines()


def test_accuracy_has_an_entry_for_every_sample(tmp_path: Path) -> None:
    entries, lines = written(tmp_path / "new", "accuracy", None)
    assert [(each["file"], each["classes"], each["class"], each["mode"]) for each in entries] == [
        ("sample_000000", 2, 0, "accuracy"), ("sample_000001", 2, 1, "accuracy"), ("sample_000002", 2, 1, "accuracy")
    ]  # fmt: skip
    assert entries[0]["infer"] == {
        "results": [1.0, 0.0], "start_time": None, "end_time": None, "elapsed_time": None, "iterations": 1,
        "warmups": 0, "throughput": None,
    }  # fmt: skip
    assert lines == ["Top 1% = 66.7"]


def test_performance_has_an_entry_for_every_window(tmp_path: Path) -> None:
    windows = tuple(Window(100 + number, 5, 10_000_000 + number) for number in range(5))
    entries, lines = written(tmp_path, "performance", Throughput(windows, 10.2))
    assert [each["infer"]["iterations"] for each in entries] == [100, 101, 102, 103, 104]  # type: ignore[index]
    assert [each["infer"]["elapsed_time"] for each in entries] == [10_000_000 + k for k in range(5)]  # type: ignore[index]
    assert [each["file"] for each in entries] == [f"sample_00000{k % 3}" for k in range(5)]
    assert lines.count("Runtime requirements have been met.") == 5
    assert lines[-1] == "Median throughput is 10.200 inf./sec."
