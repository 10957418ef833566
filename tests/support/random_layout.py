# SPDX-License-Identifier: Apache-2.0
"""Random steps of a model that move data, resize images or convolve upwards: image in, image out."""

from __future__ import annotations

from collections.abc import Callable

import layout_ops as ops
from flatbuffer_builder import ModelBuilder

Step = Callable[[ModelBuilder, int], int]

# Where images stop growing.
_LARGEST_SIDE = 24
_MOST_CHANNELS = 48


def random_layout_op(model: ModelBuilder, x: int) -> int:
    """One operator, or a few that belong together."""
    _, height, width, channels = model.shape(x)
    steps = [_transpose, _slice, _strided_slice, _split_and_join, _unpack_and_pack, _views]
    if model.dtype == "int16":  # what the reference moves in int16
        return [*steps, _pad_v2][int(model.random.integers(0, len(steps) + 1))](model, x)
    if max(height, width) <= _LARGEST_SIDE // 2:
        steps += [_pad_v2, _mirror_pad, _resize, _transpose_conv]
        if channels % 4 == 0:
            steps.append(lambda model, x: ops.depth_to_space(model, x, 2))
    if height % 2 == width % 2 == 0 and channels <= _MOST_CHANNELS // 4:
        steps.append(lambda model, x: ops.space_to_depth(model, x, 2))
    return steps[int(model.random.integers(0, len(steps)))](model, x)


def _transpose(model: ModelBuilder, x: int) -> int:
    return ops.transpose(model, x, [0, *(1 + int(axis) for axis in model.random.permutation(3))])


def _slice(model: ModelBuilder, x: int) -> int:
    begin = [int(model.random.integers(0, size)) for size in model.shape(x)]
    sizes = [int(model.random.integers(1, size - first + 1)) for size, first in zip(model.shape(x), begin, strict=True)]
    return ops.slice_(model, x, begin, sizes)


def _strided_slice(model: ModelBuilder, x: int) -> int:
    steps = [int(model.random.choice([-2, -1, 1, 2])) for _ in range(3)]
    return ops.strided_slice(model, x, slice(None), *(slice(None, None, step) for step in steps))


def _split_and_join(model: ModelBuilder, x: int) -> int:
    axis = int(model.random.integers(1, 4))
    size = model.shape(x)[axis]
    cut = int(model.random.integers(1, size)) if size > 1 else 0
    parts = ops.split_v(model, x, (cut, size - cut), axis) if cut else [model.relu(x)]
    again = [x] if model.shape(x)[3] <= _MOST_CHANNELS and axis == 3 else []
    return ops.concatenation(model, [*reversed(parts), *again], axis)


def _unpack_and_pack(model: ModelBuilder, x: int) -> int:
    axis = int(model.random.integers(1, 4))
    if model.shape(x)[axis] > 10:  # the reference interpreter joins no more
        return _transpose(model, x)
    return ops.pack(model, ops.unpack(model, x, axis)[::-1], int(model.random.integers(1, 4)))


def _views(model: ModelBuilder, x: int) -> int:
    return ops.transpose(model, model.reshape(ops.expand_dims(model, x, 2), model.shape(x)), (0, 2, 1, 3))


def _around(model: ModelBuilder, most: int) -> tuple[int, int]:
    before, after = model.random.integers(0, most + 1, 2)
    return int(before), int(after)


def _pad_v2(model: ModelBuilder, x: int) -> int:
    paddings = ((0, 0), _around(model, 2), _around(model, 2), _around(model, 1))
    return ops.pad_v2(model, x, paddings, model.random.integers(-128, 128).item())


def _mirror_pad(model: ModelBuilder, x: int) -> int:
    mode = str(model.random.choice(["REFLECT", "SYMMETRIC"]))
    most = [min(2, size - (mode == "REFLECT")) for size in model.shape(x)]
    return ops.mirror_pad(model, x, ((0, 0), *(_around(model, size) for size in most[1:])), mode)


def _resize(model: ModelBuilder, x: int) -> int:
    kind = str(model.random.choice(["RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"]))
    corners = int(model.random.integers(0, 3))
    rows, columns = (int(size) for size in model.random.integers(1, _LARGEST_SIDE + 1, 2))
    return ops.resize(model, kind, x, rows, columns, corners == 1, corners == 2)


def _transpose_conv(model: ModelBuilder, x: int) -> int:
    kernel, stride = model.random.integers(1, 5, 2), model.random.integers(1, 4, 2)
    return ops.transpose_conv(
        model,
        x,
        int(model.random.integers(1, 10)),
        kernel=(int(kernel[0]), int(kernel[1])),
        stride=(int(stride[0]), int(stride[1])),
        padding=str(model.random.choice(["SAME", "VALID"])),
        bias=bool(model.random.random() < 0.8),
        per_channel=bool(model.random.random() < 0.7),
        activation=str(model.random.choice(["NONE", "RELU", "RELU6"])),
    )
