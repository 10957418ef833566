# SPDX-License-Identifier: Apache-2.0
"""Keras LSTM and GRU layers, from Keras to generated C: equal to the reference, close to Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from host_model import build_host_model

from edgekit.codegen import generate_model
from edgekit.convert import convert_model
from edgekit.convert.schemes import SchemeName
from edgekit.dataset import Dataset, make_dataset
from edgekit.errors import ConversionError
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate, initial_states
from edgekit.ir.graph import Graph
from edgekit.oracle import Oracle, is_installed
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel

pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
pytestmark = pytest.mark.skipif(not is_installed(), reason="tflite-micro is not installed")

STEPS, FEATURES = 50, 5


def sequences(count: int = 12) -> np.ndarray:
    """Random walks: what comes later depends on what was."""
    steps = np.random.default_rng(0).normal(scale=0.3, size=(count, STEPS, FEATURES))
    return np.tanh(np.cumsum(steps, axis=1)).astype(np.float32)


def data() -> Dataset:
    return make_dataset({"x": sequences()}, "walks", source="test")


def network(*layers: Any) -> Any:
    import keras

    keras.utils.set_random_seed(3)
    x = inputs = keras.Input((STEPS, FEATURES))
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x)


def stacked() -> Any:
    """Both kinds of layers, one over the whole sequence of the other's outputs."""
    import keras

    layers = keras.layers
    return network(
        layers.Dense(6, activation="relu"), layers.LSTM(8, return_sequences=True), layers.GRU(6), layers.Dense(3)
    )


def kinds(graph: Graph) -> list[str]:
    return [op.kind for op in graph.ops]


def quantized(graph: Graph, values: np.ndarray) -> np.ndarray:
    tensor = graph.tensors[graph.inputs[0]]
    assert tensor.quant is not None
    limits = np.iinfo(tensor.dtype)
    codes = np.round(values / tensor.quant.scale) + tensor.quant.zero_point
    return np.clip(codes, limits.min, limits.max).astype(tensor.dtype)


def run_like_the_oracle(model: TfliteModel, graph: Graph, samples: list[list[np.ndarray]]) -> list[bytes]:
    """The first output of each inference; exact integers and the oracle agree on it."""
    states = initial_states(graph)
    with Oracle(model, graph) as oracle:
        expected = [outputs[0] for outputs in oracle.run_sequence(samples)]
    for sample, wanted in zip(samples, expected, strict=True):
        assert evaluate(graph, sample, states)[graph.outputs[0]].tobytes() == wanted
    return expected


def assert_close_to_keras(graph: Graph, output: bytes, wanted: np.ndarray) -> None:
    """Within six steps of an int8 output's scale, far inside the range of what Keras gives."""
    tensor = graph.tensors[graph.outputs[0]]
    quant = tensor.quant
    assert quant is not None
    values = (np.frombuffer(output, tensor.dtype).astype(np.float64) - quant.zero_point) * quant.scale
    steps = 6 if tensor.dtype == "int8" else 6 * 256
    assert np.abs(values - wanted.ravel()).max() <= steps * quant.scale


@pytest.mark.parametrize("scheme", ["int8", pytest.param("int16x8", marks=pytest.mark.slow)])
def test_single_steps_of_lstm_and_gru_remember_as_keras_does(tmp_path: Path, scheme: SchemeName) -> None:
    """The converter makes one operator of an LSTM in int8 alone; in int16x8 it comes as its parts, with variables."""
    keras_model = stacked()
    model = convert_model(keras_model, dataset=data(), scheme=scheme, stateful=True, name="steps")
    graph = run_passes(import_tflite(model))
    assert ("UNIDIRECTIONAL_SEQUENCE_LSTM" in kinds(graph)) == (scheme == "int8") and "READ_VARIABLE" in kinds(graph)
    assert len(graph.states()) == 3
    assert graph.tensors[graph.inputs[0]].shape == (1, 1, FEATURES)
    walk = sequences()[0]
    samples = [[step] for step in quantized(graph, walk).reshape(STEPS, 1, 1, FEATURES)]
    outputs = run_like_the_oracle(model, graph, samples)
    assert_close_to_keras(graph, outputs[-1], keras_model.predict(walk[None], verbose=0))
    generated = generate_model(graph, name="steps", core="cortex-m3", model_sha256=model.sha256)
    # The program steps through the layers, then runs the whole: each input counts twice.
    doubled = [sample for sample in samples for _ in range(2)]
    results = build_host_model(generated, graph, tmp_path).run(samples, tmp_path / "output.bin")
    assert [outputs for _, (outputs,) in results] == run_like_the_oracle(model, graph, doubled)[1::2]


@pytest.mark.slow
@pytest.mark.parametrize("return_sequences", [False, True])
def test_a_whole_lstm_layer_becomes_one_operator(return_sequences: bool) -> None:
    import keras

    keras_model = network(keras.layers.LSTM(8, return_sequences=return_sequences), keras.layers.Dense(3))
    model = convert_model(keras_model, dataset=data())
    graph = run_passes(import_tflite(model))
    assert kinds(graph).count("UNIDIRECTIONAL_SEQUENCE_LSTM") == 1 and len(graph.ops) <= 3
    for walk in sequences(3):
        (output,) = run_like_the_oracle(model, graph, [[quantized(graph, walk[None])]])
        assert_close_to_keras(graph, output, keras_model.predict(walk[None], verbose=0))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["GRU", "SimpleRNN", "LSTM"])
def test_each_recurrent_layer_keeps_its_state(kind: str) -> None:
    import keras

    keras_model = network(getattr(keras.layers, kind)(8), keras.layers.Dense(3))
    model = convert_model(keras_model, dataset=data(), stateful=True)
    graph = run_passes(import_tflite(model))
    walk = sequences()[1]
    outputs = run_like_the_oracle(model, graph, [[step[None, None]] for step in quantized(graph, walk)])
    assert_close_to_keras(graph, outputs[-1], keras_model.predict(walk[None], verbose=0))


@pytest.mark.slow
def test_unrolling_is_by_choice() -> None:
    import keras

    inputs = keras.Input((4, FEATURES))
    keras_model = keras.Model(inputs, keras.layers.LSTM(4, unroll=True)(inputs))
    few = make_dataset({"x": sequences()[:, :4]}, "walks", source="test")
    assert "UNIDIRECTIONAL_SEQUENCE_LSTM" not in kinds(import_tflite(convert_model(keras_model, dataset=few)))


@pytest.mark.parametrize(
    "layer,words",
    [
        (lambda layers: layers.Bidirectional(layers.LSTM(4)), "(Bidirectional) looks at several time steps"),
        (lambda layers: layers.Conv1D(4, 3), "(Conv1D) looks at several time steps"),
        (lambda layers: layers.LSTM(4, go_backwards=True), "runs backwards"),
        (lambda layers: layers.Dense(4), "no LSTM, GRU or SimpleRNN"),
    ],
)
def test_what_needs_several_steps_is_refused_by_name(layer: Any, words: str) -> None:
    import keras

    from edgekit.convert.recurrent import step_model

    with pytest.raises(ConversionError) as caught:
        step_model(network(layer(keras.layers), keras.layers.Dense(3)))
    assert words in str(caught.value) and "\n" not in str(caught.value)
