# SPDX-License-Identifier: Apache-2.0
"""PAD, RESHAPE, TRANSPOSE, slices, splits and joins: bytes that only change their place."""

from __future__ import annotations

import math

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.movement import move, strides
from edgekit.codegen.lowering.registry import BYTES, Site, lowers
from edgekit.ir.arithmetic import EVERY
from edgekit.ir.attributes import (
    BlockAttrs,
    JoinAttrs,
    MirrorPadAttrs,
    PadAttrs,
    PadV2Attrs,
    SliceAttrs,
    SplitAttrs,
    StridedSliceAttrs,
    TileAttrs,
    TransposeAttrs,
)
from edgekit.ir.graph import VIEWS

_DIMENSIONS = 5


@lowers("PAD", "PADV2", arithmetics=EVERY)
def pad(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, PadAttrs | PadV2Attrs)
    # The bytes of an element are one more dimension; a value of equal bytes needs no more than one of them.
    pattern = _value_bytes(site)
    sizes, paddings = _joined((*site.input().shape, site.element_bytes), (*attrs.paddings, (0, 0)))
    if len(sizes) > _DIMENSIONS:
        raise site.refuse(f"padding in {len(sizes)} dimensions; at most {_DIMENSIONS} are supported")
    fill = _DIMENSIONS - len(sizes)
    sizes = (1,) * fill + sizes
    paddings = ((0, 0),) * fill + paddings
    fields: dict[str, FieldValue | CArray] = {
        "input": sizes,
        "output": tuple(size + sum(around) for size, around in zip(sizes, paddings, strict=True)),
        "before": tuple(before for before, _ in paddings),
    }
    if len(set(pattern)) == 1:
        return site.call("pad", {**fields, "value": pattern[0]}, suffix=BYTES)
    fields["value_bytes"] = len(pattern)
    fields["value"] = site.array("value", "int8_t", pattern, "the bytes of the value around x")
    return site.call("pad_wide", fields, suffix=BYTES)


def _value_bytes(site: Site) -> list[int]:
    """What PAD and PADV2 fill with, byte by byte as it lies in memory: all cores here are little-endian."""
    attrs, quant = site.op.attrs, site.output.quant
    value = attrs.value if isinstance(attrs, PadV2Attrs) else quant.zero_point if quant else 0
    stored = np.array(value, np.dtype(site.output.dtype).newbyteorder("<"))
    return [int(byte) for byte in np.frombuffer(stored.tobytes(), np.int8)]


def _joined(
    shape: tuple[int, ...], paddings: tuple[tuple[int, int], ...]
) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Sizes and paddings with every unpadded dimension joined to the one before it."""
    sizes: list[int] = []
    around: list[tuple[int, int]] = []
    for size, (before, after) in zip(shape, paddings, strict=True):
        if sizes and (before, after) == (0, 0):
            sizes[-1] *= size
            around[-1] = (around[-1][0] * size, around[-1][1] * size)
        else:
            sizes.append(size)
            around.append((before, after))
    return tuple(sizes), tuple(around)


@lowers(*sorted(VIEWS), arithmetics=EVERY)
def reshape(site: Site) -> KernelCall:
    return site.no_call()


@lowers("TRANSPOSE", arithmetics=EVERY)
def transpose(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, TransposeAttrs)
    shape = site.input().shape
    distances = strides(shape)
    return move(site, [_places(0, shape[axis], distances[axis]) for axis in site.op.attrs.order])


@lowers("SLICE", arithmetics=EVERY)
def slice_(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, SliceAttrs)
    return _slice(site, attrs.begin, attrs.sizes, (1,) * len(attrs.sizes))


@lowers("STRIDED_SLICE", arithmetics=EVERY)
def strided_slice(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, StridedSliceAttrs)
    return _slice(site, attrs.begin, attrs.sizes, attrs.steps)


def _slice(site: Site, begin: tuple[int, ...], sizes: tuple[int, ...], steps: tuple[int, ...]) -> KernelCall:
    ranges = zip(begin, sizes, steps, strides(site.input().shape), strict=True)
    return move(site, [_places(first * distance, count, step * distance) for first, count, step, distance in ranges])


def _places(first: int, count: int, distance: int) -> list[int]:
    return [first + place * distance for place in range(count)]


@lowers("MIRROR_PAD", arithmetics=("int8", "float32"))
def mirror_pad(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, MirrorPadAttrs)
    shape = site.input().shape
    skipped = 1 if attrs.mode == "REFLECT" else 0
    axes = []
    for size, (before, after), distance in zip(shape, attrs.paddings, strides(shape), strict=True):
        left = range(before - 1 + skipped, skipped - 1, -1)
        right = range(size - 1 - skipped, size - 1 - skipped - after, -1)
        axes.append([place * distance for place in (*left, *range(size), *right)])
    return move(site, axes)


@lowers("TILE", arithmetics=EVERY)
def tile(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, TileAttrs)
    shape = site.input().shape
    axes: list[list[int]] = []
    for size, multiple, distance in zip(shape, site.op.attrs.multiples, strides(shape), strict=True):
        axes += [[0] * multiple, _places(0, size, distance)]
    return move(site, axes)


@lowers("SPACE_TO_DEPTH", arithmetics=("int8", "float32"))
def space_to_depth(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, BlockAttrs)
    block = site.op.attrs.block
    _, height, width, channels = site.input().shape
    return _squares(site, (height // block, block, width // block, block, channels))


@lowers("DEPTH_TO_SPACE", arithmetics=("int8", "float32"))
def depth_to_space(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, BlockAttrs)
    block = site.op.attrs.block
    _, height, width, channels = site.input().shape
    return _squares(site, (height, width, block, block, channels // (block * block)))


def _squares(site: Site, shape: tuple[int, ...]) -> KernelCall:
    """The second and third of five dimensions change places."""
    distances = strides(shape)
    return move(site, [_places(0, shape[axis], distances[axis]) for axis in (0, 2, 1, 3, 4)])


@lowers("CONCATENATION", "PACK", arithmetics=EVERY)
def join(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, JoinAttrs)
    axis = site.op.attrs.axis
    shapes = [site.input(position).shape for position in range(len(site.op.inputs))]
    fields = _part_fields(site, shapes, axis)
    return site.call("concatenation", fields, pointers="inputs", suffix=BYTES)


@lowers("SPLIT", "SPLIT_V", "UNPACK", arithmetics=EVERY)
def split(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, SplitAttrs)
    axis = site.op.attrs.axis
    shapes = [site.graph.output_tensor(site.op, position).shape for position in range(len(site.op.outputs))]
    fields = _part_fields(site, shapes, axis)
    return site.call("split", fields, pointers="outputs", suffix=BYTES)


def _part_fields(site: Site, shapes: list[tuple[int, ...]], axis: int) -> dict[str, FieldValue | CArray]:
    """Parts of the shapes `shapes`, side by side along `axis` of the whole."""
    runs = [math.prod(shape[axis:]) * site.element_bytes for shape in shapes]
    return {
        "outer": math.prod(shapes[0][:axis]),
        "parts": len(runs),
        "runs": site.array("runs", "int32_t", runs, "bytes of each part that lie side by side"),
    }
