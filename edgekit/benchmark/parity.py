# SPDX-License-Identifier: Apache-2.0
"""The board against the reference interpreter: equal integers, floats as near as they can be, and where they part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

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

#: How far float32 outputs may lie from the oracle's, relative to them: its exp and tanh are those of its C library.
FLOAT_TOLERANCE = 1e-5

# Values below this share of a tensor's largest are compared as if they were that: they are what sums left over.
_SMALLEST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Reference:
    """What the oracle computes: its name, the output bytes of every sample, and the outputs that they are of."""

    oracle: str
    outputs: tuple[bytes, ...]
    ports: tuple[Port, ...]

    def first_difference(self, outputs: Sequence[bytes]) -> int | None:
        """The first sample whose `outputs` are wrong: other integers, or floats beyond FLOAT_TOLERANCE."""
        pairs = zip(outputs, self.outputs, strict=True)
        return next((index for index, (ours, theirs) in enumerate(pairs) if self._is_wrong(ours, theirs)), None)

    def compare(self, outputs: Sequence[bytes], first_different_layer: str | None) -> Parity:
        """Count the bytes of `outputs` that differ, and measure by how much floats do."""
        pairs = list(zip(outputs, self.outputs, strict=True))
        floats = any(port.dtype == "float32" for port in self.ports)
        return Parity(
            self.oracle,
            len(outputs),
            sum(map(len, outputs)),
            sum(_different(ours, theirs) for ours, theirs in pairs),
            first_different_layer,
            wrong_inputs=sum(self._is_wrong(ours, theirs) for ours, theirs in pairs),
            float_tolerance=FLOAT_TOLERANCE if floats else None,
            float_difference=max((self._float_difference(*pair) for pair in pairs), default=0.0) if floats else None,
        )

    def _is_wrong(self, ours: bytes, theirs: bytes) -> bool:
        if ours == theirs:
            return False
        if len(ours) != len(theirs) or self._float_difference(ours, theirs) > FLOAT_TOLERANCE:
            return True
        integers = [at for port, at in self._places() if port.dtype != "float32"]
        return any(ours[at] != theirs[at] for at in integers)

    def _float_difference(self, ours: bytes, theirs: bytes) -> float:
        places = [at for port, at in self._places() if port.dtype == "float32"]
        return max((float_difference(ours[at], theirs[at]) for at in places), default=0.0)

    def _places(self) -> list[tuple[Port, slice]]:
        """Where each output stands among the bytes of a sample."""
        ends = list(accumulate(port.size_bytes for port in self.ports))
        return [(port, slice(end - port.size_bytes, end)) for port, end in zip(self.ports, ends, strict=True)]


def float_difference(ours: bytes, theirs: bytes) -> float:
    """The largest difference of two float32 tensors, relative to `theirs`; infinite where only one has a number."""
    found, wanted = (np.frombuffer(raw, "<f4").astype(np.float64) for raw in (ours, theirs))
    finite = np.isfinite(wanted)
    if not np.array_equal(np.where(finite, 0, found), np.where(finite, 0, wanted), equal_nan=True):
        return float("inf")
    if not np.isfinite(found[finite]).all():
        return float("inf")
    magnitude = np.abs(wanted[finite])
    floor = max(_SMALLEST_SHARE * float(magnitude.max(initial=0.0)), float(np.finfo(np.float32).tiny))
    return float((np.abs(found[finite] - wanted[finite]) / np.maximum(magnitude, floor)).max(initial=0.0))


def ask_oracle(
    model: TfliteModel, imported: Graph, ports: tuple[Port, ...], samples: Samples, progress: Progress
) -> Reference | None:
    """The oracle's outputs, which are `ports`; None where no reference interpreter is installed.

    `imported` is the graph before any pass: it tells whether the oracle is known to be wrong on it.
    """
    judge = Oracle(model, imported)
    if not judge.installed:
        return None
    with judge as oracle:
        results = oracle.run_batch([samples.raw(index) for index in range(len(samples))], progress)
        return Reference(oracle.name, tuple(b"".join(outputs) for outputs in results), ports)


def first_different_layer(device: Device, graph: Graph, inputs: Sequence[bytes], ports: Sequence[Port]) -> str | None:
    """The first layer whose bytes on the board differ from numpy's (`ir.evaluate`); needs a profile build.

    Its integers are the oracle's, its floats the kernels', on every layer of the graph that the code was made from.
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
