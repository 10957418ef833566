# SPDX-License-Identifier: Apache-2.0
"""`edgekit emulate`: an emulated board as an ordinary port."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from emulate_command import emulate_command
from public_client import PublicClient
from standin_model import expected_output

from edgekit.boards import Board
from edgekit.device import open_device

SAMPLE = bytes((3 * i) & 0x3F for i in range(490))


def results_of(data: bytes) -> list[float]:
    return [0.5 * (byte - (byte >= 128) * 256 + 1) for byte in expected_output(data)]


def emulators() -> list[bytes]:
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    return [command for command in commands if b"qemu-system" in command]


@pytest.mark.parametrize("way", ["pty", "link", "tcp"])
def test_any_program_talks_to_the_board_until_ctrl_c(build, tmp_path: Path, way: str) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    scratch = tmp_path / "s"
    scratch.mkdir()
    link = tmp_path / "board"
    args = {"pty": (), "link": ("--link", link), "tcp": ("--tcp", 0)}[way]
    with emulate_command("mps2-an386", "--firmware", image.elf, *args, scratch=scratch) as (port, child):
        assert re.fullmatch(
            {"pty": r"/dev/.*", "link": re.escape(str(link)), "tcp": r"socket://127\.0\.0\.1:\d+"}[way], port
        )
        for _ in range(3):
            client = PublicClient(port)
            assert client.classify(SAMPLE) == results_of(SAMPLE)
            client.close()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
        assert (child.returncode, out) == (0, ""), err
    assert list(scratch.iterdir()) == []
    assert not link.is_symlink()
    assert not [command for command in emulators() if str(scratch).encode() in command]


def test_edgekit_itself_uses_the_port(build, board: Board, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    with emulate_command("mps2-an386", "--firmware", image.elf, "--tcp", 0) as (port, _):
        for frames in (True, False):
            with open_device(board, image, port=port, frames=frames) as device:
                assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]


def test_a_second_tcp_client_is_turned_away_and_may_come_later(build) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    with emulate_command("mps2-an386", "--firmware", image.elf, "--tcp", 0) as (port, _):
        number = int(port.rpartition(":")[2])
        first = PublicClient(port)
        with socket.create_connection(("127.0.0.1", number), 10) as second:
            assert second.recv(1) == b""
        assert first.classify(SAMPLE) == results_of(SAMPLE)
        first.close()
        assert PublicClient(port).classify(SAMPLE) == results_of(SAMPLE)


def test_a_killed_emulation_leaves_a_link_that_the_next_one_replaces(build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    link = tmp_path / "board"
    with emulate_command("mps2-an386", "--firmware", image.elf, "--link", link) as (_, child):
        child.send_signal(signal.SIGKILL)
        child.wait(20)
        assert link.is_symlink()
    with emulate_command("mps2-an386", "--firmware", image.elf, "--link", link) as (port, _):
        assert PublicClient(port).classify(SAMPLE) == results_of(SAMPLE)
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        ((), 2, "--firmware ELF or --model"),
        (("--firmware", "ELF", "--mode", "energy"), 2, "has its mode already"),
        (("--firmware", "ELF", "--link", "TAKEN"), 1, "is no port of an emulated board"),
        (("--firmware", "ELF", "--link", "NEW", "--tcp", "0"), 1, "not both"),
        (("--firmware", "TAKEN"), 1, "qemu-system-arm"),
    ],
)
def test_mistakes_are_one_line(build, tmp_path: Path, args: tuple[str, ...], status: int, said: str) -> None:  # type: ignore[no-untyped-def]
    taken = tmp_path / "taken"
    taken.write_text("mine")
    words = {"ELF": build(misbehaves=True).elf, "TAKEN": taken, "NEW": tmp_path / "new"}
    done = subprocess.run(
        [sys.executable, "-m", "edgekit", "emulate", "mps2-an386", *(str(words.get(word, word)) for word in args)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout if status == 2 else "") == (status, ""), done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert taken.read_text() == "mine"
