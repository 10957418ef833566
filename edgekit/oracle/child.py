# SPDX-License-Identifier: Apache-2.0
"""The oracle's child process: holds one interpreter and answers frames on stdin and stdout until stdin ends.

It may crash at any time (TFLM does with a too small arena): the parent notices and starts another.
Requests: `load` {engine, arena_bytes, integer_edges} model · `runs` {} inputs of one or more samples · `sequ` {} the
same, remembering what came before · `lays` {} inputs. Answers: `done` {...} parts, or `fail` {error, missing}.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import os
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from edgekit.oracle.frames import BrokenPipe, Frame, read_frame, write_frame

Array = npt.NDArray[Any]


class Interpreter(Protocol):
    """One face over the interpreters: tensors are named by their index in the file's first subgraph."""

    name: str

    def set_input(self, position: int, value: Array) -> None: ...
    def invoke(self) -> None: ...
    def reset(self) -> None: ...
    def tensor(self, index: int) -> Array: ...


class MissingRuntime(Exception):
    """The package that holds the interpreter is not installed or does not work here."""


class TfliteMicro:
    """TFLM's reference kernels."""

    def __init__(self, model: bytes, arena_bytes: int) -> None:
        try:
            from tflite_micro import runtime
        except (ImportError, SystemError) as error:
            raise MissingRuntime(str(error)) from error
        self.name = f"tflite-micro {metadata.version('tflite-micro')}"
        self._interpreter = runtime.Interpreter.from_bytes(
            model, arena_size=arena_bytes, intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors
        )

    def set_input(self, position: int, value: Array) -> None:
        self._interpreter.set_input(value, position)

    def invoke(self) -> None:
        self._interpreter.invoke()

    def reset(self) -> None:
        self._interpreter.reset()

    def tensor(self, index: int) -> Array:
        return np.asarray(self._interpreter.GetTensor(index, 0)["tensor_data"])


class LiteRt:
    """LiteRT's reference kernels, from whichever package works: importing proves nothing, so one is constructed."""

    def __init__(self, model: bytes) -> None:
        model = with_known_versions(_schema(), model)
        reasons = []
        for package, distribution in (("ai_edge_litert", "ai-edge-litert"), ("tflite_runtime", "tflite-runtime")):
            try:
                self._interpreter = self._construct(package, model)
            except (ImportError, SystemError, AttributeError) as error:
                reasons.append(f"{package}: {error}")
                continue
            self._inputs = [detail["index"] for detail in self._interpreter.get_input_details()]
            self.name = f"{distribution} {metadata.version(distribution)} reference kernels"
            return
        raise MissingRuntime("; ".join(reasons))

    @staticmethod
    def _construct(package: str, model: bytes) -> Any:
        if package == "ai_edge_litert":
            from ai_edge_litert import interpreter
        else:
            from tflite_runtime import interpreter
        made = interpreter.Interpreter(
            model_content=model,
            experimental_op_resolver_type=interpreter.OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
        )
        made.allocate_tensors()
        return made

    def set_input(self, position: int, value: Array) -> None:
        self._interpreter.set_tensor(self._inputs[position], value)

    def invoke(self) -> None:
        self._interpreter.invoke()

    def reset(self) -> None:
        self._interpreter.reset_all_variables()

    def tensor(self, index: int) -> Array:
        return np.asarray(self._interpreter.get_tensor(index))


