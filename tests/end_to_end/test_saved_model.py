# SPDX-License-Identifier: Apache-2.0
"""SavedModel folders as input: with what names they are found, and what is said where none is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.convert import convert_model
from edgekit.convert.saved_model import is_saved_model, load_saved_model
from edgekit.dataset import make_dataset
from edgekit.errors import EdgekitError, ModelError, UsageError
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.keras_models import load_keras
from edgekit.oracle import Oracle, is_installed

pytest.importorskip("tensorflow", reason="TensorFlow is not installed")


def two_by_two() -> Any:
    """Two inputs, two outputs."""
    import keras

    keras.utils.set_random_seed(1)
    image, context = keras.Input((6, 6, 1), name="image"), keras.Input((3,), name="context")
    features = keras.layers.Flatten()(keras.layers.Conv2D(4, 3, activation="relu")(image))
    joined = keras.layers.Concatenate()([features, keras.layers.Dense(4)(context)])
    outputs = {"classes": keras.layers.Dense(3)(joined), "size": keras.layers.Dense(1)(features)}
    return keras.Model({"image": image, "context": context}, outputs)


def samples(count: int = 8) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {"image": random.random((count, 6, 6, 1), np.float32), "context": random.random((count, 3), np.float32)}


def save_like_keras_2(model: Any, folder: Path) -> None:
    """A tracked model with a signature of unknown batch, beside the file that Keras 2 leaves there."""
    import tensorflow as tf

    specs = {"image": tf.TensorSpec((None, 6, 6, 1), name="image"), "context": tf.TensorSpec((None, 3), name="context")}

    @tf.function(input_signature=[specs])
    def serving(inputs: Any) -> Any:
        return model(inputs, training=False)

    holder = tf.Module()
    holder.kept = [variable.value for variable in model.variables]
    holder.serving = serving
    concrete = serving.get_concrete_function()
    named = tf.function(lambda image, context: concrete(image=image, context=context))
    signature = named.get_concrete_function(**specs)
    tf.saved_model.save(holder, str(folder), signatures={"serving_default": signature})
    (folder / "keras_metadata.pb").write_bytes(b"")


@pytest.mark.skipif(not is_installed(), reason="tflite-micro is not installed")
@pytest.mark.parametrize("version", [3, pytest.param(2, marks=pytest.mark.slow)])
def test_inputs_and_outputs_keep_their_names(tmp_path: Path, version: int) -> None:
    keras_model, folder = two_by_two(), tmp_path / "exported"
    if version == 3:
        keras_model.export(folder, verbose=False)
    else:
        save_like_keras_2(keras_model, folder)
    data = make_dataset(samples(), "both", source="test")
    model = convert_model(folder, dataset=data)
    assert model.name == "exported"
    graph = import_tflite(model)
    assert [graph.tensors[index].shape for index in graph.inputs] == [(1, 3), (1, 6, 6, 1)]  # by name
    inputs = []
    for index, name in zip(graph.inputs, ("context", "image"), strict=True):
        quant = graph.tensors[index].quant
        assert quant is not None
        scaled = np.round(samples()[name][:1] / quant.scale) + quant.zero_point
        inputs.append(np.clip(scaled, -128, 127).astype(np.int8))
    values = evaluate(graph, inputs)
    with Oracle(model, graph) as oracle:
        assert oracle.run(inputs) == [values[index].tobytes() for index in graph.outputs]
    wanted = keras_model({name: value[:1] for name, value in samples().items()})
    for index, name in zip(graph.outputs, ("classes", "size"), strict=True):
        quant = graph.tensors[index].quant
        assert quant is not None
        got = (values[index].astype(np.float64) - quant.zero_point) * quant.scale
        np.testing.assert_allclose(got, wanted[name], atol=5 * quant.scale)


@pytest.mark.parametrize("order", [("image", "context"), ("context", "image")])
def test_inputs_come_by_name_whatever_order_the_folder_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: tuple[str, str]
) -> None:
    import tensorflow as tf

    save_like_keras_2(two_by_two(), tmp_path)
    loaded = tf.saved_model.load(str(tmp_path))
    function = loaded.signatures["serving_default"]
    specs = {name: function.structured_input_signature[1][name] for name in order}
    monkeypatch.setattr(type(function), "structured_input_signature", ((), specs))
    monkeypatch.setattr(tf.saved_model, "load", lambda path: loaded)
    _, inputs, outputs = load_saved_model(tmp_path)
    assert ([port.name for port in inputs], outputs) == (["context", "image"], ["classes", "size"])


def test_a_folder_without_the_signature_names_those_that_are_there(tmp_path: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    module.double = tf.function(lambda x: 2 * x, input_signature=[tf.TensorSpec((None, 4))])
    signatures = {"double": module.double.get_concrete_function()}
    tf.saved_model.save(module, str(tmp_path), signatures=signatures)
    with pytest.raises(EdgekitError, match="no signature 'serving_default' \\(it has: double\\)"):
        load_saved_model(tmp_path)


def test_an_unknown_size_is_refused(tmp_path: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    module.serve = tf.function(lambda x: 2 * x, input_signature=[tf.TensorSpec((None, None, 4), name="x")])
    tf.saved_model.save(module, str(tmp_path), signatures=module.serve.get_concrete_function())
    with pytest.raises(EdgekitError, match="only known at run time"):
        load_saved_model(tmp_path)


@pytest.mark.parametrize("content", [b"", b"damaged"])
def test_damaged_folders_are_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "saved_model.pb").write_bytes(content)
    with pytest.raises(ModelError) as caught:
        load_saved_model(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_model_is_refused_in_one_line(tmp_path: Path) -> None:
    assert not is_saved_model(tmp_path)
    with pytest.raises(ModelError, match="is a folder"):
        load_keras(tmp_path)


def test_single_steps_need_the_layers(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with pytest.raises(UsageError, match="--stateful needs"):
        convert_model(tmp_path, scheme="float32", stateful=True)
