# SPDX-License-Identifier: Apache-2.0
"""Graph, Op, Tensor: a model between its file format and its C code.

Tensors are named by their index in `Graph.tensors`. Shapes are NHWC (batch 1) and in elements; sizes in bytes say so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from edgekit.ir.attributes import Attributes

DType = Literal["int8", "int16", "int32", "int64", "uint8", "float32", "bool"]
Role = Literal["const", "activation", "state"]

DTYPE_BYTES: dict[DType, int] = {
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "uint8": 1,
    "float32": 4,
    "bool": 1,
}


#: Operators whose output is their input's bytes under another shape.
VIEWS: frozenset[str] = frozenset({"RESHAPE", "SQUEEZE", "EXPAND_DIMS"})


@dataclass(frozen=True, slots=True)
class QuantParams:
    """Affine quantization: real = scale * (q - zero_point).

    One scale and zero point for the whole tensor, or one for each index along `axis`. Scales hold the exact float32
    values of the file, as Python floats.
    """

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int = 0

    @property
    def per_channel(self) -> bool:
        return len(self.scales) > 1

    @property
    def scale(self) -> float:
        """The scale of a per-tensor quantization."""
        if self.per_channel:
            raise ValueError("the tensor is quantized per channel: it has no single scale")
        return self.scales[0]

    @property
    def zero_point(self) -> int:
        """The zero point of a per-tensor quantization."""
        if len(self.zero_points) > 1:
            raise ValueError("the tensor is quantized per channel: it has no single zero point")
        return self.zero_points[0]


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A tensor; `data` is there exactly when `role` is "const". A "state" keeps its value from one inference to the
    next and starts with `initial`, where that is None with its zero point.

    `source` is the tensor's index in the file that it came from, None for what a pass made.
    """

    name: str
    shape: tuple[int, ...]
    dtype: DType
    role: Role = "activation"
    quant: QuantParams | None = None
    data: npt.NDArray[np.generic] | None = field(default=None, repr=False)
    layout: str = "NHWC"
    encoding: str = "plain"
    source: int | None = None
    initial: npt.NDArray[np.generic] | None = field(default=None, repr=False)

    @property
    def elements(self) -> int:
        return math.prod(self.shape)

    @property
    def size_bytes(self) -> int:
        return self.elements * DTYPE_BYTES[self.dtype]


@dataclass(frozen=True, slots=True)
class Op:
    """One operation. `kind` is the TFLite operator name, but GROUPED_CONV_2D for a CONV_2D whose filters read a part of
    the channels; an absent optional input is None. ASSIGN_VARIABLE alone has a state as its output."""

    kind: str
    name: str
    inputs: tuple[int | None, ...]
    outputs: tuple[int, ...]
    attrs: Attributes


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A model: `ops` in execution order. `notes` tells the user what import and passes changed."""

    name: str
    tensors: tuple[Tensor, ...]
    ops: tuple[Op, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def input_tensor(self, op: Op, position: int) -> Tensor:
        """The tensor at `position` of `op`'s inputs, which must be present."""
        index = op.inputs[position]
        if index is None:
            raise ValueError(f"{op.kind} '{op.name}' has no input {position}")
        return self.tensors[index]

    def optional_input(self, op: Op, position: int) -> Tensor | None:
        """Like `input_tensor`, None when the input is absent."""
        if position >= len(op.inputs):
            return None
        index = op.inputs[position]
        return None if index is None else self.tensors[index]

    def output_tensor(self, op: Op, position: int = 0) -> Tensor:
        return self.tensors[op.outputs[position]]

    def states(self) -> tuple[int, ...]:
        """Indices of the tensors that ops keep from one inference to the next, in the order of first use."""
        named = (index for op in self.ops for index in (*op.inputs, *op.outputs) if index is not None)
        return tuple(dict.fromkeys(index for index in named if self.tensors[index].role == "state"))

    def activations(self) -> Iterator[int]:
        """Indices of the tensors that need RAM: every non-constant tensor that an op or the model's edge names."""
        seen: set[int] = set()
        named = [*self.inputs]
        for op in self.ops:
            named += [index for index in op.inputs if index is not None]
            named += op.outputs
        for index in [*named, *self.outputs]:
            if index not in seen and self.tensors[index].role != "const":
                seen.add(index)
                yield index
