# SPDX-License-Identifier: Apache-2.0
"""Models that `compress` cannot handle: the error names the layer and the way round it, and nothing is written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgekit import process
from edgekit.compress import compress_model
from edgekit.dataset import make_dataset
from edgekit.errors import ModelError

keras = pytest.importorskip("keras", reason="Keras is not installed (edgekit[train])")


def custom_layer() -> Any:
    class Twice(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return inputs * 2

    return keras.Sequential([keras.Input((6, 4)), Twice(name="double"), keras.layers.Flatten()])


def subclassed() -> Any:
    class Own(keras.Model):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return inputs

    model = Own(name="mine")
    model(np.zeros((1, 6, 4), np.float32))
    return model


def called_twice(layer: Any) -> Any:
    inputs = keras.Input((6, 4))
    return keras.Model(inputs, keras.layers.Flatten()(keras.layers.Add()([layer(inputs), layer(layer(inputs))])))


CASES: dict[str, tuple[Callable[[], Any], str]] = {
    "custom": (custom_layer, r"'Twice' \(layer 'double'\).*rebuild the model from built-in layers"),
    "subclassed": (subclassed, r"'Own' \(layer 'mine'\).*rebuild the model from built-in layers"),
    "lambda": (
        lambda: keras.Sequential([keras.Input((6, 4)), keras.layers.Lambda(lambda value: value, name="sly")]),
        "has a Lambda layer.*use built-in layers instead",
    ),
    "shared normalization": (
        lambda: called_twice(keras.layers.BatchNormalization(name="norm")),
        "'norm' is shared by several calls.*give each call its own layer",
    ),
    "shared separable": (
        lambda: called_twice(keras.layers.SeparableConv1D(4, 3, padding="same", name="split")),
        "'split' is shared by several calls; give each call its own layer",
    ),
    "recurrent": (
        lambda: keras.Sequential([keras.Input((6, 4)), keras.layers.LSTM(4, name="memory")]),
        r"'memory' \(LSTM.*cannot be trained for int8; use one of",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_layer_is_named_with_the_way_round(name: str, tmp_path: Path) -> None:
    make, message = CASES[name]
    make().save(tmp_path / "net.keras")
    data = make_dataset({"x": np.zeros((8, 6, 4)), "y": np.arange(8) % 3}, "toy", source="toy")
    with pytest.raises(ModelError, match=message) as caught:
        compress_model(tmp_path / "net.keras", "balanced", data, tmp_path / "out.keras")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("out.[krt]*[!t]"))


def test_another_backend_is_an_error_that_says_so(tmp_path: Path) -> None:
    custom_layer().save(tmp_path / "net.keras")
    np.savez(tmp_path / "data.npz", x=np.zeros((8, 6, 4), np.float32), y=np.arange(8) % 3)
    names = ["compress", tmp_path / "net.keras", "--recipe", "quick", "--data", tmp_path / "data.npz"]
    arguments = [sys.executable, "-m", "edgekit", *names, "-o", tmp_path / "out.keras"]
    done = process.run(arguments, timeout_s=60, env={"KERAS_BACKEND": "numpy"}, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "KERAS_BACKEND is 'numpy'; edgekit needs 'tensorflow'" in done.stderr
