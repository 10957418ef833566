# SPDX-License-Identifier: Apache-2.0
"""Keras models through TensorFlow's converter, judged by the reference interpreter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.convert import convert_model, lint
from edgekit.convert.listing import list_model
from edgekit.convert.serving import check_convertible, find_inputs
from edgekit.dataset import Dataset, fit_samples, load_dataset, make_dataset, quantize, select
from edgekit.errors import ConversionError, DataError
from edgekit.importer import import_tflite
from edgekit.keras_models import import_keras
from edgekit.oracle import Oracle, is_installed
from edgekit.tflite import TfliteModel

pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
needs_tflm = pytest.mark.skipif(not is_installed(), reason="tflite-micro is not installed (Linux on x86-64 only)")


@pytest.fixture(scope="module")
def keras() -> Any:
    return import_keras()


def random_data(shapes: dict[str, tuple[int, ...]], count: int = 40) -> Dataset:
    random = np.random.default_rng(0)
    return make_dataset({key: random.normal(size=(count, *shape)) for key, shape in shapes.items()}, "d", source="d")


def top1(model: TfliteModel, data: Dataset) -> float:
    part = select(data, "test")
    (index,) = import_tflite(model).inputs
    tensor = import_tflite(model).tensors[index]
    assert tensor.quant is not None and part.y is not None
    real = part.x if part.scale is None else (part.x.astype(np.float32) - part.zero_point) * np.float32(part.scale)
    quantized = quantize(real, tensor.quant.scale, tensor.quant.zero_point, tensor.dtype)
    with Oracle(model) as oracle:
        outputs = oracle.run_batch([[sample] for sample in quantized])
    classes = [int(np.argmax(np.frombuffer(output[0], np.int8))) for output in outputs]
    return float(np.mean(classes == part.y))


@needs_tflm
def test_the_keyword_model_keeps_its_accuracy(shared_dir: Path) -> None:
    data = load_dataset(str(shared_dir / "data" / "kws1000.npz"))
    model = convert_model(shared_dir / "models" / "ds_cnn_kws.keras", dataset=data)
    assert model.name == "ds_cnn_kws" and lint(model) == []
    assert top1(model, data) >= 0.90
    (listing,) = list_model(model.content)
    assert [op.name for op in listing.ops][:3] == ["conv2d", "depthwise_conv2d", "conv2d_1"]
    tensor = import_tflite(model).tensors[0]
    assert tensor.quant is not None and data.scale is not None
    assert (np.float32(tensor.quant.scale), tensor.quant.zero_point) == (np.float32(data.scale), data.zero_point)


@needs_tflm
def test_the_digits_model_keeps_its_accuracy(shared_dir: Path) -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    selection = pytest.importorskip("sklearn.model_selection")
    digits = datasets.load_digits()
    train, test = selection.train_test_split(np.arange(1797), test_size=539, random_state=0, stratify=digits.target)
    found = {"x": digits.images / 16, "y": digits.target, "train": train, "test": test}
    data = make_dataset(found, "digits", source="digits")
    assert top1(convert_model(shared_dir / "models" / "digits_cnn.keras", dataset=data), data) >= 0.985


@needs_tflm
def test_several_inputs_and_outputs_keep_their_order_and_names(keras: Any, tmp_path: Path) -> None:
    keras.utils.set_random_seed(2)
    layers = keras.layers
    shapes = {"zeta": (4,), "alpha": (5,), "mid": (3,)}
    inputs = [keras.Input(shape, name=name) for name, shape in shapes.items()]
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(6, activation="relu"), layers.Dense(4)], name="inner")
    joined = inner(layers.Add()([layers.Dense(4)(tensor) for tensor in inputs]))
    names = ["o2", "b3", "a4"]
    net = keras.Model(inputs, [layers.Dense(2 + i, name=name)(joined) for i, name in enumerate(names)], name="net")
    data = random_data({"alpha": (5,), "mid": (3,), "zeta": (4,)})
    model = convert_model(net, dataset=data)
    assert lint(model) == [] and model.name == "net"
    graph = import_tflite(model)
    assert [graph.tensors[index].shape for index in graph.inputs] == [(1, 4), (1, 5), (1, 3)]
    assert [graph.tensors[index].shape for index in graph.outputs] == [(1, 2), (1, 3), (1, 4)]

    samples = fit_samples(data, find_inputs(net)).inputs
    expected = [np.asarray(output) for output in net([values[:, 0] for values in samples])]
    quants = [graph.tensors[index].quant for index in (*graph.inputs, *graph.outputs)]
    with Oracle(model) as oracle:
        for row in range(5):
            fed = [quantize(v[row], q.scale, q.zero_point, "int8") for v, q in zip(samples, quants[:3], strict=True)]
            outputs = oracle.run(fed)
            for raw, quant, real in zip(outputs, quants[3:], expected, strict=True):
                got = (np.frombuffer(raw, np.int8).astype(np.float32) - quant.zero_point) * quant.scale
                assert np.abs(got - real[row]).max() < 0.1 * max(1.0, np.abs(real).max())


def test_a_recurrent_layer_crashes_the_converter_and_not_us(keras: Any) -> None:
    net = keras.Sequential([keras.Input((10, 4)), keras.layers.GRU(8), keras.layers.Dense(2)])
    with pytest.raises(ConversionError, match=r"GRU, Dense; GRU under int8 is the likely reason: convert single time"):
        convert_model(net, dataset=random_data({"x": (10, 4)}))


def test_a_layer_of_ones_own_converts_from_memory(keras: Any) -> None:
    class Twice(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x * 2.0

    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), Twice(), keras.layers.Dense(2)], name="own")
    model = convert_model(net, dataset=random_data({"x": (4,)}))
    assert lint(model) == [] and len(import_tflite(model).outputs) == 1


def test_data_of_the_wrong_shape_is_an_error_of_the_data(keras: Any) -> None:
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    with pytest.raises(
        DataError, match=r"samples of 'd' have the shape \[5\] \(5 elements\), the model's input .* \[4\]"
    ):
        convert_model(net, dataset=random_data({"x": (5,)}))


def test_models_that_cannot_be_converted_say_why(keras: Any) -> None:
    layers = keras.layers

    class Subclass(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    subclass = Subclass()
    subclass(np.ones((1, 4), np.float32))
    cases = [
        (keras.Sequential([layers.Dense(2)]), "no input shape yet: put keras.Input"),
        (keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(3, 3)]), r"the shape \[\?, \?, \?, 3\]"),
        (keras.Sequential([keras.Input((4,), batch_size=8), layers.Dense(3)]), "a fixed batch of 8"),
        (keras.Sequential([keras.Input((4,)), layers.Dense(3, dtype="mixed_float16")]), "dtype policy mixed_float16"),
        (subclass, "a subclass without fixed inputs"),
    ]
    for net, message in cases:
        with pytest.raises(ConversionError, match=message):
            check_convertible(net)
            find_inputs(net)


def test_a_model_quantized_by_keras_is_refused(keras: Any) -> None:
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    with pytest.warns(UserWarning, match="quantize"):
        net.quantize("int8")
    with pytest.raises(ConversionError, match="was quantized by Keras"):
        check_convertible(net)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "input_type", "rules"),
    [
        ("float32", "float32", set()),
        ("float16", "float32", {"weight-only"}),
        ("dynamic", "float32", {"hybrid"}),
        ("int16x8", "int16", set()),
    ],
)
def test_the_other_schemes(keras: Any, scheme: str, input_type: str, rules: set[str]) -> None:
    layers = keras.layers
    net = keras.Sequential([keras.Input((12, 12, 8)), layers.Conv2D(32, 3), layers.Flatten(), layers.Dense(4)])
    model = convert_model(net, scheme=scheme, dataset=random_data({"x": (12, 12, 8)}))
    (listing,) = list_model(model.content)
    assert listing.tensors[listing.inputs[0]].dtype == input_type
    assert {finding.rule for finding in lint(model)} == rules


@pytest.mark.slow
def test_an_operator_without_a_tflite_form_is_named(keras: Any) -> None:
    inputs = keras.Input((4,))
    net = keras.Model(inputs, keras.ops.erfinv(keras.layers.Dense(3)(inputs)))
    with pytest.raises(ConversionError, match="computes with Erfinv, for which TFLite has no operator"):
        convert_model(net, scheme="float32")


@pytest.mark.slow
def test_a_file_and_the_model_in_memory_give_the_same_bytes(keras: Any, tmp_path: Path) -> None:
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="a")], name="net")
    net.save(tmp_path / "net.keras")
    data = random_data({"x": (4,)})
    first, second = convert_model(net, dataset=data), convert_model(tmp_path / "net.keras", dataset=data)
    assert first.content == second.content
