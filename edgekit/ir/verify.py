# SPDX-License-Identifier: Apache-2.0
"""Is a graph sound? Everything behind this check may rely on it without asking again."""

from __future__ import annotations

from typing import NoReturn

from edgekit.errors import MalformedModelError
from edgekit.ir.graph import Graph, Op, QuantParams, Tensor
from edgekit.ir.ruleset import RULES

# No microcontroller has this much; offsets in generated code are 32-bit integers.
_LARGEST_TENSOR_BYTES = 2**31 - 1
_HIGHEST_RANK = 6
# Products and quotients of two such scales stay finite in float32.
_SMALLEST_SCALE = 1e-18
_LARGEST_SCALE = 1e18
_ZERO_POINTS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}


class InvalidGraphError(AssertionError):
    """A pass produced an unsound graph: a bug in edgekit."""


def verify(graph: Graph, after: str = "import") -> None:
    """Check structure, shapes, types and quantization of every tensor and op.

    After "import" the file is to blame (MalformedModelError); after a pass, edgekit is (InvalidGraphError).
    """
    try:
        _check(graph)
    except _ViolationError as violation:
        if after == "import":
            raise MalformedModelError(f"the model is not valid: {violation}; convert it again") from None
        raise InvalidGraphError(f"after {after}: {violation}") from None


class _ViolationError(Exception):
    """What is wrong, in words."""


def _fail(message: str) -> NoReturn:
    raise _ViolationError(message)


def _check(graph: Graph) -> None:
    for index, tensor in enumerate(graph.tensors):
        problem = _tensor_problem(tensor)
        if problem:
            _fail(f"tensor {index} '{tensor.name}' {problem}")
    _check_edges(graph)
    _check_order(graph)
    for op in graph.ops:
        _check_op(graph, op)


def _tensor_problem(tensor: Tensor) -> str:
    if len(tensor.shape) > _HIGHEST_RANK:
        return f"has {len(tensor.shape)} dimensions, at most {_HIGHEST_RANK} are allowed"
    if any(size < 1 for size in tensor.shape):
        return f"has the shape {list(tensor.shape)}: every dimension must be at least 1"
    if tensor.size_bytes > _LARGEST_TENSOR_BYTES:
        return f"has {tensor.size_bytes} bytes, at most {_LARGEST_TENSOR_BYTES} are allowed"
    if (tensor.role == "const") != (tensor.data is not None):
        return "must have data exactly when it is constant"
    if tensor.initial is not None and tensor.role != "state":
        return "has an initial value but is no variable"
    for data in (tensor.data, tensor.initial):
        if data is not None and (data.shape != tensor.shape or data.dtype.name != tensor.dtype):
            return f"is {tensor.dtype}{list(tensor.shape)} but its data is {data.dtype}{list(data.shape)}"
    return "" if tensor.quant is None else _quant_problem(tensor, tensor.quant)


def _quant_problem(tensor: Tensor, quant: QuantParams) -> str:
    if not quant.scales or len(quant.scales) != len(quant.zero_points):
        return f"has {len(quant.scales)} scales and {len(quant.zero_points)} zero points"
    # A channel whose weights are all zero may have the scale 0.
    smallest = 0.0 if quant.per_channel else _SMALLEST_SCALE
    if not all(smallest <= scale <= _LARGEST_SCALE for scale in quant.scales):
        return f"has a scale outside {smallest:g} to {_LARGEST_SCALE:g}"
    if quant.per_channel and not (
        0 <= quant.axis < len(tensor.shape) and tensor.shape[quant.axis] == len(quant.scales)
    ):
        return f"has {len(quant.scales)} scales along axis {quant.axis} of the shape {list(tensor.shape)}"
    low, high = _ZERO_POINTS.get(tensor.dtype, (0, 0))
    if not all(low <= zero_point <= high for zero_point in quant.zero_points):
        return f"has a zero point outside {low} to {high}"
    return ""


def _check_edges(graph: Graph) -> None:
    count = len(graph.tensors)
    named = [*graph.inputs, *graph.outputs]
    named += [index for op in graph.ops for index in (*op.inputs, *op.outputs) if index is not None]
    if any(not 0 <= index < count for index in named):
        _fail(f"a tensor index lies outside 0 to {count - 1}")
    if not graph.ops or not graph.inputs or not graph.outputs:
        _fail("it needs at least one input, one output and one operator")
    if len(set(graph.inputs)) != len(graph.inputs):
        _fail("a tensor is an input twice")
    if set(graph.inputs) & set(graph.outputs):
        _fail("an input is an output at the same time")
    if any(graph.tensors[index].role == "const" for index in (*graph.inputs, *graph.outputs)):
        _fail("an input or output is a constant")
    if any(graph.tensors[index].role == "state" for index in (*graph.inputs, *graph.outputs)):
        _fail("an input or output is a variable")


def _check_order(graph: Graph) -> None:
    """Every tensor is written once, before it is read; a variable is assigned to as often as one likes."""
    written = set(graph.inputs)
    for op in graph.ops:
        for index in op.inputs:
            if index is not None and graph.tensors[index].role == "activation" and index not in written:
                _fail(f"{op.kind} '{op.name}' reads tensor {index} before it is written")
        for index in op.outputs:
            if graph.tensors[index].role == "state" and op.kind == "ASSIGN_VARIABLE":
                continue
            if index in written or graph.tensors[index].role != "activation":
                _fail(f"{op.kind} '{op.name}' writes tensor {index}, which has a value already")
            written.add(index)
    missing = [index for index in graph.outputs if index not in written]
    if missing:
        _fail(f"output tensor {missing[0]} is never written")


def _check_op(graph: Graph, op: Op) -> None:
    where = f"{op.kind} '{op.name}'"
    rule = RULES.get(op.kind)
    if rule is None:
        _fail(f"{where} is not an operator that the IR knows")
    if not isinstance(op.attrs, rule.attrs):
        _fail(f"{where} carries {type(op.attrs).__name__}")
    if not rule.counts_suit(op):
        _fail(f"{where} has {len(op.inputs)} inputs and {len(op.outputs)} outputs")
    for problem in rule.problems(graph, op):
        _fail(f"{where}: {problem}")
