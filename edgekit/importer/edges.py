# SPDX-License-Identifier: Apache-2.0
"""Models that keep float32 at their edge: QUANTIZE behind each input, DEQUANTIZE before each output.

Both are taken off, so that the model takes and gives the integers inside; the user is told how to convert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edgekit.importer.tensors import TensorTable
from edgekit.ir.graph import DType

if TYPE_CHECKING:
    from edgekit.importer.file import FileOp

_INTEGERS: Final[tuple[DType, ...]] = ("int8", "int16")


@dataclass(frozen=True, slots=True)
class Edges:
    """What is left of a model without its float edge, and the sentences that say what was taken off."""

    ops: tuple[FileOp, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    notes: tuple[str, ...]


def take_off_float_edges(
    tensors: TensorTable, ops: Sequence[FileOp], inputs: Sequence[int], outputs: Sequence[int]
) -> Edges:
    """Remove QUANTIZE of float32 inputs and DEQUANTIZE to float32 outputs."""
    notes: list[str] = []
    removed: set[int] = set()
    new_inputs = [_integer_input(tensors, ops, index, outputs, removed, notes) for index in inputs]
    new_outputs = [_integer_output(tensors, ops, index, removed, notes) for index in outputs]
    left = tuple(op for number, op in enumerate(ops) if number not in removed)
    return Edges(left, tuple(new_inputs), tuple(new_outputs), tuple(notes))


def _integer_input(
    tensors: TensorTable,
    ops: Sequence[FileOp],
    index: int,
    outputs: Sequence[int],
    removed: set[int],
    notes: list[str],
) -> int:
    """The integers behind a float32 input, if one QUANTIZE is all that reads the input."""
    if tensors[index].dtype != "float32" or index in outputs:
        return index
    readers = [number for number, op in enumerate(ops) if index in op.inputs]
    if len(readers) != 1:
        return index
    op = ops[readers[0]]
    if op.kind != "QUANTIZE" or len(op.inputs) != 1 or len(op.outputs) != 1:
        return index
    inner = op.outputs[0]
    if tensors[inner].dtype not in _INTEGERS or inner in outputs:
        return index
    removed.add(readers[0])
    notes.append(_note(tensors, index, inner, "input", "QUANTIZE"))
    return inner


def _integer_output(
    tensors: TensorTable, ops: Sequence[FileOp], index: int, removed: set[int], notes: list[str]
) -> int:
    """The integers before a float32 output, if nothing else reads the output."""
    if tensors[index].dtype != "float32" or any(index in op.inputs for op in ops):
        return index
    for number, op in enumerate(ops):
        if op.outputs != (index,):
            continue
        inner = op.inputs[0] if len(op.inputs) == 1 else None
        if op.kind != "DEQUANTIZE" or inner is None or tensors[inner].dtype not in _INTEGERS:
            return index
        removed.add(number)
        notes.append(_note(tensors, index, inner, "output", "DEQUANTIZE"))
        return inner
    return index


def _note(tensors: TensorTable, outer: int, inner: int, edge: str, kind: str) -> str:
    quant, dtype = tensors[inner].quant, tensors[inner].dtype
    values = f", scale {quant.scales[0]:.9g}, zero point {quant.zero_points[0]}" if quant else ""
    return f"{edge} '{tensors.name(outer)}' is float32 in the file: {kind} taken off, it is {dtype} here{values}"
