# SPDX-License-Identifier: Apache-2.0
"""Small Keras models with seeded random weights, for tests of compression. Keras is imported on call."""

from __future__ import annotations

from typing import Any

import numpy as np


def randomized(model: Any, seed: int = 0) -> Any:
    """`model` with weights in which nothing is zero, one or cancelled by accident."""
    random = np.random.default_rng(seed)
    for variable in model.variables:
        if "seed" in variable.path:
            continue
        if variable.name in ("moving_variance", "gamma"):
            variable.assign(random.uniform(0.5, 1.5, variable.shape))
        else:
            variable.assign(random.normal(0, 0.3, variable.shape))
    return model


def chain(shape: tuple[int, ...], *layers: Any) -> Any:
    import keras

    inputs = keras.Input(shape)
    value = inputs
    for layer in layers:
        value = layer(value)
    return randomized(keras.Model(inputs, value))


def residual() -> Any:
    """BatchNormalization, depthwise, a residual Add, a Concatenate, a Flatten."""
    import keras

    layers = keras.layers
    inputs = keras.Input((8, 8, 3), name="image")
    stem = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same", use_bias=False)(inputs)))
    deep = layers.DepthwiseConv2D(3, padding="same")(stem)
    deep = layers.ReLU(6.0)(layers.BatchNormalization()(deep))
    deep = layers.BatchNormalization()(layers.Conv2D(16, 1)(deep))
    added = layers.ReLU()(layers.Add()([stem, deep]))
    side = layers.Conv2D(8, 3, padding="same", activation="relu")(added)
    joined = layers.MaxPooling2D()(layers.Concatenate()([added, side]))
    joined = layers.SeparableConv2D(12, 3, activation="relu")(joined)
    hidden = layers.Dense(12, activation="relu")(layers.Flatten()(joined))
    return randomized(keras.Model(inputs, layers.Dense(5, activation="softmax")(hidden), name="residual"))


def two_inputs() -> Any:
    """Two inputs, two outputs, a shared convolution, squeeze and excite, a nested model."""
    import keras

    layers = keras.layers
    left, right = keras.Input((8, 8, 3), name="left"), keras.Input((8, 8, 3), name="right")
    shared = layers.Conv2D(6, 3, padding="same", activation="relu", name="shared")
    nested = keras.Sequential(
        [keras.Input((8, 8, 6)), layers.Conv2D(6, 3, padding="same"), layers.BatchNormalization()], name="nested"
    )
    one, two = shared(left), nested(shared(right))
    value = layers.ReLU()(layers.Add()([one, two]))
    value = layers.ReLU(6.0)(layers.Concatenate()([value, one]))
    gate = layers.Conv2D(12, 1, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(value))
    value = layers.Dropout(0.3)(layers.Multiply()([value, gate]))
    flat = layers.Flatten()(layers.AveragePooling2D(2)(value))
    outputs = [layers.Dense(4, activation="softmax")(flat), layers.Dense(1, activation="tanh")(flat)]
    return randomized(keras.Model([left, right], outputs, name="two"))


def gates() -> Any:
    """Outputs of prescribed int8 scale concatenated and compared with others, one behind a reshape."""
    import keras

    layers = keras.layers
    inputs = keras.Input((6, 6, 3))
    soft, bent, plain = (layers.Conv2D(4, 3, activation=kind)(inputs) for kind in ("sigmoid", "tanh", None))
    joined = layers.Concatenate()([soft, plain, bent])
    largest = layers.Maximum()([layers.Reshape((16, 4))(soft), layers.Reshape((16, 4))(bent)])
    both = layers.Concatenate()([layers.Flatten()(joined), layers.Flatten()(largest)])
    return randomized(keras.Model(inputs, layers.Dense(5)(both), name="gates"))
