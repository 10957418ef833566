# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import hashlib

import numpy as np
import pytest

from edgekit.benchmark.accuracy import Outputs, choose_metric, dequantize, judge, roc_area, wilson_interval
from edgekit.codegen.generated import Port
from edgekit.errors import DataError

CLASSES = Port("out", (1, 3), "int8", 3, 1 / 256, -128)
IMAGE = Port("in", (1, 4), "int8", 4, 0.5, 0)
SAME = Port("out", (1, 4), "int8", 4, 0.5, 0)


def raw(values: object) -> bytes:
    return np.array(values, np.int8).tobytes()


def test_top1_counts_the_first_largest_output() -> None:
    outputs = Outputs([raw([1, 2, 3]), raw([9, 9, 1]), raw([0, 5, 1])], (IMAGE,), (CLASSES,))
    found = judge(outputs, np.zeros((3, 4)), np.array([2, 0, 2]), "auto", None)
    assert (found.metric, found.value, found.samples) == ("top1", pytest.approx(2 / 3), 3)
    assert found.low is not None and found.high is not None and found.low < found.value < found.high
    assert found.outputs_sha256 == hashlib.sha256(raw([1, 2, 3, 9, 9, 1, 0, 5, 1])).hexdigest()
    assert found.agreement_with_oracle is None


def test_one_hot_labels_are_classes() -> None:
    outputs = Outputs([raw([1, 2, 3]), raw([9, 0, 1])], (IMAGE,), (CLASSES,))
    found = judge(outputs, np.zeros((2, 4)), np.array([[0, 0, 1], [0, 1, 0]]), "auto", None)
    assert (found.metric, found.value) == ("top1", 0.5)


def test_agreement_is_the_share_of_equal_classes() -> None:
    outputs = Outputs([raw([1, 2, 3]), raw([9, 0, 1])], (IMAGE,), (CLASSES,))
    found = judge(outputs, np.zeros((2, 4)), np.array([2, 0]), "top1", [raw([1, 2, 4]), raw([0, 9, 1])])
    assert found.agreement_with_oracle == 0.5


def test_floats_agree_within_the_tolerance_of_parity() -> None:
    port = Port("out", (1, 2), "float32", 8, None, None)
    ours = [np.array(values, np.float32).tobytes() for values in ([1, 2], [3, 4])]
    theirs = [np.array(values, np.float32).tobytes() for values in ([1.000001, 2], [3.001, 4])]
    found = judge(Outputs(ours, (port,), (port,)), np.zeros((2, 2)), np.ones((2, 2)), "mse", theirs)
    assert found.agreement_with_oracle == 0.5


def test_a_position_is_a_class() -> None:
    positions = [np.array([value], np.int32).tobytes() for value in (2, 0, 5, 1)]
    outputs = Outputs(positions, (IMAGE,), (Port("out", (1,), "int32", 4, None, None),))
    found = judge(outputs, np.zeros((4, 4)), np.array([2, 0, 1, 7]), "auto", [*positions[:3], positions[0]])
    assert (found.metric, found.value, found.agreement_with_oracle) == ("top1", 0.5, 0.75)


def test_an_autoencoder_is_judged_by_its_reconstruction_error() -> None:
    inputs = np.zeros((4, 4))
    outputs = Outputs([raw([0] * 4), raw([1] * 4), raw([2] * 4), raw([9] * 4)], (IMAGE,), (SAME,))
    found = judge(outputs, inputs, np.array([0, 0, 1, 1]), "auto", None)
    assert (found.metric, found.value) == ("auc", 1.0)


def test_values_for_each_output_are_judged_by_mean_squared_error() -> None:
    outputs = Outputs([raw([2, 2, 2, 2])], (IMAGE,), (SAME,))
    found = judge(outputs, np.zeros((1, 4)), np.full((1, 4), 0.5), "auto", None)
    assert (found.metric, found.value) == ("mse", 0.25)


def test_roc_area_counts_ties_half() -> None:
    assert roc_area(np.array([0.0, 1.0, 1.0, 2.0]), np.array([False, True, False, True])) == pytest.approx(0.875)


def test_wilson_interval_of_a_published_example() -> None:
    # 81 of 263: Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    low, high = wilson_interval(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_wilson_interval_stays_within_0_and_1() -> None:
    assert wilson_interval(0, 10)[0] == 0.0
    assert wilson_interval(10, 10)[1] == pytest.approx(1.0)


def test_dequantize_subtracts_the_zero_point() -> None:
    assert dequantize(raw([-128, 127, 0]), CLASSES).tolist() == [[0.0, 255 / 256, 0.5]]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0, 7]), "run from 0 to 7"),
        (np.array([0, -1]), "run from -1"),
        (np.array([0, 1, 1]), "3 labels"),
        (np.array([[0.5, 1.0], [0.1, 2.0]]), "do not say how"),
    ],
)
def test_labels_that_cannot_be_are_refused(labels: np.ndarray, message: str) -> None:
    outputs = Outputs([raw([1, 2, 3]), raw([9, 0, 1])], (IMAGE,), (CLASSES,))
    with pytest.raises(DataError, match=message):
        judge(outputs, np.zeros((2, 4)), labels, "auto", None)


def test_auc_needs_both_classes() -> None:
    outputs = Outputs([raw([0] * 4)] * 2, (IMAGE,), (SAME,))
    with pytest.raises(DataError, match="both classes"):
        judge(outputs, np.zeros((2, 4)), np.array([1, 1]), "auc", None)


def test_integer_labels_mean_top1_unless_the_model_reconstructs_its_input() -> None:
    assert choose_metric(np.array([0, 1]), np.zeros((2, 3)), np.zeros((2, 4))) == "top1"
    assert choose_metric(np.array([0, 1]), np.zeros((2, 4)), np.zeros((2, 4))) == "auc"


@pytest.mark.parametrize("dtype,scale", [("int16", 1 / 32768), ("float32", None)])
def test_outputs_of_any_type_are_judged(dtype: str, scale: float | None) -> None:
    port = Port("out", (1, 3), dtype, 3 * np.dtype(dtype).itemsize, scale, None if scale is None else 0)
    rows = np.array([[0.1, 0.6, 0.3], [0.7, 0.2, 0.1]]) * (1 if scale is None else 32768)
    outputs = Outputs([row.astype(dtype).tobytes() for row in rows], (IMAGE,), (port,))
    found = judge(outputs, np.zeros((2, 4)), np.array([1, 2]), "auto", outputs.raw)
    assert (found.metric, found.value, found.agreement_with_oracle) == ("top1", 0.5, 1.0)
