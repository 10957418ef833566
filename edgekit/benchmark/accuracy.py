# SPDX-License-Identifier: Apache-2.0
"""How good the outputs are: top-1, area under the ROC curve, mean squared error, each with a 95 % interval."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from edgekit.benchmark.parity import FLOAT_TOLERANCE, float_difference
from edgekit.benchmark.result import Accuracy
from edgekit.codegen.generated import Port
from edgekit.errors import DataError

Metric = Literal["top1", "auc", "mse"]
Floats = npt.NDArray[np.float64]

#: Two-sided 95 % quantile of the normal distribution.
_Z95 = 1.959963984540054
_BOOTSTRAP_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Outputs:
    """The raw output bytes of every sample, in order, and the model's ports that give them a meaning."""

    raw: Sequence[bytes]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    @property
    def positions(self) -> bool:
        """Whether the first output is the number of a class, as ARG_MAX gives it."""
        return self.outputs[0].dtype == "int32" and math.prod(self.outputs[0].shape) == 1

    def real(self) -> Floats:
        """The first output as real numbers, [samples, elements]."""
        return dequantize(b"".join(sample[: self.outputs[0].size_bytes] for sample in self.raw), self.outputs[0])


def dequantize(raw: bytes, port: Port) -> Floats:
    """Raw little-endian bytes of one or more tensors of `port` -> real numbers, [tensors, elements]."""
    values = np.frombuffer(raw, np.dtype(port.dtype).newbyteorder("<")).astype(np.float64)
    if port.scale is not None:
        values = (values - (port.zero_point or 0)) * port.scale
    return values.reshape(-1, math.prod(port.shape))


def judge(
    outputs: Outputs, inputs: Floats, y: npt.NDArray[np.generic], metric: str, oracle: Sequence[bytes] | None
) -> Accuracy:
    """The accuracy of `outputs` against the labels `y`.

    `inputs`: [samples, elements] as real numbers, needed where the model reconstructs its input (an autoencoder).
    `metric`: "auto" reads it off the labels and shapes. `oracle`: the reference interpreter's raw outputs of the same
    samples; agreement is the share of samples with the same top-1 (for auc and mse: the same bytes, or floats within
    the tolerance of parity).
    """
    predicted = outputs.real()
    labels = np.asarray(y)
    if len(labels) != len(predicted):
        raise DataError(f"{len(predicted)} samples but {len(labels)} labels: give one label for each sample")
    if outputs.positions and labels.ndim == 1 and _integral(labels):
        predicted = _as_scores(predicted[:, 0].astype(np.int64), labels.astype(np.int64))
    chosen: Metric = choose_metric(labels, predicted, inputs) if metric == "auto" else metric  # type: ignore[assignment]
    value, low, high = _METRICS[chosen](predicted, inputs, labels)
    agreement = None
    if oracle is not None:
        agreement = _agreement(chosen, outputs, Outputs(oracle, outputs.inputs, outputs.outputs))
    digest = hashlib.sha256(b"".join(outputs.raw)).hexdigest()
    return Accuracy(chosen, value, low, high, len(labels), agreement, digest)


def _as_scores(classes: npt.NDArray[np.int64], labels: npt.NDArray[np.int64]) -> Floats:
    """1 for the class that was named, 0 for all others."""
    width = 1 + int(max(classes.max(), labels.max(), 1))
    return np.asarray(classes[:, None] == np.arange(width), np.float64)


def choose_metric(labels: npt.NDArray[np.generic], predicted: Floats, inputs: Floats) -> Metric:
    """The metric that labels and shapes imply; DataError where they imply none."""
    if labels.ndim == 1 and _integral(labels):
        binary = set(np.unique(labels).tolist()) <= {0, 1}
        if binary and predicted.shape == inputs.shape and predicted.shape[1] > 1:
            return "auc"  # an autoencoder: the reconstruction error is the anomaly score
        return "top1"
    if labels.size == predicted.size:
        return "top1" if _one_hot(labels.reshape(predicted.shape)) else "mse"
    raise DataError(
        f"labels of shape {labels.shape} do not say how to judge {predicted.shape[1]} outputs a sample: "
        "give one class number a sample (top1), 0 or 1 (auc), or one value for each output (mse)"
    )


def _integral(labels: npt.NDArray[np.generic]) -> bool:
    if labels.dtype.kind in "iub":
        return True
    return labels.dtype.kind == "f" and bool(np.all(labels.astype(np.float64) == np.round(labels.astype(np.float64))))


