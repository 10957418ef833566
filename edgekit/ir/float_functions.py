# SPDX-License-Identifier: Apache-2.0
"""Functions of float32, in the same steps as the kernels (`kernels/ek_exp.c`, `kernels/ek_float.h`): equal bits.

Every operation is rounded to float32 by itself. NaNs are equal whatever their sign and payload.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
_F = np.float32

#: The largest finite number: where TensorFlow Lite Micro's fused activations end that have no bound.
FLOAT_MAX: Final = float(np.finfo(np.float32).max)

_LOG2_E = _F(1.44269504)
_LN_2_HIGH = _F(0.693359375)
_LN_2_LOW = _F(-2.12194440e-4)
_LARGEST, _SMALLEST, _LOWEST_EXPM1 = _F(89), _F(-104), _F(-20)
#: 1 / k! from the highest power down to 1/2.
_TAYLOR = tuple(map(_F, (1.98412698e-4, 1.38888889e-3, 8.33333333e-3, 4.16666667e-2, 1.66666667e-1, 0.5)))

# Where the logistic function of TensorFlow Lite Micro is 1, and exp(x).
_LOGISTIC_UPPER, _LOGISTIC_LOWER = _F(16.6190472), _F(-9)


def clamp(values: Floats, low: float, high: float) -> Floats:
    """Values within [low, high]; a NaN stays one."""
    lifted = np.where(values < _F(low), _F(low), values)
    return np.asarray(np.where(values > _F(high), _F(high), lifted), np.float32)


def running_sum(values: Floats) -> Floats:
    """0 + values[0] + values[1] + ... in this order, along the first axis."""
    start = np.zeros((1, *values.shape[1:]), np.float32)
    return np.asarray(np.add.accumulate(np.concatenate([start, values]), axis=0, dtype=np.float32)[-1])


def running_max(values: Floats) -> Floats:
    """The largest number along the first axis, passing over NaNs; at least the lowest finite one."""
    largest = np.full(values.shape[1:], -FLOAT_MAX, np.float32)
    for value in values:
        largest = np.where(value > largest, value, largest)
    return largest


def _nearest_power(x: Floats) -> npt.NDArray[np.int32]:
    powers = x * _LOG2_E
    return np.trunc(np.where(powers < 0, powers - _F(0.5), powers + _F(0.5))).astype(np.int32)


def _fraction(x: Floats, n: npt.NDArray[np.int32]) -> Floats:
    """exp(r) - 1 for what is left of x without n times ln 2."""
    r = (x - n.astype(np.float32) * _LN_2_HIGH) - n.astype(np.float32) * _LN_2_LOW
    total = np.full_like(r, _TAYLOR[0])
    for factor in _TAYLOR[1:]:
        total = total * r + factor
    return np.asarray(r + r * r * total)


def _power_of_2(n: npt.NDArray[np.int32]) -> Floats:
    return np.asarray(((n + 127) << 23).astype(np.int32).view(np.float32))


def exp(x: Floats) -> Floats:
    """Within 1.1 units in the last place."""
    kept = np.where(np.isnan(x), _F(0), clamp(x, float(_SMALLEST), float(_LARGEST)))
    n = _nearest_power(kept)
    half = np.trunc(n / 2).astype(np.int32)
    result = (_F(1) + _fraction(kept, n)) * _power_of_2(half) * _power_of_2(n - half)
    return np.asarray(np.where(np.isnan(x), x, result))


def expm1(x: Floats) -> Floats:
    """exp(x) - 1 for x <= 0, within 1 unit in the last place."""
    kept = np.where(np.isnan(x), _F(0), np.where(x < _LOWEST_EXPM1, _LOWEST_EXPM1, x))
    n = _nearest_power(kept)
    power = _power_of_2(n)
    return np.asarray(np.where(np.isnan(x), x, (power - _F(1)) + power * _fraction(kept, n)))


def tanh(x: Floats) -> Floats:
    """Within 3 units in the last place."""
    e = expm1(_F(-2) * np.abs(x))
    t = e / (e + _F(2))
    return np.asarray(np.where(x > 0, -t, t))


def logistic(x: Floats) -> Floats:
    middle = _F(1) / (_F(1) + exp(-x))
    return np.asarray(np.where(x > _LOGISTIC_UPPER, _F(1), np.where(x < _LOGISTIC_LOWER, exp(x), middle)))


def elu(x: Floats) -> Floats:
    return np.asarray(np.where(x < 0, expm1(np.minimum(x, _F(0))), x))


def hard_swish(x: Floats) -> Floats:
    return np.asarray(x * clamp(x + _F(3), 0, 6) / _F(6))


def rsqrt(x: Floats) -> Floats:
    return np.asarray(_F(1) / np.sqrt(x))


def softmax(x: Floats, beta: float) -> Floats:
    """Along the last axis."""
    largest = running_max(np.moveaxis(x, -1, 0))[..., None]
    exps = exp((x - largest) * _F(beta))
    return np.asarray(exps / running_sum(np.moveaxis(exps, -1, 0))[..., None])
