# SPDX-License-Identifier: Apache-2.0
"""How samples become a model's inputs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.dataset import Dataset, fit_samples, make_dataset, quantize, random_samples, select_samples
from edgekit.errors import DataError


@dataclass(frozen=True)
class Port:
    name: str = "input_0"
    shape: tuple[int, ...] = (1, 2, 3)
    dtype: str = "int8"
    scale: float | None = 0.5
    zero_point: int | None = 3


def data(x: object, **more: object) -> Dataset:
    return make_dataset({"x": x, **more}, "d", source="d")


INT8 = np.arange(-12, 12, dtype=np.int8).reshape(4, 6)


def test_quantized_samples_go_to_a_model_of_the_same_scale_as_they_are() -> None:
    samples = fit_samples(data(INT8, scale=0.5, zero_point=3), [Port()])
    assert samples.inputs[0].shape == (4, 1, 2, 3) and samples.notes == ()
    assert samples.raw(2) == [INT8[2].tobytes()]


def test_quantized_samples_are_dequantized_for_a_float_model() -> None:
    samples = fit_samples(data(INT8, scale=0.5, zero_point=3), [Port(dtype="float32", scale=None, zero_point=None)])
    assert samples.inputs[0].dtype == np.float32
    assert np.array_equal(samples.inputs[0].reshape(4, 6), (INT8.astype(np.float32) - 3) * 0.5)


def test_another_scale_requantizes_and_says_so() -> None:
    samples = fit_samples(data(INT8, scale=0.25, zero_point=0), [Port()])
    assert np.array_equal(samples.inputs[0].reshape(4, 6), quantize(INT8 * np.float32(0.25), 0.5, 3, "int8"))
    assert samples.notes == ("samples requantized from scale 0.25, zero point 0 to the model's 0.5, 3",)


def test_int8_without_a_scale_is_taken_as_quantized_and_said_so() -> None:
    samples = fit_samples(data(INT8), [Port()])
    assert samples.raw(0) == [INT8[0].tobytes()]
    assert samples.notes == ("int8 samples without a scale were taken as quantized already",)


def test_bytes_of_an_image_are_numbers() -> None:
    image = np.array([[0, 128, 255, 1, 2, 3]], np.uint8)
    samples = fit_samples(data(image), [Port(scale=1.0, zero_point=-128)])
    assert samples.inputs[0].ravel().tolist() == [-128, 0, 127, -127, -126, -125]
    floats = fit_samples(data(image), [Port(dtype="float32", scale=None)])
    assert floats.inputs[0].ravel().tolist() == [0, 128, 255, 1, 2, 3]


def test_labels_follow_the_selected_part() -> None:
    samples = select_samples(data(INT8, y=[0, 1, 2, 3], test=[3, 1], scale=0.5, zero_point=3), [Port()])
    assert len(samples) == 2 and samples.y is not None and samples.y.tolist() == [3, 1]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.floats(-(2.0**90), 2.0**90, width=32),
    st.floats(2**-20, 2**20, width=32),
    st.integers(-128, 127),
)
def test_quantization_rounds_halves_away_from_zero_and_clamps(value: float, scale: float, zero_point: int) -> None:
    divided = Fraction(float(np.float32(value) / np.float32(scale)))
    magnitude = int(abs(divided) + Fraction(1, 2))
    expected = max(-128, min(127, (magnitude if divided >= 0 else -magnitude) + zero_point))
    assert quantize(np.array([value], np.float32), scale, zero_point, "int8").tolist() == [expected]


def test_a_half_below_a_half_is_not_rounded_up() -> None:
    assert quantize(np.array([0.49999997, 0.5, -0.5, 1.5, 2.5], np.float32), 1.0, 0, "int8").tolist() == [
        0,
        1,
        -1,
        2,
        3,
    ]


def test_other_element_counts_name_both_shapes() -> None:
    with pytest.raises(DataError, match=r"shape \[5\] \(5 elements\), the model's input 'input_0' \[2, 3\] \(6\)"):
        fit_samples(data(np.zeros((4, 5))), [Port()])


def test_channels_first_is_refused_and_not_reshaped() -> None:
    port = Port(shape=(1, 4, 4, 3), dtype="float32", scale=None)
    with pytest.raises(DataError, match="channels come last"):
        fit_samples(data(np.zeros((2, 3, 4, 4))), [port])
    assert fit_samples(data(np.zeros((2, 1, 4, 4, 3))), [port]).inputs[0].shape == (2, 1, 4, 4, 3)


def test_inputs_are_matched_by_name_or_by_position() -> None:
    ports = [Port("serving_default_left:0", (1, 1), "float32", None), Port("right", (1, 1), "float32", None)]
    left, right = np.array([[1.0]]), np.array([[2.0]])
    named = make_dataset({"right": right, "left": left}, "d", source="d")
    assert [values.item() for values in fit_samples(named, ports).inputs] == [1.0, 2.0]
    positional = make_dataset({"x0": left, "x1": right}, "d", source="d")
    assert [values.item() for values in fit_samples(positional, ports).inputs] == [1.0, 2.0]
    with pytest.raises(DataError, match="no samples for the model's input 'left'"):
        fit_samples(make_dataset({"right": right, "lift": left}, "d", source="d"), ports)
    with pytest.raises(DataError, match="the model has 2 inputs"):
        fit_samples(data(left), ports)


def test_indices_must_be_whole_numbers_in_range() -> None:
    port = Port(shape=(1, 2), dtype="int32", scale=None)
    assert fit_samples(data([[1.0, 2.0]]), [port]).inputs[0].dtype == np.int32
    with pytest.raises(DataError, match="takes whole numbers"):
        fit_samples(data([[1.5, 2.0]]), [port])
    with pytest.raises(DataError, match="takes whole numbers"):
        fit_samples(data([[1e12, 2.0]]), [port])


def test_numbers_beyond_float32_are_refused() -> None:
    with pytest.raises(DataError, match="beyond the range of float32"):
        fit_samples(data([[1e300] * 6]), [Port(dtype="float32", scale=None)])


def test_random_samples_repeat_and_reach_both_ends() -> None:
    ports = [Port(shape=(1, 500)), Port(shape=(1, 4), dtype="float32", scale=None), Port(dtype="bool", scale=None)]
    first, second = random_samples(ports, 5, seed=1), random_samples(ports, 5, seed=1)
    assert [first.raw(i) for i in range(5)] == [second.raw(i) for i in range(5)]
    assert first.inputs[0].min() == -128 and first.inputs[0].max() == 127
    assert first.raw(0) != random_samples(ports, 5, seed=2).raw(0)
