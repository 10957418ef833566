# SPDX-License-Identifier: Apache-2.0
"""What the operators demand that move data, resize images or convolve upwards."""

from __future__ import annotations

import math
from functools import partial
from typing import Final

import numpy as np

from edgekit.ir.arithmetic import EVERY, INT8_AND_FLOAT
from edgekit.ir.attributes import (
    BlockAttrs,
    JoinAttrs,
    MirrorPadAttrs,
    PadV2Attrs,
    ResizeAttrs,
    SliceAttrs,
    SplitAttrs,
    StridedSliceAttrs,
    TileAttrs,
    TransposeAttrs,
    TransposeConvAttrs,
)
from edgekit.ir.graph import Graph, Op, Tensor
from edgekit.ir.rule import Problems, Rule, shape_problem
from edgekit.ir.rules import bias_problems, channel_scales

# Positions scaled by 2**10 stay inside 32 bits.
_LARGEST_RESIZED = 2**20
_LARGEST_STEP = 2**15


def _transpose(graph: Graph, op: Op) -> Problems:
    shape = graph.input_tensor(op, 0).shape
    assert isinstance(op.attrs, TransposeAttrs)
    if sorted(op.attrs.order) != list(range(len(shape))):
        yield f"{list(op.attrs.order)} is no order of {len(shape)} dimensions"
        return
    yield from shape_problem(graph, op, tuple(shape[axis] for axis in op.attrs.order))


def _slice(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, SliceAttrs)
    shape = graph.input_tensor(op, 0).shape
    problem = _outside(shape, op.attrs.begin, op.attrs.sizes, (1,) * len(op.attrs.begin))
    if problem:
        yield problem
        return
    yield from shape_problem(graph, op, op.attrs.sizes)


def _strided_slice(graph: Graph, op: Op) -> Problems:
    attrs = op.attrs
    assert isinstance(attrs, StridedSliceAttrs)
    problem = _outside(graph.input_tensor(op, 0).shape, attrs.begin, attrs.sizes, attrs.steps)
    if problem:
        yield problem
        return
    if any(not 0 <= axis < len(attrs.sizes) or attrs.sizes[axis] != 1 for axis in attrs.dropped):
        yield f"the dimensions {list(attrs.dropped)} cannot be dropped"
        return
    yield from shape_problem(graph, op, tuple(n for axis, n in enumerate(attrs.sizes) if axis not in attrs.dropped))


def _outside(shape: tuple[int, ...], begin: tuple[int, ...], sizes: tuple[int, ...], steps: tuple[int, ...]) -> str:
    if not len(shape) == len(begin) == len(sizes) == len(steps):
        return f"{len(begin)} ranges do not suit {len(shape)} dimensions"
    for size, first, count, step in zip(shape, begin, sizes, steps, strict=True):
        last = first + (count - 1) * step
        if count < 1 or min(first, last) < 0 or max(first, last) >= size:
            return f"elements {first} to {last} are not among {size}"
    return ""


def _concatenation(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, JoinAttrs)
    axis = op.attrs.axis
    shapes = [graph.input_tensor(op, position).shape for position in range(len(op.inputs))]
    yield from _constants_alone(graph, op)
    if not 0 <= axis < len(shapes[0]) or len({len(shape) for shape in shapes}) > 1:
        yield f"axis {axis} does not suit the shapes {[list(shape) for shape in shapes[:4]]}"
        return
    if len({shape[:axis] + shape[axis + 1 :] for shape in shapes}) > 1:
        yield f"the shapes {[list(shape) for shape in shapes[:4]]} differ in more than axis {axis}"
        return
    joined = sum(shape[axis] for shape in shapes)
    yield from shape_problem(graph, op, (*shapes[0][:axis], joined, *shapes[0][axis + 1 :]))


def _pack(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, JoinAttrs)
    axis = op.attrs.axis
    shapes = {graph.input_tensor(op, position).shape for position in range(len(op.inputs))}
    yield from _constants_alone(graph, op)
    shape = shapes.pop()
    if shapes or not 0 <= axis <= len(shape):
        yield f"axis {axis} does not suit, or the inputs' shapes differ"
        return
    yield from shape_problem(graph, op, (*shape[:axis], len(op.inputs), *shape[axis:]))


def _constants_alone(graph: Graph, op: Op) -> Problems:
    if all(graph.input_tensor(op, position).data is not None for position in range(len(op.inputs))):
        yield "all inputs are constants"


