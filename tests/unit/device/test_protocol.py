# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_board import BANNER, SimulatedBoard

from edgekit.device.protocol import SYNC_TIMEOUT_S, Link
from edgekit.errors import DeviceCrashedError, DeviceError, DeviceSilentError

FAULT = b"\r\ne-[fault exc=3 pc=0000010c lr=0000051b cfsr=00008200]\r\n"


def test_a_reply_is_its_lines_without_m_ready() -> None:
    board = SimulatedBoard(scripted={"profile": b"m-profile-[x]\r\nm-model-[kws01]\r\nm-ready\r\n"})
    assert Link(board).command("profile") == ["m-profile-[x]", "m-model-[kws01]"]
    assert board.commands == ["profile"]


def test_an_error_line_is_an_error_and_the_next_command_works() -> None:
    link = Link(SimulatedBoard())
    with pytest.raises(DeviceError, match=r"refused 'nonsense': Unknown command: nonsense"):
        link.command("nonsense")
    assert link.command("ek boot") == ["m-ek-boot-[1,power-on]"]


def test_silence_ends_at_the_deadline() -> None:
    board = SimulatedBoard(mute=True)
    with pytest.raises(DeviceSilentError, match="did not finish 'ek run' within 3 s"):
        Link(board).command("ek run", timeout_s=3)
    assert 3 <= board.clock < 3.5


def test_slow_bytes_rearm_the_deadline_but_not_for_ever() -> None:
    class Dripping(SimulatedBoard):
        def read(self, deadline: float) -> bytes:
            self.clock += 0.9
            return b"x"

    board = Dripping()
    with pytest.raises(DeviceSilentError):
        Link(board).command("name", timeout_s=1, limit_s=30)
    assert 30 <= board.clock < 32


def test_a_fault_report_is_a_crash_told_after_the_restart() -> None:
    link = Link(SimulatedBoard(scripted={"ek run": b"m-ek-input-[0,1,00000000]\r\n" + FAULT + BANNER % b"fault"}))
    with pytest.raises(DeviceCrashedError, match=r"crashed in 'ek run': exc=3 pc=0000010c"):
        link.command("ek run")
    assert link.command("ek boot") == ["m-ek-boot-[1,power-on]"]


def test_a_fault_without_a_restart_is_told_too() -> None:
    board = SimulatedBoard(scripted={"ek run": FAULT})
    with pytest.raises(DeviceCrashedError, match="crashed"):
        Link(board).command("ek run")


def test_a_banner_in_a_reply_is_a_restart_with_its_reason() -> None:
    board = SimulatedBoard(scripted={"ek run": BANNER % b"power-on"})
    with pytest.raises(DeviceCrashedError, match=r"restarted in the middle of 'ek run' \(reason: power-on\)"):
        Link(board).command("ek run")


@pytest.mark.parametrize("noise", [b"", BANNER % b"external", b"half a li", b"\0\xff\r\n" * 50, b"m-ready\r\n" * 3])
def test_synchronising_needs_no_banner_and_survives_noise(noise: bytes) -> None:
    board = SimulatedBoard(noise=noise)
    link = Link(board)
    link.synchronise()
    assert link.command("ek boot") == ["m-ek-boot-[1,power-on]"]


def test_synchronising_asks_again_until_the_board_is_up() -> None:
    class Booting(SimulatedBoard):
        def write(self, data: bytes, deadline: float) -> None:
            if self.clock > 2:
                super().write(data, deadline)

    board = Booting()
    Link(board).synchronise()
    assert 2 < board.clock < SYNC_TIMEOUT_S


def test_answers_to_earlier_questions_are_not_taken_for_the_last() -> None:
    class Late(SimulatedBoard):
        """Answers only when asked again, the old question first."""

        held = b""

        def write(self, data: bytes, deadline: float) -> None:
            super().write(data, deadline)
            if b"sync" in data:
                self._out, Late.held = bytearray(Late.held), Late.held + bytes(self._out)

    link = Link(Late())
    with pytest.raises(DeviceSilentError):  # it never gets to answer the last one
        link.synchronise()


def test_a_silent_board_is_given_up() -> None:
    board = SimulatedBoard(mute=True)
    with pytest.raises(DeviceSilentError, match=r"did not answer within 6 s.*edgekit flash"):
        Link(board).synchronise()
    assert board.clock < SYNC_TIMEOUT_S + 1


def test_another_firmware_is_named() -> None:
    class Other(SimulatedBoard):
        def _ek_sync(self, words: list[str]) -> list[str]:
            return ["e-[Unknown command: ek]"]

    with pytest.raises(DeviceError, match="runs another firmware"):
        Link(Other()).synchronise()


def test_a_dead_board_is_noticed_while_the_line_is_quiet() -> None:
    def dead() -> None:
        raise DeviceError("the emulator ended")

    board = SimulatedBoard(mute=True)
    with pytest.raises(DeviceError, match="the emulator ended"):
        Link(board, check=dead).command("name", timeout_s=60)
    assert board.clock < 1


def test_a_long_command_is_shortened_in_messages() -> None:
    with pytest.raises(DeviceError) as caught:
        Link(SimulatedBoard(mute=True)).command("db " + "00" * 1000)
    assert len(str(caught.value)) < 120


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_reply_or_a_device_error(data: bytes) -> None:
    board = SimulatedBoard(scripted={"name": data})
    try:
        lines = Link(board).command("name", timeout_s=1)
    except DeviceError as error:
        assert str(error).isprintable()
    else:
        assert "m-ready" not in lines
    assert board.clock < 30
