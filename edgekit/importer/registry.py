# SPDX-License-Identifier: Apache-2.0
"""`@imports("CONV_2D")`: one short function an operator, from its options to its attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import numpy as np
import numpy.typing as npt

from edgekit.errors import MalformedModelError, UnsupportedOpError
from edgekit.importer import schema
from edgekit.importer.reader import Table
from edgekit.ir.attributes import Activation, Attributes
from edgekit.ir.graph import Tensor


@dataclass(frozen=True, slots=True)
class Node:
    """An operator of the file as its importer sees it: options, tensors and a voice for complaints.

    `inputs` stand as in the file; `operands` are those of them that the op of the IR keeps.
    """

    kind: str
    name: str
    options: Table | None
    inputs: tuple[Tensor | None, ...]
    operands: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]

    @property
    def output(self) -> Tensor:
        return self.outputs[0]

    def integer(self, field: int, form: str = "int32", default: int = 0) -> int:
        return default if self.options is None else self.options.integer(field, form, default)

    def real(self, field: int, default: float = 0.0) -> float:
        return default if self.options is None else self.options.real(field, default)

    def activation(self, field: int) -> Activation:
        """The fused activation function."""
        code = self.integer(field, "int8")
        if code not in schema.ACTIVATIONS:
            other = schema.OTHER_ACTIVATIONS.get(code, f"number {code}")
            self.unsupported(f"the fused activation {other}", "activations NONE, RELU, RELU6, RELU_N1_TO_1", "use ReLU")
        return schema.ACTIVATIONS[code]

    def tensor(self, position: int) -> Tensor:
        tensor = self.inputs[position] if position < len(self.inputs) else None
        if tensor is None:
            self.malformed(f"input {position} is missing")
        return tensor

    def constant(self, position: int, hint: str) -> npt.NDArray[np.int64]:
        """A small integer tensor that must be known now."""
        tensor = self.tensor(position)
        if tensor.dtype not in ("int32", "int64"):
            self.malformed(f"input {position} is {tensor.dtype}, not int32 or int64")
        if tensor.data is None:
            self.unsupported(f"input {position} computed at run time", "constants", hint)
        return tensor.data.astype(np.int64)

    def unsupported(self, found: str, supported: str, hint: str) -> NoReturn:
        dtype = self.operands[0].dtype if self.operands and self.operands[0] else self.output.dtype
        raise UnsupportedOpError(
            f"{self.kind} '{self.name}' ({dtype}) has {found}; supported: {supported}; try: {hint}"
        )

    def malformed(self, problem: str) -> NoReturn:
        raise MalformedModelError(f"{self.kind} '{self.name}' is damaged: {problem}; convert the model again")


Importer = Callable[[Node], Attributes]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class OperatorImport:
    """How one operator comes in: the inputs at the positions `operands` stay, in that order (None: all do); the others
    are folded into the attributes."""

    attributes: Importer
    operands: tuple[int, ...] | None

    def kept(self, inputs: Sequence[_T | None]) -> tuple[_T | None, ...]:
        """Those of `inputs` that stay; None where one is absent."""
        if self.operands is None:
            return tuple(inputs)
        return tuple(inputs[position] if position < len(inputs) else None for position in self.operands)


IMPORTERS: dict[str, OperatorImport] = {}


def imports(*kinds: str, operands: int | tuple[int, ...] | None = 1) -> Callable[[Importer], Importer]:
    """Register the importer of `kinds`, which keeps the first `operands` inputs, those at these positions, or all."""
    kept = tuple(range(operands)) if isinstance(operands, int) else operands

    def register(function: Importer) -> Importer:
        for kind in kinds:
            if kind in IMPORTERS:
                raise ValueError(f"{kind} has an importer already")
            IMPORTERS[kind] = OperatorImport(function, kept)
        return function

    return register
