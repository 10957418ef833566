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
class PadAttrs:
    """PAD with the input's zero point (or 0): (before, after) for each dimension."""

    paddings: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ReshapeAttrs:
    """RESHAPE: the same bytes under the output's shape."""


@dataclass(frozen=True, slots=True)
class SoftmaxAttrs:
    """SOFTMAX over the last dimension."""

    beta: float


@dataclass(frozen=True, slots=True)
class ReluAttrs:
    """RELU and RELU6 as operations of their own; input and output scales may differ."""


@dataclass(frozen=True, slots=True)
class QuantizeAttrs:
    """QUANTIZE from one integer scale to another."""


Attributes = (
    Conv2DAttrs
    | DepthwiseConv2DAttrs
    | FullyConnectedAttrs
    | AddAttrs
    | Pool2DAttrs
    | MeanAttrs
    | PadAttrs
    | ReshapeAttrs
    | SoftmaxAttrs
    | ReluAttrs
    | QuantizeAttrs
)
