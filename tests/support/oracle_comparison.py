# SPDX-License-Identifier: Apache-2.0
"""Exact integers against the reference interpreter, for models made for one question."""

from __future__ import annotations

from typing import Any

import numpy as np
from flatbuffer_builder import ModelBuilder
from random_values import random_values

from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.oracle import Oracle
from edgekit.tflite import TfliteModel

Samples = list[list[np.ndarray[Any, Any]]]


def compare(model: TfliteModel, samples: Samples) -> None:
    """Every output of every sample has equal bytes."""
    graph = import_tflite(model)
    with Oracle(model, graph) as oracle:
        for sample in samples:
            values = evaluate(graph, sample)
            for position, (index, wanted) in enumerate(zip(graph.outputs, oracle.run(sample), strict=True)):
                assert values[index].tobytes() == wanted, f"output {position} '{graph.tensors[index].name}'"


def random_samples(model: ModelBuilder, count: int = 2) -> Samples:
    specs = [model.tensors[index] for index in model.inputs]
    return [[random_values(model.random, spec.dtype, spec.shape) for spec in specs] for _ in range(count)]
