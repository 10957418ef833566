# SPDX-License-Identifier: Apache-2.0
"""Trained scales through TensorFlow's converter: every layer type, no float island, the answers of the simulation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras_nets
import numpy as np
import pytest

from edgekit.compress.judging import run_tflite
from edgekit.compress.students import quantized_predictor
from edgekit.convert import lint
from edgekit.convert.calibrated_ranges import calibrated_ranges
from edgekit.convert.compression_record import CompressionRecord, TrainedQuantization
from edgekit.convert.keras_graph import build_model, read_graph
from edgekit.convert.layer_kinds import WEIGHTED
from edgekit.convert.listing import list_model
from edgekit.convert.rewrite import fold_batchnorm
from edgekit.convert.simulation import largest_steps, nudge, on_grid
from edgekit.convert.trained import convert_trained
from edgekit.errors import ModelError
from edgekit.oracle import is_installed
from edgekit.progress import silent
from edgekit.tflite import TfliteModel

keras = pytest.importorskip("keras", reason="Keras is not installed (edgekit[train])")

chain, layers = keras_nets.chain, keras.layers

NETS: dict[str, Callable[[], Any]] = {
    "convolutions": lambda: chain(
        (8, 8, 3), layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(6.0),
        layers.DepthwiseConv2D(3, strides=2, depth_multiplier=2), layers.BatchNormalization(), layers.ReLU(),
        layers.MaxPooling2D(), layers.Flatten(), layers.Dense(10, activation="softmax")),
    "averages": lambda: chain(
        (8, 8, 3), layers.Conv2D(8, 3, dilation_rate=2, padding="same", activation="relu"),
        layers.AveragePooling2D(2), layers.ZeroPadding2D(1), layers.Conv2D(4, 3), layers.GlobalAveragePooling2D(),
        layers.Dense(4, activation="relu"), layers.Dense(1, activation="sigmoid")),
    "activations": lambda: chain(
        (8, 8, 3), layers.Conv2D(8, 3), layers.LeakyReLU(0.1), layers.Conv2D(8, 1, activation="hard_swish"),
        layers.Conv2D(8, 1, activation="tanh"), layers.Conv2D(8, 1, activation="silu"),
        layers.GlobalMaxPooling2D(), layers.Dense(3)),
    "transposed": lambda: chain(
        (4, 4, 3), layers.Conv2DTranspose(8, 3, strides=2, padding="same"), layers.BatchNormalization(),
        layers.ReLU(), layers.Conv2DTranspose(2, 3, strides=2), layers.UpSampling2D(2), layers.Cropping2D(1)),
    "one_dimension": lambda: chain(
        (20, 3), layers.Conv1D(8, 3, padding="causal", activation="relu", dilation_rate=2),
        layers.DepthwiseConv1D(3, strides=2, padding="same"), layers.BatchNormalization(), layers.ReLU(),
        layers.SeparableConv1D(6, 3, activation="relu6"), layers.MaxPooling1D(2), layers.GlobalAveragePooling1D(),
        layers.Dense(2)),
    "sequences": lambda: chain(
        (20, 3), layers.Conv1D(8, 3, strides=2, padding="same"), layers.AveragePooling1D(2), layers.ReLU(),
        layers.ZeroPadding1D(1), layers.Dense(4), layers.Flatten(), layers.Dense(5, activation="softmax")),
    "rescaled": lambda: chain(
        (8, 8, 3), layers.Rescaling(1 / 127, offset=-1.0), layers.Conv2D(4, 3, padding="same"), layers.ReLU(),
        layers.Reshape((64, 4)), layers.Permute((2, 1)), layers.Flatten(), layers.Dense(5)),
    "gates": keras_nets.gates,
    "residual": keras_nets.residual,
    "two_inputs": keras_nets.two_inputs,
}  # fmt: skip


def quantized(model: Any, inputs: list[np.ndarray], bits: int = 8) -> tuple[Any, CompressionRecord]:
    """`model` folded, with the scales that a training of no steps would give."""
    graph = fold_batchnorm(read_graph(model))
    weighted = {name: layer for name, layer in graph.layers.items() if layer.kind in WEIGHTED}
    steps = {name: largest_steps(layer, bits) for name, layer in weighted.items()}
    for name, layer in weighted.items():
        kernel = on_grid(layer.weights["kernel"], steps[name], bits)
        graph = type(graph)(**{
            **{field: getattr(graph, field) for field in graph.__dataclass_fields__},
            "layers": {**graph.layers, name: layer.with_weights(kernel=kernel)},
        })  # fmt: skip
    ranges = {name: nudge(*limits) for name, limits in calibrated_ranges(graph, inputs).items()}
    quantization = TrainedQuantization(dict.fromkeys(weighted, bits), steps, ranges)
    return graph, CompressionRecord(quantization=quantization)


def samples(model: Any, count: int) -> list[np.ndarray]:
    random = np.random.default_rng(1)
    return [random.normal(size=(count, *tensor.shape[1:])).astype(np.float32) for tensor in model.inputs]


@pytest.mark.parametrize("name", NETS)
def test_the_export_has_no_float_island_and_answers_like_the_simulation(name: str) -> None:
    model = NETS[name]()
    inputs = samples(model, 64)
    graph, record = quantized(model, inputs)
    converted = TfliteModel(name, convert_trained(build_model(graph), record))
    for listing in list_model(converted.content):
        assert {tensor.dtype for tensor in listing.tensors} <= {"int8", "int32"}
    assert [finding for finding in lint(converted) if finding.severity == "error"] == []
    if not is_installed():
        pytest.skip("tflite-micro is not installed (edgekit[oracle])")
    answers = run_tflite(converted, inputs, silent)
    if answers is None:
        pytest.skip("edgekit's importer does not read an operator of this net yet, and it has several outputs")
    assert record.quantization is not None
    simulated = quantized_predictor(graph, record.quantization)(inputs)[0].reshape(64, -1)
    # random nets amplify every rounding: the outputs' spread is the yardstick
    assert np.abs(answers[0] - simulated).max() <= 0.01 + 0.06 * (simulated.max() - simulated.min())


def test_four_bit_weights_are_stored_as_codes_from_minus_seven_to_seven() -> None:
    from edgekit.importer import import_tflite

    model = NETS["convolutions"]()
    graph, record = quantized(model, samples(model, 16), bits=4)
    converted = import_tflite(TfliteModel("four", convert_trained(build_model(graph), record)))
    kernels = [t.data for t in converted.tensors if t.data is not None and t.dtype == "int8" and t.data.size > 8]
    assert kernels and all(np.abs(kernel.astype(int)).max() == 7 for kernel in kernels)


def test_a_record_of_another_model_is_refused(tmp_path: Path) -> None:
    model = NETS["convolutions"]()
    _, record = quantized(model, samples(model, 16))
    other = build_model(fold_batchnorm(read_graph(NETS["averages"]())))
    with pytest.raises(ModelError, match="do not belong to this model"):
        convert_trained(other, record)


def test_a_reshaped_tensor_combined_with_itself_is_refused_by_name() -> None:
    image = keras.Input((4, 4, 2))
    rows = [layers.Reshape((16, 2))(image) for _ in range(2)]
    model = keras.Model(image, layers.Add(name="twice")(rows))
    with pytest.raises(ModelError, match=r"'twice'.*combine first and reshape the result"):
        quantized(model, samples(model, 4))
