# SPDX-License-Identifier: Apache-2.0
"""Trains a small CNN on the digits and writes digits.keras and digits.npz.

    python examples/digits/train.py [--out build/digits] [--force]

The same seed gives the same weights on the same machine. When both files are newer than this folder, nothing is done.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edgekit.keras_models import import_keras
from examples.digits.data import load

SEED = 0
EPOCHS = 30
BATCH = 32


def build_model() -> Any:
    """Two convolutions, a depthwise separable one, a classifier: 9,000 weights."""
    import keras
    from keras import layers

    def normalized(x: Any) -> Any:
        return layers.ReLU()(layers.BatchNormalization()(x))

    inputs = keras.Input((8, 8, 1), name="image")
    x = normalized(layers.Conv2D(16, 3, padding="same", use_bias=False, name="conv1")(inputs))
    x = normalized(layers.Conv2D(32, 3, padding="same", use_bias=False, name="conv2")(x))
    x = layers.MaxPooling2D(name="pool1")(x)
    x = normalized(layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise3")(x))
    x = normalized(layers.Conv2D(48, 1, use_bias=False, name="pointwise3")(x))
    x = layers.MaxPooling2D(name="pool2")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.3)(x)
    outputs = layers.Softmax(name="probabilities")(layers.Dense(10, name="logits")(x))
    return keras.Model(inputs, outputs, name="digits")


def train(data: dict[str, Any]) -> Any:
    """The trained model: Adam with a cosine decay, on images that are shifted anew in every epoch."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    x, y = data["x"][data["train"]], data["y"][data["train"]]
    model = build_model()
    schedule = keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * -(-len(x) // BATCH))
    model.compile(keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"])
    random = np.random.default_rng(SEED)
    for epoch in range(EPOCHS):
        history = model.fit(shifted(x, random), y, batch_size=BATCH, verbose=0)
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1} of {EPOCHS}: {history.history['accuracy'][-1]:.4f} of the training images right")
    return model


def shifted(x: Any, random: np.random.Generator) -> Any:
    """The images, each moved by -1, 0 or 1 pixels in both directions."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    corners = random.integers(0, 3, (len(x), 2))
    return np.stack([padded[i, row : row + 8, column : column + 8] for i, (row, column) in enumerate(corners)])


def is_current(outputs: list[Path]) -> bool:
    """Whether all `outputs` are newer than the code of this folder."""
    sources = max(path.stat().st_mtime for path in Path(__file__).parent.glob("*.py"))
    return all(path.is_file() and path.stat().st_mtime > sources for path in outputs)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the digits example.")
    parser.add_argument("--out", type=Path, default=Path("build/digits"), help="folder of the two files")
    parser.add_argument("--force", action="store_true", help="train even if the files are up to date")
    arguments = parser.parse_args()
    model_file, data_file = arguments.out / "digits.keras", arguments.out / "digits.npz"
    if not arguments.force and is_current([model_file, data_file]):
        print(f"{model_file} is up to date")
        return
    import_keras()  # without TensorFlow's start-up chatter
    data = load()
    model = train(data)
    _, accuracy = model.evaluate(data["x"][data["test"]], data["y"][data["test"]], verbose=0)
    arguments.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(data_file, **data)
    model.save(model_file)
    print(f"{model_file}: {model.count_params()} parameters, {accuracy:.4f} of {len(data['test'])} test images right")


if __name__ == "__main__":
    main()
