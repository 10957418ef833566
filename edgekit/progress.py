# SPDX-License-Identifier: Apache-2.0
"""How long work reports upwards: a callback that only the command line draws."""

from __future__ import annotations

from collections.abc import Callable

#: `progress(stage, done, total)`: `stage` is a short present participle ("building firmware"), `done` of `total` steps.
Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """The callback that draws nothing."""
