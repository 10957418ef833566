# SPDX-License-Identifier: Apache-2.0
"""Writes tensors and operators as a .tflite file.

Field numbers and codes are those of the TFLite schema, written down here once more on purpose: a mistake in the
importer's own table must not hide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np

TYPES = {
    "float32": 0,
    "float16": 1,
    "int32": 2,
    "uint8": 3,
    "int64": 4,
    "bool": 6,
    "int16": 7,
    "int8": 9,
    "resource": 13,
}
CODES = {
    "ADD": 0,
    "AVERAGE_POOL_2D": 1,
    "CONCATENATION": 2,
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 4,
    "DEPTH_TO_SPACE": 5,
    "DEQUANTIZE": 6,
    "FULLY_CONNECTED": 9,
    "LOGISTIC": 14,
    "MAX_POOL_2D": 17,
    "MUL": 18,
    "RELU": 19,
    "RELU_N1_TO_1": 20,
    "RELU6": 21,
    "RESHAPE": 22,
    "RESIZE_BILINEAR": 23,
    "SOFTMAX": 25,
    "SPACE_TO_DEPTH": 26,
    "SVDF": 27,
    "TANH": 28,
    "CUSTOM": 32,
    "PAD": 34,
    "TRANSPOSE": 39,
    "MEAN": 40,
    "SUB": 41,
    "SQUEEZE": 43,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": 44,
    "STRIDED_SLICE": 45,
    "SPLIT": 49,
    "PRELU": 54,
    "MAXIMUM": 55,
    "ARG_MAX": 56,
    "MINIMUM": 57,
    "NEG": 59,
    "PADV2": 60,
    "SLICE": 65,
    "TRANSPOSE_CONV": 67,
    "TILE": 69,
    "EXPAND_DIMS": 70,
    "SUM": 74,
    "RSQRT": 76,
    "REDUCE_MAX": 82,
    "PACK": 83,
    "UNPACK": 88,
    "SQUARE": 92,
    "RESIZE_NEAREST_NEIGHBOR": 97,
    "LEAKY_RELU": 98,
    "MIRROR_PAD": 100,
    "ABS": 101,
    "SPLIT_V": 102,
    "ELU": 111,
    "QUANTIZE": 114,
    "HARD_SWISH": 117,
    "BATCH_MATMUL": 126,
    "CALL_ONCE": 129,
    "BROADCAST_TO": 130,
    "VAR_HANDLE": 142,
    "READ_VARIABLE": 143,
    "ASSIGN_VARIABLE": 144,
    "GELU": 150,
}
Quant = tuple[Sequence[float], Sequence[int], int]


@dataclass
class TensorSpec:
    name: str
    shape: tuple[int, ...]
    dtype: str = "int8"
    quant: Quant | None = None
    data: np.ndarray[Any, Any] | None = None
    signature: tuple[int, ...] | None = None
    variable: bool = False


@dataclass
class OpSpec:
    kind: str
    inputs: list[int]
    outputs: list[int]
    options_type: int = 0
    # (field number, type, value) for each option
    options: list[tuple[int, str, Any]] = field(default_factory=list)


@dataclass
class SubgraphSpec:
    tensors: Sequence[TensorSpec]
    ops: Sequence[OpSpec]
    inputs: Sequence[int] = ()
    outputs: Sequence[int] = ()


class FileWriter:
    """Tables, vectors and strings in the order that flatbuffers wants: inner ones first."""

    def __init__(self, *subgraphs: SubgraphSpec) -> None:
        self.subgraphs = subgraphs
        self.builder = flatbuffers.Builder(1024)
        self.kinds = sorted({op.kind for graph in subgraphs for op in graph.ops})

    def write(self) -> bytes:
        buffers = [self.table([])]
        subgraphs = [self.subgraph(graph, buffers) for graph in self.subgraphs]
        codes = self.offsets([self.operator_code(kind) for kind in self.kinds])
        root = self.table(
            [
                (0, "uint32", 3),
                (1, "offset", codes),
                (2, "offset", self.offsets(subgraphs)),
                (4, "offset", self.offsets(buffers)),
            ]
        )
        self.builder.Finish(root, b"TFL3")
        return bytes(self.builder.Output())

    def subgraph(self, graph: SubgraphSpec, buffers: list[int]) -> int:
        tensors = []
        for spec in graph.tensors:
            number = 0
            if spec.data is not None:
                number = len(buffers)
                raw = np.frombuffer(spec.data.astype(spec.data.dtype.newbyteorder("<")).tobytes(), np.uint8)
                buffers.append(self.table([(0, "offset", self.numbers(raw, 16))]))
            tensors.append(self.tensor(spec, number))
        ops = [self.operator(op) for op in graph.ops]
        return self.table(
            [
                (0, "offset", self.offsets(tensors)),
                (1, "offset", self.numbers(np.array(graph.inputs, np.int32))),
                (2, "offset", self.numbers(np.array(graph.outputs, np.int32))),
                (3, "offset", self.offsets(ops)),
            ]
        )

    def operator_code(self, kind: str) -> int:
        code = CODES[kind]
        return self.table([(0, "int8", min(code, 127)), (2, "int32", 1), (3, "int32", code)])

    def operator(self, op: OpSpec) -> int:
        fields: list[tuple[int, str, Any]] = [
            (0, "uint32", self.kinds.index(op.kind)),
            (1, "offset", self.numbers(np.array(op.inputs, np.int32))),
            (2, "offset", self.numbers(np.array(op.outputs, np.int32))),
        ]
        if op.options_type:
            options = [
                (number, "offset", self.builder.CreateString(value)) if form == "string" else (number, form, value)
                for number, form, value in op.options
            ]
            fields += [(3, "uint8", op.options_type), (4, "offset", self.table(options))]
        return self.table(fields)

    def tensor(self, spec: TensorSpec, buffer: int) -> int:
        fields: list[tuple[int, str, Any]] = [
            (0, "offset", self.numbers(np.array(spec.shape, np.int32))),
            (1, "int8", TYPES[spec.dtype]),
            (2, "uint32", buffer),
            (3, "offset", self.builder.CreateString(spec.name)),
            (5, "bool", spec.variable),
        ]
        if spec.quant is not None:
            scales, zero_points, axis = spec.quant
            quant = [
                (2, "offset", self.numbers(np.array(scales, np.float32))),
                (3, "offset", self.numbers(np.array(zero_points, np.int64))),
                (6, "int32", axis),
            ]
            fields.append((4, "offset", self.table(quant)))
        if spec.signature is not None:
            fields.append((7, "offset", self.numbers(np.array(spec.signature, np.int32))))
        return self.table(fields)

    def numbers(self, values: np.ndarray[Any, Any], alignment: int = 4) -> int:
        """A vector of numbers, its first item aligned."""
        item = values.dtype.itemsize
        self.builder.StartVector(item, values.size, max(item, alignment))
        raw = values.astype(values.dtype.newbyteorder("<")).tobytes()
        self.builder.head -= len(raw)
        self.builder.Bytes[self.builder.head : self.builder.head + len(raw)] = raw
        return int(self.builder.EndVector())

    def offsets(self, tables: Sequence[int]) -> int:
        self.builder.StartVector(4, len(tables), 4)
        for table in reversed(tables):
            self.builder.PrependUOffsetTRelative(table)
        return int(self.builder.EndVector())

    def table(self, fields: Sequence[tuple[int, str, Any]]) -> int:
        self.builder.StartObject(max((number for number, _, _ in fields), default=-1) + 1)
        prepend = {
            "int8": self.builder.PrependInt8,
            "uint8": self.builder.PrependUint8,
            "bool": self.builder.PrependBool,
            "int32": self.builder.PrependInt32,
            "uint32": self.builder.PrependUint32,
            "float32": self.builder.PrependFloat32,
            "offset": self.builder.PrependUOffsetTRelative,
        }
        for number, form, value in fields:
            prepend[form](value)
            self.builder.Slot(number)
        return int(self.builder.EndObject())
