# SPDX-License-Identifier: Apache-2.0
"""`import_tflite`: the bytes of a .tflite file to a verified Graph, without TensorFlow."""

from __future__ import annotations

import struct
from collections.abc import Sequence

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
from edgekit.importer.file import FileGraph, FileModel, FileOp
from edgekit.importer.names import readable_name, unique_name
from edgekit.importer.reader import Table
from edgekit.importer.registry import IMPORTERS, Node
from edgekit.importer.rewrites import REWRITES
from edgekit.importer.tensors import TensorTable
from edgekit.importer.variables import resolve_variables
from edgekit.ir.arithmetic import DATA_TYPES, arithmetic_of_type
from edgekit.ir.attributes import GroupedConv2DAttrs
from edgekit.ir.graph import Graph, Op
from edgekit.ir.rule import Rule
from edgekit.ir.ruleset import RULES
from edgekit.ir.verify import verify
from edgekit.tflite import TfliteModel

_CONVERT = "convert with `edgekit convert --scheme int8|float32|int16x8`"


def import_tflite(model: TfliteModel) -> Graph:
    """The model as a verified Graph.

    Raises MalformedModelError for damaged files and UnsupportedOpError, which names operator and layer, for what
    edgekit does not generate.
    """
    try:
        file = resolve_variables(FileModel(model.content))
        edges = take_off_float_edges(file.tensors, file.ops, file.inputs, file.outputs)
        graph = _build(model.name, file, edges)
    except (struct.error, OverflowError) as error:
        raise MalformedModelError(f"the .tflite file is damaged: {error}; convert the model again") from error
    verify(graph)
    return graph


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
    if not roles or node.operands[0] is None:
        node.malformed("its input is missing")
    if data and data[0].dtype == "float32" and weights and weights[0].dtype == "int8":
        node.unsupported(
            "int8 weights but float32 activations (dynamic range)", "weights of the arithmetic's type", _CONVERT
        )
    _check_arithmetic(node, rule)
    if any(tensor.role == "state" and role != "state" for tensor, role in roles):
        states = "variables that SVDF, READ_VARIABLE and ASSIGN_VARIABLE use"
        node.unsupported("a variable that lives between inferences", states, "use convolutions over the time axis")
    if weights and weights[0].data is None:
        node.unsupported("weights computed at run time", "constant weights", "make one factor a weight")
    if any(tensor.data is not None and role in ("activation", "bytes") for tensor, role in roles):
        # Weights that are stored narrow and widened when they are used: of a conversion to float16 or dynamic range.
        hint = _CONVERT if node.kind == "DEQUANTIZE" else "fold the constant in Keras"
        node.unsupported("a constant input", "inputs that depend on the model's input", hint)


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
