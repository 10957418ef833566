# SPDX-License-Identifier: Apache-2.0
"""Random models with many channels that hold one value or that nobody reads."""

from __future__ import annotations

import numpy as np
from flatbuffer_builder import ModelBuilder

from edgekit.tflite import TfliteModel

#: Biases that hold an output at one end of its range, as real models have them: small, and near the end of int32.
_BIASES = (-(2**30), -(2**24), -(2**19), 2**19, 2**24, 2**30)
_FILTERED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def saturate(model: ModelBuilder, share: float = 0.5, dead: float = 0.1) -> None:
    """Hold that share of all filtered channels at one value; let nobody read a share of `dead`."""
    random = model.random
    for op in model.ops:
        if op.kind not in _FILTERED:
            continue
        weights, bias = model.tensors[op.inputs[1]], model.tensors[op.inputs[2]]
        assert weights.data is not None and bias.data is not None
        held = random.random(len(bias.data)) < share
        weights.data = weights.data.copy()
        if op.kind != "DEPTHWISE_CONV_2D":
            weights.data[..., random.random(weights.data.shape[-1]) < dead] = 0
        bias.data = np.where(held, random.choice(_BIASES, len(bias.data)), bias.data).astype(np.int32)


def random_saturated_model(seed: int) -> TfliteModel:
    """A network of every operator that channels can be followed through, about half of them at one value."""
    model = ModelBuilder(seed, name=f"saturated_{seed}")
    random = model.random
    size = int(random.integers(2, 7))
    x = model.input((1, size, size, int(random.integers(1, 9))))
    x = model.conv_2d(x, int(random.integers(3, 25)), kernel=int(random.integers(1, 3)), **_filter(model))
    for _ in range(int(random.integers(1, 5))):
        x = _image_op(model, x)
    if random.random() < 0.7:
        flat = model.mean(x) if random.random() < 0.5 else model.reshape(x, (1, -1))
        x = model.fully_connected(flat, int(random.integers(4, 17)), activation="RELU")
        x = model.fully_connected(x, int(random.integers(2, 9)))
    saturate(model)
    return model.tflite([x])


def _filter(model: ModelBuilder) -> dict[str, str]:
    return {
        "padding": str(model.random.choice(["SAME", "VALID"])),
        "activation": str(model.random.choice(["NONE", "RELU", "RELU6"])),
    }


def _image_op(model: ModelBuilder, x: int) -> int:
    random = model.random
    kind = int(random.integers(0, 9))
    _, height, width, channels = model.shape(x)
    kernel = (min(3, height), min(3, width))
    if kind <= 1:
        one = bool(random.random() < 0.5)
        return model.conv_2d(x, int(random.integers(4, 25)), kernel=1 if one else kernel, **_filter(model))
    if kind <= 3:
        return model.depthwise_conv_2d(x, int(random.integers(1, 3)), kernel=kernel, **_filter(model))
    if kind == 4:
        other = model.conv_2d(x, channels, kernel=1) if random.random() < 0.7 else model.mean(x, keep_dims=True)
        return model.add(x, other, activation=str(random.choice(["NONE", "RELU"])))
    if kind == 5:
        row = random.integers(-128, 128, channels).astype(np.int8)
        return model.add(x, model.constant(row, model.random_quant()))
    if kind == 6:
        pool = str(random.choice(["AVERAGE_POOL_2D", "MAX_POOL_2D"]))
        return model.pool_2d(pool, x, kernel=2, stride=1, padding="SAME")
    if kind == 7:
        return model.pad(x, ((0, 0), (1, 0), (0, 1), (0, int(random.integers(0, 2)))))
    return model.quantize(x) if random.random() < 0.5 else model.relu(x, same_quant=False)
