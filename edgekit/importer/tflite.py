# SPDX-License-Identifier: Apache-2.0
"""`import_tflite`: the bytes of a .tflite file to a verified Graph, without TensorFlow."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from edgekit.errors import MalformedModelError, UnsupportedOpError
from edgekit.importer import (
    operators,  # noqa: F401  registers importers
    operators_elementwise,  # noqa: F401  registers importers
    operators_layout,  # noqa: F401  registers importers
    operators_reduction,  # noqa: F401  registers importers
    operators_state,  # noqa: F401  registers importers
    schema,
)
from edgekit.importer.edges import Edges, take_off_float_edges
from edgekit.importer.names import readable_name, unique_name
from edgekit.importer.operator_names import operator_name
from edgekit.importer.reader import FlatBuffer, Table
from edgekit.importer.registry import IMPORTERS, Node
from edgekit.importer.rewrites import REWRITES
from edgekit.importer.tensors import TensorTable
from edgekit.ir.arithmetic import DATA_TYPES, arithmetic_of_type
from edgekit.ir.attributes import GroupedConv2DAttrs
from edgekit.ir.graph import Graph, Op
from edgekit.ir.rule import Rule
from edgekit.ir.ruleset import RULES
from edgekit.ir.verify import verify
from edgekit.tflite import TfliteModel

SCHEMA_VERSION = 3

# Far above any model that fits a microcontroller.
_MOST_TENSORS = 20_000
_MOST_OPS = 10_000
_CONVERT = "convert with `edgekit convert --scheme int8`"


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
    """The one subgraph of the file."""

    tensors: TensorTable
    ops: tuple[FileOp, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def import_tflite(model: TfliteModel) -> Graph:
    """The model as a verified Graph.

    Raises MalformedModelError for damaged files and UnsupportedOpError, which names operator and layer, for what
    edgekit does not generate.
    """
    try:
        file = _read(model.content)
        edges = take_off_float_edges(file.tensors, file.ops, file.inputs, file.outputs)
        graph = _build(model.name, file, edges)
    except (struct.error, OverflowError) as error:
        raise MalformedModelError(f"the .tflite file is damaged: {error}; convert the model again") from error
    verify(graph)
    return graph


def _read(content: bytes) -> FileGraph:
    if content[4:8] != b"TFL3":
        raise MalformedModelError(f"this is not a .tflite file: bytes 4 to 8 are {content[4:8]!r}, not b'TFL3'")
    root = FlatBuffer(content).root()
    version = root.integer(schema.Model.VERSION, "uint32")
    if version != SCHEMA_VERSION:
        raise MalformedModelError(f"the .tflite file has schema version {version}; only {SCHEMA_VERSION} is known")
    subgraphs = root.tables(schema.Model.SUBGRAPHS, "subgraphs", limit=1000)
    if len(subgraphs) != 1:
        raise UnsupportedOpError(
            f"the model has {len(subgraphs)} subgraphs; supported: one, so no loops, branches or several signatures; "
            "unroll recurrent layers and convert a single signature"
        )
    buffers = root.tables(schema.Model.BUFFERS, "buffers", _MOST_TENSORS)
    codes = [_operator_kind(code) for code in root.tables(schema.Model.OPERATOR_CODES, "operator codes", 1000)]
    subgraph = subgraphs[0]
    tensors = TensorTable(subgraph.tables(schema.SubGraph.TENSORS, "tensors", _MOST_TENSORS), buffers)
    tables = subgraph.tables(schema.SubGraph.OPERATORS, "operators", _MOST_OPS)
    return FileGraph(
        tensors=tensors,
        ops=tuple(_read_op(table, codes, len(tensors)) for table in tables),
        inputs=_present(subgraph, schema.SubGraph.INPUTS, "the model's inputs", len(tensors)),
        outputs=_present(subgraph, schema.SubGraph.OUTPUTS, "the model's outputs", len(tensors)),
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


def _build(name: str, file: FileGraph, edges: Edges) -> Graph:
    """Number the tensors that are left and import operator by operator."""
    numbers: dict[int, int] = {}
    taken: set[str] = set()
    inputs = tuple(numbers.setdefault(index, len(numbers)) for index in edges.inputs)
    ops = []
    for file_op in edges.ops:
        op = _import_op(file.tensors, file_op, taken)
        kept = tuple(None if index is None else numbers.setdefault(index, len(numbers)) for index in op.inputs)
        written = tuple(numbers.setdefault(index, len(numbers)) for index in op.outputs)
        ops.append(Op(op.kind, op.name, kept, written, op.attrs))
    outputs = tuple(numbers.setdefault(index, len(numbers)) for index in edges.outputs)
    tensors = tuple(file.tensors[index] for index in numbers)
    return Graph(name, tensors, tuple(ops), inputs, outputs, edges.notes)


def _import_op(tensors: TensorTable, op: FileOp, taken: set[str]) -> Op:
    """`op` with attributes, its tensors still named as in the file."""
    name = _layer_name(tensors, op)
    if op.kind not in IMPORTERS:
        raise UnsupportedOpError(_not_generated(tensors, op, name))
    importer = IMPORTERS[op.kind]
    if not op.inputs or not op.outputs:
        raise MalformedModelError(f"{op.kind} '{name}' has {len(op.inputs)} inputs and {len(op.outputs)} outputs")
    inputs = tuple(None if index is None else tensors[index] for index in op.inputs)
    outputs = tuple(tensors[index] for index in op.outputs)
    node = Node(op.kind, name, _options(op, name), inputs, importer.kept(inputs), outputs)
    _check_types(node)
    attrs = importer.attributes(node)
    kind = "GROUPED_CONV_2D" if isinstance(attrs, GroupedConv2DAttrs) else op.kind
    return Op(kind, unique_name(name, taken), importer.kept(op.inputs), op.outputs, attrs)


def _options(op: FileOp, name: str) -> Table | None:
    """The options table, if it is the one that belongs to the operator."""
    expected = schema.OPTIONS_TYPES.get(op.kind)
    if expected is None or op.options_type == 0:
        return None
    if op.options_type != expected:
        raise MalformedModelError(f"{op.kind} '{name}' has options of type {op.options_type}, not {expected}")
    return op.options


def _layer_name(tensors: TensorTable, op: FileOp) -> str:
    named = [tensors.name(index) for index in op.outputs[:1]]
    if len(op.inputs) > 1 and op.inputs[1] is not None:
        named.append(tensors.name(op.inputs[1]))
    return readable_name(op.kind, named)


def _not_generated(tensors: TensorTable, op: FileOp, name: str) -> str:
    first = next((index for index in (*op.inputs, *op.outputs) if index is not None), None)
    dtype = "no tensors" if first is None else tensors[first].dtype
    hint = REWRITES.get(op.kind)
    rewrite = f"; try: {hint}" if hint else ""
    return f"{op.kind} '{name}' ({dtype}) is not supported; supported: {', '.join(sorted(IMPORTERS))}{rewrite}"


def _check_types(node: Node) -> None:
    """Types that an arithmetic of the operator takes, constant weights: said in words that name the way out."""
    rule = RULES[node.kind]
    roles = [(tensor, rule.operand(position)) for position, tensor in enumerate(node.operands) if tensor is not None]
    data = [tensor for tensor, role in roles if role in ("data", "activation", "bytes")]
    weights = [tensor for tensor, role in roles if role == "weights"]
    if not data or node.operands[0] is None:
        node.malformed("its input is missing")
    if data[0].dtype == "float32" and weights and weights[0].dtype == "int8":
        node.unsupported("int8 weights but float32 activations (dynamic range)", "int8 in and out", _CONVERT)
    _check_arithmetic(node, rule)
    if any(tensor.role == "state" and role != "state" for tensor, role in roles):
        states = "variables only as the state of SVDF"
        node.unsupported("a variable that lives between inferences", states, "use convolutions over the time axis")
    if weights and weights[0].data is None:
        node.unsupported("weights computed at run time", "constant weights", "make one factor a weight")
    if any(tensor.data is not None and role in ("activation", "bytes") for tensor, role in roles):
        node.unsupported("a constant input", "inputs that depend on the model's input", "fold the constant in Keras")


def _check_arithmetic(node: Node, rule: Rule) -> None:
    """The first operand's type tells the arithmetic; all other types must suit it."""
    first = node.operands[0]
    assert first is not None
    arithmetic = arithmetic_of_type(first.dtype)
    known = [
        f"{DATA_TYPES[each]} in and {_types(rule.output_types(DATA_TYPES[each]))} out" for each in rule.arithmetics
    ]
    if arithmetic not in rule.arithmetics or first.dtype not in rule.operand_types(0, arithmetic):
        node.unsupported(f"the {first.dtype} input '{first.name}'", " or ".join(known), _CONVERT)
    for position, tensor in enumerate(node.operands):
        types = rule.operand_types(position, arithmetic)
        if tensor is not None and tensor.dtype not in types:
            role = "input" if rule.operand(position) in ("data", "activation", "bytes") else rule.operand(position)
            node.unsupported(f"the {tensor.dtype} {role} '{tensor.name}'", _types(types), _CONVERT)
    for tensor in node.outputs:
        types = rule.output_types(first.dtype)
        if tensor.dtype not in types:
            hint = "let the layer return int32" if types == ("int32",) else _CONVERT
            node.unsupported(f"the {tensor.dtype} output '{tensor.name}'", " or ".join(known), hint)


def _types(types: Sequence[str]) -> str:
    return " or ".join(types)
