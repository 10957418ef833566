# SPDX-License-Identifier: Apache-2.0
"""Binary frames on emulated boards: beside the device protocol, not in its way."""

from __future__ import annotations

import itertools
import random
import re
import time
from pathlib import Path

import pytest
import serial
from counting_transport import CountingTransport
from emulated_boards import KINDS, every_board, need_tools
from standin_model import expected_output

from edgekit.boards import Board, load_board
from edgekit.device import Device, open_device
from edgekit.device.protocol import Link
from edgekit.device.transport import open_transport
from edgekit.device.virtual import emulate

TWO = ("mps2-an386", "an385-stm32f103")


def sample(number: int) -> bytes:
    return bytes((3 * i + number) & 0x3F for i in range(490))


@pytest.mark.parametrize("board_id", every_board(fast=TWO, only=(*KINDS, *TWO)))
def test_samples_in_a_stream_give_their_outputs(board_id: str, build) -> None:  # type: ignore[no-untyped-def]
    board = load_board(board_id)
    need_tools(board)
    with open_device(board, build(board_id, misbehaves=True)) as device:
        found = list(device.stream([sample(i)] for i in range(30)))
    assert found == [[expected_output(sample(i))] for i in range(30)]


def test_two_inputs_are_filled_one_by_one(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    pairs = [[sample(i)[:40], sample(9 * i)[:40]] for i in range(4)]
    with open_device(board, build(elements=40, outputs=40, inputs=2)) as device:
        assert list(device.stream(pairs)) == [[expected_output(*pair, outputs=40)] for pair in pairs]


@pytest.mark.parametrize("whole", [True, False])
def test_a_public_client_finds_the_board_as_ever_after_a_killed_one(board: Board, build, whole: bool) -> None:  # type: ignore[no-untyped-def]
    with emulate(board, build(misbehaves=True).elf) as live:
        transport = open_transport(live.port, 115200)
        link = Link(transport)
        link.synchronise()
        device = Device(link, board)
        assert device.infer([sample(0)]) == [expected_output(sample(0))]
        if not whole:
            transport.write(b"\xe5\xeb\x01\x00\x00\xf0\x01half a frame", transport.now() + 5)
        transport.close()  # without a word, as if killed
        time.sleep(0.3)  # the board tells a new client by the pause, on its own clock
        client = serial.Serial(live.port, 115200, timeout=5)
        client.reset_input_buffer()
        for command, shape in (
            (b"name%", rb"m-name-dut-\[edgekit\]\r\nm-ready\r\n"),
            (b"%", rb"e-\[Empty command\]\r\nm-ready\r\n"),
            (b"\xe5\xeb\x03\0\0\0\0\x01\x02\x03\x04%", rb"e-\[Unknown command: [?]*\]\r\nm-ready\r\n"),
            (b"profile%", rb"m-profile-\[edgekit [0-9.]+\]\r\nm-model-\[kws01\]\r\nm-ready\r\n"),
        ):
            client.write(command)
            assert re.fullmatch(shape, client.read_until(b"m-ready\r\n"))
        client.timeout = 0.2
        assert client.read(1) == b""
        client.close()
        with open_device(board, None, port=live.port) as device:
            assert device.infer([sample(1)]) == [expected_output(sample(1))]


class Damaging(CountingTransport):
    """Damages pieces of what is sent, in both directions, as a seeded generator says."""

    def __init__(self, inner, seed: int) -> None:  # type: ignore[no-untyped-def]
        super().__init__(inner)
        self.random = random.Random(seed)
        self.damaged = 0
        self.armed = False

    def damage(self, data: bytes) -> bytes:
        if not (self.armed and data and self.random.random() < 0.04):
            return data
        self.damaged += 1
        at = self.random.randrange(len(data))
        kind = self.random.choice(("drop", "flip", "twice", "cut"))
        if kind == "flip":
            return data[:at] + bytes([data[at] ^ 1 << self.random.randrange(8)]) + data[at + 1 :]
        return {"drop": data[:at] + data[at + 4 :], "twice": data[: at + 5] + data[at:], "cut": data[:at]}[kind]

    def write(self, data: bytes, deadline: float) -> None:
        super().write(self.damage(data), deadline)

    def read(self, deadline: float) -> bytes:
        return self.damage(super().read(deadline))


def test_damage_on_the_way_changes_no_result(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    """The contract of tests/unit/device/test_fault_injection.py, with the real firmware at the other end."""
    with emulate(board, build(misbehaves=True).elf) as live:
        transport = Damaging(open_transport(live.port, 115200), seed=5)
        link = Link(transport, check=live.check)
        link.synchronise()
        device = Device(link, board, reset=live.reset, inference_timeout_s=5)
        device.identity()
        transport.armed = True
        samples = ([sample(i)] for i in itertools.count())
        for number, outputs in zip(range(150), device.stream(samples), strict=False):
            assert outputs == [expected_output(sample(number))]
        transport.armed = False
        assert transport.damaged > 10
        assert device.infer([sample(7)]) == [expected_output(sample(7))]
        assert device.boot()[1] in ("power-on", "external")
        device.close()


@pytest.mark.parametrize(("name", "share"), [("kws_ref_model", 0.40), ("person_detect", 0.45)])
def test_bytes_on_the_wire(name: str, share: float, board: Board, shared_dir: Path, tmp_path: Path) -> None:
    """Against edgekit's own text path, and against a client that neither confirms inputs nor reads results twice."""
    import numpy as np

    from edgekit.codegen import generate_model
    from edgekit.firmware import build_project, write_project
    from edgekit.importer import import_tflite
    from edgekit.passes import run_passes
    from edgekit.tflite import TfliteModel

    source = TfliteModel.read(shared_dir / "models" / f"{name}.tflite")
    graph = run_passes(import_tflite(source))
    write_project(generate_model(graph, name=name, core=board.core, model_sha256=source.sha256), board, tmp_path / "p")
    image = build_project(tmp_path / "p")
    generator = np.random.default_rng(1)
    counts: dict[str, int] = {}
    results = {}
    with emulate(board, image.elf) as live:
        for path, count in (("frames", 3), ("text", 2)):
            transport = CountingTransport(open_transport(live.port, 115200))
            link = Link(transport, check=live.check)
            link.synchronise()
            device = Device(link, board, frames=path == "frames")
            inputs = [generator.integers(-128, 128, size, np.int8).tobytes() for size in device.identity().input_bytes]
            results[path] = device.infer(inputs)
            before, turns = transport.total_bytes, transport.turns
            for _ in range(count):
                results[path] = device.infer(inputs)
            counts[path] = (transport.total_bytes - before) // count
            if path == "frames":
                assert transport.turns - turns <= count
                generator = np.random.default_rng(1)
            device.close()
        assert results["frames"] == results["text"]
        counts["public"] = _public_bytes(live.port, inputs[0])
    print(name, counts)
    assert counts["frames"] <= share * counts["text"]
    assert counts["frames"] <= share * counts["public"]


def _public_bytes(port: str, data: bytes) -> int:
    with serial.Serial(port, 115200, timeout=20) as client:
        total = 0

        def ask(command: str) -> None:
            nonlocal total
            client.write(command.encode() + b"%")
            total += len(command) + 1 + len(client.read_until(b"m-ready\r\n"))

        ask(f"db load {len(data)}")
        for start in range(0, len(data), 31):
            ask(f"db {data[start : start + 31].hex()}")
        ask("infer 1 0")
    return total
