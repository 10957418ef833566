# SPDX-License-Identifier: Apache-2.0
"""What a model is for: the loss it trains on and the figure it is judged by.

Read off the labels and the output's shape, or set in the recipe's [task] table:

- classification: class numbers or one-hot rows, several outputs
- binary: labels 0 and 1, one output
- regression: one value for each output
- autoencoder: no labels, or labels 0 (normal) and 1, and an output of the input's shape
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from edgekit.convert.keras_graph import LayerGraph
from edgekit.convert.layer_kinds import activation_of
from edgekit.errors import DataError, UsageError

Kind = Literal["classification", "binary", "regression", "autoencoder"]
KINDS: tuple[Kind, ...] = ("classification", "binary", "regression", "autoencoder")
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Score:
    """An accuracy and its 95 % interval. For mse lower is better."""

    metric: str
    value: float
    low: float
    high: float
    samples: int


@dataclass(frozen=True, slots=True)
class Task:
    """`loss(y, outputs)` and `metric(y, outputs)` are the user's own functions, or None."""

    kind: Kind
    loss: Callable[[Any, Any], Any] | None = None
    metric: Callable[[np.ndarray, np.ndarray], float] | None = None

    @property
    def classifies(self) -> bool:
        return self.kind in ("classification", "binary")


def read_function(spec: str) -> Callable[..., Any]:
    """The function that `package.module:function` names."""
    module, _, name = spec.partition(":")
    if not module or not name:
        raise UsageError(f"{spec!r} names no function; write package.module:function")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"cannot find {spec!r}: {error}") from error
    if not callable(found):
        raise UsageError(f"{spec!r} is a {type(found).__name__}, not a function")
    return found  # type: ignore[no-any-return]


def infer_kind(graph: LayerGraph, y: np.ndarray | None) -> Kind:
    """The kind of task that labels `y` and the model's first output imply; DataError where they imply none."""
    output, source = graph.shapes[graph.outputs[0]][1:], graph.shapes[graph.inputs[0]][1:]
    width = math.prod(size or 1 for size in output)
    same_shape = math.prod(size or 1 for size in source) == width
    if y is None:
        if same_shape:
            return "autoencoder"
        raise DataError(
            "the data has no labels 'y' and the model's output is no reconstruction of its input; give labels, or "
            "set loss = 'package.module:function' in the recipe's [task] table"
        )
    whole = y.dtype.kind in "iub" or bool(np.all(y == np.round(y)))
    if y.ndim == 1 and whole:
        if width == 1:
            return "binary" if set(np.unique(y).tolist()) <= {0, 1} else "regression"
        return "autoencoder" if same_shape and set(np.unique(y).tolist()) <= {0, 1} else "classification"
    if y[0].size == width:
        one_hot = whole and width > 1 and bool((y.reshape(len(y), -1).sum(1) == 1).all())
        return "classification" if one_hot else "regression"
    raise DataError(f"labels of shape {list(y.shape)} do not fit an output of shape {list(output)}")


def labels_for(task: Task, graph: LayerGraph, y: np.ndarray | None) -> np.ndarray | None:
    """The labels as the loss takes them: class numbers, or float32 values in the output's shape."""
    if y is None or task.loss is not None:
        return y
    if task.kind == "classification":
        classes = y.reshape(len(y), -1)
        numbers = np.asarray(classes.argmax(1) if classes.shape[1] > 1 else classes[:, 0]).astype(np.int32)
        width = graph.shapes[graph.outputs[0]][-1] or 0
        if numbers.size and (numbers.min() < 0 or numbers.max() >= width):
            raise DataError(f"labels run from {numbers.min()} to {numbers.max()}, but the model has {width} classes")
        return numbers
    if task.kind == "autoencoder":
        return y
    shape = [size or 1 for size in graph.shapes[graph.outputs[0]][1:]]
    return y.astype(np.float32).reshape(len(y), *shape)


def logit_tensors(graph: LayerGraph) -> tuple[int, ...]:
    """The model's outputs in front of a final softmax or sigmoid."""
    producers = graph.producers()
    found = []
    for tensor in graph.outputs:
        node = producers.get(tensor)
        last = activation_of(graph.layer_of(node)) if node is not None else None
        found.append(node.inputs[0] if node is not None and last in ("softmax", "sigmoid") else tensor)
    return tuple(found)


