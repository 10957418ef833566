# SPDX-License-Identifier: Apache-2.0
"""float32 in numpy against the reference interpreter: equal bits, but for functions of the C library."""

from __future__ import annotations

import numpy as np
import pytest
from float_ops import FORMS, SHAPE, float_model, unary
from oracle_comparison import random_samples

from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.oracle import Oracle, is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")

#: exp, expm1 and tanh are our own.
_APPROXIMATE = {"ELU", "LOGISTIC", "TANH", "softmax", "softmax with beta"}
_TOLERANCE = 1e-6


def test_every_form_has_equal_bits() -> None:
    """All forms in one model: starting an interpreter takes longer than all of them."""
    model = float_model(3)
    names = list(FORMS)
    x = model.input(SHAPE)
    # Roots of negative numbers are NaNs of either sign.
    magnitude = model.op("ABS", [x], SHAPE, None)
    outputs = [FORMS[name](model, magnitude if name == "RSQRT" else x) for name in names]
    content = model.tflite(outputs)
    graph = import_tflite(content)
    with Oracle(content, graph) as oracle:
        assert oracle.name.startswith("tflite-micro") and "no judge" not in oracle.name
        for sample in random_samples(model, 3):
            values = evaluate(graph, sample)
            for name, index, wanted in zip(names, graph.outputs, oracle.run(sample), strict=True):
                expected = np.frombuffer(wanted, values[index].dtype).reshape(values[index].shape)
                if name in _APPROXIMATE:
                    np.testing.assert_allclose(values[index], expected, rtol=_TOLERANCE, atol=0, err_msg=name)
                else:
                    np.testing.assert_array_equal(values[index], expected, name)


def test_litert_judges_what_tflm_has_not() -> None:
    if not is_installed("litert"):
        pytest.skip("ai-edge-litert is not installed: there is no second judge")
    model = float_model(4)
    content = model.tflite([unary("RELU_N1_TO_1")(model, model.input(SHAPE))])
    graph = import_tflite(content)
    with Oracle(content, graph) as oracle:
        assert "no judge" in oracle.name
        (sample,) = random_samples(model, 1)
        assert oracle.run(sample)[0] == evaluate(graph, sample)[graph.outputs[0]].tobytes()
