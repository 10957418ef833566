# SPDX-License-Identifier: Apache-2.0
"""`slim`: the same model in fewer bytes, without touching a weight or a scale.

More than half of a small int8 .tflite is not weights: 16 bytes of zero points, all of them 0, for each channel; the
names of all Keras layers that went into each tensor; the converter's notes on itself. Equal parts are stored once,
names are cut to the layer's own, and what no interpreter reads is left out: the ranges that calibration saw, the
converter's notes, and shapes with an open batch (the shape itself stays).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Literal

from edgekit.convert.compact_writer import CompactWriter, Field, Ref
from edgekit.errors import MalformedModelError, UnsupportedOpError
from edgekit.importer import schema
from edgekit.importer.names import readable_name
from edgekit.importer.operator_names import operator_name
from edgekit.importer.reader import FlatBuffer, Table
from edgekit.tflite import TfliteModel

Names = Literal["short", "none"]

_MOST = 100_000
_BUFFER_ALIGNMENT = 16

#: Metadata that the converter writes about itself; all other metadata stays.
_NOTES = {"min_runtime_version", "CONVERSION_METADATA"}

# Fields of the schema beyond those that `importer.schema` needs.
_METADATA_BUFFERS, _METADATA, _SIGNATURES = 5, 6, 7
_CUSTOM_OPTIONS, _OPTIONS_FORMAT, _MUTATING, _INTERMEDIATES = 5, 6, 7, 8
_SUBGRAPH_NAME = 4
_HAS_RANK = 8

# Options tables by their number in the schema's union: how many fields each has ...
OPTIONS_FIELDS = (
    *(0, 7, 7, 3, 1, 6, 3, 2, 6, 1, 2, 2, 1, 4, 5, 4, 1, 1, 3, 1, 1, 1, 0, 2, 0, 0, 0, 1, 2, 1, 1, 3, 6, 0, 0, 1, 0, 2),
    *(0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0, 0, 1, 0, 1, 4, 2, 0, 1, 0, 0, 2, 0, 0, 0, 0, 6, 4, 6, 0, 0, 2, 1),
    *(0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 2, 1, 0, 0, 0, 0, 0, 0, 3, 2, 1, 0, 0, 8, 3, 0, 0, 0, 2, 0, 0),
    *(2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)
# ... and which of them are vectors (bytes of an item) or strings (0); all others are scalars.
OPTIONS_WITH_VECTORS: dict[int, dict[int, int]] = {
    3: {1: 4, 2: 4},  # ConcatEmbeddingsOptions
    8: {5: 1},  # FullyConnectedOptions
    17: {0: 4},  # ReshapeOptions
    30: {0: 4},  # SqueezeOptions
    111: {0: 0, 1: 0},  # VarHandleOptions
    115: {0: 4},  # BucketizeOptions
}


def slim(model: TfliteModel, *, names: Names = "short") -> TfliteModel:
    """The same model in fewer bytes: equal outputs in every interpreter, with its signature.

    `names`: "short" keeps one readable name for each operator, "none" drops them all. Raises MalformedModelError for
    damaged bytes, UnsupportedOpError for parts of the format that are not known here.
    """
    content = model.content
    if content[4:8] != b"TFL3":
        raise MalformedModelError(f"this is not a .tflite file: bytes 4 to 8 are {content[4:8]!r}, not b'TFL3'")
    try:
        slimmed = _Slimmer(FlatBuffer(content).root(), names).run()
    except (struct.error, OverflowError) as error:
        raise MalformedModelError(f"the .tflite file is damaged: {error}; convert the model again") from error
    return TfliteModel(model.name, slimmed if len(slimmed) < len(content) else content)


class _Slimmer:
    """One pass over a file: reads tables of the old one, writes those of the new one."""

    def __init__(self, root: Table, names: Names) -> None:
        self._root = root
        self._names = names
        self._writer = CompactWriter()
        self._buffers: list[Ref] = []
        self._new_buffer: dict[int, int] = {}
        self._shared: dict[Ref, int] = {}
        self._old_buffers = root.tables(schema.Model.BUFFERS, "buffers", _MOST)

    def run(self) -> bytes:
        writer, root = self._writer, self._root
        _only(root, {0, 1, 2, 3, 4, _METADATA_BUFFERS, _METADATA, _SIGNATURES})
        self._buffers.append(writer.table({}))  # buffer 0 is empty by convention
        codes = root.tables(schema.Model.OPERATOR_CODES, "operator codes", _MOST)
        kinds = [_kind(code) for code in codes]
        fields: dict[int, Field] = {schema.Model.VERSION: ("I", root.integer(schema.Model.VERSION, "uint32"))}
        fields[schema.Model.OPERATOR_CODES] = writer.references([self._operator_code(code) for code in codes])
        subgraphs = root.tables(schema.Model.SUBGRAPHS, "subgraphs", _MOST)
        fields[schema.Model.SUBGRAPHS] = writer.references([self._subgraph(table, kinds) for table in subgraphs])
        metadata = self._metadata()
        if metadata:
            fields[_METADATA] = writer.references(metadata)
        signatures = [self._signature(table) for table in root.tables(_SIGNATURES, "signatures", _MOST)]
        if signatures:
            fields[_SIGNATURES] = writer.references(signatures)
        fields[schema.Model.BUFFERS] = writer.references(self._buffers)
        return writer.finish(writer.table(fields), b"TFL3")

    def _operator_code(self, code: Table) -> Ref:
        _only(code, {0, 1, 2, 3})
        fields = _scalars(code, {0: ("b", "int8", 0), 2: ("i", "int32", 1), 3: ("i", "int32", 0)})
        if code.has(schema.OperatorCode.CUSTOM_CODE):
            fields[schema.OperatorCode.CUSTOM_CODE] = self._string(code, schema.OperatorCode.CUSTOM_CODE)
        return self._writer.table(fields)

    def _subgraph(self, table: Table, kinds: Sequence[str]) -> Ref:
        _only(table, {0, 1, 2, 3, _SUBGRAPH_NAME, 5})
        tensors = table.tables(schema.SubGraph.TENSORS, "tensors", _MOST)
        ops = table.tables(schema.SubGraph.OPERATORS, "operators", _MOST)
        named = self._tensor_names(table, tensors, ops, kinds) if self._names == "short" else {}
        fields: dict[int, Field] = {
            schema.SubGraph.TENSORS: self._writer.references(
                [self._tensor(tensor, named.get(index, "")) for index, tensor in enumerate(tensors)]
            ),
            schema.SubGraph.OPERATORS: self._writer.references([self._operator(op) for op in ops]),
        }
        for field in (schema.SubGraph.INPUTS, schema.SubGraph.OUTPUTS):
            if table.has(field):
                fields[field] = self._vector(table, field, 4)
        if table.has(_SUBGRAPH_NAME):
            fields[_SUBGRAPH_NAME] = self._string(table, _SUBGRAPH_NAME)
        return self._writer.table(fields)

    def _tensor_names(
        self, table: Table, tensors: Sequence[Table], ops: Sequence[Table], kinds: Sequence[str]
    ) -> dict[int, str]:
        """A name for the model's inputs and for what each operator computes: its layer's."""
        names: dict[int, str] = {}

        def full(index: int) -> str:
            return tensors[index].text(schema.TensorField.NAME, f"the name of tensor {index}")

        for index in _indices(table, schema.SubGraph.INPUTS, len(tensors)):
            if index >= 0:
                names[index] = full(index).removeprefix("serving_default_").partition(":")[0]
        for op in ops:
            number = op.integer(schema.Operator.OPCODE_INDEX, "uint32")
            if number >= len(kinds):
                raise MalformedModelError(f"{op.what} has operator code {number} of {len(kinds)}; convert it again")
            inputs = _indices(op, schema.Operator.INPUTS, len(tensors))
            outputs = _indices(op, schema.Operator.OUTPUTS, len(tensors))
            telling = [full(index) for index in (*outputs[:1], *inputs[1:2]) if index >= 0]
            name = readable_name(kinds[number], telling)
            if outputs and outputs[0] >= 0 and name != kinds[number].lower():
                names.setdefault(outputs[0], name)
        return names

    def _tensor(self, tensor: Table, name: str) -> Ref:
        _only(tensor, {0, 1, 2, 3, 4, 5, 7, _HAS_RANK})
        fields = _scalars(
            tensor, {1: ("b", "int8", 0), 5: ("B", "uint8", 0), _HAS_RANK: ("B", "uint8", 0)}
        )  # fmt: skip
        if tensor.has(schema.TensorField.SHAPE):
            fields[schema.TensorField.SHAPE] = self._vector(tensor, schema.TensorField.SHAPE, 4)
        variable = bool(tensor.integer(schema.TensorField.IS_VARIABLE, "uint8"))
        buffer = self._buffer(tensor.integer(schema.TensorField.BUFFER, "uint32"), shared=not variable)
        if buffer:
            fields[schema.TensorField.BUFFER] = ("I", buffer)
        if name:
            fields[schema.TensorField.NAME] = self._writer.string(name.encode())
        quant = tensor.table(schema.TensorField.QUANTIZATION, f"the quantization of {tensor.what}")
        if quant is not None:
            fields[schema.TensorField.QUANTIZATION] = self._quantization(quant)
        return self._writer.table(fields)

    def _quantization(self, quant: Table) -> Ref:
        _only(quant, {0, 1, 2, 3, schema.Quantization.DETAILS_TYPE, 6})
        if quant.integer(schema.Quantization.DETAILS_TYPE, "uint8"):
            raise UnsupportedOpError(f"{quant.what} is of a custom kind; supported: scales and zero points")
        fields = _scalars(quant, {schema.Quantization.QUANTIZED_DIMENSION: ("i", "int32", 0)})
        if quant.has(schema.Quantization.SCALE):
            fields[schema.Quantization.SCALE] = self._vector(quant, schema.Quantization.SCALE, 4)
        if quant.has(schema.Quantization.ZERO_POINT):
            fields[schema.Quantization.ZERO_POINT] = self._vector(quant, schema.Quantization.ZERO_POINT, 8)
        return self._writer.table(fields)

    def _buffer(self, number: int, shared: bool = True) -> int:
        """The new number of a buffer; equal ones become one, empty ones buffer 0."""
        if number >= len(self._old_buffers):
            raise MalformedModelError(f"buffer {number} of {len(self._old_buffers)} is asked for; convert it again")
        if number in self._new_buffer:
            return self._new_buffer[number]
        old = self._old_buffers[number]
        _only(old, {0, 1, 2})
        if old.integer(schema.Buffer.OFFSET, "uint64") > 1:
            raise UnsupportedOpError("the model keeps data outside the flatbuffer; supported: files below 2 GB")
        found = old.array(schema.Buffer.DATA, "uint8", f"the data of buffer {number}")
        new = 0
        if found is not None and found.size and number:
            data = self._writer.vector(found.tobytes(), found.size, _BUFFER_ALIGNMENT)
            made = self._writer.table({schema.Buffer.DATA: data})
            new = self._shared.setdefault(made, len(self._buffers)) if shared else len(self._buffers)
            if new == len(self._buffers):
                self._buffers.append(made)
        self._new_buffer[number] = new
        return new

    def _operator(self, op: Table) -> Ref:
        _only(op, {0, 1, 2, 3, 4, _CUSTOM_OPTIONS, _OPTIONS_FORMAT, _MUTATING, _INTERMEDIATES})
        fields = _scalars(op, {0: ("I", "uint32", 0), 3: ("B", "uint8", 0), _OPTIONS_FORMAT: ("b", "int8", 0)})
        for field, size in {1: 4, 2: 4, _CUSTOM_OPTIONS: 1, _MUTATING: 1, _INTERMEDIATES: 4}.items():
            if op.has(field):
                fields[field] = self._vector(op, field, size)
        options = op.table(schema.Operator.BUILTIN_OPTIONS, f"the options of {op.what}")
        if options is not None:
            kind = op.integer(schema.Operator.BUILTIN_OPTIONS_TYPE, "uint8")
            fields[schema.Operator.BUILTIN_OPTIONS] = self._options(options, kind)
        return self._writer.table(fields)

    def _options(self, options: Table, kind: int) -> Ref:
        """A copy of an options table, with the vectors that hang on it."""
        if kind >= len(OPTIONS_FIELDS):
            raise UnsupportedOpError(f"{options.what} are of the unknown kind {kind}; the file is newer than edgekit")
        _only(options, set(range(OPTIONS_FIELDS[kind])))
        raw = options.raw()
        targets: dict[int, Ref] = {}
        for field, size in OPTIONS_WITH_VECTORS.get(kind, {}).items():
            if options.has(field):
                if raw.offsets[field] + 4 > len(raw.inline):
                    raise MalformedModelError(f"{options.what} are damaged: a reference leaves the table")
                made = self._vector(options, field, size) if size else self._string(options, field)
                targets[raw.offsets[field]] = made
        return self._writer.copied_table(raw.vtable, raw.inline, raw.position, targets)

    def _metadata(self) -> list[Ref]:
        kept = []
        for table in self._root.tables(_METADATA, "metadata", _MOST):
            _only(table, {0, 1})
            if table.text(0, "a metadata name") not in _NOTES:
                fields: dict[int, Field] = {1: ("I", self._buffer(table.integer(1, "uint32")))}
                if table.has(0):
                    fields[0] = self._string(table, 0)
                kept.append(self._writer.table(fields))
        return kept

    def _signature(self, table: Table) -> Ref:
        _only(table, {0, 1, 2, 3, 4})
        fields = _scalars(table, {4: ("I", "uint32", 0)})
        for field in (0, 1):
            entries = []
            for entry in table.tables(field, "signature entries", _MOST):
                _only(entry, {0, 1})
                values = _scalars(entry, {1: ("I", "uint32", 0)})
                if entry.has(0):
                    values[0] = self._string(entry, 0)
                entries.append(self._writer.table(values))
            fields[field] = self._writer.references(entries)
        if table.has(2):
            fields[2] = self._string(table, 2)
        return self._writer.table(fields)

    def _vector(self, table: Table, field: int, item_bytes: int) -> Ref:
        found = table.array(field, "uint8" if item_bytes == 1 else f"uint{8 * item_bytes}", f"a vector of {table.what}")
        assert found is not None
        return self._writer.vector(found.tobytes(), found.size, max(4, item_bytes))

    def _string(self, table: Table, field: int) -> Ref:
        found = table.array(field, "uint8", f"a name of {table.what}")
        assert found is not None
        return self._writer.string(found.tobytes())


def _kind(code: Table) -> str:
    old = code.integer(schema.OperatorCode.DEPRECATED_BUILTIN_CODE, "int8")
    return operator_name(max(old, code.integer(schema.OperatorCode.BUILTIN_CODE, "int32")))


def _only(table: Table, known: set[int]) -> None:
    """Refuse fields that are not known here: leaving them out could change what the model computes."""
    strange = [number for number in table.present() if number not in known]
    if strange:
        raise UnsupportedOpError(f"{table.what} has the field {strange[0]}, which edgekit does not know how to move")


def _scalars(table: Table, fields: dict[int, tuple[str, str, int]]) -> dict[int, Field]:
    """Scalars of `table` by field number: (struct format, type to read, default, which is not stored)."""
    found: dict[int, Field] = {}
    for number, (form, dtype, default) in fields.items():
        value = table.integer(number, dtype, default)
        if value != default:
            found[number] = (form, value)
    return found


def _indices(table: Table, field: int, count: int) -> list[int]:
    found = table.array(field, "int32", f"the tensors of {table.what}")
    indices = [] if found is None else [int(index) for index in found]
    if any(not -1 <= index < count for index in indices):
        raise MalformedModelError(f"{table.what} names a tensor beyond the {count} there are; convert the model again")
    return indices