def _split(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, SplitAttrs)
    shape, axis = graph.input_tensor(op, 0).shape, op.attrs.axis
    shapes = [graph.output_tensor(op, position).shape for position in range(len(op.outputs))]
    if not 0 <= axis < len(shape):
        yield f"axis {axis} does not suit {len(shape)} dimensions"
        return
    rest = shape[:axis] + shape[axis + 1 :]
    if any(len(part) != len(shape) or part[:axis] + part[axis + 1 :] != rest for part in shapes) or (
        sum(part[axis] for part in shapes) != shape[axis]
    ):
        yield f"{list(shape)} cannot become {[list(part) for part in shapes[:4]]}"


def _unpack(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, SplitAttrs)
    shape, axis = graph.input_tensor(op, 0).shape, op.attrs.axis
    if not 0 <= axis < len(shape):
        yield f"axis {axis} does not suit {len(shape)} dimensions"
        return
    rest = shape[:axis] + shape[axis + 1 :]
    parts = [graph.output_tensor(op, position).shape for position in range(len(op.outputs))]
    if len(parts) != shape[axis] or any(part != rest for part in parts):
        yield f"{list(shape)} cannot become {len(parts)} times {list(parts[0])}"


def _padded(graph: Graph, op: Op) -> Problems:
    shape = graph.input_tensor(op, 0).shape
    assert isinstance(op.attrs, PadV2Attrs | MirrorPadAttrs)
    paddings = op.attrs.paddings
    if len(paddings) != len(shape) or any(min(pair) < 0 for pair in paddings):
        yield f"the paddings {list(paddings)} do not suit the input {list(shape)}"
        return
    if isinstance(op.attrs, PadV2Attrs):
        if np.asarray(op.attrs.value).astype(graph.input_tensor(op, 0).dtype) != op.attrs.value:
            yield f"the value {op.attrs.value} is not {graph.input_tensor(op, 0).dtype}"
    else:
        repeated = op.attrs.mode == "SYMMETRIC"
        if any(max(pair) > size - (not repeated) for size, pair in zip(shape, paddings, strict=True)):
            yield f"{list(shape)} has too few elements to mirror {list(paddings)}"
            return
    yield from shape_problem(
        graph, op, tuple(before + size + after for size, (before, after) in zip(shape, paddings, strict=True))
    )


def _tile(graph: Graph, op: Op) -> Problems:
    shape = graph.input_tensor(op, 0).shape
    assert isinstance(op.attrs, TileAttrs)
    if len(op.attrs.multiples) != len(shape) or min(op.attrs.multiples, default=1) < 1:
        yield f"the multiples {list(op.attrs.multiples)} do not suit {len(shape)} dimensions"
        return
    yield from shape_problem(graph, op, tuple(n * size for n, size in zip(op.attrs.multiples, shape, strict=True)))


def _image_problem(image: Tensor) -> str:
    if len(image.shape) != 4 or image.shape[0] != 1:
        return f"the input has the shape {list(image.shape)}, not [1, height, width, channels]"
    return ""


