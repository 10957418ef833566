# SPDX-License-Identifier: Apache-2.0
"""What a converted int8 model answers, through the reference interpreter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgekit.dataset import quantize
from edgekit.errors import UnsupportedOpError
from edgekit.importer import import_tflite
from edgekit.oracle import Oracle, is_installed
from edgekit.progress import Progress
from edgekit.tflite import TfliteModel


def run_tflite(model: TfliteModel, inputs: Sequence[np.ndarray], progress: Progress) -> tuple[np.ndarray, str] | None:
    """The first output of an int8 model for float samples, as real numbers, and who computed it.

    None where no reference interpreter is installed, or the model has operators whose scales cannot be read.
    """
    try:
        graph = import_tflite(model)
    except UnsupportedOpError:
        return None
    oracle = Oracle(model, graph)
    if not (oracle.installed and is_installed()):
        return None
    columns = []
    for index, values in zip(graph.inputs, inputs, strict=True):
        quant = graph.tensors[index].quant
        assert quant is not None
        columns.append(quantize(values, quant.scale, quant.zero_point, graph.tensors[index].dtype))
    with oracle:
        answers = oracle.run_batch([list(sample) for sample in zip(*columns, strict=True)], progress)
    result = graph.tensors[graph.outputs[0]]
    raw = np.frombuffer(b"".join(answer[0] for answer in answers), np.dtype(result.dtype).newbyteorder("<"))
    values = raw.reshape(len(answers), *result.shape[1:]).astype(np.float64)
    if result.quant is not None:
        values = (values - result.quant.zero_point) * result.quant.scale
    return values, oracle.name
