# SPDX-License-Identifier: Apache-2.0
"""Numbers of the TFLite schema (version 3): fields of its tables, types, operators."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from edgekit.ir.attributes import Activation
from edgekit.ir.graph import DType


class Model(IntEnum):
    VERSION = 0
    OPERATOR_CODES = 1
    SUBGRAPHS = 2
    BUFFERS = 4


class OperatorCode(IntEnum):
    DEPRECATED_BUILTIN_CODE = 0
    CUSTOM_CODE = 1
    VERSION = 2
    BUILTIN_CODE = 3


class SubGraph(IntEnum):
    TENSORS = 0
    INPUTS = 1
    OUTPUTS = 2
    OPERATORS = 3


class TensorField(IntEnum):
    SHAPE = 0
    TYPE = 1
    BUFFER = 2
    NAME = 3
    QUANTIZATION = 4
    IS_VARIABLE = 5
    SPARSITY = 6
    SHAPE_SIGNATURE = 7


class Quantization(IntEnum):
    SCALE = 2
    ZERO_POINT = 3
    DETAILS_TYPE = 4
    QUANTIZED_DIMENSION = 6


class Buffer(IntEnum):
    DATA = 0
    OFFSET = 1
    SIZE = 2


class Operator(IntEnum):
    OPCODE_INDEX = 0
    INPUTS = 1
    OUTPUTS = 2
    BUILTIN_OPTIONS_TYPE = 3
    BUILTIN_OPTIONS = 4


class Conv2DOptions(IntEnum):
    PADDING = 0
    STRIDE_W = 1
    STRIDE_H = 2
    ACTIVATION = 3
    DILATION_W = 4
    DILATION_H = 5


class DepthwiseConv2DOptions(IntEnum):
    PADDING = 0
    STRIDE_W = 1
    STRIDE_H = 2
    DEPTH_MULTIPLIER = 3
    ACTIVATION = 4
    DILATION_W = 5
    DILATION_H = 6


class FullyConnectedOptions(IntEnum):
    ACTIVATION = 0
    WEIGHTS_FORMAT = 1


class AddOptions(IntEnum):
    ACTIVATION = 0


class SubOptions(IntEnum):
    ACTIVATION = 0


class MulOptions(IntEnum):
    ACTIVATION = 0


class LeakyReluOptions(IntEnum):
    ALPHA = 0


class Pool2DOptions(IntEnum):
    PADDING = 0
    STRIDE_W = 1
    STRIDE_H = 2
    FILTER_W = 3
    FILTER_H = 4
    ACTIVATION = 5


class ReducerOptions(IntEnum):
    KEEP_DIMS = 0


class BatchMatmulOptions(IntEnum):
    ADJ_X = 0
    ADJ_Y = 1


class SoftmaxOptions(IntEnum):
    BETA = 0


class ConcatenationOptions(IntEnum):
    AXIS = 0
    ACTIVATION = 1


class PackOptions(IntEnum):
    VALUES_COUNT = 0
    AXIS = 1


class UnpackOptions(IntEnum):
    NUM = 0
    AXIS = 1


class StridedSliceOptions(IntEnum):
    BEGIN_MASK = 0
    END_MASK = 1
    ELLIPSIS_MASK = 2
    NEW_AXIS_MASK = 3
    SHRINK_AXIS_MASK = 4
    OFFSET = 5


class MirrorPadOptions(IntEnum):
    MODE = 0


class BlockOptions(IntEnum):
    """SpaceToDepthOptions and DepthToSpaceOptions."""

    BLOCK_SIZE = 0


class ResizeNearestNeighborOptions(IntEnum):
    ALIGN_CORNERS = 0
    HALF_PIXEL_CENTERS = 1


class ResizeBilinearOptions(IntEnum):
    ALIGN_CORNERS = 2
    HALF_PIXEL_CENTERS = 3


class CallOnceOptions(IntEnum):
    INIT_SUBGRAPH_INDEX = 0


class VarHandleOptions(IntEnum):
    CONTAINER = 0
    SHARED_NAME = 1


class UnidirectionalSequenceLstmOptions(IntEnum):
    ACTIVATION = 0
    CELL_CLIP = 1
    DIAGONAL_RECURRENT_TENSORS = 5


class SvdfOptions(IntEnum):
    RANK = 0
    ACTIVATION = 1


class TransposeConvOptions(IntEnum):
    PADDING = 0
    STRIDE_W = 1
    STRIDE_H = 2
    ACTIVATION = 3


# BuiltinOptions: which table an operator's options are.
OPTIONS_TYPES: Final = {
    "CONV_2D": 1,
    "DEPTHWISE_CONV_2D": 2,
    "AVERAGE_POOL_2D": 5,
    "MAX_POOL_2D": 5,
    "SVDF": 6,
    "FULLY_CONNECTED": 8,
    "SOFTMAX": 9,
    "CONCATENATION": 10,
    "ADD": 11,
    "RESIZE_BILINEAR": 15,
    "SPACE_TO_DEPTH": 19,
    "MUL": 21,
    "MEAN": 27,
    "SUM": 27,
    "REDUCE_MAX": 27,
    "SUB": 28,
    "STRIDED_SLICE": 32,
    "ARG_MAX": 40,
    "TRANSPOSE_CONV": 49,
    "PACK": 59,
    "UNPACK": 64,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": 71,
    "RESIZE_NEAREST_NEIGHBOR": 74,
    "LEAKY_RELU": 75,
    "MIRROR_PAD": 77,
    "DEPTH_TO_SPACE": 94,
    "BATCH_MATMUL": 101,
    "CALL_ONCE": 103,
    "VAR_HANDLE": 111,
}

ACTIVATIONS: Final[dict[int, Activation]] = {0: "NONE", 1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6"}
OTHER_ACTIVATIONS: Final = {4: "TANH", 5: "SIGN_BIT"}

SAME: Final = 0
VALID: Final = 1

# TensorType: those that the IR knows, and the names of the others for messages.
DTYPES: Final[dict[int, DType]] = {
    0: "float32",
    2: "int32",
    3: "uint8",
    4: "int64",
    6: "bool",
    7: "int16",
    9: "int8",
}
OTHER_DTYPES: Final = {
    1: "float16",
    5: "string",
    8: "complex64",
    10: "float64",
    11: "complex128",
    12: "uint64",
    13: "resource",
    14: "variant",
    15: "uint32",
    16: "uint16",
    17: "int4",
    18: "bfloat16",
    19: "int2",
    20: "uint4",
}
