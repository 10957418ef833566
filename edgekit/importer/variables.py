# SPDX-License-Identifier: Apache-2.0
"""Variables: what VAR_HANDLE names, CALL_ONCE fills and READ_VARIABLE and ASSIGN_VARIABLE use become states.

The reference interpreter starts a variable with the zero point of what is assigned to it first; the subgraph that
CALL_ONCE runs before the first inference may assign constants instead.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edgekit.errors import MalformedModelError, UnsupportedOpError
from edgekit.importer import schema
from edgekit.importer.file import FileGraph, FileModel, FileOp
from edgekit.importer.tensors import printable
from edgekit.ir.graph import Tensor

Key = tuple[str, str]
Values = dict[Key, npt.NDArray[np.generic]]

_KINDS = frozenset({"CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE"})
_HINT = "convert a single signature, and let variables start with constants"


def resolve_variables(model: FileModel) -> FileGraph:
    """The model's own subgraph without VAR_HANDLE and CALL_ONCE: READ_VARIABLE reads a state, ASSIGN_VARIABLE writes
    one. Raises UnsupportedOpError for other subgraphs than those that fill variables."""
    main = model.subgraph(0)
    initial = _initial_values(model, main)
    if not any(op.kind in _KINDS for op in main.ops):
        return main
    handles = _handles(main)
    first = {key: index for index, key in reversed(handles.items())}
    states = {index: first[key] for index, key in handles.items()}
    ops = tuple(_with_state(op, states) for op in main.ops if op.kind not in ("CALL_ONCE", "VAR_HANDLE"))
    # What goes in or comes out: the first value that is assigned, else one that is read, tells the variable's type.
    values = {op.inputs[0]: op.outputs[0] for op in reversed(ops) if op.kind == "READ_VARIABLE" and op.outputs}
    assigned = {op.outputs[0]: op.inputs[0] for op in reversed(ops) if op.kind == "ASSIGN_VARIABLE"}
    for key, index in first.items():
        value = assigned.get(index, values.get(index))
        if value is not None:
            state = _state(main.tensors[value], key, initial.get(key), index in assigned)
            main.tensors.define(index, state)
    return replace(main, ops=ops)


def _initial_values(model: FileModel, main: FileGraph) -> Values:
    """What the subgraphs that CALL_ONCE runs assign; all others are refused."""
    called: list[int] = []
    in_use = False
    for op in main.ops:
        in_use |= op.kind in ("READ_VARIABLE", "ASSIGN_VARIABLE")
        if op.kind != "CALL_ONCE":
            continue
        number = 0 if op.options is None else op.options.integer(schema.CallOnceOptions.INIT_SUBGRAPH_INDEX, "int32")
        if not 1 <= number < len(model):
            raise MalformedModelError(
                f"CALL_ONCE runs subgraph {number}, but only 1 to {len(model) - 1} can be run; convert the model again"
            )
        if in_use:
            raise UnsupportedOpError(
                f"CALL_ONCE fills variables after their first use; supported: before it; try: {_HINT}"
            )
        called.append(number)
    if len(called) > 1 or len(model) > 1 + len(called):
        raise UnsupportedOpError(
            f"the model has {len(model)} subgraphs; supported: one, and one more that fills variables (CALL_ONCE), so "
            "no loops, branches or several signatures; unroll recurrent layers and convert a single signature"
        )
    return _assigned(model.subgraph(called[0]), called[0]) if called else {}


def _assigned(graph: FileGraph, number: int) -> Values:
    """The constants that subgraph `number` assigns; the last one counts."""
    handles = _handles(graph)
    values: Values = {}
    for op in graph.ops:
        if op.kind == "VAR_HANDLE":
            continue
        found = op.kind
        if op.kind == "ASSIGN_VARIABLE":
            variable, value = _assignment(op)
            data = graph.tensors[value].data
            if data is not None:
                values[handles[_checked(op, variable, handles)]] = data
                continue
            found = "ASSIGN_VARIABLE of a computed value"
        raise UnsupportedOpError(
            f"the subgraph {number}, which CALL_ONCE runs, has {found}; supported there: constants that are assigned "
            f"to variables; try: {_HINT}"
        )
    return values


def _handles(graph: FileGraph) -> dict[int, Key]:
    """Tensor -> the variable that it stands for."""
    found: dict[int, Key] = {}
    for op in graph.ops:
        if op.kind == "VAR_HANDLE":
            if len(op.outputs) != 1 or op.options is None or op.options_type != schema.OPTIONS_TYPES["VAR_HANDLE"]:
                raise MalformedModelError("a VAR_HANDLE names no variable; convert the model again")
            field = schema.VarHandleOptions
            container, name = (
                op.options.text(number, "a variable's name") for number in (field.CONTAINER, field.SHARED_NAME)
            )
            found[op.outputs[0]] = (container, name)
    return found


def _with_state(op: FileOp, states: dict[int, int]) -> FileOp:
    if op.kind == "READ_VARIABLE":
        if len(op.inputs) != 1:
            raise MalformedModelError(f"READ_VARIABLE has {len(op.inputs)} inputs, not 1; convert the model again")
        return replace(op, inputs=(states[_checked(op, op.inputs[0], states)],))
    if op.kind == "ASSIGN_VARIABLE":
        variable, value = _assignment(op)
        return replace(op, inputs=(value,), outputs=(states[_checked(op, variable, states)],))
    return op


def _assignment(op: FileOp) -> tuple[int | None, int]:
    """(the variable's tensor, what is assigned)"""
    if len(op.inputs) != 2 or op.outputs or op.inputs[1] is None:
        raise MalformedModelError("ASSIGN_VARIABLE needs two inputs and no output; convert the model again")
    return op.inputs[0], op.inputs[1]


def _checked(op: FileOp, tensor: int | None, handles: dict[int, Key] | dict[int, int]) -> int:
    if tensor is None or tensor not in handles:
        raise MalformedModelError(f"{op.kind} has no variable (VAR_HANDLE) as its first input; convert the model again")
    return tensor


def _state(value: Tensor, key: Key, initial: npt.NDArray[np.generic] | None, assigned: bool) -> Tensor:
    name = printable(key[1])
    if not assigned and initial is None:
        raise MalformedModelError(f"the variable '{name}' is read but never assigned; convert the model again")
    if initial is not None and (initial.shape != value.shape or initial.dtype.name != value.dtype):
        raise MalformedModelError(
            f"the variable '{name}' is {value.dtype}{list(value.shape)} but starts as "
            f"{initial.dtype.name}{list(initial.shape)}; convert the model again"
        )
    return Tensor(name, value.shape, value.dtype, role="state", quant=value.quant, initial=initial)
