# SPDX-License-Identifier: Apache-2.0
"""A .tflite file as it stands: subgraphs of tensors and operators, checked as far as they are read."""

from __future__ import annotations

from dataclasses import dataclass

from edgekit.errors import MalformedModelError
from edgekit.importer import schema
from edgekit.importer.operator_names import operator_name
from edgekit.importer.reader import FlatBuffer, Table
from edgekit.importer.tensors import TensorTable

SCHEMA_VERSION = 3

# Far above any model that fits a microcontroller.
_MOST_TENSORS = 20_000
_MOST_OPS = 10_000
_MOST_SUBGRAPHS = 1000


@dataclass(frozen=True, slots=True)
class FileOp:
    """An operator as it stands in the file; tensors by their index there, None where absent."""

    kind: str
    inputs: tuple[int | None, ...]
    outputs: tuple[int, ...]
    options_type: int
    options: Table | None


@dataclass(frozen=True, slots=True)
class FileGraph:
    """A subgraph of the file."""

    tensors: TensorTable
    ops: tuple[FileOp, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class FileModel:
    """A file whose subgraphs are read when they are asked for."""

    def __init__(self, content: bytes) -> None:
        if content[4:8] != b"TFL3":
            raise MalformedModelError(f"this is not a .tflite file: bytes 4 to 8 are {content[4:8]!r}, not b'TFL3'")
        root = FlatBuffer(content).root()
        version = root.integer(schema.Model.VERSION, "uint32")
        if version != SCHEMA_VERSION:
            raise MalformedModelError(f"the .tflite file has schema version {version}; only {SCHEMA_VERSION} is known")
        self._subgraphs = root.tables(schema.Model.SUBGRAPHS, "subgraphs", _MOST_SUBGRAPHS)
        if not self._subgraphs:
            raise MalformedModelError("the .tflite file has no subgraph; convert the model again")
        self._buffers = root.tables(schema.Model.BUFFERS, "buffers", _MOST_TENSORS)
        self._codes = [
            _operator_kind(code) for code in root.tables(schema.Model.OPERATOR_CODES, "operator codes", 1000)
        ]

    def __len__(self) -> int:
        return len(self._subgraphs)

    def subgraph(self, number: int) -> FileGraph:
        """Subgraph `number`; 0 is the model itself."""
        table = self._subgraphs[number]
        tensors = TensorTable(table.tables(schema.SubGraph.TENSORS, "tensors", _MOST_TENSORS), self._buffers)
        ops = table.tables(schema.SubGraph.OPERATORS, "operators", _MOST_OPS)
        return FileGraph(
            tensors=tensors,
            ops=tuple(_read_op(op, self._codes, len(tensors)) for op in ops),
            inputs=_present(table, schema.SubGraph.INPUTS, "the model's inputs", len(tensors)),
            outputs=_present(table, schema.SubGraph.OUTPUTS, "the model's outputs", len(tensors)),
        )


def _operator_kind(code: Table) -> str:
    # Codes above 127 do not fit the old byte; the larger of both fields holds the code.
    old = code.integer(schema.OperatorCode.DEPRECATED_BUILTIN_CODE, "int8")
    return operator_name(max(old, code.integer(schema.OperatorCode.BUILTIN_CODE, "int32")))


def _read_op(table: Table, codes: list[str], tensors: int) -> FileOp:
    number = table.integer(schema.Operator.OPCODE_INDEX, "uint32")
    if number >= len(codes):
        raise MalformedModelError(f"{table.what} has operator code {number} of {len(codes)}; convert the model again")
    return FileOp(
        kind=codes[number],
        inputs=_indices(table, schema.Operator.INPUTS, f"the inputs of {table.what}", tensors),
        outputs=_present(table, schema.Operator.OUTPUTS, f"the outputs of {table.what}", tensors),
        options_type=table.integer(schema.Operator.BUILTIN_OPTIONS_TYPE, "uint8"),
        options=table.table(schema.Operator.BUILTIN_OPTIONS, f"the options of {table.what}"),
    )


def _indices(table: Table, field: int, what: str, tensors: int) -> tuple[int | None, ...]:
    found = table.array(field, "int32", what)
    if found is None:
        return ()
    indices = [int(index) for index in found]
    for index in indices:
        if not -1 <= index < tensors:
            raise MalformedModelError(f"{what} name tensor {index} of {tensors}; convert the model again")
    return tuple(None if index == -1 else index for index in indices)


def _present(table: Table, field: int, what: str, tensors: int) -> tuple[int, ...]:
    indices = _indices(table, field, what, tensors)
    if None in indices:
        raise MalformedModelError(f"{what} name an absent tensor; convert the model again")
    return tuple(index for index in indices if index is not None)
