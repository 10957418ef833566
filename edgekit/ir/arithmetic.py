# SPDX-License-Identifier: Apache-2.0
"""In which numbers an operation computes: an operator may exist in several arithmetics.

int8: int8 activations and weights, int32 sums. int16x8: int16 activations with the zero point 0, int8 weights, int64
sums. float32: float32 throughout, no quantization.
"""

from __future__ import annotations

from typing import Final, Literal

from edgekit.ir.graph import DType, Graph, Op

Arithmetic = Literal["int8", "int16x8", "float32"]

INTEGERS: Final[tuple[Arithmetic, ...]] = ("int8", "int16x8")
EVERY: Final[tuple[Arithmetic, ...]] = (*INTEGERS, "float32")
FLOATS: Final[tuple[Arithmetic, ...]] = ("float32",)
INT8_AND_FLOAT: Final[tuple[Arithmetic, ...]] = ("int8", "float32")

#: The type of the tensors that an arithmetic computes with.
DATA_TYPES: Final[dict[Arithmetic, DType]] = {"int8": "int8", "int16x8": "int16", "float32": "float32"}

_BY_TYPE: Final[dict[DType, Arithmetic]] = {dtype: arithmetic for arithmetic, dtype in DATA_TYPES.items()}


def arithmetic_of(graph: Graph, op: Op) -> Arithmetic:
    """Told by the type of the first operand; any other type (int32 positions, which only views take) goes as int8."""
    index = op.inputs[0] if op.inputs else None
    return "int8" if index is None else arithmetic_of_type(graph.tensors[index].dtype)


def arithmetic_of_type(dtype: DType) -> Arithmetic:
    """The arithmetic of an operation whose first operand is `dtype`."""
    return _BY_TYPE.get(dtype, "int8")
