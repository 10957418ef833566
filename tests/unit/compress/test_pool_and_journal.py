# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from edgekit.compress.journal import Journal
from edgekit.compress.pool import Pool, make_pool
from edgekit.compress.training import Schedule
from edgekit.errors import UsageError


def pool(copies: int = 2, augment: str = "auto", seed: int = 0, mix: float = 0.5) -> Pool:
    x = np.random.default_rng(1).normal(size=(10, 8, 8, 1)).astype(np.float32)
    return make_pool([x], np.arange(10), copies=copies, augment=augment, strength=1.0, mix=mix, seed=seed)


def test_the_given_samples_come_first_and_copies_keep_their_labels() -> None:
    one = pool()
    assert len(one) == 30 and one.originals == 10
    assert one.y is not None and np.array_equal(one.y, np.tile(np.arange(10), 3))
    assert not np.array_equal(one.inputs[0][:10], one.inputs[0][10:20])


def test_the_same_seed_gives_the_same_copies() -> None:
    assert np.array_equal(pool().inputs[0], pool().inputs[0])
    assert not np.array_equal(pool().inputs[0], pool(seed=1).inputs[0])


def test_without_augmentation_nothing_is_copied() -> None:
    assert len(pool(augment="none")) == 10


def test_an_unknown_augmentation_is_refused() -> None:
    with pytest.raises(UsageError, match="mirror"):
        pool(augment="mirror")


def test_batches_can_be_taken_up_anywhere() -> None:
    one = pool()
    whole = list(islice(one.batches(7, seed=4), 20))
    assert all(np.array_equal(a, b) for a, b in zip(whole[9:], islice(one.batches(7, 4, start=9), 11), strict=True))
    assert len(np.unique(np.concatenate(whole[:4]))) == 28


def test_the_learning_rate_climbs_and_falls() -> None:
    schedule = Schedule(100, 8, 0.1)
    rates = [schedule.rate(step) for step in range(100)]
    assert max(rates) == pytest.approx(0.1, rel=0.01) and rates[0] < 0.03 and rates[-1] < 0.002


def test_a_journal_returns_what_was_written_and_only_to_its_own_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    journal = Journal.open(folder, {"seed": "1"}, resume=False)
    journal.write("a", {"v": np.arange(3)}, partial=True)
    journal.write("b", {"v": np.arange(4)}, partial=True)
    journal.write("b", {"v": np.arange(5)})
    again = Journal.open(folder, {"seed": "1"}, resume=True)
    assert again.read("a") is None
    half, full = again.read("a", partial=True), again.read("b")
    assert half is not None and full is not None and len(half["v"]) == 3 and len(full["v"]) == 5
    assert again.read("b", partial=True) is None
    with pytest.raises(UsageError, match="seed changed"):
        Journal.open(folder, {"seed": "2"}, resume=True)
    again.remove()
    assert not folder.exists()


def test_a_new_run_forgets_the_checkpoint_of_an_old_one(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "run", {"seed": "1"}, resume=False)
    journal.write("a", {"v": np.arange(3)})
    assert Journal.open(tmp_path / "run", {"seed": "1"}, resume=False).read("a") is None
