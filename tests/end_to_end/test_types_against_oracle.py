# SPDX-License-Identifier: Apache-2.0
"""Operators that move elements, and those that change their type, equal the reference interpreter in every type."""

from __future__ import annotations

import layout_ops as ops
import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from moving_ops import CASES, MOVES, NOT_INT16
from oracle_comparison import compare, random_samples

from edgekit.errors import UnsupportedOpError
from edgekit.importer import import_tflite
from edgekit.oracle import is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="the reference interpreter tflite-micro is not installed")


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_moves_do_not_depend_on_the_type(dtype: str) -> None:
    model = ModelBuilder(1, dtype=dtype)
    outputs = [output for kind, name in CASES if kind == dtype for output in MOVES[name](model)]
    compare(model.tflite(outputs), random_samples(model))


@pytest.mark.parametrize("name", NOT_INT16)
def test_moves_that_the_reference_refuses_in_int16_are_refused(name: str) -> None:
    model = ModelBuilder(1, dtype="int16")
    with pytest.raises(UnsupportedOpError, match=f"{name} .*the int16 input .*supported: int8 in and int8 out"):
        import_tflite(model.tflite(MOVES[name](model)))


@pytest.mark.parametrize("source,target", [("int16", "int16"), ("int16", "int8"), ("int8", "int16"), ("int8", "int8")])
def test_integers_change_their_scale_and_type(source: str, target: str) -> None:
    model = ModelBuilder(2, dtype=source)
    outputs = []
    for factor in (1e-6, 1e-3, 1 / 256, 0.3, 0.5, 1.0, 2.0, 256.0, 3e4):
        x = model.input((500,), scale=0.01)
        outputs.append(model.quantize(x, scale=float(np.float32(0.01 * factor)), dtype=target))
    compare(model.tflite(outputs), random_samples(model))


@pytest.mark.parametrize("target", ["int8", "int16"])
def test_real_numbers_become_integers(target: str) -> None:
    model = ModelBuilder(3, dtype="float32")
    halves = np.arange(-70000, 70000, dtype=np.float32) / 2
    x = model.input(halves.shape)
    outputs = [ops.transpose(model, x, (0,))]  # another reader: the QUANTIZE is no edge that is taken off
    outputs += [model.quantize(x, scale=scale, dtype=target) for scale in (1.0, 0.3, 1e-4, 2e4)]
    # Beyond 2**31 the reference overflows.
    near = np.nextafter(halves, np.float32(0))
    compare(model.tflite(outputs), [[halves], [near], [halves * np.float32(5)]])


@pytest.mark.parametrize("source", ["int8", "int16"])
def test_integers_become_real_numbers(source: str) -> None:
    model = ModelBuilder(4, dtype=source)
    limits = np.iinfo(source)
    outputs = []
    for scale in (1e-4, 0.3, 1 / 3, 2e4):
        x = model.input((limits.max - limits.min + 1,), scale=float(np.float32(scale)))
        real = model.dequantize(x)
        outputs.append(model.op("SQUEEZE", [real], model.shape(real), None, dtype="float32", options_type=30))
    everything = np.arange(limits.min, limits.max + 1).astype(source)
    compare(model.tflite(outputs), [[everything] * 4])
