# SPDX-License-Identifier: Apache-2.0
"""Models of random shape over all operators, for tests that hold whatever the network looks like."""

from __future__ import annotations

from typing import Any

from flatbuffer_builder import ModelBuilder
from random_elementwise import random_elementwise_op, requantized
from random_layout import random_layout_op

from edgekit.tflite import TfliteModel

_ISLANDS = 0.1
#: The reference's softmax over int16 overflows beyond.
_LARGEST_SOFTMAX_SCALE = 1.0


def random_model(seed: int, most_ops: int = 6, *, dtype: str = "int8") -> TfliteModel:
    """A model of random shape over every operator, the same for the same seed; without int8, it has islands of it."""
    model = ModelBuilder(seed, name=f"random_{seed}", dtype=dtype)
    random = model.random
    height, width, channels = (int(size) for size in random.integers(1, 12, 3))
    x = model.input((1, height, width, channels))
    for _ in range(int(random.integers(1, most_ops + 1))):
        island = dtype != "int8" and random.random() < _ISLANDS
        x = random_island(model, x) if island else random_image_op(model, x)
    outputs = [x]
    if random.random() < 0.5:
        flat = model.mean(x) if random.random() < 0.4 else model.reshape(x, (1, -1))
        logits = model.fully_connected(flat, int(random.integers(1, 12)), **_random_filter_options(model))
        if model.dtype == "int16" and model.scale(logits) > _LARGEST_SOFTMAX_SCALE:
            logits = model.quantize(logits, scale=_LARGEST_SOFTMAX_SCALE)
        outputs = [model.softmax(logits, beta=float(random.choice([1.0, 0.5])))]
        if random.random() < 0.3:
            outputs.append(logits)
    return model.tflite(outputs)


def _random_filter_options(model: ModelBuilder) -> dict[str, Any]:
    random = model.random
    return {
        "activation": str(random.choice(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])),
        "bias": bool(random.random() < 0.8),
        "scale_factor": float(random.choice([0.3, 1.0, 4.0])),
        "per_channel": bool(random.random() < 0.7),
    }


def random_island(model: ModelBuilder, x: int) -> int:
    """An operator in int8 amid a model of another type."""
    around, model.dtype = model.dtype, "int8"
    y = random_image_op(model, model.quantize(x, scale=0.03))
    model.dtype = around
    return model.quantize(y) if around == "int16" else model.dequantize(y)


def random_image_op(model: ModelBuilder, x: int) -> int:
    random = model.random
    _, height, width, channels = model.shape(x)

    def pair(most: int) -> tuple[int, int]:
        first, second = random.integers(1, most + 1, 2)
        return int(first), int(second)

    def window(dilated: bool) -> dict[str, Any]:
        dilation = pair(2) if dilated else (1, 1)
        kernel = pair(4)
        fits = (kernel[0] - 1) * dilation[0] < height and (kernel[1] - 1) * dilation[1] < width
        padding = "VALID" if fits and random.random() < 0.5 else "SAME"
        stride = pair(3)
        options = {"kernel": kernel, "stride": stride, "padding": padding}
        return {**options, "dilation": dilation} if dilated else options

    kind = int(random.integers(0, 16))
    if kind >= 13:
        return random_elementwise_op(model, x)
    if kind >= 10:
        return random_layout_op(model, x)
    if kind <= 1:
        return model.conv_2d(x, int(random.integers(1, 17)), **window(True), **_random_filter_options(model))
    if kind == 2:
        # The reference interpreter crashes on a depthwise convolution without bias.
        options = {**_random_filter_options(model), "bias": True}
        return model.depthwise_conv_2d(x, pair(3)[0], **window(True), **options)
    if kind == 3:
        pool = str(random.choice(["AVERAGE_POOL_2D", "MAX_POOL_2D"]))
        return model.pool_2d(pool, x, **window(False), activation=str(random.choice(["NONE", "RELU", "RELU6"])))
    if kind == 4:
        row = model.random_numbers((channels,))
        others = (lambda: x, lambda: requantized(model, x), lambda: model.constant(row, model.random_quant()))
        other = others[int(random.integers(0, 3))]()
        return model.add(x, other, activation=str(random.choice(["NONE", "RELU"])))
    if kind == 5:
        return model.pad(x, ((0, 0), pair(2), pair(2), (0, 0)))
    if kind == 6:
        # RELU6 of the reference interpreter does not rescale.
        return model.relu(x, kind="RELU6") if random.random() < 0.5 else model.relu(x, same_quant=False)
    if kind == 7:
        return requantized(model, x)
    if kind == 8:
        return model.mean(x, (1, 2), keep_dims=True, same_quant=bool(random.random() < 0.5))
    return model.reshape(model.reshape(x, (1, -1)), (1, width, height, channels))
