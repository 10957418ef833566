# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from layer_graphs import GraphBuilder

from edgekit.compress.task import Task, agreement, infer_kind, labels_for, logit_tensors, read_function, score
from edgekit.convert.keras_graph import LayerGraph
from edgekit.errors import DataError, UsageError


def net(outputs: int, inputs: int = 6) -> LayerGraph:
    builder = GraphBuilder((inputs,))
    return builder.build(builder.dense("dense", builder.inputs[0], outputs))


@pytest.mark.parametrize(
    ("outputs", "y", "kind"),
    [
        (4, np.array([0, 3, 1]), "classification"),
        (3, np.eye(3), "classification"),
        (1, np.array([0, 1, 1]), "binary"),
        (1, np.array([0.5, 1.25, -3]), "regression"),
        (2, np.array([[0.5, 1], [2, 3], [4, 5.5]]), "regression"),
        (6, None, "autoencoder"),
        (6, np.array([0, 1, 0]), "autoencoder"),
    ],
)
def test_the_task_is_read_off_labels_and_output(outputs: int, y: np.ndarray | None, kind: str) -> None:
    assert infer_kind(net(outputs), y) == kind


def test_labels_that_fit_no_output_are_refused() -> None:
    with pytest.raises(DataError, match=r"do not fit an output of shape \[4\]"):
        infer_kind(net(4), np.zeros((5, 7)))
    with pytest.raises(DataError, match="no labels"):
        infer_kind(net(4), None)


def test_class_numbers_beyond_the_outputs_are_refused() -> None:
    with pytest.raises(DataError, match="labels run from 0 to 9, but the model has 4 classes"):
        labels_for(Task("classification"), net(4), np.array([0, 9]))


def test_logits_are_taken_in_front_of_a_softmax() -> None:
    builder = GraphBuilder((6,))
    dense = builder.dense("dense", builder.inputs[0], 4)
    graph = builder.build(builder.call("Softmax", "softmax", dense), builder.relu("relu", dense))
    assert logit_tensors(graph) == (dense, graph.outputs[1])


def test_top1_counts_right_classes_with_an_interval() -> None:
    found = score(Task("classification"), np.eye(4)[[0, 1, 2, 3]], np.zeros((4, 6)), np.array([0, 1, 2, 0]))
    assert (found.metric, found.value, found.samples) == ("top1", 0.75, 4)
    assert found.low < 0.75 < found.high


def test_regression_is_judged_by_squared_error() -> None:
    found = score(Task("regression"), np.array([[1.0], [3.0]]), np.zeros((2, 6)), np.array([1.0, 1.0]))
    assert (found.metric, found.value) == ("mse", 2.0)


def test_an_autoencoder_with_labels_is_judged_by_how_it_tells_anomalies() -> None:
    outputs, y = np.zeros((4, 6)), np.array([0, 0, 1, 1])
    inputs = np.ones((4, 6)) * np.array([[0.1], [0.2], [3.0], [4.0]])
    assert score(Task("autoencoder"), outputs, inputs, y).value == 1.0
    assert score(Task("autoencoder"), outputs, inputs, 1 - y).value == 0.0
    assert score(Task("autoencoder"), outputs, inputs, None).metric == "mse"


def test_agreement_is_for_classifiers_only() -> None:
    assert agreement(Task("classification"), np.eye(2), np.eye(2)[::-1]) == 0.0
    assert agreement(Task("binary"), np.array([[0.9], [0.2]]), np.array([[0.6], [0.7]])) == 0.5
    assert agreement(Task("regression"), np.eye(2), np.eye(2)) is None


def test_a_function_is_found_by_its_name_or_refused() -> None:
    assert read_function("numpy:linalg.norm") is np.linalg.norm
    for spec in ("numpy", "numpy:nothing", "no_such_module:f", "numpy:pi"):
        with pytest.raises(UsageError):
            read_function(spec)
