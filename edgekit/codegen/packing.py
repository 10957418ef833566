# SPDX-License-Identifier: Apache-2.0
"""Weights in the order in which an arch's inner loops read them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: Channels that the portable loops multiply together.
BLOCK = 4


def pack_channels(rows: npt.NDArray[np.generic]) -> tuple[int, ...]:
    """[O, K] -> blocks of 4 channels [K][4], then the last O % 4 channels one after the other."""
    whole = rows.shape[0] // BLOCK * BLOCK
    blocks = rows[:whole].reshape(whole // BLOCK, BLOCK, rows.shape[1]).transpose(0, 2, 1)
    return tuple(blocks.ravel().tolist()) + tuple(rows[whole:].ravel().tolist())
