# SPDX-License-Identifier: Apache-2.0
"""Operators that move data, resize images or convolve upwards, added to a ModelBuilder one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from flatbuffer_builder import ACTIVATIONS, PADDINGS, ModelBuilder
from flatbuffer_writer import OpSpec, TensorSpec

Option = tuple[int, str, Any]


def _ints(model: ModelBuilder, *values: int) -> int:
    return model.constant(np.array(values, np.int32))


def _same(model: ModelBuilder, kind: str, x: int, shape: Sequence[int], *operands: int, **options: Any) -> int:
    """An operator whose output has the quantization of `x`."""
    return model.op(kind, [x, *operands], shape, model.tensors[x].quant, **options)


def squeeze(model: ModelBuilder, x: int) -> int:
    return _same(model, "SQUEEZE", x, [size for size in model.shape(x) if size != 1], options_type=30)


def expand_dims(model: ModelBuilder, x: int, axis: int) -> int:
    shape = [*model.shape(x)[:axis], 1, *model.shape(x)[axis:]]
    return _same(model, "EXPAND_DIMS", x, shape, _ints(model, axis), options_type=52)


def transpose(model: ModelBuilder, x: int, order: Sequence[int]) -> int:
    shape = [model.shape(x)[axis] for axis in order]
    return _same(model, "TRANSPOSE", x, shape, _ints(model, *order), options_type=26)


def slice_(model: ModelBuilder, x: int, begin: Sequence[int], sizes: Sequence[int]) -> int:
    """A size may be -1."""
    ranges = zip(model.shape(x), begin, sizes, strict=True)
    shape = [size - first if count == -1 else count for size, first, count in ranges]
    return _same(model, "SLICE", x, shape, _ints(model, *begin), _ints(model, *sizes), options_type=48)


def strided_slice(model: ModelBuilder, x: int, *ranges: slice | int) -> int:
    """As numpy indexes: slices (with None for masked ends), or numbers, whose dimensions are dropped."""
    begins, ends, steps, masks = [], [], [], [0, 0, 0]
    for axis, part in enumerate(ranges):
        if isinstance(part, int):
            masks[2] |= 1 << axis
            part = slice(part, part + 1)
        begins.append(0 if part.start is None else part.start)
        ends.append(0 if part.stop is None else part.stop)
        steps.append(1 if part.step is None else part.step)
        masks[0] |= (part.start is None) << axis
        masks[1] |= (part.stop is None) << axis
    shape = np.empty(model.shape(x), np.int8)[ranges].shape
    operands = [_ints(model, *numbers) for numbers in (begins, ends, steps)]
    options = [(0, "int32", masks[0]), (1, "int32", masks[1]), (4, "int32", masks[2])]
    return _same(model, "STRIDED_SLICE", x, shape, *operands, options_type=32, options=options)


def concatenation(model: ModelBuilder, parts: Sequence[int], axis: int) -> int:
    shape = list(model.shape(parts[0]))
    shape[axis] = sum(model.shape(part)[axis] for part in parts)
    options = [(0, "int32", axis), (1, "int8", 0)]
    return _same(model, "CONCATENATION", parts[0], shape, *parts[1:], options_type=10, options=options)


def pack(model: ModelBuilder, parts: Sequence[int], axis: int) -> int:
    shape = list(model.shape(parts[0]))
    shape.insert(axis if axis >= 0 else axis + len(shape) + 1, len(parts))
    options = [(0, "int32", len(parts)), (1, "int32", axis)]
    return _same(model, "PACK", parts[0], shape, *parts[1:], options_type=59, options=options)


def _many(
    model: ModelBuilder, kind: str, x: int, operands: list[int], shapes: Sequence[Sequence[int]], options_type: int,
    options: list[Option],
) -> list[int]:  # fmt: skip
    label = f"model/{kind.lower()}_{len(model.ops)}/{kind}"
    quant = model.tensors[x].quant
    outputs = [
        model.tensor(TensorSpec(f"{label}:{number}", tuple(shape), model.dtype, quant))
        for number, shape in enumerate(shapes)
    ]
    model.ops.append(OpSpec(kind, operands, outputs, options_type, options))
    return outputs


def split(model: ModelBuilder, x: int, parts: int, axis: int) -> list[int]:
    shape = list(model.shape(x))
    shape[axis] //= parts
    return _many(model, "SPLIT", x, [_ints(model, axis), x], [shape] * parts, 35, [(0, "int32", parts)])


def split_v(model: ModelBuilder, x: int, sizes: Sequence[int], axis: int) -> list[int]:
    shapes = [[*model.shape(x)[:axis], size, *model.shape(x)[axis + 1 :]] for size in sizes]
    operands = [x, _ints(model, *sizes), _ints(model, axis)]
    return _many(model, "SPLIT_V", x, operands, shapes, 79, [(0, "int32", len(sizes))])


def unpack(model: ModelBuilder, x: int, axis: int) -> list[int]:
    shape = list(model.shape(x))
    count = shape.pop(axis)
    return _many(model, "UNPACK", x, [x], [shape] * count, 64, [(0, "int32", count), (1, "int32", axis)])


def _padded(model: ModelBuilder, x: int, paddings: Sequence[tuple[int, int]]) -> tuple[list[int], int]:
    shape = [before + size + after for size, (before, after) in zip(model.shape(x), paddings, strict=True)]
    return shape, model.constant(np.array(paddings, np.int32))


def pad_v2(model: ModelBuilder, x: int, paddings: Sequence[tuple[int, int]], value: float) -> int:
    shape, operand = _padded(model, x, paddings)
    constant = model.constant(np.array([value], model.dtype), model.tensors[x].quant)
    return _same(model, "PADV2", x, shape, operand, constant, options_type=43)


def mirror_pad(model: ModelBuilder, x: int, paddings: Sequence[tuple[int, int]], mode: str) -> int:
    shape, operand = _padded(model, x, paddings)
    options = [(0, "int8", ["REFLECT", "SYMMETRIC"].index(mode))]
    return _same(model, "MIRROR_PAD", x, shape, operand, options_type=77, options=options)


def tile(model: ModelBuilder, x: int, multiples: Sequence[int]) -> int:
    shape = [size * multiple for size, multiple in zip(model.shape(x), multiples, strict=True)]
    return _same(model, "TILE", x, shape, _ints(model, *multiples), options_type=0)


def space_to_depth(model: ModelBuilder, x: int, block: int) -> int:
    _, height, width, channels = model.shape(x)
    shape = (1, height // block, width // block, channels * block * block)
    return _same(model, "SPACE_TO_DEPTH", x, shape, options_type=19, options=[(0, "int32", block)])


def depth_to_space(model: ModelBuilder, x: int, block: int) -> int:
    _, height, width, channels = model.shape(x)
    shape = (1, height * block, width * block, channels // (block * block))
    return _same(model, "DEPTH_TO_SPACE", x, shape, options_type=94, options=[(0, "int32", block)])


def resize(model: ModelBuilder, kind: str, x: int, rows: int, columns: int, align: bool, half: bool) -> int:
    """`kind` is RESIZE_NEAREST_NEIGHBOR or RESIZE_BILINEAR."""
    options_type, first = {"RESIZE_NEAREST_NEIGHBOR": (74, 0), "RESIZE_BILINEAR": (15, 2)}[kind]
    options = [(first, "bool", align), (first + 1, "bool", half)]
    shape = (1, rows, columns, model.shape(x)[3])
    return _same(model, kind, x, shape, _ints(model, rows, columns), options_type=options_type, options=options)


def transpose_conv(
    model: ModelBuilder,
    x: int,
    channels: int,
    *,
    kernel: tuple[int, int] = (3, 3),
    stride: tuple[int, int] = (2, 2),
    padding: str = "SAME",
    bias: bool = True,
    per_channel: bool = True,
    activation: str = "NONE",
    scale_factor: float = 1.0,
) -> int:
    _, height, width, depth = model.shape(x)
    name = f"model/upwards_{len(model.ops)}/conv2d_transpose"
    weights, scale = model._weights((channels, *kernel, depth), 0, per_channel, name)
    taps = max(1, math.prod(kernel) // math.prod(stride)) * depth
    quant = model._filtered_quant(x, scale, taps, scale_factor)
    rows, columns = (
        size * step if padding == "SAME" else (size - 1) * step + max(step, reach)
        for size, step, reach in zip((height, width), stride, kernel, strict=True)
    )
    operands = [_ints(model, 1, rows, columns, channels), weights, x]
    if bias:
        operands.append(model._bias(channels, True, taps))
    options = [
        (0, "int8", PADDINGS[padding]),
        (1, "int32", stride[1]),
        (2, "int32", stride[0]),
        (3, "int8", ACTIVATIONS[activation]),
    ]
    shape = (1, rows, columns, channels)
    return model.op("TRANSPOSE_CONV", operands, shape, quant, options_type=49, options=options)
