# SPDX-License-Identifier: Apache-2.0
"""Keras model files that load, and the one line for those that do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit.errors import ModelError, ToolError
from edgekit.keras_models import import_keras, load_keras, save_keras

pytest.importorskip("tensorflow", reason="TensorFlow is not installed")


@pytest.fixture(scope="module")
def keras() -> Any:
    return import_keras()


@pytest.fixture(scope="module")
def model(keras: Any) -> Any:
    keras.utils.set_random_seed(1)
    layers = keras.layers
    return keras.Sequential([keras.Input((6, 6, 2)), layers.DepthwiseConv2D(3), layers.Flatten(), layers.Dense(3)])


def test_a_model_is_the_same_after_saving_and_loading(model: Any, tmp_path: Path) -> None:
    save_keras(model, tmp_path / "m.keras")
    x = np.ones((1, 6, 6, 2), np.float32)
    assert np.array_equal(load_keras(tmp_path / "m.keras")(x), model(x))
    assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]


def test_a_failed_save_leaves_what_was_there(model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.keras").write_text("before")

    def full(path: Path) -> None:
        Path(path).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model, "save", full)
    with pytest.raises(ModelError, match="No space left on device"):
        save_keras(model, tmp_path / "m.keras")
    assert (tmp_path / "m.keras").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]
    with pytest.raises(ModelError, match=r"to a \.keras file"):
        save_keras(model, tmp_path / "m.h5")


def test_an_h5_file_of_keras_2_loads_and_becomes_plain_layers(keras: Any, model: Any, tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "old.h5"
    model.save(path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "DepthwiseConv2D":
                layer["config"]["groups"] = 1
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["training_config"] = json.dumps({"optimizer_config": {"class_name": "Gone", "config": {"decay": 0}}})
    loaded = load_keras(path)
    assert type(loaded.layers[0]) is keras.layers.DepthwiseConv2D
    save_keras(loaded, tmp_path / "new.keras")
    x = np.ones((1, 6, 6, 2), np.float32)
    assert np.allclose(load_keras(tmp_path / "new.keras")(x), model(x))


def test_files_that_are_no_model_say_what_they_are(model: Any, tmp_path: Path) -> None:
    save_keras(model, tmp_path / "good.keras")
    good = (tmp_path / "good.keras").read_bytes()
    damaged = bytearray(good)
    damaged[len(good) // 2] ^= 255
    cases = {
        "text.keras": (b"hello", "is no Keras model"),
        "zip.keras": (b"PK\x03\x04nothing", "without a Keras model"),
        "cut.keras": (good[:-300], "without a Keras model"),
        "flipped.keras": (bytes(damaged), "cannot load"),
        "other.zip": (good, "rename it to end in .keras"),
        "other.bin": (b"\x89HDF\r\n\x1a\n" + bytes(90), "rename it to end in .h5"),
        "cut.h5": (b"\x89HDF\r\n\x1a\n" + bytes(90), "cannot load"),
    }
    for name, (content, message) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=message) as caught:
            load_keras(tmp_path / name)
        assert "\n" not in str(caught.value)
    (tmp_path / "saved" / "variables").mkdir(parents=True)
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"")
    with pytest.raises(ModelError, match=r"SavedModel folder.*model\.save\('model\.keras'\)"):
        load_keras(tmp_path / "saved")
    with pytest.raises(ModelError, match="No such file"):
        load_keras(tmp_path / "absent.keras")


def test_layers_of_ones_own_and_lambdas_are_named_with_the_way_round(keras: Any, tmp_path: Path) -> None:
    class Thrice(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x * 3

    keras.Sequential([keras.Input((2,)), Thrice(name="triple")]).save(tmp_path / "own.keras")
    keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x * 3)]).save(tmp_path / "lambda.keras")
    with pytest.raises(ModelError, match=r"uses 'Thrice' \(layer 'triple'\), which is not part.*convert_model"):
        load_keras(tmp_path / "own.keras")
    with pytest.raises(ModelError, match="has a Lambda layer, which is code and is not run"):
        load_keras(tmp_path / "lambda.keras")


def test_another_backend_is_refused(keras: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ToolError, match="set KERAS_BACKEND=tensorflow"):
        import_keras()


def test_a_missing_tensorflow_names_the_extra(keras: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgekit.keras_models.importlib.util.find_spec", lambda name: None)
    monkeypatch.delitem(__import__("sys").modules, "tensorflow")
    with pytest.raises(ToolError, match=r"tensorflow is not installed.*pip install 'edgekit\[train\]'"):
        import_keras()
