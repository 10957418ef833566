# SPDX-License-Identifier: Apache-2.0
"""What a row of the table of operators says: which tensors an operator takes, in which arithmetics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from edgekit.ir.arithmetic import DATA_TYPES, INTEGERS, Arithmetic, arithmetic_of
from edgekit.ir.fixed_point import Rescale
from edgekit.ir.graph import DType, Graph, Op, Tensor
from edgekit.ir.rescale import tensor_rescale

# "data": an activation or a constant, with one scale where the arithmetic has scales; "activation": the same, not
# constant; "weights": constant, symmetric; "bias": constant, may be absent; "bytes": not constant, and the output is of
# the same type; "long weights" and "state": with one scale, constant or kept between inferences.
Operand = Literal["data", "activation", "weights", "bias", "bytes", "long weights", "state"]
Problems = Iterator[str]
Check = Callable[[Graph, Op], Problems]

_DTYPES: dict[Arithmetic, dict[Operand, tuple[DType, ...]]] = {
    "int8": {
        **dict.fromkeys(("data", "activation", "weights"), ("int8",)),
        "bias": ("int32",),
        "bytes": ("int8", "int32"),
        **dict.fromkeys(("long weights", "state"), ("int8", "int16")),
    },
    "int16x8": {
        **dict.fromkeys(("data", "activation", "bytes", "state"), ("int16",)),
        **dict.fromkeys(("weights", "long weights"), ("int8",)),
        "bias": ("int64",),
    },
    "float32": dict.fromkeys(("data", "activation", "weights", "bias", "bytes", "long weights", "state"), ("float32",)),
}

# A factor of 2**30 and more shifts every int8 sum out of 32 bits.
_LARGEST_SHIFT = 30
# What the reference's product of 64-bit sums takes.
_LARGEST_WIDE_SHIFT = 7
_WIDE_SUMS = 2**47


def nothing_wrong(graph: Graph, op: Op) -> Problems:
    """The check of an operator whose scales are all good."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` yields what is wrong with an op whose operands have the right types, `scales` what is wrong with its
    scales where its arithmetic has them.

    `arithmetics`: those that the operator exists in. `many_inputs`: as many inputs as there are, all as the last of
    `inputs`; `many_outputs`: more than one output. `same_quant`: all tensors that are computed with have one scale and
    zero point. `outputs`: the types that an output may have, where it is not that of the first input. `assigns`: the
    output is a state.
    """

    attrs: type
    inputs: tuple[Operand, ...]
    check: Check
    scales: Check = nothing_wrong
    same_quant: bool = False
    many_inputs: bool = False
    many_outputs: bool = False
    outputs: tuple[DType, ...] = ()
    arithmetics: tuple[Arithmetic, ...] = ("int8",)
    assigns: bool = False

    def operand(self, position: int) -> Operand:
        """What the input at `position` must be."""
        return self.inputs[min(position, len(self.inputs) - 1)]

    def operand_types(self, position: int, arithmetic: Arithmetic) -> tuple[DType, ...]:
        """The types that the input at `position` may have."""
        return _DTYPES[arithmetic][self.operand(position)]

    def output_types(self, first_input: DType) -> tuple[DType, ...]:
        """The types that an output may have."""
        return self.outputs or (first_input,)

    def counts_suit(self, op: Op) -> bool:
        """Whether `op` has as many inputs and outputs as it may have."""
        few, many = len(op.inputs) == len(self.inputs), len(op.inputs) >= len(self.inputs)
        return (many if self.many_inputs else few) and (bool(op.outputs) if self.many_outputs else len(op.outputs) == 1)

    def problems(self, graph: Graph, op: Op) -> Problems:
        """Every violation, the types of operands first."""
        arithmetic = arithmetic_of(graph, op)
        if arithmetic not in self.arithmetics:
            known = " or ".join(DATA_TYPES[each] for each in self.arithmetics)
            yield f"input 0 is {graph.input_tensor(op, 0).dtype}, not {known}"
            return
        for position in range(len(op.inputs)):
            types = self.operand_types(position, arithmetic)
            yield from _operand_problems(graph.optional_input(op, position), self.operand(position), types, position)
        for position in range(len(op.outputs)):
            types = self.output_types(graph.input_tensor(op, 0).dtype)
            role: Operand = "state" if self.assigns else "activation"
            yield from _operand_problems(graph.output_tensor(op, position), role, types, -1)
        if self.same_quant and len({tensor.quant for tensor in self._computed(graph, op)}) > 1:
            yield "input and output must have the same scale and zero point"
        yield from self.check(graph, op)
        if arithmetic in INTEGERS:
            yield from self.scales(graph, op)

    def _computed(self, graph: Graph, op: Op) -> Iterator[Tensor]:
        for position in range(len(op.inputs)):
            if self.operand(position) in ("data", "activation", "bytes"):
                yield graph.input_tensor(op, position)
        for position in range(len(op.outputs)):
            yield graph.output_tensor(op, position)


def _operand_problems(tensor: Tensor | None, operand: Operand, types: tuple[DType, ...], position: int) -> Problems:
    where = "the output" if position < 0 else f"input {position}"
    if tensor is None:
        if operand != "bias":
            yield f"{where} is missing"
        return
    if (tensor.role == "state") != (operand == "state"):
        yield f"{where} is {'' if tensor.role == 'state' else 'not '}a variable"
    if tensor.dtype not in types:
        yield f"{where} is {tensor.dtype}, not {' or '.join(types)}"
    if operand in ("weights", "long weights", "bias") and tensor.data is None:
        yield f"{where} must be a constant"
    if operand in ("activation", "bytes") and tensor.data is not None:
        yield f"{where} is a constant"
    if operand != "bias" and tensor.dtype in ("int8", "int16"):
        yield from _quant_problems(tensor, operand, where)


def _quant_problems(tensor: Tensor, operand: Operand, where: str) -> Problems:
    if tensor.quant is None:
        yield f"{where} has no quantization"
    elif operand in ("weights", "long weights") and any(tensor.quant.zero_points):
        yield f"{where} has a zero point other than 0"
    elif operand == "weights":
        return
    elif tensor.quant.per_channel:
        yield f"{where} is quantized per channel"
    elif tensor.dtype == "int16" and tensor.quant.zero_point:
        yield f"{where} is int16 and has the zero point {tensor.quant.zero_point}, not 0"


def shape_problem(graph: Graph, op: Op, expected: tuple[int, ...]) -> Problems:
    found = graph.output_tensor(op).shape
    if found != expected:
        yield f"the output has the shape {list(found)}, not {list(expected)}"


def rescale_problems(*rescales: Rescale) -> Problems:
    if any(rescale.shift > _LARGEST_SHIFT for rescale in rescales):
        yield "its scales are too far apart"


def wide_problems(rescales: Sequence[Rescale], weights: Tensor, bias: Tensor | None, axis: int = 0) -> Problems:
    """What keeps sums of int16 inputs times `weights` from 48 bits and factors from 15; channels are along `axis`."""
    assert weights.data is not None
    others = tuple(other for other in range(len(weights.shape)) if other != axis)
    sums = np.abs(weights.data.astype(np.int64)).sum(axis=others).astype(np.float64) * 2**15
    if bias is not None and bias.data is not None:
        sums = sums + np.abs(bias.data.astype(np.float64))
    if max(rescale.shift for rescale in rescales) > _LARGEST_WIDE_SHIFT:
        yield "its scales are too far apart"
    if sums.max() >= _WIDE_SUMS:
        yield "its sums may leave 48 bits"


def same_shape(graph: Graph, op: Op) -> Problems:
    """The output has the input's shape."""
    yield from shape_problem(graph, op, graph.input_tensor(op, 0).shape)


def tensor_scales(graph: Graph, op: Op) -> Problems:
    """Input scale over output scale is no factor that shifts everything out."""
    if graph.output_tensor(op).quant is not None:
        yield from rescale_problems(tensor_rescale(graph, op))
