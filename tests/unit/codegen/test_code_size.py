# SPDX-License-Identifier: Apache-2.0
"""Which kernels `--optimize size` leaves out."""

from __future__ import annotations

from flatbuffer_builder import ModelBuilder

from edgekit.codegen import generate_model
from edgekit.importer import import_tflite
from edgekit.ir.graph import Graph


def kernels(graph: Graph, optimize: str) -> list[str]:
    model = generate_model(graph, name="net", core="cortex-m4", optimize=optimize, model_sha256="0" * 64)  # type: ignore[arg-type]
    return [call.function for call in model.kernels if call.function]


def separable(features: int, convolutions: bool = True) -> Graph:
    model = ModelBuilder(4)
    x = model.input((1, 8, 8, 8))
    if convolutions:
        x = model.conv_2d(x, 8, kernel=1, activation="RELU")
        x = model.depthwise_conv_2d(x, activation="RELU")
        x = model.depthwise_conv_2d(x, stride=2, activation="RELU")
    return import_tflite(model.tflite([model.fully_connected(model.reshape(x, (1, -1)), features)]))


def test_one_kernel_does_for_all_depthwise_and_one_for_all_products() -> None:
    assert len(set(kernels(separable(8), "speed"))) == 4
    small = kernels(separable(8), "size")
    assert sorted(set(small)) == ["ek_conv_2d_dsp_s8", "ek_depthwise_conv_2d_dsp_s8"]
    assert small[0] == small[-1] == "ek_conv_2d_dsp_s8"


def test_constants_of_many_features_cost_more_than_a_kernel() -> None:
    assert kernels(separable(200), "size")[-1] == "ek_fully_connected_dsp_s8"
    assert kernels(separable(8, convolutions=False), "size") == ["ek_fully_connected_dsp_s8"]