def _one_hot(labels: npt.NDArray[np.generic]) -> bool:
    values = labels.astype(np.float64)
    return labels.shape[1] > 1 and bool(np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all())


def _classes(labels: npt.NDArray[np.generic], width: int) -> npt.NDArray[np.int64]:
    if labels.size == len(labels) * width and width > 1:
        return np.asarray(np.argmax(labels.reshape(len(labels), width).astype(np.float64), axis=1))
    classes = labels.reshape(len(labels), -1)[:, 0].astype(np.int64)
    limit = max(width, 2)
    if len(classes) and (classes.min() < 0 or classes.max() >= limit):
        raise DataError(f"labels run from {classes.min()} to {classes.max()}, but the model has {limit} classes")
    return classes


def _predicted_classes(predicted: Floats) -> npt.NDArray[np.int64]:
    if predicted.shape[1] == 1:
        return (predicted[:, 0] > 0.5).astype(np.int64)
    return np.asarray(np.argmax(predicted, axis=1))


def _top1(predicted: Floats, inputs: Floats, labels: npt.NDArray[np.generic]) -> tuple[float, float, float]:
    right = _predicted_classes(predicted) == _classes(labels, predicted.shape[1])
    low, high = wilson_interval(int(right.sum()), len(right))
    return float(right.mean()), low, high


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """95 % score interval of a proportion (Wilson, 1927)."""
    share = successes / trials
    spread = _Z95 * math.sqrt(share * (1 - share) / trials + _Z95**2 / (4 * trials**2))
    centre = share + _Z95**2 / (2 * trials)
    scale = 1 + _Z95**2 / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def _auc(predicted: Floats, inputs: Floats, labels: npt.NDArray[np.generic]) -> tuple[float, float, float]:
    positive = _classes(labels, 2) == 1
    if positive.all() or not positive.any():
        raise DataError("auc needs samples of both classes, 0 and 1")
    if predicted.shape == inputs.shape and predicted.shape[1] > 1:
        scores = np.mean((predicted - inputs) ** 2, axis=1)
    else:
        scores = predicted[:, -1]

    def area(index: npt.NDArray[np.int64]) -> float:
        return roc_area(scores[index], positive[index])

    low, high = _bootstrap(area, len(scores), valid=lambda index: 0 < positive[index].sum() < len(index))
    return roc_area(scores, positive), low, high


def roc_area(scores: Floats, positive: npt.NDArray[np.bool_]) -> float:
    """Probability that a positive scores higher than a negative, ties counted half (Mann and Whitney, 1947)."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2
    positives = int(positive.sum())
    negatives = len(scores) - positives
    rank_sum = float(mean_rank[inverse][positive].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def _mse(predicted: Floats, inputs: Floats, labels: npt.NDArray[np.generic]) -> tuple[float, float, float]:
    target = labels.astype(np.float64)
    if target.size != predicted.size:
        raise DataError(f"mse needs {predicted.shape[1]} values a sample; the labels have shape {labels.shape}")
    errors = np.mean((predicted - target.reshape(predicted.shape)) ** 2, axis=1)
    low, high = _bootstrap(lambda index: float(errors[index].mean()), len(errors))
    return float(errors.mean()), low, high


def _bootstrap(
    statistic: Callable[[npt.NDArray[np.int64]], float],
    samples: int,
    valid: Callable[[npt.NDArray[np.int64]], bool] = lambda index: True,
) -> tuple[float, float]:
    """95 % percentile interval over resampled samples (Efron, 1979), with a fixed seed."""
    random = np.random.default_rng(0)
    values = []
    for _ in range(_BOOTSTRAP_ROUNDS):
        index = random.integers(0, samples, samples)
        if valid(index):
            values.append(statistic(index))
    return float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))


def _agreement(metric: Metric, outputs: Outputs, oracle: Outputs) -> float:
    if metric == "top1" and not outputs.positions:
        return float(np.mean(_predicted_classes(outputs.real()) == _predicted_classes(oracle.real())))
    pairs = list(zip(outputs.raw, oracle.raw, strict=True))
    port = outputs.outputs[0]
    if port.dtype == "float32":
        first = slice(port.size_bytes)
        return float(
            np.mean([float_difference(ours[first], theirs[first]) <= FLOAT_TOLERANCE for ours, theirs in pairs])
        )
    return float(np.mean([ours == theirs for ours, theirs in pairs]))


_METRICS: dict[Metric, Callable[[Floats, Floats, npt.NDArray[np.generic]], tuple[float, float, float]]] = {
    "top1": _top1,
    "auc": _auc,
    "mse": _mse,
}
