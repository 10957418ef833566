# SPDX-License-Identifier: Apache-2.0
"""What each operator needs to know beside its tensors: one frozen dataclass an operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Activation = Literal["NONE", "RELU", "RELU6", "RELU_N1_TO_1"]


@dataclass(frozen=True, slots=True)
class Padding:
    """Rows and columns added around the input; the importer has resolved SAME and VALID."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0


@dataclass(frozen=True, slots=True)
class Conv2DAttrs:
    """CONV_2D: input [1,H,W,I], weights [O,kh,kw,I] (OHWI), bias [O] or absent."""

    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    padding: Padding
    activation: Activation = "NONE"


@dataclass(frozen=True, slots=True)
class GroupedConv2DAttrs(Conv2DAttrs):
    """GROUPED_CONV_2D: a CONV_2D with weights [O,kh,kw,I/groups]; each group of filters reads its part of the input."""

    groups: int = 1


@dataclass(frozen=True, slots=True)
class DepthwiseConv2DAttrs:
    """DEPTHWISE_CONV_2D: input [1,H,W,I], weights [1,kh,kw,I*multiplier], bias [I*multiplier] or absent."""

    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    padding: Padding
    depth_multiplier: int
    activation: Activation = "NONE"


@dataclass(frozen=True, slots=True)
class FullyConnectedAttrs:
    """FULLY_CONNECTED: input [...,I], weights [O,I], bias [O] or absent."""

    activation: Activation = "NONE"


@dataclass(frozen=True, slots=True)
class AddAttrs:
    """ADD, with broadcasting of size-1 dimensions."""

    activation: Activation = "NONE"


@dataclass(frozen=True, slots=True)
class SubAttrs:
    """SUB, with broadcasting of size-1 dimensions."""

    activation: Activation = "NONE"


@dataclass(frozen=True, slots=True)
class MulAttrs:
    """MUL, with broadcasting of size-1 dimensions."""

    activation: Activation = "NONE"


@dataclass(frozen=True, slots=True)
class ExtremumAttrs:
    """MAXIMUM and MINIMUM, with broadcasting; all three tensors have one scale."""


@dataclass(frozen=True, slots=True)
class PreluAttrs:
    """PRELU: input, and slopes that are broadcast to it."""


@dataclass(frozen=True, slots=True)
class UnaryAttrs:
    """ABS, RSQRT, LOGISTIC, TANH, HARD_SWISH and ELU: every element by itself."""


@dataclass(frozen=True, slots=True)
class LeakyReluAttrs:
    """LEAKY_RELU: `alpha` is the slope below zero."""

    alpha: float


@dataclass(frozen=True, slots=True)
class Pool2DAttrs:
    """AVERAGE_POOL_2D and MAX_POOL_2D over [1,H,W,C]; padding is never part of the window."""

    filter_h: int
    filter_w: int
    stride_h: int
    stride_w: int
    padding: Padding
    activation: Activation = "NONE"


@dataclass(frozen=True, slots=True)
class MeanAttrs:
    """MEAN over `axes` (non-negative, ascending)."""

    axes: tuple[int, ...]
    keep_dims: bool


@dataclass(frozen=True, slots=True)
class ReduceAttrs:
    """SUM and REDUCE_MAX over `axes` (non-negative, ascending)."""

    axes: tuple[int, ...]
    keep_dims: bool


@dataclass(frozen=True, slots=True)
class ArgMaxAttrs:
    """ARG_MAX over one dimension (non-negative): the int32 position of the first largest element."""

    axis: int


@dataclass(frozen=True, slots=True)
class BatchMatmulAttrs:
    """BATCH_MATMUL: [..., M, K] times [..., K, N], either transposed first where `adj` says so."""

    adj_x: bool
    adj_y: bool


@dataclass(frozen=True, slots=True)
class PadAttrs:
    """PAD with the input's zero point (or 0): (before, after) for each dimension."""

    paddings: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PadV2Attrs:
    """PADV2 with `value`, quantized where the tensor is: (before, after) for each dimension."""

    paddings: tuple[tuple[int, int], ...]
    value: int | float


@dataclass(frozen=True, slots=True)
class MirrorPadAttrs:
    """MIRROR_PAD: (before, after) for each dimension; SYMMETRIC repeats the outermost elements, REFLECT does not."""

    paddings: tuple[tuple[int, int], ...]
    mode: Literal["REFLECT", "SYMMETRIC"]


