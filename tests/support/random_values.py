# SPDX-License-Identifier: Apache-2.0
"""Inputs of any type: random ones over the whole range, and the ends of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def random_values(random: np.random.Generator, dtype: str, shape: Sequence[int]) -> np.ndarray[Any, Any]:
    """Integers over their whole range, real numbers from the standard normal distribution."""
    if dtype == "float32":
        return random.standard_normal(shape, np.float32)
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max, shape, dtype, endpoint=True)


def assert_same_values(got: bytes, wanted: np.ndarray[Any, Any], what: str = "") -> None:
    """`got` holds the bytes of `wanted`, but for the sign and payload of NaNs."""
    found = np.frombuffer(got, wanted.dtype).reshape(wanted.shape)
    if wanted.dtype == np.float32:
        numbers = ~(np.isnan(found) & np.isnan(wanted))
        found, wanted = np.where(numbers, found, 0).view(np.int32), np.where(numbers, wanted, 0).view(np.int32)
    np.testing.assert_array_equal(found, wanted, what)


def extreme_values(dtype: str, shape: Sequence[int]) -> list[np.ndarray[Any, Any]]:
    """The lowest and the highest integer everywhere; large real numbers of both signs."""
    ends = (-1000.0, 1000.0) if dtype == "float32" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    return [np.full(shape, end, dtype) for end in ends]
