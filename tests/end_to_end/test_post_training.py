# SPDX-License-Identifier: Apache-2.0
"""Quantization without training: corrected biases, 4-bit weights, and the file that comes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras_nets
import numpy as np
import pytest

from edgekit.compress import compress_model, parse_recipe
from edgekit.compress.judging import run_tflite
from edgekit.compress.students import float_predictor, quantized_predictor
from edgekit.convert import convert_model
from edgekit.convert.compression_record import CompressionRecord, write_record
from edgekit.convert.keras_graph import LayerGraph, build_model, read_graph
from edgekit.convert.post_training import PostTraining, correct_biases, quantize_after_training
from edgekit.convert.rewrite import fold_batchnorm
from edgekit.dataset import make_dataset
from edgekit.errors import UsageError
from edgekit.importer import import_tflite
from edgekit.progress import silent

keras = pytest.importorskip("keras", reason="Keras is not installed (edgekit[train])")


@pytest.fixture(scope="module")
def model() -> Any:
    layers = keras.layers
    return keras_nets.chain(
        (8, 8, 3),
        layers.Conv2D(12, 3, padding="same", use_bias=False, name="stem"),
        layers.ReLU(),
        layers.DepthwiseConv2D(3, padding="same", name="deep"),
        layers.ReLU(),
        layers.Conv2D(12, 1, name="mix"),
        layers.ReLU(),
        layers.GlobalAveragePooling2D(),
        layers.Dense(4, name="head"),
    )


@pytest.fixture(scope="module")
def graph(model: Any) -> LayerGraph:
    return fold_batchnorm(read_graph(model))


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(200, 8, 8, 3)).astype(np.float32)


def mean_gap(graph: LayerGraph, samples: np.ndarray, settings: PostTraining) -> float:
    rounded, quantization = quantize_after_training(graph, [samples], settings)
    outputs = quantized_predictor(rounded, quantization)([samples])[0]
    return float(np.abs(outputs.mean(0) - float_predictor(graph)([samples])[0].mean(0)).max())


def test_corrected_biases_bring_the_means_back(graph: LayerGraph, samples: np.ndarray) -> None:
    before = mean_gap(graph, samples, PostTraining(bits=3, bias_correction=False))
    after = mean_gap(graph, samples, PostTraining(bits=3))
    assert after < 0.1 * before


def test_a_model_that_needs_no_correction_gets_almost_none(graph: LayerGraph, samples: np.ndarray) -> None:
    _, quantization = quantize_after_training(graph, [samples], PostTraining())
    corrected = correct_biases(graph, graph, quantization.ranges, [samples])
    for name, layer in corrected.layers.items():
        if "bias" in layer.weights:
            before = graph.layers[name].weights.get("bias", np.zeros(1))
            assert np.abs(layer.weights["bias"] - before).max() < 0.03, name


@pytest.mark.parametrize("ranges", ["minmax", "percentile", "mse"])
def test_eight_bits_stay_close_to_float(graph: LayerGraph, samples: np.ndarray, ranges: Any) -> None:
    rounded, quantization = quantize_after_training(graph, [samples], PostTraining(ranges=ranges, weights="mse"))
    exact = float_predictor(graph)([samples])[0]
    got = quantized_predictor(rounded, quantization)([samples])[0]
    assert np.abs(got - exact).mean() < 0.05 * np.abs(exact).mean()


def test_single_layers_can_have_other_bits(graph: LayerGraph, samples: np.ndarray) -> None:
    settings = PostTraining(bits=4, layer_bits={"stem": 8, "head": 2})
    rounded, quantization = quantize_after_training(graph, [samples], settings)
    assert quantization.bits == {"stem": 8, "deep": 4, "mix": 4, "head": 2}
    assert len(np.unique(rounded.layers["head"].weights["kernel"])) <= 3
    codes = rounded.layers["mix"].weights["kernel"] / quantization.steps["mix"]
    assert np.abs(codes - np.rint(codes)).max() < 1e-3 and np.abs(codes).max() < 7.5


def test_wrong_bits_and_layers_are_refused(graph: LayerGraph, samples: np.ndarray) -> None:
    with pytest.raises(UsageError, match="'stam'; the layers with weights are stem"):
        quantize_after_training(graph, [samples], PostTraining(layer_bits={"stam": 4}))
    with pytest.raises(UsageError, match="weights of 9 bits"):
        quantize_after_training(graph, [samples], PostTraining(bits=9))


def test_the_recipe_step_writes_what_it_simulated(model: Any, samples: np.ndarray, tmp_path: Path) -> None:
    model.save(tmp_path / "net.keras")
    exact = np.asarray(model(samples))
    data = make_dataset({"x": samples, "y": exact.argmax(1)}, "toy", source="toy")
    recipe = parse_recipe('schema = 1\n[[step]]\ntechnique = "quantize"\nbits = 4\nkeep_8bit = ["first"]\n')
    compressed = compress_model(tmp_path / "net.keras", recipe, data, tmp_path / "out.keras", seed=0)
    result = compressed.report.result
    assert result.agreement is not None and result.agreement > 0.9
    assert (tmp_path / "out.tflite").stat().st_size > 0


def test_settings_of_the_step_are_checked() -> None:
    def settings(**values: Any) -> Any:
        lines = "\n".join(f"{key} = {value!r}" for key, value in values.items())
        return parse_recipe(f'schema = 1\n[[step]]\ntechnique = "quantize"\n{lines}\n').steps[0].settings

    assert replace(settings(bits=4), bits=8) == settings()
    with pytest.raises(UsageError, match="must not come after quantize"):
        parse_recipe('schema = 1\n[[step]]\ntechnique = "quantize"\n[[step]]\ntechnique = "finetune"\n')


def test_a_conversion_takes_the_scales_that_edgekit_chose(model: Any, samples: np.ndarray, tmp_path: Path) -> None:
    model.save(tmp_path / "net.keras")
    data = make_dataset({"x": samples}, "toy", source="toy")
    settings = PostTraining(ranges="mse", weights="mse", bits=4, layer_bits={"first": 8}, equalize=True)
    chosen = convert_model(
        tmp_path / "net.keras", dataset=data, calibration_samples=len(samples), post_training=settings
    )
    graph = fold_batchnorm(read_graph(model))
    rounded, quantization = quantize_after_training(graph, [samples], settings)
    answers = run_tflite(chosen, [samples[:50]], silent)
    if answers is None:
        pytest.skip("tflite-micro is not installed (edgekit[oracle])")
    expected = quantized_predictor(rounded, quantization)([samples[:50]])[0]
    low, high = quantization.ranges["head"]
    assert np.abs(answers[0] - expected).max() <= 2.01 * (high - low) / 255
    codes = [t.data for t in import_tflite(chosen).tensors if t.data is not None and t.dtype == "int8"]
    assert sorted(int(np.abs(part.astype(int)).max()) for part in codes) == [7, 7, 7, 127]


def test_scales_of_a_trained_model_are_not_replaced(model: Any, samples: np.ndarray, tmp_path: Path) -> None:
    graph = fold_batchnorm(read_graph(model))
    rounded, quantization = quantize_after_training(graph, [samples])
    build_model(rounded).save(tmp_path / "net.keras")
    write_record(tmp_path / "net.keras", CompressionRecord(quantization=quantization))
    data = make_dataset({"x": samples}, "toy", source="toy")
    with pytest.raises(UsageError, match="holds the scales it was trained with"):
        convert_model(tmp_path / "net.keras", dataset=data, post_training=PostTraining())
