# SPDX-License-Identifier: Apache-2.0
"""All kernels in one program for each place where they run, built once: every kernel test runs in each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from kernel_runner import (
    DSP,
    HELIUM,
    KernelRunner,
    compile_board_runner,
    compile_runner,
    open_board_runner,
    open_runner,
)
from random_values import assert_same_values, extreme_values, random_values

from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate


@pytest.fixture(scope="session", params=["portable", "dsp", "dsp_board", "helium_board"])
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelRunner]:
    folder = tmp_path_factory.mktemp("kernels")
    if request.param.endswith("_board"):
        arch = DSP if request.param == "dsp_board" else HELIUM
        with open_board_runner(compile_board_runner(folder, arch), arch) as opened:
            yield opened
        return
    arch = DSP if request.param == "dsp" else "portable"
    with open_runner(compile_runner(folder, arch), arch) as opened:
        yield opened


class Checker:
    """Compares one-op models in C with the numpy reference."""

    def __init__(self, runner: KernelRunner) -> None:
        self._runner = runner

    def __call__(self, builder: ModelBuilder, *outputs: int, repeats: int = 2) -> None:
        """The model of one op with the output tensors `outputs` gives equal bytes for random and extreme inputs."""
        graph = import_tflite(builder.tflite(outputs=outputs))
        assert len(graph.ops) == 1
        random = np.random.default_rng(7)
        tensors = [graph.tensors[index] for index in graph.inputs]
        samples = [[random_values(random, each.dtype, each.shape) for each in tensors] for _ in range(repeats)]
        ends = [extreme_values(each.dtype, each.shape) for each in tensors]
        samples += [list(sample) for sample in zip(*ends, strict=True)]
        for sample in samples:
            values = evaluate(graph, sample)
            got = self._runner.run_graph(graph, sample)
            for index in graph.ops[0].outputs:
                size = graph.tensors[index].size_bytes
                assert_same_values(got[:size], values[index])
                got = got[size:]


@pytest.fixture
def check(runner: KernelRunner) -> Checker:
    return Checker(runner)