@dataclass(frozen=True, slots=True)
class ReshapeAttrs:
    """RESHAPE, SQUEEZE and EXPAND_DIMS: the same bytes under the output's shape."""


@dataclass(frozen=True, slots=True)
class TransposeAttrs:
    """TRANSPOSE: dimension i of the output is dimension `order[i]` of the input."""

    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SliceAttrs:
    """SLICE: `sizes` elements from `begin` on in each dimension."""

    begin: tuple[int, ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StridedSliceAttrs:
    """STRIDED_SLICE: elements begin, begin + step ... of each dimension, `sizes` of them, masks resolved.

    `dropped`: dimensions of one element that the output's shape leaves out.
    """

    begin: tuple[int, ...]
    sizes: tuple[int, ...]
    steps: tuple[int, ...]
    dropped: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class JoinAttrs:
    """CONCATENATION along `axis`, or PACK, which makes it a dimension of its own (counted in the output)."""

    axis: int


@dataclass(frozen=True, slots=True)
class SplitAttrs:
    """SPLIT and SPLIT_V along `axis`, or UNPACK, which takes that dimension (counted in the input) away."""

    axis: int


@dataclass(frozen=True, slots=True)
class TileAttrs:
    """TILE: the input `multiples[i]` times, one after the other, along dimension i."""

    multiples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BlockAttrs:
    """SPACE_TO_DEPTH and DEPTH_TO_SPACE: squares of `block` x `block` pixels become channels, or come from them."""

    block: int


@dataclass(frozen=True, slots=True)
class ResizeAttrs:
    """RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR over [1,H,W,C]."""

    align_corners: bool
    half_pixel_centers: bool


@dataclass(frozen=True, slots=True)
class TransposeConvAttrs:
    """TRANSPOSE_CONV: input [1,H,W,I], weights [O,kh,kw,I], bias [O] or absent.

    Pixel (i, j) of the input adds to the output from (i * stride_h - pad_top, j * stride_w - pad_left) on.
    """

    stride_h: int
    stride_w: int
    pad_top: int
    pad_left: int
    activation: Activation = "NONE"


@dataclass(frozen=True, slots=True)
class SoftmaxAttrs:
    """SOFTMAX over the last dimension."""

    beta: float


@dataclass(frozen=True, slots=True)
class ReluAttrs:
    """RELU and RELU6 as operations of their own; input and output scales may differ."""


@dataclass(frozen=True, slots=True)
class QuantizeAttrs:
    """QUANTIZE to integers from those of another scale or from real numbers, and DEQUANTIZE to real numbers."""


@dataclass(frozen=True, slots=True)
class SvdfAttrs:
    """SVDF: input [1,I], feature weights [units*rank,I], time weights [units*rank,memory], bias [units] or absent,
    state [1,units*rank*memory]."""

    rank: int


@dataclass(frozen=True, slots=True)
class LstmAttrs:
    """UNIDIRECTIONAL_SEQUENCE_LSTM: input [1,T,I] or [T,1,I]; for the input, forget, cell and output gate weights
    [units,I] of the input, weights [units,units] of the last output and biases [units]; hidden and cell state
    [1,units]. `cell_clip` is the cell's largest magnitude, 0 for none."""

    cell_clip: float


@dataclass(frozen=True, slots=True)
class VariableAttrs:
    """READ_VARIABLE: a copy of the state. ASSIGN_VARIABLE: the input becomes what the state, its output, holds."""


Attributes = (
    Conv2DAttrs
    | DepthwiseConv2DAttrs
    | FullyConnectedAttrs
    | AddAttrs
    | SubAttrs
    | MulAttrs
    | ExtremumAttrs
    | PreluAttrs
    | UnaryAttrs
    | LeakyReluAttrs
    | Pool2DAttrs
    | MeanAttrs
    | ReduceAttrs
    | ArgMaxAttrs
    | BatchMatmulAttrs
    | PadAttrs
    | PadV2Attrs
    | MirrorPadAttrs
    | ReshapeAttrs
    | TransposeAttrs
    | SliceAttrs
    | StridedSliceAttrs
    | JoinAttrs
    | SplitAttrs
    | TileAttrs
    | BlockAttrs
    | ResizeAttrs
    | TransposeConvAttrs
    | SvdfAttrs
    | LstmAttrs
    | VariableAttrs
    | SoftmaxAttrs
    | ReluAttrs
    | QuantizeAttrs
)
