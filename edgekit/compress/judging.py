# SPDX-License-Identifier: Apache-2.0
"""What a converted int8 model answers, through the reference interpreter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgekit.convert.listing import list_model
from edgekit.dataset import quantize
from edgekit.errors import UnsupportedOpError
from edgekit.importer import import_tflite
from edgekit.oracle import Oracle
from edgekit.progress import Progress
from edgekit.tflite import TfliteModel


def run_tflite(model: TfliteModel, inputs: Sequence[np.ndarray], progress: Progress) -> tuple[np.ndarray, str] | None:
    """The first output of an int8 model for float samples, as real numbers, [samples, elements], and who computed it.

    None where no reference interpreter is installed, or the scale of the first of several outputs cannot be read.
    """
    listing = list_model(model.content)[0]
    try:
        graph = import_tflite(model)
        result = graph.tensors[graph.outputs[0]].source
    except UnsupportedOpError:
        graph, result = None, next(iter(listing.outputs)) if len(listing.outputs) == 1 else None
    oracle = Oracle(model, graph)
    if result is None or not oracle.installed:
        return None
    columns = []
    for index, values in zip(listing.inputs, inputs, strict=True):
        row = listing.tensors[index]
        columns.append(quantize(values, row.scales[0], row.zero_points[0], row.dtype))
    with oracle:
        answers = oracle.run_batch([list(sample) for sample in zip(*columns, strict=True)], progress)
    row = listing.tensors[result]
    raw = np.frombuffer(b"".join(answer[0] for answer in answers), np.dtype(row.dtype).newbyteorder("<"))
    values = raw.reshape(len(answers), -1).astype(np.float64)
    return (values - row.zero_points[0]) * row.scales[0], oracle.name