@dataclass(frozen=True, slots=True)
class Edge:
    """A model input or output: `tensor` is what is read; bytes come and go in `dtype`, quantized where `scale` is given
    (a float input with a QUANTIZE behind it is fed with the bytes that QUANTIZE would make)."""

    tensor: int
    shape: tuple[int, ...]
    dtype: str
    scale: float | None = None
    zero_point: int = 0

    @property
    def size_bytes(self) -> int:
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the child must know of a file: its edges, the tensors that are computed, whether it keeps state, and whether
    an interpreter must be made anew to forget: `reset` does not run an initialization (CALL_ONCE) again."""

    inputs: tuple[Edge, ...]
    outputs: tuple[Edge, ...]
    computed: tuple[int, ...]
    stateful: bool
    initialized: bool


_DTYPES = {0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 6: "bool", 7: "int16", 9: "int8"}
_QUANTIZE, _DEQUANTIZE = 114, 6
_CALL_ONCE, _VAR_HANDLE = 129, 142


def read_wiring(schema: Any, model: bytes, integer_edges: bool) -> Wiring:
    """Read the wiring of `model` with a package's generated schema module."""
    root = schema.Model.GetRootAs(model, 0)
    graph = root.Subgraphs(0)
    codes = [root.OperatorCodes(i) for i in range(root.OperatorCodesLength())]
    kinds = [max(code.BuiltinCode(), code.DeprecatedBuiltinCode()) for code in codes]
    ops = []
    for position in range(graph.OperatorsLength()):
        op = graph.Operators(position)
        inputs = [op.Inputs(i) for i in range(op.InputsLength())]
        ops.append((kinds[op.OpcodeIndex()], inputs, [op.Outputs(i) for i in range(op.OutputsLength())]))

    def edge(index: int) -> Edge:
        tensor = graph.Tensors(index)
        shape = tuple(tensor.Shape(i) for i in range(tensor.ShapeLength()))
        if tensor.Type() not in _DTYPES:
            raise ValueError(f"the input or output of type number {tensor.Type()} cannot be fed or read")
        return Edge(index, shape, _DTYPES[tensor.Type()])

    def quantized(outer: int, inner: int) -> Edge:
        quant = graph.Tensors(inner).Quantization()
        if quant is None or quant.ScaleLength() != 1:
            return edge(outer)
        inside = edge(inner)
        zero_point = int(quant.ZeroPoint(0)) if quant.ZeroPointLength() else 0
        return Edge(inner, inside.shape, inside.dtype, float(quant.Scale(0)), zero_point)

    def model_input(index: int) -> Edge:
        users = [(kind, outputs) for kind, inputs, outputs in ops if index in inputs]
        if integer_edges and edge(index).dtype == "float32" and [kind for kind, _ in users] == [_QUANTIZE]:
            return quantized(index, users[0][1][0])
        return edge(index)

    def model_output(index: int) -> Edge:
        makers = [(kind, inputs) for kind, inputs, outputs in ops if index in outputs]
        if integer_edges and edge(index).dtype == "float32" and [kind for kind, _ in makers] == [_DEQUANTIZE]:
            return quantized(index, makers[0][1][0])
        return edge(index)

    inputs = [graph.Inputs(i) for i in range(graph.InputsLength())]
    outputs = [graph.Outputs(i) for i in range(graph.OutputsLength())]
    variables = any(graph.Tensors(i).IsVariable() for i in range(graph.TensorsLength()))
    return Wiring(
        tuple(map(model_input, inputs)),
        tuple(map(model_output, outputs)),
        tuple(sorted({*inputs, *(index for kind, _, made in ops for index in made if kind != _VAR_HANDLE)} - {-1})),
        variables or any(kind in (_CALL_ONCE, _VAR_HANDLE) for kind, _, _ in ops),
        any(kind in (_CALL_ONCE, _VAR_HANDLE) for kind, _, _ in ops),
    )


#: Operators that LiteRT's reference kernels compute in newer versions than they are registered for: int8 TILE.
_KNOWN_VERSIONS = {69: 2}


def with_known_versions(schema: Any, model: bytes) -> bytes:
    """`model` with the versions of those operators lowered to what is registered."""
    content = bytearray(model)
    root = schema.Model.GetRootAs(content, 0)
    for position in range(root.OperatorCodesLength()):
        code = root.OperatorCodes(position)
        known = _KNOWN_VERSIONS.get(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()), code.Version())
        if code.Version() > known:
            struct.pack_into("<i", content, code._tab.Pos + code._tab.Offset(8), known)
    return bytes(content)


