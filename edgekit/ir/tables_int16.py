# SPDX-License-Identifier: Apache-2.0
"""Tables that the int16 kernels interpolate in: exp, 1 / (1 + x) and the logistic function, and their use.

Each entry is moved by half the error that straight lines make in the middle between two entries.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from edgekit.ir.fixed_point import Ints, round_half_away

_Floats = npt.NDArray[np.float32]

_STEPS = 512
_STEP_BITS = 7
_INT16_RANGE = 65535


@cache
def exp_table() -> Ints:
    """exp(x) for 513 values of x from -10 to 0; 1.0 is 2**15."""
    return _table(-10.0, 0.0, lambda x: np.exp(x.astype(np.float64)).astype(np.float32))


@cache
def reciprocal_table() -> Ints:
    """1 / (1 + x) for 513 values of x from 0 to 1; 1.0 is 2**15."""
    return _table(0.0, 1.0, lambda x: np.float32(1) / (np.float32(1) + x))


def _table(first: float, last: float, function: Callable[[_Floats], _Floats]) -> Ints:
    """`function` over the interval as TFLite samples it: float32 throughout, int16 standing for -1 to 1."""
    one = np.float32
    scale = one(last - first) / one(_INT16_RANGE)
    zero_point = 32767 if last == 0.0 else -32768
    low, high = scale * one(-32768 - zero_point), scale * one(32767 - zero_point)
    step = (high - low) / one(_STEPS)
    out = one(2) / one(_INT16_RANGE)
    factor = one(_INT16_RANGE + 1) / (out * one(32767) - out * one(-32768))
    places = np.arange(_STEPS + 1).astype(np.float32)
    values = function(low + places * step) * factor
    middle = _rounded(function(low + places[:-1] * step + step / one(2)) * factor)
    interpolated = _rounded((values[1:] + _rounded(values[:-1])) / one(2))
    bias = _rounded((interpolated - middle) / one(2))
    end = _rounded(function(np.array([high], np.float32)) * factor)
    entries = np.concatenate([_rounded(values[:-1]) - bias, end])
    result: Ints = np.clip(entries, -32768, 32767).astype(np.int64)
    return result


def _rounded(values: _Floats) -> _Floats:
    """To nearest, halves away from zero."""
    nearest = np.sign(values) * np.floor(np.abs(values.astype(np.float64)) + 0.5)
    return np.asarray(nearest, np.float32)


def look_up(values: Ints, table: Ints) -> Ints:
    """The table at int16 `values`, between two entries on the line through them."""
    index = 256 + (values >> _STEP_BITS)
    slope = table[index + 1] - table[index]
    result: Ints = table[index] + ((slope * (values & 127) + 64) >> _STEP_BITS)
    return result


@cache
def sigmoid_table() -> Ints:
    """1 / (1 + exp(-i / 24)) with 16 fractional bits for i = 0 ... 255; the last entry is the limit."""

    def sigmoid(place: float) -> float:
        return 1 / (1 + math.exp(-place / 24))

    def entry(place: int) -> int:
        error = (sigmoid(place) + sigmoid(place + 1)) / 2 - sigmoid(place + 0.5)
        return round_half_away(65536 * (sigmoid(place) - error / 2))

    return np.array([*(entry(place) for place in range(255)), 65535], np.int64)
