# SPDX-License-Identifier: Apache-2.0
"""Random networks whose memory matters: pointwise and depthwise layers, residual sums, pools, of many sizes."""

from __future__ import annotations

from flatbuffer_builder import ModelBuilder

from edgekit.tflite import TfliteModel


def random_mobile_model(seed: int) -> TfliteModel:
    model = ModelBuilder(seed, name=f"mobile_{seed}")
    random = model.random
    height, width = (int(size) for size in random.integers(6, 21, 2))
    x = model.input((1, height, width, int(random.choice([1, 3, 4]))))
    x = model.conv_2d(x, _channels(model), stride=int(random.integers(1, 3)), **_options(model))
    for _ in range(int(random.integers(2, 7))):
        x = _layer(model, x)
    if random.random() < 0.5:
        flat = model.reshape(model.pool_2d("AVERAGE_POOL_2D", x, kernel=2, stride=2, padding="SAME"), (1, -1))
        x = model.softmax(model.fully_connected(flat, 7))
    return model.tflite([x])


def _channels(model: ModelBuilder) -> int:
    return int(model.random.choice([4, 8, 8, 12, 16, 16, 24, 7]))


def _options(model: ModelBuilder) -> dict[str, str]:
    return {"activation": str(model.random.choice(["RELU", "RELU", "NONE"])), "padding": "SAME"}


def _layer(model: ModelBuilder, x: int) -> int:
    random = model.random
    kind = int(random.integers(0, 10))
    if kind <= 3:
        return model.conv_2d(x, _channels(model), kernel=1, **_options(model))
    if kind <= 6:
        return model.depthwise_conv_2d(x, kernel=3, stride=int(random.choice([1, 1, 2])), **_options(model))
    if kind == 7:
        y = model.depthwise_conv_2d(x, kernel=3, activation="RELU")
        return model.add(x, model.conv_2d(y, model.shape(x)[3], kernel=1), activation="RELU")
    if kind == 8:
        return model.conv_2d(x, _channels(model), kernel=3, stride=int(random.integers(1, 3)), **_options(model))
    pool = str(random.choice(["AVERAGE_POOL_2D", "MAX_POOL_2D"]))
    return model.pool_2d(pool, x, kernel=3, stride=int(random.integers(1, 3)), padding="SAME")
