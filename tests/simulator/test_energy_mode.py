# SPDX-License-Identifier: Apache-2.0
"""Energy mode: moments are falling edges of a pin. QEMU's trace shows the pin, and the board's own timer beside it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from emulate_command import emulate_command
from flatbuffer_builder import ModelBuilder
from public_client import PublicClient
from standin_model import expected_output, standin_model

from edgekit.benchmark.session import Settings, bench
from edgekit.boards import Board, list_boards, load_board
from edgekit.device import open_device
from edgekit.device.virtual import emulate
from edgekit.errors import UsageError
from edgekit.firmware import FirmwareImage, build_project, write_project
from edgekit.pipeline import generate_project
from edgekit.tflite import TfliteModel

SAMPLE = bytes((3 * i) & 0x3F for i in range(490))
WITHOUT_A_PIN = next(board.id for board in list_boards() if board.emulated and board.pulse is None)
#: Ticks a second of the MPS2 timer, which counts down.
TIMER_HZ = 25_000_000


@pytest.fixture(scope="module")
def image(board: Board, tmp_path_factory: pytest.TempPathFactory) -> FirmwareImage:
    folder = tmp_path_factory.mktemp("energy") / "project"
    write_project(standin_model(core=board.core), board, folder)
    return build_project(folder, energy=True)


@pytest.fixture(scope="module")
def classifier() -> TfliteModel:
    builder = ModelBuilder(seed=3)
    y = builder.conv_2d(builder.input((1, 16, 16, 4)), 16, kernel=3, activation="RELU")
    y = builder.fully_connected(builder.reshape(y, (1, 16 * 16 * 16)), 4)
    return TfliteModel("classifier", builder.build(outputs=[builder.softmax(y)]))


def edges(trace: Path) -> int:
    """Falling edges of the pin, which idles high."""
    levels = re.findall(r"mps2_fpgaio_write .*offset 0x0 data 0x([01])", trace.read_text())
    assert levels[0] == "1" and levels[-1] == "1"
    return levels.count("0")


def test_energy_mode_marks_time_on_a_pin_and_says_no_timestamp(
    board: Board, image: FirmwareImage, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    with emulate(board, image.elf, ["-trace", "mps2_fpgaio_write", "-D", str(trace)]) as live:
        fd = os.open(live.port, os.O_RDWR | os.O_NOCTTY)
        banner = b""
        while b"m-ready\r\n" not in banner:
            banner += os.read(fd, 4096)
        assert re.fullmatch(
            rb"m-timestamp-mode-energy\r\nm-ek-boot-\[1,power-on\]\r\nm-init-done\r\nm-ready\r\n", banner
        )
        client = PublicClient(live.port)
        os.close(fd)
        assert edges(trace) == 1  # at start-up
        assert client.ask("timestamp") == []
        assert edges(trace) == 2
        client.load(SAMPLE)
        assert client.ask("infer 7 2")[:-1] == [
            "m-warmup-start-2", "m-warmup-done", "m-infer-start-7", "m-infer-done"
        ]  # fmt: skip
        assert edges(trace) == 4
        client.close()
        with open_device(board, image, port=live.port) as device:
            assert device.identity().build == "energy"
            assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]


class Timeline:
    """What the trace says of pin, timer and UART, in the order of the device's time in seconds."""

    def __init__(self, trace: Path) -> None:
        self.falls: list[float] = []
        self.rises: list[float] = []
        self.words: list[float] = []
        now, last = 0.0, None
        for line in trace.read_text().splitlines():
            kind, offset, data = re.match(r"(\w+) .*offset 0x([0-9a-f]+) data 0x([0-9a-f]+)", line).groups()  # type: ignore[union-attr]
            value = int(data, 16)
            if kind == "cmsdk_apb_timer_read" and offset == "4":
                now += 0.0 if last is None else ((last - value) & 0xFFFFFFFF) / TIMER_HZ
                last = value
            elif kind == "mps2_fpgaio_write" and offset == "0":
                (self.rises if value & 1 else self.falls).append(now)
            elif kind == "cmsdk_apb_uart_write" and offset == "0":
                self.words.append(now)


@pytest.mark.slow
def test_windows_last_ten_seconds_and_the_end_is_told_half_a_second_later(
    board: Board, classifier: TfliteModel, tmp_path: Path
) -> None:
    generate_project(classifier, board, tmp_path / "project")
    image = build_project(tmp_path / "project", energy=True)
    trace = tmp_path / "trace"
    events = ("mps2_fpgaio_write", "cmsdk_apb_timer_read", "cmsdk_apb_uart_write")
    options = [word for event in events for word in ("-trace", event)]
    settings = Settings(mode="energy", results=tmp_path / "results")
    with emulate(board, image.elf, [*options, "-D", str(trace)]) as live:
        found = bench(classifier, board, ports=[live.port], settings=settings)
    time = Timeline(trace)
    starts, ends = time.falls[1::2], time.falls[2::2]  # the first edge is at start-up
    assert len(starts) == len(ends) == 5
    for start, end in zip(starts, ends, strict=True):
        assert 10 <= end - start < 10.5
        said = next(word for word in time.words if word > end)
        assert 0.5 <= said - end < 0.51
    assert all(0.0001 <= rise - fall < 0.001 for fall, rise in zip(time.falls, time.rises[1:], strict=True))
    assert all(a < b for a, b in pairwise(time.falls))
    check_results(found.throughput, tmp_path / "results")


def check_results(throughput: object, folder: Path) -> None:
    """No time and no energy is made up: a power monitor would have them."""
    windows = throughput.windows  # type: ignore[attr-defined]
    assert [window.microseconds for window in windows] == [None] * 5
    assert throughput.per_second is None  # type: ignore[attr-defined]
    entries = json.loads((folder / "results.json").read_text())
    assert [(entry["mode"], entry["power"], entry["infer"]["elapsed_time"]) for entry in entries] == [
        ("energy", None, None)
    ] * 5
    assert [entry["infer"]["iterations"] for entry in entries] == [window.iterations for window in windows]
    lines = (folder / "results.txt").read_text().splitlines()
    assert sum("marked on the timestamp pin" in line for line in lines) == 5
    assert lines[-1] == "Energy is unknown: no power monitor was connected."


def test_emulate_serves_the_energy_build(classifier: TfliteModel, tmp_path: Path) -> None:
    path = tmp_path / "classifier.tflite"
    path.write_bytes(classifier.content)
    with emulate_command("mps2-an386", "--model", path, "--mode", "energy") as (port, _):
        client = PublicClient(port)
        assert client.ask("timestamp") == []
        assert not [line for line in client.ask("infer 1 0") if "m-lap-us" in line]
        client.close()


def test_a_board_without_a_pin_says_so_at_once(classifier: TfliteModel, tmp_path: Path) -> None:
    path = tmp_path / "classifier.tflite"
    path.write_bytes(classifier.content)
    with pytest.raises(UsageError, match=r"has no energy mode: its board file names no timestamp pin"):
        bench(classifier, load_board(WITHOUT_A_PIN), settings=Settings(mode="energy"))
    words = [sys.executable, "-m", "edgekit", "emulate", WITHOUT_A_PIN, "--model", str(path), "--mode", "energy"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{WITHOUT_A_PIN} has no energy mode" in done.stderr and "Traceback" not in done.stderr
