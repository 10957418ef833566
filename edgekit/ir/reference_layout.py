# SPDX-License-Identifier: Apache-2.0
"""Reference functions of the operators that move data, resize images or convolve upwards."""

from __future__ import annotations

import numpy as np

from edgekit.ir.arithmetic import EVERY
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
from edgekit.ir.graph import Graph, Op
from edgekit.ir.reference import Array, Operands, centered, evaluates, finish
from edgekit.ir.resize import FRACTION_BITS, Blend, blended_pixels, nearest_pixels


def _data(operands: Operands, position: int = 0) -> Array:
    values = operands[position]
    assert values is not None
    return values


@evaluates("TRANSPOSE", arithmetics=EVERY)
def _transpose(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, TransposeAttrs)
    return _data(operands).transpose(op.attrs.order)


@evaluates("SLICE", arithmetics=EVERY)
def _slice(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, SliceAttrs)
    ranges = zip(op.attrs.begin, op.attrs.sizes, strict=True)
    return _data(operands)[tuple(slice(first, first + count) for first, count in ranges)]


@evaluates("STRIDED_SLICE", arithmetics=EVERY)
def _strided_slice(graph: Graph, op: Op, operands: Operands) -> Array:
    attrs = op.attrs
    assert isinstance(attrs, StridedSliceAttrs)
    ranges = zip(attrs.begin, attrs.sizes, attrs.steps, strict=True)
    places = [[first + step * place for place in range(count)] for first, count, step in ranges]
    return _data(operands)[np.ix_(*places)]


@evaluates("CONCATENATION", arithmetics=EVERY)
def _concatenation(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, JoinAttrs)
    return np.concatenate([_data(operands, position) for position in range(len(operands))], op.attrs.axis)


@evaluates("PACK", arithmetics=EVERY)
def _pack(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, JoinAttrs)
    return np.stack([_data(operands, position) for position in range(len(operands))], op.attrs.axis)


@evaluates("SPLIT", "SPLIT_V", arithmetics=EVERY)
def _split(graph: Graph, op: Op, operands: Operands) -> tuple[Array, ...]:
    assert isinstance(op.attrs, SplitAttrs)
    sizes = [graph.output_tensor(op, position).shape[op.attrs.axis] for position in range(len(op.outputs))]
    return tuple(np.split(_data(operands), np.cumsum(sizes)[:-1], op.attrs.axis))


@evaluates("UNPACK", arithmetics=EVERY)
def _unpack(graph: Graph, op: Op, operands: Operands) -> tuple[Array, ...]:
    assert isinstance(op.attrs, SplitAttrs)
    return tuple(np.moveaxis(_data(operands), op.attrs.axis, 0))


@evaluates("PADV2", arithmetics=EVERY)
def _pad_v2(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, PadV2Attrs)
    return np.pad(_data(operands), op.attrs.paddings, constant_values=op.attrs.value)


@evaluates("MIRROR_PAD", arithmetics=("int8", "float32"))
def _mirror_pad(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, MirrorPadAttrs)
    if op.attrs.mode == "SYMMETRIC":
        return np.pad(_data(operands), op.attrs.paddings, mode="symmetric")
    return np.pad(_data(operands), op.attrs.paddings, mode="reflect")


@evaluates("TILE", arithmetics=EVERY)
def _tile(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, TileAttrs)
    return np.tile(_data(operands), op.attrs.multiples)


@evaluates("SPACE_TO_DEPTH", arithmetics=("int8", "float32"))
def _space_to_depth(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, BlockAttrs)
    block = op.attrs.block
    _, height, width, channels = graph.input_tensor(op, 0).shape
    squares = _data(operands).reshape(height // block, block, width // block, block, channels)
    return squares.transpose(0, 2, 1, 3, 4)


@evaluates("DEPTH_TO_SPACE", arithmetics=("int8", "float32"))
def _depth_to_space(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, BlockAttrs)
    block = op.attrs.block
    _, height, width, channels = graph.input_tensor(op, 0).shape
    squares = _data(operands).reshape(height, width, block, block, channels // (block * block))
    return squares.transpose(0, 2, 1, 3, 4)


@evaluates("RESIZE_NEAREST_NEIGHBOR", arithmetics=EVERY)
def _resize_nearest_neighbor(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, ResizeAttrs)
    before, after = graph.input_tensor(op, 0).shape, graph.output_tensor(op).shape
    rows, columns = (nearest_pixels(before[axis], after[axis], op.attrs) for axis in (1, 2))
    return _data(operands)[:, rows][:, :, columns]


@evaluates("RESIZE_BILINEAR")
def _resize_bilinear(graph: Graph, op: Op, operands: Operands) -> Array:
    assert isinstance(op.attrs, ResizeAttrs)
    before, after = graph.input_tensor(op, 0).shape, graph.output_tensor(op).shape
    values = _data(operands)[0].astype(np.int64)
    rows, columns = (blended_pixels(before[axis], after[axis], op.attrs) for axis in (1, 2))
    mixed = _blended(_blended(values, rows, 0), columns, 1)
    half = 1 << (2 * FRACTION_BITS - 1)
    # To nearest, ties away from zero.
    return np.asarray(np.sign(mixed) * ((np.abs(mixed) + half) >> (2 * FRACTION_BITS)))


def _blended(values: Array, blends: list[Blend], axis: int) -> Array:
    above, below, weight = (np.array(column, np.int64) for column in zip(*blends, strict=True))
    shape = [1, 1, 1]
    shape[axis] = len(blends)
    weight = weight.reshape(shape)
    one = 1 << FRACTION_BITS
    return np.asarray(values.take(above, axis) * (one - weight) + values.take(below, axis) * weight)


@evaluates("TRANSPOSE_CONV")
def _transpose_conv(graph: Graph, op: Op, operands: Operands) -> Array:
    attrs, weights = op.attrs, _data(operands, 1).astype(np.float64)
    assert isinstance(attrs, TransposeConvAttrs)
    image = centered(graph, op, operands, 0)[0].astype(np.float64)
    _, height, width, channels = graph.output_tensor(op).shape
    reach_h = max((image.shape[0] - 1) * attrs.stride_h + weights.shape[1], attrs.pad_top + height)
    reach_w = max((image.shape[1] - 1) * attrs.stride_w + weights.shape[2], attrs.pad_left + width)
    # Every pixel adds its filter to a canvas, of which the output is a part.
    canvas = np.zeros((reach_h, reach_w, channels))
    for row, column in np.ndindex(weights.shape[1], weights.shape[2]):
        target = canvas[row:, column:][:: attrs.stride_h, :: attrs.stride_w]
        target[: image.shape[0], : image.shape[1]] += image @ weights[:, row, column].T
    acc = canvas[attrs.pad_top :, attrs.pad_left :][:height, :width].astype(np.int64)
    bias = operands[2]
    return finish(graph, op, acc, bias, attrs.activation)
