# SPDX-License-Identifier: Apache-2.0
"""Parity: integers must be equal, floats within a tolerance that the result names."""

from __future__ import annotations

import numpy as np
import pytest

from edgekit.benchmark.parity import FLOAT_TOLERANCE, Reference, float_difference
from edgekit.codegen.generated import Port

_FLOATS = Port("y", (4,), "float32", 16, None, None)
_BYTES = Port("z", (2,), "int8", 2, 1.0, 0)
_THEIRS = np.array([1.0, -100.0, 1e-6, 0.0], np.float32)


def _raw(values: np.ndarray, *bytes_: int) -> bytes:
    return values.astype("<f4").tobytes() + bytes(bytes_)


def _reference(*ports: Port) -> Reference:
    return Reference("oracle 1", (_raw(_THEIRS, *[7, 8][: 2 * (len(ports) > 1)]),), ports)


def test_floats_next_to_the_oracles_hold_and_their_bytes_are_counted() -> None:
    ours = _raw(_THEIRS * np.float32(1 + 1e-6))
    parity = _reference(_FLOATS).compare([ours], None)
    assert parity.holds and parity.different_bytes > 0 and parity.wrong_inputs == 0
    assert parity.float_tolerance == FLOAT_TOLERANCE and 5e-7 < (parity.float_difference or 0) < 2e-6
    assert _reference(_FLOATS).first_difference([ours]) is None


def test_floats_far_from_the_oracles_do_not_hold() -> None:
    ours = _raw(_THEIRS + np.array([2e-5, 0, 0, 0], np.float32))
    assert _reference(_FLOATS).first_difference([ours]) == 0
    assert not _reference(_FLOATS).compare([ours], "conv").holds


def test_integers_beside_floats_must_be_equal() -> None:
    reference = _reference(_FLOATS, _BYTES)
    assert reference.compare([_raw(_THEIRS, 7, 8)], None).holds
    wrong = reference.compare([_raw(_THEIRS, 7, 9)], None)
    assert not wrong.holds and (wrong.different_bytes, wrong.wrong_inputs, wrong.float_difference) == (1, 1, 0.0)


def test_integers_alone_have_no_tolerance() -> None:
    parity = Reference("oracle 1", (b"\1\2",), (_BYTES,)).compare([b"\1\3"], "conv")
    assert (parity.float_tolerance, parity.float_difference, parity.holds) == (None, None, False)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ([np.nan, 1], [np.nan, 1], 0.0),
        ([np.nan, 1], [0, 1], np.inf),
        ([0, 1], [np.nan, 1], np.inf),
        ([np.inf, 1], [np.inf, 1], 0.0),
        ([-np.inf, 1], [np.inf, 1], np.inf),
        ([0, 0], [0, 0], 0.0),
        ([1e-3, 1], [0, 1], 0.1),  # as if the oracle's were a hundredth of the largest
        ([2, 0], [1, 0], 1.0),
    ],
)
def test_differences_are_relative_down_to_a_share_of_the_largest(ours, theirs, expected: float) -> None:
    found = float_difference(np.array(ours, "<f4").tobytes(), np.array(theirs, "<f4").tobytes())
    assert found == pytest.approx(expected, rel=1e-6)
