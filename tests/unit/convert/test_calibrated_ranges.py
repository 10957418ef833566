# SPDX-License-Identifier: Apache-2.0
"""Ranges from histograms, without TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.convert.calibrated_ranges import least_error_range, percentile_range
from edgekit.convert.keras_graph import Layer
from edgekit.convert.post_training import least_error_steps
from edgekit.convert.simulation import largest_steps, nudge, on_grid


def histogram(values: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    extremes = (min(0.0, float(values.min())), max(0.0, float(values.max())))
    return np.histogram(values, 2048, extremes)[0], extremes


def rounding_error(values: np.ndarray, limits: tuple[float, float]) -> float:
    low, high = nudge(*limits)
    step = (high - low) / 255
    rounded = np.rint((np.clip(values, low, high) - low) / step) * step + low
    return float(np.square(rounded - values).sum())


def test_a_percentile_leaves_outliers_out() -> None:
    values = np.concatenate([np.linspace(0, 1, 9999), [50.0]])
    low, high = percentile_range(*histogram(values), 99.9)
    assert low == 0 and 0.9 < high < 1.1
    assert percentile_range(*histogram(values), 100.0) == (0.0, 50.0)


def test_the_least_error_cuts_a_lone_outlier_and_keeps_an_even_spread() -> None:
    random = np.random.default_rng(0)
    even = random.uniform(-1, 2, 20_000)
    low, high = least_error_range(*histogram(even))
    assert low == pytest.approx(-1, abs=0.03) and high == pytest.approx(2, abs=0.03)
    heavy = np.concatenate([random.normal(size=200_000), [-9.0, 12.0]])
    low, high = least_error_range(*histogram(heavy))
    assert -8 < low < -3 and 3 < high < 11


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(0, 1000), st.floats(0.3, 4.0), st.booleans())
def test_the_least_error_is_never_above_that_of_the_extremes(seed: int, power: float, positive: bool) -> None:
    values = np.random.default_rng(seed).normal(size=3000)
    values = np.sign(values) * np.abs(values) ** power
    values = np.abs(values) if positive else values
    counts, extremes = histogram(values)
    limits = least_error_range(counts, extremes)
    assert limits[0] <= 0 <= limits[1]
    assert rounding_error(values, limits) <= 1.05 * rounding_error(values, extremes)


def test_an_activation_that_is_always_zero_keeps_its_empty_range() -> None:
    counts, extremes = histogram(np.zeros(10))
    assert least_error_range(np.zeros_like(counts), extremes) == extremes
    assert percentile_range(np.zeros_like(counts), extremes, 99.0) == extremes


@pytest.mark.parametrize("kind", ["Conv2D", "DepthwiseConv2D", "Dense"])
@pytest.mark.parametrize("bits", [3, 4, 8])
def test_weight_steps_by_search_round_better_in_every_channel(kind: str, bits: int) -> None:
    shape = (16, 8) if kind == "Dense" else (3, 3, 4, 2)
    kernel = (np.random.default_rng(1).normal(size=shape) ** 3).astype(np.float32)
    layer = Layer("layer", kind, {}, {"kernel": kernel})
    found, top = least_error_steps(layer, bits), largest_steps(layer, bits)
    assert found.shape == top.shape and (found <= top).all()
    axes = tuple(axis for axis, size in enumerate(top.shape) if size == 1)
    errors = [np.square(on_grid(kernel, steps, bits) - kernel).sum(axis=axes) for steps in (found, top)]
    assert (errors[0] <= errors[1]).all()
    assert bits == 8 or errors[0].sum() < errors[1].sum()
