# SPDX-License-Identifier: Apache-2.0
"""Importers of the operators that move data, resize images or convolve upwards."""

from __future__ import annotations

from edgekit.importer import schema
from edgekit.importer.operators import before_and_after, image_of
from edgekit.importer.registry import Node, imports
from edgekit.ir.attributes import (
    BlockAttrs,
    JoinAttrs,
    MirrorPadAttrs,
    PadV2Attrs,
    ReshapeAttrs,
    ResizeAttrs,
    SliceAttrs,
    SplitAttrs,
    StridedSliceAttrs,
    TileAttrs,
    TransposeAttrs,
    TransposeConvAttrs,
)


def _numbers(node: Node, position: int, count: int, what: str) -> tuple[int, ...]:
    """A constant input of `count` integers."""
    found = node.constant(position, f"give the {what} as numbers")
    if found.size != count:
        node.malformed(f"it has {found.size} {what} for {count} dimensions")
    return tuple(int(number) for number in found.ravel())


def _axis(node: Node, axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        node.malformed(f"axis {axis} does not suit {rank} dimensions")
    return axis % rank


def _constant_axis(node: Node, position: int) -> int:
    (axis,) = _numbers(node, position, 1, "axis")
    return axis


def _pairs(node: Node) -> tuple[tuple[int, int], ...]:
    paddings = node.constant(1, "give the paddings as numbers")
    if paddings.shape != (len(node.tensor(0).shape), 2):
        node.malformed(f"the paddings have the shape {list(paddings.shape)}")
    return tuple((int(before), int(after)) for before, after in paddings)


@imports("SQUEEZE", "EXPAND_DIMS")
def _view(node: Node) -> ReshapeAttrs:
    source, target = node.tensor(0).shape, node.output.shape
    if [size for size in source if size != 1] != [size for size in target if size != 1]:
        node.malformed(f"{list(source)} cannot become {list(target)}")
    return ReshapeAttrs()


@imports("TRANSPOSE")
def _transpose(node: Node) -> TransposeAttrs:
    rank = len(node.tensor(0).shape)
    order = _numbers(node, 1, rank, "positions")
    return TransposeAttrs(tuple(_axis(node, axis, rank) for axis in order))


@imports("SLICE")
def _slice(node: Node) -> SliceAttrs:
    shape = node.tensor(0).shape
    begin = _numbers(node, 1, len(shape), "begins")
    asked = _numbers(node, 2, len(shape), "sizes")
    sizes = (size - first if count == -1 else count for size, first, count in zip(shape, begin, asked, strict=True))
    return SliceAttrs(begin, tuple(sizes))


@imports("STRIDED_SLICE")
def _strided_slice(node: Node) -> StridedSliceAttrs:
    field = schema.StridedSliceOptions
    if node.integer(field.ELLIPSIS_MASK) or node.integer(field.NEW_AXIS_MASK):
        node.unsupported("an ellipsis or a new axis", "one range for each dimension", "use Reshape for new axes")
    if node.integer(field.OFFSET, "uint8"):
        node.unsupported("ends counted from the begins", "ends counted from zero", "convert with a current converter")
    shape = node.tensor(0).shape
    begins, ends, steps = (
        _numbers(node, position, len(shape), what) for position, what in ((1, "begins"), (2, "ends"), (3, "steps"))
    )
    if 0 in steps:
        node.malformed("a step is 0")
    begin_mask, end_mask = node.integer(field.BEGIN_MASK), node.integer(field.END_MASK)
    shrink = node.integer(field.SHRINK_AXIS_MASK)
    firsts, sizes = [], []
    for axis, size in enumerate(shape):
        first, count = _range(
            size,
            None if begin_mask >> axis & 1 else begins[axis],
            None if end_mask >> axis & 1 else ends[axis],
            steps[axis],
        )
        firsts.append(first)
        sizes.append(1 if shrink >> axis & 1 else count)
    if min(sizes, default=1) < 1:
        node.unsupported(f"an empty result of the sizes {sizes}", "results with elements", "drop the slice")
    dropped = tuple(axis for axis in range(len(shape)) if shrink >> axis & 1)
    return StridedSliceAttrs(tuple(firsts), tuple(sizes), steps, dropped)


def _range(size: int, begin: int | None, end: int | None, step: int) -> tuple[int, int]:
    """First element and count of `begin:end:step` over `size` elements, as Python's slices have it."""
    first, behind, _ = slice(begin, end, step).indices(size)
    return first, len(range(first, behind, step))


@imports("CONCATENATION", operands=None)
def _concatenation(node: Node) -> JoinAttrs:
    field = schema.ConcatenationOptions
    if node.activation(field.ACTIVATION) != "NONE":
        node.unsupported("a fused activation", "no fused activation", "put the activation before the Concatenate")
    return JoinAttrs(_axis(node, node.integer(field.AXIS), len(node.tensor(0).shape)))


@imports("PACK", operands=None)
def _pack(node: Node) -> JoinAttrs:
    return JoinAttrs(_axis(node, node.integer(schema.PackOptions.AXIS), len(node.tensor(0).shape) + 1))


@imports("UNPACK")
def _unpack(node: Node) -> SplitAttrs:
    return SplitAttrs(_axis(node, node.integer(schema.UnpackOptions.AXIS), len(node.tensor(0).shape)))


@imports("SPLIT", operands=(1,))
def _split(node: Node) -> SplitAttrs:
    return SplitAttrs(_axis(node, _constant_axis(node, 0), len(node.tensor(1).shape)))


@imports("SPLIT_V")
def _split_v(node: Node) -> SplitAttrs:
    _numbers(node, 1, len(node.outputs), "sizes")
    return SplitAttrs(_axis(node, _constant_axis(node, 2), len(node.tensor(0).shape)))


@imports("PADV2")
def _pad_v2(node: Node) -> PadV2Attrs:
    paddings, value = _pairs(node), node.tensor(2)
    if value.data is None:
        node.unsupported("a value computed at run time", "constants", "give the value as a number")
    wanted = node.tensor(0).dtype
    if value.dtype != wanted or value.data.size != 1:
        node.malformed(f"the value is {value.dtype}{list(value.shape)}, not one {wanted}")
    if value.quant != node.tensor(0).quant:
        node.malformed("the value has another scale or zero point than the input")
    return PadV2Attrs(paddings, value.data.ravel()[0].item())


@imports("MIRROR_PAD")
def _mirror_pad(node: Node) -> MirrorPadAttrs:
    if node.options is None:  # the schema's default is REFLECT, but the reference computes SYMMETRIC
        node.malformed("it has no options to tell its mode")
    mode = node.integer(schema.MirrorPadOptions.MODE, "int8")
    if mode not in (0, 1):
        node.malformed(f"the mode {mode} is neither REFLECT (0) nor SYMMETRIC (1)")
    return MirrorPadAttrs(_pairs(node), "SYMMETRIC" if mode else "REFLECT")


@imports("TILE")
def _tile(node: Node) -> TileAttrs:
    return TileAttrs(_numbers(node, 1, len(node.tensor(0).shape), "multiples"))


@imports("SPACE_TO_DEPTH", "DEPTH_TO_SPACE")
def _block(node: Node) -> BlockAttrs:
    image_of(node)
    return BlockAttrs(node.integer(schema.BlockOptions.BLOCK_SIZE))


@imports("RESIZE_NEAREST_NEIGHBOR")
def _resize_nearest_neighbor(node: Node) -> ResizeAttrs:
    field = schema.ResizeNearestNeighborOptions
    return _resize(node, field.ALIGN_CORNERS, field.HALF_PIXEL_CENTERS)


@imports("RESIZE_BILINEAR")
def _resize_bilinear(node: Node) -> ResizeAttrs:
    field = schema.ResizeBilinearOptions
    return _resize(node, field.ALIGN_CORNERS, field.HALF_PIXEL_CENTERS)


def _resize(node: Node, align_corners: int, half_pixel_centers: int) -> ResizeAttrs:
    image_of(node)
    size = _numbers(node, 1, 2, "sizes")
    if len(node.output.shape) != 4 or node.output.shape[1:3] != size:
        node.malformed(f"the output has the shape {list(node.output.shape)}, the sizes are {list(size)}")
    return ResizeAttrs(bool(node.integer(align_corners, "uint8")), bool(node.integer(half_pixel_centers, "uint8")))


@imports("TRANSPOSE_CONV", operands=(2, 1, 3))
def _transpose_conv(node: Node) -> TransposeConvAttrs:
    """The operator is the gradient of a convolution from its output to its input, and so is its padding."""
    field = schema.TransposeConvOptions
    shape = _numbers(node, 0, 4, "sizes")
    weights, output = node.tensor(1), node.output.shape
    stride = node.integer(field.STRIDE_H), node.integer(field.STRIDE_W)
    if len(weights.shape) != 4 or len(output) != 4 or shape != output:
        node.malformed(f"weights {list(weights.shape)} and sizes {list(shape)} do not suit the output {list(output)}")
    image_of(node, position=2)
    if min(stride) < 1:
        node.malformed("strides must be positive")
    scheme = node.integer(field.PADDING, "int8")
    if scheme not in (schema.SAME, schema.VALID):
        node.malformed(f"the padding scheme {scheme} is neither SAME (0) nor VALID (1)")
    top = left = 0
    if scheme == schema.SAME:
        top, _ = before_and_after(output[1], weights.shape[1], stride[0])
        left, _ = before_and_after(output[2], weights.shape[2], stride[1])
    return TransposeConvAttrs(*stride, top, left, node.activation(field.ACTIVATION))