def _block(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, BlockAttrs)
    image, block = graph.input_tensor(op, 0), op.attrs.block
    problem = _image_problem(image)
    if problem or block < 1:
        yield problem or f"the block size is {block}"
        return
    _, height, width, channels = image.shape
    if op.kind == "SPACE_TO_DEPTH":
        if height % block or width % block:
            yield f"{height} x {width} pixels are no multiple of the block size {block}"
            return
        yield from shape_problem(graph, op, (1, height // block, width // block, channels * block * block))
    else:
        if channels % (block * block):
            yield f"{channels} channels are no multiple of {block * block}"
            return
        yield from shape_problem(graph, op, (1, height * block, width * block, channels // (block * block)))


def _resize(graph: Graph, op: Op) -> Problems:
    assert isinstance(op.attrs, ResizeAttrs)
    image, output = graph.input_tensor(op, 0), graph.output_tensor(op)
    problem = _image_problem(image)
    if problem:
        yield problem
        return
    if len(output.shape) != 4 or output.shape[0] != 1 or output.shape[3] != image.shape[3]:
        yield f"the output {list(output.shape)} does not suit the input {list(image.shape)}"
    if max(*image.shape[1:3], *output.shape[1:3]) > _LARGEST_RESIZED:
        yield f"more than {_LARGEST_RESIZED} rows or columns"
    if op.kind == "RESIZE_BILINEAR" and op.attrs.align_corners and op.attrs.half_pixel_centers:
        yield "it has both align_corners and half_pixel_centers"


def _transpose_conv(graph: Graph, op: Op) -> Problems:
    attrs = op.attrs
    assert isinstance(attrs, TransposeConvAttrs)
    image, weights, output = graph.input_tensor(op, 0), graph.input_tensor(op, 1), graph.output_tensor(op)
    problem = _image_problem(image)
    if problem:
        yield problem
        return
    if len(weights.shape) != 4 or weights.shape[3] != image.shape[3]:
        yield f"weights {list(weights.shape)} do not suit the input {list(image.shape)}"
        return
    if len(output.shape) != 4 or output.shape[0] != 1 or output.shape[3] != weights.shape[0]:
        yield f"the output {list(output.shape)} does not suit the weights {list(weights.shape)}"
        return
    if not 1 <= min(attrs.stride_h, attrs.stride_w) <= max(attrs.stride_h, attrs.stride_w) <= _LARGEST_STEP:
        yield "strides must be positive and at most 32768"
        return
    if not (0 <= attrs.pad_top < weights.shape[1] and 0 <= attrs.pad_left < weights.shape[2]):
        yield "the padding is as large as the filter"
        return
    reach = [(n - 1) * s + k for n, s, k in zip(image.shape[1:3], _strides(attrs), weights.shape[1:3], strict=True)]
    if any(size > most + _LARGEST_STEP for size, most in zip(output.shape[1:3], reach, strict=True)):
        yield f"the output {list(output.shape)} is too large for the input {list(image.shape)}"
        return
    yield from bias_problems(graph, op, weights.shape[0])


def _transpose_conv_scales(graph: Graph, op: Op) -> Problems:
    if math.prod(graph.input_tensor(op, 1).shape[1:]) >= 2**17:
        yield "its sums may leave 32 bits"
    yield from channel_scales(axis=0)(graph, op)


def _strides(attrs: TransposeConvAttrs) -> tuple[int, int]:
    return attrs.stride_h, attrs.stride_w


# Operators that move elements: of any type, or of those that the reference kernels take.
_MOVES: Final = partial(Rule, same_quant=True, arithmetics=EVERY)
_MOVES_NO_INT16: Final = partial(Rule, same_quant=True, arithmetics=INT8_AND_FLOAT)

RULES: dict[str, Rule] = {
    "TRANSPOSE": _MOVES(TransposeAttrs, ("activation",), _transpose),
    "SLICE": _MOVES(SliceAttrs, ("activation",), _slice),
    "STRIDED_SLICE": _MOVES(StridedSliceAttrs, ("activation",), _strided_slice),
    "CONCATENATION": _MOVES(JoinAttrs, ("data",), _concatenation, many_inputs=True),
    "PACK": _MOVES(JoinAttrs, ("data",), _pack, many_inputs=True),
    "SPLIT": _MOVES(SplitAttrs, ("activation",), _split, many_outputs=True),
    "SPLIT_V": _MOVES(SplitAttrs, ("activation",), _split, many_outputs=True),
    "UNPACK": _MOVES(SplitAttrs, ("activation",), _unpack, many_outputs=True),
    "PADV2": _MOVES(PadV2Attrs, ("activation",), _padded),
    "MIRROR_PAD": _MOVES_NO_INT16(MirrorPadAttrs, ("activation",), _padded),
    "TILE": _MOVES(TileAttrs, ("activation",), _tile),
    "SPACE_TO_DEPTH": _MOVES_NO_INT16(BlockAttrs, ("activation",), _block),
    "DEPTH_TO_SPACE": _MOVES_NO_INT16(BlockAttrs, ("activation",), _block),
    "RESIZE_NEAREST_NEIGHBOR": _MOVES(ResizeAttrs, ("activation",), _resize),
    "RESIZE_BILINEAR": Rule(ResizeAttrs, ("activation",), _resize, same_quant=True, arithmetics=INT8_AND_FLOAT),
    "TRANSPOSE_CONV": Rule(
        TransposeConvAttrs,
        ("activation", "weights", "bias"),
        _transpose_conv,
        _transpose_conv_scales,
        arithmetics=INT8_AND_FLOAT,
    ),
}
