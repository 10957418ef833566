# SPDX-License-Identifier: Apache-2.0
"""The device protocol to the letter, by a client that knows nothing but the wire."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
import serial
from standin_model import CRASH, FAIL, expected_output

from edgekit.boards import Board
from edgekit.device.virtual import EmulatedBoard, emulate
from edgekit.firmware.fit import line_bytes

SAMPLE = bytes((7 * i) & 0xFF for i in range(490))


class RawClient:
    """Writes bytes, reads lines up to m-ready, each within five seconds."""

    def __init__(self, port: str) -> None:
        self.serial = serial.Serial(port, 115200, timeout=5)

    def lines(self) -> list[str]:
        found: list[str] = []
        while True:
            line = self.serial.read_until(b"\n")
            assert line.endswith(b"\r\n"), f"silence after {found}: {line!r}"
            found.append(line[:-2].decode("ascii"))
            if found[-1] == "m-ready":
                return found[:-1]
            assert "m-ready" not in found[-1]

    def ask(self, command: str) -> list[str]:
        self.serial.write(command.encode("ascii"))
        self.serial.write(b"%")
        return self.lines()

    def load(self, data: bytes, chunk: int = 31) -> None:
        assert self.ask(f"db load {len(data)}") == [f"m-[Expecting {len(data)} bytes]"]
        for start in range(0, len(data), chunk):
            last = start + chunk >= len(data)
            assert self.ask("db " + data[start : start + chunk].hex()) == (["m-load-done"] if last else [])

    def synchronise(self) -> None:
        """Ask until the answer to the last question comes: a board that starts may not hear the first ones."""
        self.serial.timeout = 0.5
        for attempt in range(20):
            self.serial.write(f"%ek sync try{attempt}%".encode("ascii"))
            while line := self.serial.read_until(b"\n"):
                if line == f"m-ek-sync-[try{attempt}]\r\n".encode("ascii"):
                    assert self.serial.read_until(b"\n") == b"m-ready\r\n"
                    self.serial.timeout = 5
                    return
        raise AssertionError("the board does not answer")

    def quiet(self) -> bool:
        """Nothing is printed after m-ready."""
        self.serial.timeout = 0.2
        said = self.serial.read(1)
        self.serial.timeout = 5
        return said == b""


def results_line(raw: bytes) -> str:
    values = [0.5 * (byte - (byte >= 128) * 256 + 1) for byte in raw]  # the stand-in's scale and zero point
    return "m-results-[" + ",".join(f"{value:.3f}" for value in values) + "]"


@pytest.fixture
def client(live: EmulatedBoard) -> Iterator[RawClient]:
    found = RawClient(live.port)
    found.synchronise()
    yield found
    found.serial.close()


def test_the_banner_has_its_exact_order(live: EmulatedBoard) -> None:
    import os
    import select

    fd = os.open(live.port, os.O_RDWR | os.O_NOCTTY)  # pyserial's open would drop what is there already
    text = b""
    while b"m-ready\r\n" not in text:
        assert select.select([fd], [], [], 5)[0]
        text += os.read(fd, 4096)
    os.close(fd)
    pattern = rb"m-timestamp-mode-performance\r\nm-lap-us-\d+\r\nm-ek-boot-\[1,power-on\]\r\nm-init-done\r\nm-ready\r\n"
    assert re.fullmatch(pattern, text)


def test_identifying_commands(client: RawClient) -> None:
    assert client.ask("name") == ["m-name-dut-[edgekit]"]
    profile, model = client.ask("profile")
    assert re.fullmatch(r"m-profile-\[edgekit [0-9.]+\]", profile)
    assert model == "m-model-[kws01]"
    assert len(client.ask("help")) > 2
    assert client.quiet()


def test_timestamps_are_microseconds_that_never_go_back(client: RawClient) -> None:
    start = time.monotonic()
    first = int(re.fullmatch(r"m-lap-us-([0-9]+)", client.ask("timestamp")[0])[1])  # type: ignore[index]
    time.sleep(0.3)
    second = int(re.fullmatch(r"m-lap-us-([0-9]+)", client.ask("timestamp")[0])[1])  # type: ignore[index]
    elapsed = (time.monotonic() - start) * 1e6
    assert 200_000 < second - first < elapsed + 500_000


def test_a_sample_in_31_byte_chunks_gives_its_result(client: RawClient) -> None:
    client.load(SAMPLE)
    lines = client.ask("infer 1 0")
    shapes = ["m-warmup-start-0", "m-warmup-done", "m-infer-start-1", r"m-lap-us-\d+", r"m-lap-us-\d+", "m-infer-done"]
    assert all(re.fullmatch(shape, line) for shape, line in zip(shapes, lines, strict=False))
    assert lines[6:] == [results_line(expected_output(SAMPLE))]
    assert client.ask("results") == lines[6:]
    assert client.quiet()


def test_results_are_those_of_the_loaded_input_after_many_inferences(client: RawClient) -> None:
    client.load(SAMPLE)
    lines = client.ask("infer 7 3")
    assert lines[0] == "m-warmup-start-3" and lines[2] == "m-infer-start-7"
    assert lines[-1] == results_line(expected_output(SAMPLE))
    assert client.ask("infer")[0] == "m-warmup-start-10"


def test_time_grows_with_the_iterations(client: RawClient, live_board: Board) -> None:
    client.load(SAMPLE)

    def elapsed(iterations: int) -> int:
        t0, t1 = (int(line.rpartition("-")[2]) for line in client.ask(f"infer {iterations} 0") if "lap-us" in line)
        return t1 - t0

    ticks = int(client.ask("ek time 1")[1].removeprefix("m-ek-ticks-[").rstrip("]"))
    expected_us = 100 * ticks / live_board.timer.hz * 1e6
    assert elapsed(200) - elapsed(100) == pytest.approx(expected_us, rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("live_board", ["mps2-an386"], indirect=True)
def test_time_goes_on_when_the_32_bit_timer_wraps(client: RawClient) -> None:
    client.load(SAMPLE)
    client.serial.timeout = 120
    t0, t1 = (int(line.rpartition("-")[2]) for line in client.ask("infer 150000 0") if "lap-us" in line)
    assert t1 - t0 > 2**32 / 25
    assert t1 - t0 == pytest.approx(150_000 * 4950 * 0.256, rel=0.02)


def test_db_print_shows_eight_bytes_a_line(client: RawClient) -> None:
    client.ask("db load 10")
    client.ask("db 000102030405060708FF")
    assert client.ask("db print") == ["m-buffer-00-01-02-03-04-05-06-07", "m-buffer-08-ff", ""]
    client.ask("db load 8")
    client.ask("db 1011121314151617")
    assert client.ask("db print") == ["m-buffer-10-11-12-13-14-15-16-17"]


def test_db_print_after_an_inference_still_shows_the_input(client: RawClient) -> None:
    client.load(SAMPLE)
    client.ask("infer 1 0")
    text = "".join(line.removeprefix("m-buffer-") + "-" for line in client.ask("db print") if line)
    assert bytes.fromhex(text.replace("-", "")) == SAMPLE


def test_too_few_bytes_are_said_and_carried_on_with(client: RawClient) -> None:
    client.load(SAMPLE[:4])
    assert client.ask("infer 1 0")[0] == "Input db has 4 elemented, expected 490"


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("", "e-[Empty command]"),
        ("\r\n", "e-[Empty command]"),
        ("bogus arg", "e-[Unknown command: bogus]"),
        ("ek bogus", "e-[Unknown command: ek bogus]"),
        ("m-ready", "e-[Unknown command: ?-ready]"),
        ("db", "e-[Command 'db' requires a subcommand]"),
        ("db load", "e-[Command 'db load' requires the # of bytes]"),
        ("db load 0", "e-[Command 'db load' must be >0 bytes]"),
        ("db load -5", "e-[Command 'db load' must be >0 bytes]"),
        ("db load 491", "e-[Supplied buffer size 491 exceeds maximum of 490]"),
        ("db load 99999999999999999999", "e-[Command 'db load' must be >0 bytes]"),
        ("db 00", "e-[Command 'db load' must come first]"),
        ("infer 0", "e-[Inference iterations must be >0]"),
        ("infer x", "e-[Inference iterations must be >0]"),
        ("infer 1 -1", "e-[Inference warmup must be >=0]"),
        ("results", "e-[No results yet]"),
        ("ek output 0", "e-[No output: run an inference first]"),
        ("ek output 9", "e-[Command 'ek output' requires the index of an output]"),
        ("ek load 3 1", "e-[Command 'ek load' requires the index of an input and the # of bytes]"),
        ("ek load 0 1", "e-[Input takes 490 bytes]"),
        ("ek time 0", "e-[Command 'ek time' requires the # of inferences]"),
        ("ek layers", "e-[Layers are in the profile build alone]"),
    ],
)
def test_every_mistake_has_its_error(client: RawClient, command: str, reply: str) -> None:
    assert client.ask(command) == [reply]
    assert client.ask("name") == ["m-name-dut-[edgekit]"]


@pytest.mark.parametrize("excess", [1, 40_000])
def test_a_command_that_is_too_long_is_refused(client: RawClient, live_board: Board, excess: int) -> None:
    longest = line_bytes(live_board) - 1
    assert client.ask("x" * (longest + excess)) == [f"e-[Command longer than {longest} characters]"]
    assert client.ask("name") == ["m-name-dut-[edgekit]"]


def test_digits_are_checked(client: RawClient) -> None:
    client.ask("db load 4")
    assert client.ask("db 012") == ["e-[Insufficent number of hex digits]"]
    assert client.ask("db 01xY") == ["e-[Invalid hex digit 'xY']"]
    assert client.ask("db aBcDeF") == ["m-load-done"]
    assert client.ask("db 00") == []
    assert client.ask("db print") == ["m-buffer-01-ab-cd-ef", ""]


def test_garbage_is_survived(client: RawClient) -> None:
    garbage = bytes((i * 89 + 7) & 0xFF for i in range(5000)).replace(b"%", b"")
    client.serial.write(garbage + b"%")
    (line,) = client.lines()
    assert line.startswith("e-[") and line.isprintable()
    assert client.ask("name") == ["m-name-dut-[edgekit]"]
    assert client.quiet()


def test_a_command_may_come_byte_by_byte(client: RawClient) -> None:
    for byte in b"\r\n profile%":
        client.serial.write(bytes([byte]))
        time.sleep(0.002)
    assert client.lines()[1] == "m-model-[kws01]"


def test_the_port_may_be_opened_anew_between_commands(client: RawClient) -> None:
    port = client.serial.port
    client.load(SAMPLE[:100])
    for _ in range(5):
        client.serial.close()
        client.serial = serial.Serial(port, 115200, timeout=5)
        assert client.ask("name") == ["m-name-dut-[edgekit]"]
    assert len(client.ask("db print")) == 14


def test_a_failing_inference_is_an_error_line(client: RawClient) -> None:
    client.load(bytes([FAIL]) + SAMPLE[1:])
    assert client.ask("infer 1 0")[-1] == "e-[Inference failed with status 7]"


def test_a_crash_is_reported_and_the_board_comes_back(client: RawClient, live_board: Board) -> None:
    client.load(bytes([CRASH]) + SAMPLE[1:])
    lines = client.ask("infer 1 0")
    fault = next(line for line in lines if line.startswith("e-[fault"))
    address = {"cortex-m0": "", "rv32imc": " mtval=effffff0"}.get(live_board.core, " bfar=effffff0")
    assert re.search(rf"exc=\d+ pc=[0-9a-f]{{8}} lr=[0-9a-f]{{8}} .*sp=[0-9a-f]{{8}}.*{address}\]$", fault)
    assert lines[-1] == "m-init-done"
    assert client.ask("ek boot") == ["m-ek-boot-[2,fault]"]


def test_ad01_takes_floats_and_gives_their_mean_squared_error(board, build) -> None:  # type: ignore[no-untyped-def]
    import struct

    values = [((i * 37) % 200 - 100) * 0.25 for i in range(640)]
    quantized = bytes(
        max(-128, min(127, int(value / 0.5 + (0.5 if value > 0 else -0.5)) - 1)) & 0xFF for value in values
    )
    output = expected_output(quantized, outputs=640)
    reals = [0.5 * (byte - (byte >= 128) * 256 + 1) for byte in output]
    error = sum((real - value) ** 2 for real, value in zip(reals, values, strict=True)) / 640
    image = build(elements=640, outputs=640)
    with emulate(board, image.elf) as running:
        raw = RawClient(running.port)
        raw.serial.write(b"%name%")
        while raw.lines()[-1:] != ["m-name-dut-[edgekit]"]:
            pass
        assert raw.ask("profile")[1] == "m-model-[ad01]"
        raw.load(struct.pack("<640f", *values), chunk=500)
        for command in ("infer 1 0", "infer 3 2"):
            line = raw.ask(command)[-1]
            assert float(re.fullmatch(r"m-results-\[([0-9.]+)\]", line)[1]) == pytest.approx(error, abs=0.002)  # type: ignore[index]
        raw.serial.close()