def task_loss(task: Task, graph: LayerGraph) -> Callable[[Any, Sequence[Any], Sequence[Any]], Any]:
    """A TensorFlow function `loss(y, logits, inputs)`; `y` is what `labels_for` gave."""
    import tensorflow as tf

    ends_in = [
        activation_of(graph.layer_of(node)) if (node := graph.producers().get(t)) else None for t in graph.outputs
    ]

    def loss(y: Any, logits: Sequence[Any], inputs: Sequence[Any]) -> Any:
        if task.loss is not None:
            return tf.reduce_mean(task.loss(y, finish(logits)[0]))
        if task.kind == "classification":
            return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits[0]))
        if task.kind == "binary":
            return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(y, logits[0]))
        target = tf.reshape(inputs[0], tf.shape(logits[0])) if task.kind == "autoencoder" else y
        return tf.reduce_mean(tf.square(finish(logits)[0] - target))

    def finish(logits: Sequence[Any]) -> list[Any]:
        ends = {"softmax": tf.nn.softmax, "sigmoid": tf.sigmoid}
        return [ends.get(end or "", tf.identity)(value) for end, value in zip(ends_in, logits, strict=True)]

    return loss


def distillation_loss(task: Task, temperature: float) -> Callable[[Sequence[Any], Sequence[Any]], Any]:
    """A TensorFlow function `loss(teacher logits, student logits)`, summed over all outputs.

    For classifiers the divergence of the softened outputs times temperature squared, which keeps the gradient's size;
    else the squared difference.
    """
    import tensorflow as tf

    def one(teacher: Any, student: Any) -> Any:
        if task.kind == "classification":
            soft = tf.nn.softmax(teacher / temperature)
            entropy = tf.nn.softmax_cross_entropy_with_logits(soft, student / temperature)
            floor = tf.nn.softmax_cross_entropy_with_logits(soft, teacher / temperature)
            return tf.reduce_mean(entropy - floor) * temperature**2
        if task.kind == "binary":
            soft = tf.sigmoid(teacher / temperature)
            entropy = tf.nn.sigmoid_cross_entropy_with_logits(soft, student / temperature)
            floor = tf.nn.sigmoid_cross_entropy_with_logits(soft, teacher / temperature)
            return tf.reduce_mean(entropy - floor) * temperature**2
        return tf.reduce_mean(tf.square(teacher - student))

    def loss(teacher: Sequence[Any], student: Sequence[Any]) -> Any:
        return tf.add_n([one(left, right) for left, right in zip(teacher, student, strict=True)])

    return loss


def score(task: Task, outputs: np.ndarray, inputs: np.ndarray, y: np.ndarray | None) -> Score:
    """How good `outputs` (the model's first one) are against labels `y` as given in the data."""
    count = len(outputs)
    flat = outputs.reshape(count, -1).astype(np.float64)
    if task.metric is not None:
        value = float(task.metric(np.asarray(y), outputs))
        return Score(getattr(task.metric, "__name__", "metric"), value, value, value, count)
    if task.kind == "autoencoder":
        errors = np.square(flat - inputs.reshape(count, -1)).mean(1)
        if y is not None and len(np.unique(y)) == 2:
            return _area(errors, y.astype(bool))
        return _mean_score("mse", errors)
    assert y is not None
    if task.kind == "regression":
        return _mean_score("mse", np.square(flat - y.reshape(count, -1)).mean(1))
    if task.kind == "binary":
        right = (flat[:, 0] > 0.5) == (y.reshape(count) > 0.5)
    else:
        rows = y.reshape(count, -1)
        right = flat.argmax(1) == (rows.argmax(1) if rows.shape[1] > 1 else rows[:, 0])
    share = float(right.mean())
    middle = (share + _Z95**2 / (2 * count)) / (1 + _Z95**2 / count)
    half = _Z95 * math.sqrt(share * (1 - share) / count + _Z95**2 / (4 * count**2)) / (1 + _Z95**2 / count)
    return Score("top1", share, max(0.0, middle - half), min(1.0, middle + half), count)


def _mean_score(metric: str, errors: np.ndarray) -> Score:
    mean, half = float(errors.mean()), _Z95 * float(errors.std()) / math.sqrt(len(errors))
    return Score(metric, mean, max(0.0, mean - half), mean + half, len(errors))


def _area(scores: np.ndarray, positive: np.ndarray) -> Score:
    """Area under the ROC curve, with the interval of Hanley and McNeil (1982)."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(scores):
        same = scores == value
        ranks[same] = ranks[same].mean()
    ones, zeros = int(positive.sum()), int((~positive).sum())
    area = (float(ranks[positive].sum()) - ones * (ones + 1) / 2) / (ones * zeros)
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (ones - 1) * (q1 - area**2) + (zeros - 1) * (q2 - area**2)
    half = _Z95 * math.sqrt(max(variance, 0.0) / (ones * zeros))
    return Score("auc", area, max(0.0, area - half), min(1.0, area + half), len(scores))


def agreement(task: Task, left: np.ndarray, right: np.ndarray) -> float | None:
    """Share of samples on which two classifiers choose the same class; None for other tasks."""
    if not task.classifies:
        return None
    left, right = left.reshape(len(left), -1), right.reshape(len(right), -1)
    if left.shape[1] == 1:
        return float(((left > 0.5) == (right > 0.5)).mean())
    return float((left.argmax(1) == right.argmax(1)).mean())
