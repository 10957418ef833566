# SPDX-License-Identifier: Apache-2.0
"""Weights and constants as the kernels in kernels/arch/helium read them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edgekit.ir.fixed_point import Ints, Rescale

#: Bytes of a vector: inputs that are multiplied at once.
CHUNK = 16

#: Channels that are multiplied together.
GROUP = 4

_Bytes = npt.NDArray[np.int8]


def fits(rescales: Sequence[Rescale]) -> bool:
    """Whether the kernels can requantize so: they only shift right."""
    return all(rescale.shift <= 0 for rescale in rescales)


def chunk_columns(rows: Ints) -> Ints:
    """[O, K] as [O, chunks * 16]: the first chunk is inputs [0, 16), the others end with the last input.

    Where the first two overlap the weights are in the first.
    """
    depth = rows.shape[1]
    chunks = -(-depth // CHUNK)
    fill = -depth % CHUNK
    if chunks == 1:
        return np.pad(rows, ((0, 0), (0, fill)))
    gap = np.zeros((rows.shape[0], fill), rows.dtype)
    return np.concatenate([rows[:, :CHUNK], gap, rows[:, CHUNK:]], axis=1)


def pack_matmul(rows: Ints, bias: Sequence[int], rescales: Sequence[Rescale] | None) -> tuple[int, ...]:
    """Groups of 4 channels, see ek_matmul_helium.h; without scales of their own if `rescales` is None."""
    channels = len(rows)
    fill = -channels % GROUP
    chunked = np.pad(chunk_columns(rows), ((0, fill), (0, 0)))
    starts = np.pad(np.array(bias, np.int64), (0, fill))
    parts: list[_Bytes] = []
    for first in range(0, channels, GROUP):
        group = slice(first, first + GROUP)
        parts += [_bytes(chunked[group].reshape(GROUP, -1, CHUNK).transpose(1, 0, 2)), _words(starts[group])]
        if rescales is not None:
            parts += _scales([rescales[min(channel, channels - 1)] for channel in range(first, first + GROUP)])
    return as_words(parts)


def sums_fit(rows: Ints) -> bool:
    """Whether the products of every two taps [C, taps] can be added up in 16 bits."""
    filled = np.pad(rows, ((0, 0), (0, rows.shape[1] % 2)))
    return bool(np.abs(filled).reshape(len(rows), -1, 2).sum(axis=2).max(initial=0) < 2 * 128)


def pack_depthwise(rows: Ints, bias: Sequence[int], rescales: Sequence[Rescale]) -> tuple[int, ...]:
    """[C, taps] as blocks of 16 channels, see ek_depthwise_helium.h."""
    channels, taps = rows.shape
    fill = -channels % CHUNK
    filled = np.pad(rows, ((0, fill), (0, taps % 2)))
    starts = np.pad(np.array(bias, np.int64), (0, fill))
    parts: list[_Bytes] = []
    for first in range(0, channels, CHUNK):
        # Even channels, then odd; of each again the even, then the odd: as products are widened.
        fours = [list(range(first + start, first + CHUNK, 4)) for start in (0, 2, 1, 3)]
        parts += [_words(starts[four]) for four in fours]
        parts.append(_bytes(filled[first : first + CHUNK].T))
        for four in fours:
            parts += _scales([rescales[min(channel, channels - 1)] for channel in four])
    return as_words(parts)


def pack_depthwise_3x3(rows: Ints, bias: Sequence[int], rescales: Sequence[Rescale]) -> tuple[int, ...]:
    """[C, 9], C a multiple of 4, as groups of 4 channels, see ek_depthwise_3x3_helium.h."""
    windows = np.pad(rows.reshape(-1, 3, 3).transpose(0, 2, 1), ((0, 0), (0, 0), (0, 1)))
    starts = np.array(bias, np.int64)
    parts: list[_Bytes] = []
    for first in range(0, len(rows), GROUP):
        group = slice(first, first + GROUP)
        parts += [_bytes(windows[group]), *_scales(rescales[group]), _words(starts[group])]
    return as_words(parts)


def _scales(rescales: Sequence[Rescale]) -> list[_Bytes]:
    multipliers = _words(np.array([rescale.multiplier for rescale in rescales], np.int64))
    return [multipliers, _bytes(np.array([rescale.shift for rescale in rescales], np.int64))]


def _bytes(values: Ints) -> _Bytes:
    return np.ascontiguousarray(values).astype(np.int8).ravel()


def _words(values: Ints) -> _Bytes:
    return values.astype("<i4").view(np.int8).ravel()


def as_words(parts: Sequence[_Bytes]) -> tuple[int, ...]:
    """Bytes in order as signed words."""
    return tuple(np.concatenate(parts).view("<i4").astype(np.int64).tolist())
