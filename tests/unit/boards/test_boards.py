# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.boards import Board, list_boards, load_board
from edgekit.errors import BoardError
from edgekit.resources import boards_dir

GOOD = (boards_dir() / "mps2-an386.toml").read_text(encoding="utf-8")


def load_text(folder: Path, text: str) -> None:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    load_board(str(path))


def test_shipped_boards_are_listed_by_id() -> None:
    ids = [board.id for board in list_boards()]
    assert ids == sorted(ids)
    assert {"mps2-an385", "mps2-an386", "an386-stm32f405"} <= set(ids)


def test_there_is_an_emulated_board_for_every_kind_of_core() -> None:
    cores = {board.core for board in list_boards() if board.verified == "emulator"}
    assert cores >= {
        "cortex-m0", "cortex-m3", "cortex-m4f", "cortex-m7", "cortex-m33", "cortex-m55", "rv32imc"
    }  # fmt: skip


@pytest.mark.parametrize("board", list_boards(), ids=lambda board: board.id)
def test_one_instruction_takes_a_tick_or_more_so_that_counts_are_exact(board: Board) -> None:
    if board.emulator is not None:
        assert board.timer.hz * board.emulator.instruction_ns >= 10**9


@pytest.mark.parametrize("board", list_boards(), ids=lambda board: board.id)
def test_only_a_board_with_an_emulator_is_verified_on_one(board: Board) -> None:
    assert (board.verified == "emulator") == board.emulated


def test_every_shipped_board_says_its_source() -> None:
    assert all(len(board.source) > 20 for board in list_boards())


def test_a_board_is_found_by_name_and_by_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace('id = "mps2-an386"', 'id = "my-board"'), encoding="utf-8")
    assert load_board("mps2-an386").core == "cortex-m4f"
    assert load_board(path).id == "my-board"


def test_an_emulated_core_can_have_the_limits_of_a_real_part() -> None:
    board = load_board("an386-stm32f405")
    assert (board.flash.bytes, board.ram.bytes) == (1024 * 1024, 128 * 1024)
    assert board.emulator is not None and board.emulator.machine == "mps2-an386"


def test_an_unknown_board_suggests_a_close_one() -> None:
    with pytest.raises(BoardError, match="did you mean mps2-an386"):
        load_board("mps2-an368")


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="cannot read the board file"):
        load_board(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("clock_hz = 25_000_000\ntemplate", "clok_hz = 25_000_000\ntemplate"),
            r"clock_hz is missing.*'clok_hz'.*typo",
        ),
        (("[serial]\nbaud", "[serial]\nbauds = 1\nbaud"), r"serial\.bauds is not a known key; did you mean 'baud'\?"),
        (('core = "cortex-m4f"', 'core = "cortex-m4ff"'), r"core is 'cortex-m4ff'.*did you mean 'cortex-m4f'\?"),
        (("baud = 115_200", 'baud = "115200"'), r"serial\.baud is '115200', but must be an integer"),
        (("baud = 115_200", "baud = true"), r"serial\.baud is True, but must be an integer"),
        (("baud = 115_200", "baud = 3"), r"serial\.baud is 3, but must be 1200 to"),
        (("irq = 0", "irq = 999"), r"uart\.irq is 999, but must be 0 to 239"),
        (("[emulator]", "[emulators]"), r"needs the table \[emulator\]"),
        (('machine = "mps2-an386"', 'machine = "mps2-an386,x=y"'), r"emulator\.machine .* must be one word"),
        (('template = "cortex-m"', 'template = "../x"'), r"template is '../x', but must be one word"),
        (('flasher = "qemu"', 'flasher = "rm -rf /"'), r"flasher .* must be one word"),
        (('id = "mps2-an386"', 'id = "x-m-ready"'), r"id must not contain 'm-ready'"),
        (('id = "mps2-an386"', 'id = "My Board"'), r"id is 'My Board', but must be lower-case"),
        (('verified = "emulator"', 'verified = "yes"'), r"verified is 'yes', but must be one of hardware, emulator"),
        (("origin = 0x2000_0000", "origin = 0x0010_0000"), r"ram overlaps flash"),
        (("origin = 0x2000_0000", "origin = 0xFFFF_0000"), r"ram\.bytes .* past the 32-bit address space"),
        (("[ram]", "[ram"), r"not TOML"),
        (("[uart]", "[[uart]]"), r"uart is .*, but must be a table"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(BoardError, match=said) as caught:
        load_text(tmp_path, GOOD.replace(*change, 1))
    assert "mine.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_usb_ids_are_read_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("baud = 115_200", "baud = 115_200\nusb = [{vid = 0x0483, pid = 0x374b}]"))
    assert load_board(path).serial.usb[0].pid == 0x374B
    with pytest.raises(BoardError, match=re.escape("serial.usb[0].pdi is not a known key")):
        load_text(tmp_path, GOOD.replace("baud = 115_200", "baud = 115_200\nusb = [{vid = 1, pid = 2, pdi = 3}]"))


def test_text_that_is_not_utf8_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BoardError, match="not UTF-8"):
        load_board(tmp_path / "b.toml")


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.text(max_size=4))
def test_a_damaged_file_is_an_error_or_a_board(tmp_path_factory: pytest.TempPathFactory, at: int, text: str) -> None:
    path = tmp_path_factory.mktemp("boards") / "b.toml"
    path.write_text(GOOD[:at] + text + GOOD[at + 1 :], encoding="utf-8")
    try:
        board = load_board(path)
    except BoardError as error:
        assert str(path) in str(error)
    else:
        assert board.flash.bytes > 0
