# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from emulated_boards import KINDS, every_board, need_tools
from standin_model import CRASH, FAIL, HANG, expected_output

from edgekit.boards import Board, load_board
from edgekit.device import flash, open_device
from edgekit.device.protocol import Link
from edgekit.device.transport import open_transport
from edgekit.device.virtual import emulate
from edgekit.errors import DeviceCrashedError, DeviceError, DeviceSilentError, ToolError, UsageError
from edgekit.process import find_program

SAMPLE = bytes((3 * i) & 0x3F for i in range(490))


def emulators_of(path: Path) -> list[int]:
    """Process ids of emulators whose command line names `path`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if b"qemu-system" in words and str(path).encode() in words:
            found.append(int(entry.name))
    return found


@pytest.mark.parametrize("board_id", every_board(fast=(*KINDS, "an385-stm32f103")))
def test_a_board_infers_measures_and_reports_its_ram(board_id: str, build) -> None:  # type: ignore[no-untyped-def]
    board = load_board(board_id)
    need_tools(board)
    image = build(board_id, misbehaves=True)
    with open_device(board, image) as device:
        assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
        counts = [device.instructions_from_ticks(ticks) for ticks in device.measure(5, warmups=1)]
        assert len(set(counts)) == 1
        assert 1000 < (counts[0] or 0) < 20_000
        ram = device.ram()
        assert ram.static_bytes == image.memory.static_ram_bytes
        assert ram.stack_bytes == image.memory.stack_bytes
        assert 64 < ram.stack_peak_bytes < ram.stack_bytes
        assert device.boot() == (1, "power-on")


def test_two_inputs_are_filled_one_by_one(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    first, second = SAMPLE[:40], bytes(range(40))
    with open_device(board, build(elements=40, outputs=40, inputs=2)) as device:
        for _ in range(2):
            assert device.infer([first, second]) == [expected_output(first, second, outputs=40)]
        assert device.measure(2)


def test_layers_add_up_and_give_their_bytes(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    with open_device(board, build(profile=True)) as device:
        runs = device.layers([SAMPLE])
        assert runs[0].output == bytes((value + 1) & 0xFF for value in SAMPLE)
        assert runs[1].output[:12] == expected_output(SAMPLE)
        device.infer([SAMPLE])
        whole = device.instructions_from_ticks(device.measure(1)[0]) or 0
        parts = sum(device.instructions_from_ticks(run.ticks) or 0 for run in runs)
        assert 0 <= parts - whole < 60


def test_a_crash_names_function_and_line_and_the_board_recovers(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    with open_device(board, build(misbehaves=True)) as device:
        with pytest.raises(DeviceCrashedError, match=r"nothing is in (misbehave|standin_run) \(model/standin\.c:\d+\)"):
            device.infer([bytes([CRASH]) + SAMPLE[1:]])
        assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
        assert device.boot() == (2, "fault")


def test_a_hang_meets_its_deadline_and_the_next_command_resets(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    with open_device(board, build(misbehaves=True), inference_timeout_s=3.0) as device:
        with pytest.raises(DeviceSilentError, match=r"within 3 s"):
            device.infer([bytes([HANG]) + SAMPLE[1:]])
        assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
        assert device.boot() == (2, "external")


def test_a_failing_inference_is_an_error_and_no_restart(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    with open_device(board, build(misbehaves=True)) as device:
        with pytest.raises(DeviceError, match="Inference failed with status 7"):
            device.infer([bytes([FAIL]) + SAMPLE[1:]])
        assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
        assert device.boot() == (1, "power-on")


def test_reset_from_outside_and_by_command(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    with open_device(board, image) as device:
        device.reset()
        assert device.boot() == (2, "external")
    with emulate(board, image.elf) as live, open_device(board, image, port=live.port) as device:
        device.reset()
        assert device.boot() == (2, "request")
        assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]


def test_a_running_board_is_found_again_by_its_port(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    with emulate(board, image.elf) as live:
        for _ in range(3):
            with open_device(board, None, port=live.port) as device:
                assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]


def test_a_half_sent_command_of_a_killed_client_does_no_harm(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    with emulate(board, build(misbehaves=True).elf) as live:
        transport = open_transport(live.port, 115200)
        transport.write(b"db load 490%db 0102", transport.now() + 5)
        transport.close()
        with open_device(board, None, port=live.port) as device:
            assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]


def test_firmware_of_another_model_is_refused(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    with pytest.raises(DeviceError, match="runs firmware for model abab"):
        with open_device(board, dataclasses.replace(image, model_sha256="cd" * 32)):
            pass


def test_flashing_starts_the_board_and_says_what_runs(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    assert flash(board, image).model == "standin"
    with pytest.raises(UsageError, match="image is for mps2-an386"):
        flash(load_board("mps2-an385"), image)
    with pytest.raises(UsageError, match="needs no --port"):
        flash(board, image, port="/dev/ttyACM0")


def test_a_dead_emulator_is_one_line_with_its_own_words(board: Board, build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    image = dataclasses.replace(build(), elf=tmp_path / "none.elf")
    with pytest.raises(DeviceError, match=r"qemu-system-arm failed with exit status 1: .*none\.elf") as caught:
        with open_device(board, image):
            pass
    assert "\n" not in str(caught.value)


def test_an_emulator_killed_in_the_middle_is_noticed_at_once(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    with open_device(board, image) as device:
        device.infer([SAMPLE])
        (pid,) = [p for p in emulators_of(image.elf) if _is_ours(p)]
        os.kill(pid, signal.SIGKILL)
        start = time.monotonic()
        with pytest.raises(DeviceError, match=r"SIGKILL|went away"):
            device.infer([SAMPLE])
        assert time.monotonic() - start < 10


def _is_ours(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    return f"PPid:\t{os.getpid()}\n" in status


def test_a_missing_emulator_says_how_to_get_it(board: Board, build, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    image = build()
    monkeypatch.setattr("edgekit.firmware.toolchain.find_program", lambda name: None)
    with pytest.raises(ToolError, match=r"qemu-system-arm is not installed.*apt-get install"):
        with open_device(board, image):
            pass


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are counted in /proc")
@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_behind(
    board: Board, build, empty_folder_for_temporary_files: Path, error: type[BaseException] | None
) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    folder = empty_folder_for_temporary_files
    before = len(list(Path("/proc/self/fd").iterdir()))
    try:
        with open_device(board, image) as device:
            device.infer([SAMPLE])
            if error is not None:
                raise error
    except (RuntimeError, KeyboardInterrupt):
        pass
    assert list(folder.iterdir()) == []
    assert not [pid for pid in emulators_of(image.elf) if _is_ours(pid)]
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_emulator_outlives_edgekit(build, tmp_path: Path, number: signal.Signals) -> None:  # type: ignore[no-untyped-def]
    image = build(misbehaves=True)
    script = f"""
        import time
        from pathlib import Path
        from edgekit.boards import load_board
        from edgekit.device.virtual import emulate
        with emulate(load_board("mps2-an386"), Path({str(image.elf)!r})) as live:
            print(live.port, flush=True)
            time.sleep(60)
    """
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as child:
        assert child.stdout is not None and child.stdout.readline().startswith(b"/dev/")
        assert len(emulators_of(tmp_path)) == 1
        child.send_signal(number)
        child.wait(10)
    end = time.monotonic() + 10
    while emulators_of(tmp_path) and time.monotonic() < end:
        time.sleep(0.05)
    assert emulators_of(tmp_path) == []
    if number == signal.SIGINT:
        assert list(tmp_path.iterdir()) == []


def test_a_long_temporary_path_does_no_harm(
    board: Board, build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with open_device(board, build(misbehaves=True)) as device:
        device.reset()


@pytest.mark.skipif(find_program("qemu-system-arm") is None, reason="qemu-system-arm is not installed")
def test_a_board_on_tcp_answers_too(board: Board, build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import socket

    from edgekit.process import start

    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
    words = [find_program("qemu-system-arm") or "", "-M", "mps2-an386", "-display", "none", "-nodefaults",
             "-icount", "shift=8", "-kernel", str(build(misbehaves=True).elf),
             "-serial", f"tcp:127.0.0.1:{number},server=on,wait=off,nodelay=on"]  # fmt: skip
    with start(words):
        end = time.monotonic() + 10
        while True:
            try:
                transport = open_transport(f"socket://127.0.0.1:{number}", 115200)
                break
            except DeviceError:
                assert time.monotonic() < end
                time.sleep(0.05)
        Link(transport).synchronise()
        transport.close()
        with open_device(board, None, port=f"socket://127.0.0.1:{number}") as device:
            assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
