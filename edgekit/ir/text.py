# SPDX-License-Identifier: Apache-2.0
"""A graph as text: one line an operator, stable from run to run, complete enough that equal texts mean equal graphs."""

from __future__ import annotations

import hashlib
from dataclasses import fields

import numpy as np
import numpy.typing as npt

from edgekit.ir.graph import Graph, Op, QuantParams, Tensor


def to_text(graph: Graph) -> str:
    """The whole graph; constants and per-channel scales are told apart by the first digits of their SHA-256."""
    lines = [f"graph {graph.name!r}"]
    lines += [f"  note {note!r}" for note in graph.notes]
    lines += [f"  input  {_named(graph, index)}" for index in graph.inputs]
    lines += [line for op in graph.ops for line in _op_lines(graph, op)]
    lines += [f"  output {_named(graph, index)}" for index in graph.outputs]
    return "\n".join(lines) + "\n"


def _named(graph: Graph, index: int) -> str:
    tensor = graph.tensors[index]
    return f"%{index} {tensor_text(tensor)} {tensor.name!r}"


def _op_lines(graph: Graph, op: Op) -> list[str]:
    operands = ", ".join("-" if index is None else f"%{index}" for index in op.inputs)
    results = ", ".join(f"%{index}" for index in op.outputs)
    types = ", ".join(tensor_text(graph.tensors[index]) for index in op.outputs)
    lines = [f"  {results} = {op.kind}({operands}) {op.name!r} -> {types}"]
    attributes = _attributes(op)
    if attributes:
        lines.append(f"      {attributes}")
    for index in op.inputs:
        if index is not None and graph.tensors[index].role == "const":
            tensor = graph.tensors[index]
            lines.append(f"      %{index} {tensor_text(tensor)} {_digest(tensor.data)}")
    for index in dict.fromkeys((*op.inputs, *op.outputs)):
        if index is not None and graph.tensors[index].initial is not None:
            lines.append(f"      %{index} starts with {_digest(graph.tensors[index].initial)}")
    return lines


def _attributes(op: Op) -> str:
    values = ((field.name, getattr(op.attrs, field.name)) for field in fields(op.attrs))
    return " ".join(f"{name}={_value(value)}" for name, value in values)


def _value(value: object) -> str:
    if hasattr(value, "__dataclass_fields__"):
        parts = [getattr(value, name) for name in value.__dataclass_fields__]
        return "(" + ",".join(str(part) for part in parts) + ")"
    if isinstance(value, tuple):
        return "(" + ",".join(_value(part) for part in value) + ")"
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def tensor_text(tensor: Tensor) -> str:
    """Type, shape and quantization, such as `int8[1,10] scale 0.00390625 zero_point -128`."""
    text = f"{tensor.dtype}[{','.join(map(str, tensor.shape))}]"
    if tensor.layout != "NHWC" or tensor.encoding != "plain":
        text += f" {tensor.layout} {tensor.encoding}"
    return text if tensor.quant is None else f"{text} {_quant(tensor.quant)}"


def _quant(quant: QuantParams) -> str:
    if not quant.per_channel:
        return f"scale {quant.scale:.9g} zero_point {quant.zero_point}"
    raw = np.array(quant.scales, "<f8").tobytes() + np.array(quant.zero_points, "<i8").tobytes()
    span = f"{min(quant.scales):.9g} to {max(quant.scales):.9g}"
    return f"{len(quant.scales)} scales {span} axis {quant.axis} sha256 {_short(raw)}"


def _digest(data: npt.NDArray[np.generic] | None) -> str:
    assert data is not None
    little = data.astype(data.dtype.newbyteorder("<"), copy=False)
    return f"sha256 {_short(little.tobytes())}"


def _short(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:12]
