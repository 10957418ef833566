# SPDX-License-Identifier: Apache-2.0
"""float32 kernels give the bits of numpy, which adds up in the same order: on the host, with soft and hard floats."""

from __future__ import annotations

import numpy as np
import pytest
from elementwise_ops import UNARY
from float_ops import BEYOND_THE_ORACLE, FORMS, SHAPE, float_model, unary
from kernel_runner import KernelRunner
from random_values import assert_same_values

from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate

_EVERY_FORM = {**FORMS, **BEYOND_THE_ORACLE}
_FUNCTIONS = (*UNARY, "RELU", "RELU6", "RELU_N1_TO_1")

_LARGEST, _TINY = np.finfo(np.float32).max, np.float32(1e-45)
_EDGES = [np.inf, np.nan, 0.0, _TINY, 1e-38, _LARGEST, 0.34657359, 0.34657362, 9.0, 16.6190472, 20.0, 88.72283, 103.97]


@pytest.mark.parametrize("form", _EVERY_FORM)
def test_every_form(check, form: str) -> None:
    model = float_model(3)
    check(model, _EVERY_FORM[form](model, model.input(SHAPE)), repeats=1)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 8, 9])
def test_channel_counts_around_blocks(check, channels: int) -> None:
    for build in (
        lambda model, x: model.conv_2d(x, channels),
        lambda model, x: model.depthwise_conv_2d(x),
        lambda model, x: model.fully_connected(x, channels),
    ):
        model = float_model(channels)
        check(model, build(model, model.input((1, 4, 3, channels))), repeats=1)


@pytest.mark.parametrize("kind", _FUNCTIONS)
def test_functions_of_every_magnitude(runner: KernelRunner, kind: str) -> None:
    """Infinities, NaNs, denormals, the ends of ranges, and every exponent with several fractions."""
    edges = np.array([sign * value for value in _EDGES for sign in (1, -1)], np.float32)
    every = (np.arange(0, 2**32, 2**32 // 1500, dtype=np.uint64) + 12345).astype(np.uint32).view(np.float32)
    usual = (np.random.default_rng(1).standard_normal(500) * 6).astype(np.float32)
    sample = np.concatenate([edges, every, usual])
    model = float_model()
    graph = import_tflite(model.tflite([unary(kind)(model, model.input(sample.shape))]))
    expected = evaluate(graph, [sample])[graph.outputs[0]]
    assert_same_values(runner.run_graph(graph, [sample]), expected)


_SUMS = ("ADD by channel", "SUB with broadcasting", "SUM over (3,)", "conv", "softmax")
_CHOICES = ("MAXIMUM by channel", "PRELU by channel", "max pool", "REDUCE_MAX over (3,)", "arg max")


@pytest.mark.parametrize("form", [*_SUMS, *_CHOICES])
def test_infinities_and_nans_go_through(runner: KernelRunner, form: str) -> None:
    model = float_model(5)
    graph = import_tflite(model.tflite([FORMS[form](model, model.input(SHAPE))]))
    random = np.random.default_rng(2)
    sample = [random.standard_normal(graph.tensors[index].shape, np.float32) for index in graph.inputs]
    for values in sample:
        places = np.arange(0, values.size, values.size // 6 + 1)
        values.flat[places] = np.resize([np.inf, np.nan, -np.inf, -0.0], len(places))
    expected = evaluate(graph, sample)[graph.outputs[0]]
    assert_same_values(runner.run_graph(graph, sample), expected)
