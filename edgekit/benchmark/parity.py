# SPDX-License-Identifier: Apache-2.0
"""The board against the reference interpreter: equal bytes, and where they part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgekit.benchmark.result import Parity
from edgekit.codegen.generated import Port
from edgekit.dataset import Samples
from edgekit.device import Device
from edgekit.ir.evaluate import evaluate
from edgekit.ir.graph import Graph
from edgekit.oracle import Oracle
from edgekit.progress import Progress
from edgekit.tflite import TfliteModel


@dataclass(frozen=True, slots=True)
class Reference:
    """What the oracle computes: its name, and the output bytes of every sample."""

    oracle: str
    outputs: tuple[bytes, ...]

    def first_difference(self, outputs: Sequence[bytes]) -> int | None:
        """The first sample whose `outputs` differ."""
        pairs = zip(outputs, self.outputs, strict=True)
        return next((index for index, (ours, theirs) in enumerate(pairs) if ours != theirs), None)

    def compare(self, outputs: Sequence[bytes], first_different_layer: str | None) -> Parity:
        """Count the bytes of `outputs` that differ."""
        different = sum(_different(ours, theirs) for ours, theirs in zip(outputs, self.outputs, strict=True))
        return Parity(self.oracle, len(outputs), sum(map(len, outputs)), different, first_different_layer)


def ask_oracle(model: TfliteModel, imported: Graph, samples: Samples, progress: Progress) -> Reference | None:
    """The oracle's outputs; None where no reference interpreter is installed.

    `imported` is the graph before any pass: it tells whether the oracle is known to be wrong on it.
    """
    judge = Oracle(model, imported)
    if not judge.installed:
        return None
    with judge as oracle:
        results = oracle.run_batch([samples.raw(index) for index in range(len(samples))], progress)
        return Reference(oracle.name, tuple(b"".join(outputs) for outputs in results))


def first_different_layer(device: Device, graph: Graph, inputs: Sequence[bytes], ports: Sequence[Port]) -> str | None:
    """The first layer whose bytes on the board differ from exact integer arithmetic; needs a profile build.

    Exact integers (`ir.evaluate`) equal the oracle on every layer, and work on the graph that the code was made from.
    A layer that hands its output over in parts has no bytes to compare.
    """
    arrays = [
        np.frombuffer(raw, np.dtype(port.dtype).newbyteorder("<")).reshape(port.shape)
        for raw, port in zip(inputs, ports, strict=True)
    ]
    expected = evaluate(graph, arrays)
    for op, run in zip(graph.ops, device.layers(inputs), strict=True):
        if run.output and run.output != expected[op.outputs[0]].tobytes():
            return op.name
    return None


def _different(ours: bytes, theirs: bytes) -> int:
    if len(ours) != len(theirs):
        return max(len(ours), len(theirs))
    return int(np.count_nonzero(np.frombuffer(ours, np.uint8) != np.frombuffer(theirs, np.uint8)))
