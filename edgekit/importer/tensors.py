# SPDX-License-Identifier: Apache-2.0
"""Tensors and buffers of the file, turned into IR tensors when an operator asks for them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from edgekit.errors import MalformedModelError, UnsupportedOpError
from edgekit.importer import schema
from edgekit.importer.reader import Table
from edgekit.ir.graph import DTYPE_BYTES, DType, QuantParams, Tensor

_QUANTIZED = ("int8", "uint8", "int16")


def printable(text: str) -> str:
    """`text` on one line, fit for messages."""
    return "".join(char if char.isprintable() else "_" for char in text)


class TensorTable:
    """The tensors of a subgraph by their index in the file."""

    def __init__(self, tables: list[Table], buffers: list[Table]) -> None:
        self._tables = tables
        self._buffers = buffers
        self._made: dict[int, Tensor] = {}
        self._names: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._tables)

    def name(self, index: int) -> str:
        """The tensor's name, of printable characters only: it goes into one-line messages."""
        if index not in self._names:
            raw = self._tables[index].text(schema.TensorField.NAME, f"the name of tensor {index}")
            self._names[index] = printable(raw)
        return self._names[index]

    def __getitem__(self, index: int) -> Tensor:
        if index not in self._made:
            self._made[index] = self._make(index)
        return self._made[index]

    def define(self, index: int, tensor: Tensor) -> None:
        """Let `tensor` stand for what the file has at `index`."""
        self._made[index] = tensor

    def _make(self, index: int) -> Tensor:
        table, name = self._tables[index], self.name(index)
        dtype = _dtype(table, name)
        if table.has(schema.TensorField.SPARSITY):
            raise UnsupportedOpError(f"tensor '{name}' is stored sparsely; supported: dense weights; densify the model")
        shape = _shape(table, name)
        variable = table.integer(schema.TensorField.IS_VARIABLE, "uint8") != 0
        data = None if variable else self._data(table, name, shape, dtype)
        return Tensor(
            name=name,
            shape=shape,
            dtype=dtype,
            role="state" if variable else "activation" if data is None else "const",
            quant=_quantization(table, name) if dtype in _QUANTIZED else None,
            data=data,
            source=index,
        )

    def _data(self, table: Table, name: str, shape: tuple[int, ...], dtype: DType) -> npt.NDArray[np.generic] | None:
        number = table.integer(schema.TensorField.BUFFER, "uint32")
        if number >= len(self._buffers):
            raise MalformedModelError(f"tensor '{name}' names buffer {number} of {len(self._buffers)}")
        buffer = self._buffers[number]
        if buffer.integer(schema.Buffer.OFFSET, "uint64") > 1:
            raise UnsupportedOpError(
                f"tensor '{name}' is stored outside the flatbuffer; supported: files below 2 GB with all data inside"
            )
        found = buffer.array(schema.Buffer.DATA, "uint8", f"the data of tensor '{name}'")
        if number == 0 or found is None or found.size == 0:
            return None
        expected = math.prod(shape) * DTYPE_BYTES[dtype]
        if found.size != expected:
            raise MalformedModelError(
                f"tensor '{name}' has {found.size} bytes of data, its shape {list(shape)} needs {expected}"
            )
        values = found.view(np.dtype(dtype).newbyteorder("<")).reshape(shape)
        if dtype == "float32" and not np.isfinite(values).all():
            raise MalformedModelError(f"tensor '{name}' holds numbers that are not finite; train the model again")
        return values


def _dtype(table: Table, name: str) -> DType:
    code = table.integer(schema.TensorField.TYPE, "int8")
    if code not in schema.DTYPES:
        found = schema.OTHER_DTYPES.get(code, f"of type {code}")
        raise UnsupportedOpError(
            f"tensor '{name}' is {found}; supported: int8, int16x8 and float32; "
            "convert with `edgekit convert --scheme int8|float32|int16x8`"
        )
    return schema.DTYPES[code]


def _shape(table: Table, name: str) -> tuple[int, ...]:
    sizes = table.array(schema.TensorField.SHAPE, "int32", f"the shape of tensor '{name}'")
    if sizes is None:
        return ()
    if sizes.size > 8:
        raise MalformedModelError(f"tensor '{name}' has {sizes.size} dimensions, at most 6 are allowed")
    shape = tuple(int(size) for size in sizes)
    if any(size < 1 for size in shape):
        raise UnsupportedOpError(
            f"tensor '{name}' has the shape {list(shape)}, which is only known at run time; supported: fixed shapes; "
            "convert with a batch size of 1 and a fixed input shape"
        )
    return shape


def _quantization(table: Table, name: str) -> QuantParams | None:
    quant = table.table(schema.TensorField.QUANTIZATION, f"the quantization of tensor '{name}'")
    if quant is None:
        return None
    if quant.integer(schema.Quantization.DETAILS_TYPE, "uint8"):
        raise UnsupportedOpError(f"tensor '{name}' has a custom quantization; supported: scale and zero point")
    scales = quant.array(schema.Quantization.SCALE, "float32", f"the scales of tensor '{name}'")
    if scales is None or scales.size == 0:
        return None
    zeros = quant.array(schema.Quantization.ZERO_POINT, "int64", f"the zero points of tensor '{name}'")
    points = (0,) if zeros is None or zeros.size == 0 else tuple(int(zero) for zero in zeros)
    if len(points) == 1:
        points *= scales.size
    axis = quant.integer(schema.Quantization.QUANTIZED_DIMENSION, "int32")
    return QuantParams(tuple(float(scale) for scale in scales), points, axis)
