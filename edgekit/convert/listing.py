# SPDX-License-Identifier: Apache-2.0
"""Every operator and tensor of a .tflite file as plain rows, whatever their types: what the lint looks at."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from edgekit.errors import MalformedModelError
from edgekit.importer import schema
from edgekit.importer.names import readable_name
from edgekit.importer.operator_names import operator_name
from edgekit.importer.reader import FlatBuffer, Table

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class TensorRow:
    """`scales` and `zero_points` are empty where the tensor is not quantized; `constant`: it has data in the file."""

    name: str
    dtype: str
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    constant: bool


@dataclass(frozen=True, slots=True)
class OpRow:
    kind: str
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """One subgraph: tensors are named by their index. `integer`: some tensor is computed in quantized integers."""

    tensors: tuple[TensorRow, ...]
    ops: tuple[OpRow, ...]
    inputs: tuple[int, ...]
    outputs: frozenset[int]
    integer: bool


def list_model(content: bytes) -> list[Listing]:
    """The subgraphs of a .tflite file. Raises MalformedModelError for damaged bytes."""
    if content[4:8] != b"TFL3":
        raise MalformedModelError(f"this is not a .tflite file: bytes 4 to 8 are {content[4:8]!r}, not b'TFL3'")
    try:
        root = FlatBuffer(content).root()
        buffers = [_has_data(table) for table in root.tables(schema.Model.BUFFERS, "buffers", _MOST)]
        codes = [_kind(table) for table in root.tables(schema.Model.OPERATOR_CODES, "operator codes", _MOST)]
        subgraphs = root.tables(schema.Model.SUBGRAPHS, "subgraphs", _MOST)
        return [_list_subgraph(table, buffers, codes) for table in subgraphs]
    except (struct.error, OverflowError, ValueError) as error:
        raise MalformedModelError(f"the .tflite file is damaged: {error}; convert the model again") from error


def _kind(table: Table) -> str:
    old = table.integer(schema.OperatorCode.DEPRECATED_BUILTIN_CODE, "int8")
    return operator_name(max(old, table.integer(schema.OperatorCode.BUILTIN_CODE, "int32")))


def _has_data(table: Table) -> bool:
    extent = table.extent(schema.Buffer.DATA, 1, "a buffer")
    return (extent is not None and extent[1] > 0) or table.integer(schema.Buffer.OFFSET, "uint64") > 1


def _list_subgraph(table: Table, buffers: list[bool], codes: list[str]) -> Listing:
    rows = [_tensor(item, buffers) for item in table.tables(schema.SubGraph.TENSORS, "tensors", _MOST)]
    ops = []
    for item in table.tables(schema.SubGraph.OPERATORS, "operators", _MOST):
        number = item.integer(schema.Operator.OPCODE_INDEX, "uint32")
        if number >= len(codes):
            raise MalformedModelError(f"{item.what} has operator code {number} of {len(codes)}; convert again")
        inputs = _indices(item, schema.Operator.INPUTS, len(rows))
        outputs = _indices(item, schema.Operator.OUTPUTS, len(rows))
        names = [rows[index].name for index in outputs]
        ops.append(OpRow(codes[number], readable_name(codes[number], names), inputs, outputs))
    ends = frozenset(_indices(table, schema.SubGraph.OUTPUTS, len(rows)))
    computed = [rows[index] for op in ops for index in op.outputs]
    integer = any(row.dtype in ("int8", "int16", "uint8") and row.scales for row in computed)
    return Listing(tuple(rows), tuple(ops), _indices(table, schema.SubGraph.INPUTS, len(rows)), ends, integer)


def _tensor(table: Table, buffers: list[bool]) -> TensorRow:
    code = table.integer(schema.TensorField.TYPE, "int8")
    buffer = table.integer(schema.TensorField.BUFFER, "uint32")
    if buffer >= len(buffers):
        raise MalformedModelError(f"{table.what} names buffer {buffer} of {len(buffers)}; convert the model again")
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    quant = table.table(schema.TensorField.QUANTIZATION, f"the quantization of {table.what}")
    if quant is not None:
        found = quant.array(schema.Quantization.SCALE, "float32", f"the scales of {table.what}")
        zeros = quant.array(schema.Quantization.ZERO_POINT, "int64", f"the zero points of {table.what}")
        scales = () if found is None else tuple(found.tolist())
        zero_points = () if zeros is None else tuple(zeros.tolist())
    name = table.text(schema.TensorField.NAME, f"the name of {table.what}")
    dtype = schema.DTYPES.get(code) or schema.OTHER_DTYPES.get(code, f"type {code}")
    return TensorRow(name, dtype, scales, zero_points, buffer != 0 and buffers[buffer])


def _indices(table: Table, field: int, count: int) -> tuple[int, ...]:
    """Tensor numbers; absent ones (-1) are left out."""
    found = table.array(field, "int32", f"the tensors of {table.what}")
    indices = [] if found is None else [int(index) for index in found]
    if any(not -1 <= index < count for index in indices):
        raise MalformedModelError(f"{table.what} names a tensor beyond the {count} there are; convert the model again")
    return tuple(index for index in indices if index >= 0)
