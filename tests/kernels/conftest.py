# SPDX-License-Identifier: Apache-2.0
"""All kernels in one sanitized program, built once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from kernel_runner import KernelRunner, compile_runner, open_runner

from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelRunner]:
    with open_runner(compile_runner(tmp_path_factory.mktemp("kernels"))) as opened:
        yield opened


class Checker:
    """Compares one-op models in C with exact integers."""

    def __init__(self, runner: KernelRunner) -> None:
        self._runner = runner

    def __call__(self, builder: ModelBuilder, output: int, *, repeats: int = 2) -> None:
        """The model whose output tensor is `output` gives equal bytes for random and extreme inputs."""
        graph = import_tflite(builder.tflite(outputs=[output]))
        assert len(graph.ops) == 1
        random = np.random.default_rng(7)
        shapes = [graph.tensors[index].shape for index in graph.inputs]
        samples = [[random.integers(-128, 128, shape).astype(np.int8) for shape in shapes] for _ in range(repeats)]
        samples += [[np.full(shape, value, np.int8) for shape in shapes] for value in (-128, 127)]
        for sample in samples:
            expected = evaluate(graph, sample)[graph.outputs[0]]
            got = np.frombuffer(self._runner.run_graph(graph, sample), np.int8).reshape(expected.shape)
            np.testing.assert_array_equal(got, expected)


@pytest.fixture
def check(runner: KernelRunner) -> Checker:
    return Checker(runner)