class Session:
    """A loaded model."""

    def __init__(self, engine: str, model: bytes, arena_bytes: int, integer_edges: bool) -> None:
        self._make: Callable[[], Interpreter] = (
            (lambda: TfliteMicro(model, arena_bytes)) if engine == "tflite-micro" else lambda: LiteRt(model)
        )
        self._interpreter: Interpreter = self._make()
        self._wiring = read_wiring(_schema(), model, integer_edges)

    def describe(self) -> dict[str, Any]:
        def edges(some: tuple[Edge, ...]) -> list[dict[str, Any]]:
            return [{"shape": edge.shape, "dtype": edge.dtype, "bytes": edge.size_bytes} for edge in some]

        return {
            "name": self._interpreter.name,
            "inputs": edges(self._wiring.inputs),
            "outputs": edges(self._wiring.outputs),
        }

    def run(self, parts: Sequence[bytes], sequence: bool = False) -> list[bytes]:
        """The outputs of as many samples as `parts` holds inputs for, one after the other; in a `sequence` the model
        remembers the samples before."""
        outputs: list[bytes] = []
        for first in range(0, len(parts), len(self._wiring.inputs)):
            self._invoke(parts[first : first + len(self._wiring.inputs)], remembers=sequence and first > 0)
            outputs += [self._interpreter.tensor(edge.tensor).tobytes() for edge in self._wiring.outputs]
        return outputs

    def layers(self, parts: Sequence[bytes]) -> tuple[list[int], list[bytes]]:
        """Indices and bytes of all tensors that are fed or computed."""
        self._invoke(parts)
        computed = list(self._wiring.computed)
        return computed, [self._interpreter.tensor(index).tobytes() for index in computed]

    def _invoke(self, sample: Sequence[bytes], remembers: bool = False) -> None:
        if self._wiring.initialized and not remembers:
            self._interpreter = self._make()
        elif self._wiring.stateful and not remembers:
            self._interpreter.reset()
        for position, (edge, raw) in enumerate(zip(self._wiring.inputs, sample, strict=True)):
            value: Array = np.frombuffer(raw, edge.dtype).reshape(edge.shape)
            if edge.scale is not None:
                value = ((value.astype(np.int32) - edge.zero_point) * np.float32(edge.scale)).astype(np.float32)
            self._interpreter.set_input(position, value)
        self._interpreter.invoke()


def _schema() -> Any:
    """The generated reader that one of the packages brings along."""
    for module in ("tflite_micro.tensorflow.lite.micro.python", "ai_edge_litert", "tflite_runtime"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(f"{module}.schema_py_generated")
    raise MissingRuntime("no installed package brings a reader of the .tflite schema along")


def serve(requests: Any, answers: Any) -> None:
    """Answer frames until `requests` ends."""
    session: Session | None = None
    while True:
        try:
            frame = read_frame(requests)
        except BrokenPipe:
            return
        try:
            if frame.word == "load":
                session = None
                session = _load(frame)
                write_frame(answers, "done", session.describe())
            elif session is None:
                write_frame(answers, "fail", {"error": "no model is loaded"})
            elif frame.word in ("runs", "sequ"):
                write_frame(answers, "done", {}, session.run(frame.parts, sequence=frame.word == "sequ"))
            else:
                indices, contents = session.layers(frame.parts)
                write_frame(answers, "done", {"tensors": indices}, contents)
        except BrokenPipe:
            return
        except MissingRuntime as error:
            write_frame(answers, "fail", {"error": str(error), "missing": True})
        except Exception as error:  # whatever an interpreter raises is the answer
            write_frame(answers, "fail", {"error": f"{error}" or type(error).__name__})


def _load(frame: Frame) -> Session:
    header = frame.header
    return Session(header["engine"], frame.parts[0], header["arena_bytes"], header["integer_edges"])


def main() -> None:
    """Keep the pipes to the parent, and send whatever native code prints to stderr."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdout = sys.stderr
    serve(requests, answers)


if __name__ == "__main__":
    main()
