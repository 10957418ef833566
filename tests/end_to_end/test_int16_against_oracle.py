# SPDX-License-Identifier: Apache-2.0
"""int16 activations with int8 weights in exact integers equal the reference interpreter."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from int16_ops import LAYERS
from oracle_comparison import compare, random_samples

from edgekit.errors import UnsupportedOpError
from edgekit.importer import import_tflite
from edgekit.oracle import is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")

# The reference crashes on a depthwise convolution without bias; a model holds so many layers.
_AT_ONCE = 20


@pytest.mark.parametrize("first", range(0, len(LAYERS), _AT_ONCE))
def test_layers_agree(first: int) -> None:
    model = ModelBuilder(first, dtype="int16")
    outputs = [layer(model) for layer in islice(LAYERS.values(), first, first + _AT_ONCE)]
    compare(model.tflite(outputs), random_samples(model))


@pytest.mark.parametrize("kind", ["LOGISTIC", "TANH"])
def test_every_value_agrees(kind: str) -> None:
    model = ModelBuilder(1, dtype="int16")
    scales = [1e-6, 1e-4, 1 / 8192, 1 / 4096, 1 / 2048, 1e-3, 0.02, 0.5]
    inputs = [model.input((65536,), scale=float(np.float32(scale))) for scale in scales]
    outputs = [model.op(kind, [x], model.shape(x), ([1 / 32768], [0], 0)) for x in inputs]
    compare(model.tflite(outputs), [[np.arange(-32768, 32768).astype(np.int16)] * len(scales)])


def test_every_difference_of_a_softmax_agrees() -> None:
    model = ModelBuilder(2, dtype="int16")
    scales = [1e-5, 1e-4, 10 / 65535, 1e-3]
    outputs = [model.softmax(model.input((32768, 2), scale=float(np.float32(scale)))) for scale in scales]
    pairs = np.stack([np.full(32768, 32767), np.arange(32768) * 2 - 32768], axis=1).astype(np.int16)
    compare(model.tflite(outputs), [[pairs] * len(scales)])


def test_short_biases_are_refused() -> None:
    """The reference reads them as int64."""
    model = ModelBuilder(3, dtype="int16")
    y = model.conv_2d(model.input((1, 4, 4, 3)), 5)
    bias = model.tensors[model.ops[-1].inputs[2]]
    assert bias.data is not None
    bias.data, bias.dtype = bias.data.astype(np.int32), "int32"
    with pytest.raises(UnsupportedOpError, match=r"the int32 bias .*supported: int64"):
        import_tflite(model.tflite([y]))
