# SPDX-License-Identifier: Apache-2.0
"""Names and offsets of everything in the arena, and the lines that call the kernels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from edgekit.codegen.generated import C_TYPES, CArray, KernelCall, Port
from edgekit.codegen.names import c_comment
from edgekit.ir.evaluate import initial_states
from edgekit.ir.graph import Graph
from edgekit.planner.plan import MemoryPlan

_SHORT_TYPES = {"int8": "i8", "int16": "i16", "int32": "i32", "float32": "f32"}


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """All that the writers of C need to know of a model."""

    name: str
    graph: Graph
    calls: tuple[KernelCall, ...]
    plan: MemoryPlan
    arch: str
    provenance: str
    labels: tuple[str, ...] | None

    @property
    def upper(self) -> str:
        return self.name.upper()

    def arrays(self) -> Iterator[CArray]:
        """All constant arrays: those of the layers, then what states start with."""
        for call in self.calls:
            yield from call.arrays
        yield from (start for start in starts(self.name, self.graph).values() if isinstance(start, CArray))


def starts(model: str, graph: Graph) -> dict[int, int | CArray]:
    """State -> what it starts with: one value for all its bytes, or an array of them."""
    found: dict[int, int | CArray] = {}
    values = initial_states(graph)
    for position, index in enumerate(graph.states()):
        value = values[index]
        raw = np.frombuffer(value.astype(value.dtype.newbyteorder("<")).tobytes(), np.int8)
        alike = bool((raw == raw[0]).all())
        array = CArray("int8_t", f"{model}_state_{position}_start", tuple(raw.tolist()))
        found[index] = int(raw[0]) if alike else array
    return found


def face_type(ports: Sequence[Port]) -> str:
    """What the model's inputs, or its outputs, point to: the C type of all of them, or void."""
    types = {port.ctype for port in ports}
    return types.pop() if len(types) == 1 else "void"


def cast(ctype: str, *, constant: bool = False) -> str:
    """What makes a pointer to elements out of one into the arena."""
    return "" if ctype == "int8_t" else f"({'const ' if constant else ''}{ctype} *)"


def buffer_names(model: Model) -> dict[int, str]:
    """Tensor index -> the macro that points to it: inputs, then each layer's output in order."""
    names: dict[int, str] = {}
    for position, index in enumerate(model.graph.inputs):
        names.setdefault(index, "INPUT" if len(model.graph.inputs) == 1 else f"INPUT_{position}")
    for position, index in enumerate(model.graph.states()):
        names.setdefault(index, f"STATE_{position}")
    for call in model.calls:
        outputs = model.graph.ops[call.op].outputs
        for position, index in enumerate(outputs):
            suffix = "OUT" if len(outputs) == 1 else f"OUT_{position}"
            names.setdefault(index, f"{call.symbol.upper()}_{suffix}")
    return names


def buffer_defines(model: Model) -> list[tuple[str, str]]:
    """One `#define` for each buffer, with its shape and the layers that need its bytes."""
    rows = []
    for index, name in buffer_names(model).items():
        if index not in model.plan.offsets:  # never whole
            continue
        tensor = model.graph.tensors[index]
        life = f"{_shape(tensor.shape)}  {_producer(model, index)} -> {_consumers(model, index)}"
        rows.append((f"#define {name} (arena + {model.plan.offsets[index]})", f"{_SHORT_TYPES[tensor.dtype]}{life}"))
    rows += [
        (f"#define {call.symbol.upper()}_SCRATCH (arena + {model.plan.scratch_offsets[call.op]})",
         f"{call.scratch_bytes} bytes")
        for call in model.calls
        if call.scratch_bytes
    ]  # fmt: skip
    return rows


def call_lines(model: Model) -> list[tuple[str, str]]:
    """(statement, comment) of every layer in order; the statement of a layer that costs nothing is empty."""
    names = buffer_names(model)
    return [(_statement(model, call, names), _remark(model, call)) for call in model.calls]


def _statement(model: Model, call: KernelCall, names: dict[int, str]) -> str:
    op = model.graph.ops[call.op]
    if call.fused_into is not None:
        return ""
    if call.steps:
        return f"{call.symbol}_in_bands();"
    if not call.function:
        source, target = op.inputs[0], op.outputs[0]
        assert source is not None and model.plan.offsets[source] == model.plan.offsets[target], (
            "a view has its own bytes"
        )
        return ""
    inputs = []
    for index in op.inputs:
        if index is None:
            continue
        tensor = model.graph.tensors[index]
        ctype = C_TYPES[tensor.dtype]
        if index in call.constants:
            inputs.append(f"{'(const int8_t *)' if call.bytewise and ctype != 'int8_t' else ''}{call.constants[index]}")
        elif tensor.data is None:
            kind = "int8_t" if call.bytewise else ctype
            inputs.append(f"{cast(kind, constant=tensor.role != 'state')}{names[index]}")
    types = ["int8_t" if call.bytewise else C_TYPES[model.graph.tensors[index].dtype] for index in op.outputs]
    outputs = [f"{cast(ctype)}{names[index]}" for index, ctype in zip(op.outputs, types, strict=True)]
    if call.pointers == "inputs":
        inputs = [f"(const int8_t *const[]){{{', '.join(inputs)}}}"]
    if call.pointers == "outputs":
        outputs = [f"(int8_t *const[]){{{', '.join(outputs)}}}"]
    arguments = [f"&{call.symbol}", *inputs, *outputs]
    if call.takes_scratch:
        arguments.append(f"{call.symbol.upper()}_SCRATCH" if call.scratch_bytes else "NULL")
    return f"{call.function}({', '.join(arguments)});"


def _remark(model: Model, call: KernelCall) -> str:
    op = model.graph.ops[call.op]
    source = model.graph.input_tensor(op, 0).shape
    text = f"{call.op}  {_shape(source)} -> {_shape(model.graph.output_tensor(op).shape)}"
    if call.macs:
        together = "" if call.fused_into is None else f", with layer {call.fused_into}"
        return f"{text}  {call.macs} MACs{together}"
    return f"{text}  {c_comment(op.name)}: the same bytes" if not call.function else text


def _shape(shape: tuple[int, ...]) -> str:
    return "[" + ",".join(str(size) for size in shape) + "]"


def _producer(model: Model, index: int) -> str:
    if model.graph.tensors[index].role == "state":
        return "state"
    for number, op in enumerate(model.graph.ops):
        if index in op.outputs:
            return f"layer {number}"
    return "input"


def _consumers(model: Model, index: int) -> str:
    users = [str(number) for number, op in enumerate(model.graph.ops) if index in op.inputs]
    if index in model.graph.outputs:
        users.append("output")
    return ", ".join(users) if users else "nobody"
