# SPDX-License-Identifier: Apache-2.0
"""QUANTIZE and DEQUANTIZE between all types."""

from __future__ import annotations

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from kernel_runner import KernelRunner

from edgekit.ir.attributes import QuantizeAttrs
from edgekit.ir.evaluate import evaluate
from edgekit.ir.graph import Graph, Op, QuantParams, Tensor


@pytest.mark.parametrize("source,target", [("int8", "int16"), ("int16", "int8"), ("int16", "int16")])
@pytest.mark.parametrize("factor", [1e-5, 0.004, 1.0, 1.7, 400.0])
def test_integers(check, source: str, target: str, factor: float) -> None:
    model = ModelBuilder(1, dtype=source)
    x = model.input((3, 37), scale=0.01)
    check(model, model.quantize(x, scale=float(np.float32(0.01 * factor)), dtype=target))


def _one_op(kind: str, source: Tensor, target: Tensor) -> Graph:
    return Graph("model", (source, target), (Op(kind, kind.lower(), (0,), (1,), QuantizeAttrs()),), (0,), (1,))


@pytest.mark.parametrize("target,zero_point", [("int8", -7), ("int16", 0)])
@pytest.mark.parametrize("scale", [1.0, 0.3, 1e-4])
def test_real_numbers_to_integers(runner: KernelRunner, target: str, zero_point: int, scale: float) -> None:
    values = np.arange(-200, 200, dtype=np.float32) / 2
    values = np.concatenate([values, np.nextafter(values, np.float32(0)), values * 1e4, values * np.float32(1e36)])
    quant = QuantParams((float(np.float32(scale)),), (zero_point,))
    graph = _one_op("QUANTIZE", Tensor("x", values.shape, "float32"), Tensor("y", values.shape, target, quant=quant))
    got = np.frombuffer(runner.run_graph(graph, [values]), target)
    np.testing.assert_array_equal(got, evaluate(graph, [values])[1])


def test_what_is_no_number_gives_the_zero_point(runner: KernelRunner) -> None:
    values = np.array([np.nan, np.inf, -np.inf], np.float32)
    quant = QuantParams((0.5,), (3,))
    graph = _one_op("QUANTIZE", Tensor("x", (3,), "float32"), Tensor("y", (3,), "int8", quant=quant))
    assert np.frombuffer(runner.run_graph(graph, [values]), np.int8).tolist() == [3, 127, -128]


@pytest.mark.parametrize("source,zero_point", [("int8", 100), ("int16", 0)])
def test_integers_to_real_numbers(runner: KernelRunner, source: str, zero_point: int) -> None:
    limits = np.iinfo(source)
    values = np.arange(limits.min, limits.max + 1, 7).astype(source)
    quant = QuantParams((float(np.float32(1 / 3)),), (zero_point,))
    graph = _one_op("DEQUANTIZE", Tensor("x", values.shape, source, quant=quant), Tensor("y", values.shape, "float32"))
    assert runner.run_graph(graph, [values]) == evaluate(graph, [values])[1].tobytes()
