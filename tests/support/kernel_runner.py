# SPDX-License-Identifier: Apache-2.0
"""Runs one kernel call on the host under the address and undefined sanitizers."""

from __future__ import annotations

import ctypes
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from edgekit import process
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering import lower_graph
from edgekit.errors import ToolError
from edgekit.ir.graph import Graph
from edgekit.resources import kernels_dir

STRICT = [
    "-std=c99",
    *("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wsign-conversion"),
    *("-Wstrict-prototypes", "-Wmissing-prototypes", "-Werror"),
]
SANITIZE = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
COMPILE_S = 120

_STRUCT = re.compile(r"typedef struct \{(.*?)\}\s*(ek_\w+);", re.DOTALL)
_FIELD = re.compile(r"(const )?(int8_t|int32_t) (\*?)(\w+)(?:\[(\d+)\])?;")
_VALUE = re.compile(r"^\s*\.(\w+) = (.+?),(?: /\*.*)?$", re.MULTILINE)


def host_compiler() -> str:
    """gcc, or a skip."""
    found = shutil.which("gcc")
    if found is None:
        pytest.skip("gcc is not installed: kernels are not run on the host")
    return found


def compile_runner(folder: Path, arch: str = "portable") -> Path:
    """All kernels and the runner as one program."""
    program = folder / "kernel_runner"
    args = [host_compiler(), *STRICT, *SANITIZE, "-O1", f"-I{kernels_dir()}", f"-I{kernels_dir() / 'arch' / arch}"]
    sources = [Path(__file__).with_suffix(".c"), *sorted(kernels_dir().glob("*.c"))]
    # The runner casts function pointers, which -Wpedantic allows and -Wcast-function-type does not.
    process.run([*args, "-Wno-cast-function-type", *sources, "-o", program], timeout_s=COMPILE_S)
    return program


class KernelRunner:
    """An open program that computes call after call."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child

    def run(self, call: KernelCall, inputs: Sequence[np.ndarray], output_bytes: int) -> bytes:
        """The output bytes of one kernel call. Raises ToolError with the sanitizer's report."""
        assert self._child.stdin is not None and self._child.stdout is not None
        try:
            self._child.stdin.write(_message(call, inputs, output_bytes))
            self._child.stdin.flush()
        except BrokenPipeError:
            pass
        result = self._child.stdout.read(output_bytes)
        if len(result) != output_bytes:
            assert self._child.stderr is not None
            raise ToolError(f"{call.function} crashed:\n{self._child.stderr.read().decode(errors='replace')}")
        return result

    def run_graph(self, graph: Graph, inputs: Sequence[np.ndarray]) -> bytes:
        """The output of a graph of one op."""
        (call,) = lower_graph(graph, "model", "portable")
        op = graph.ops[0]
        given = dict(zip(graph.inputs, inputs, strict=True))
        operands = []
        for index in op.inputs:
            if index in given:
                operands.append(given[index])
            elif index in call.constants:
                data = graph.tensors[index].data
                assert data is not None
                operands.append(np.asarray(data))
        return self.run(call, operands, graph.output_tensor(op).size_bytes)


@contextmanager
def open_runner(program: Path) -> Iterator[KernelRunner]:
    pipe = subprocess.PIPE
    with process.start([program], stdin=pipe, stdout=pipe, stderr=pipe) as child:
        yield KernelRunner(child)


def _message(call: KernelCall, inputs: Sequence[np.ndarray], output_bytes: int) -> bytes:
    layer, pointers = _layer_bytes(call)
    arrays = {array.name: array for array in call.arrays}
    parts = [_numbers(len(call.function)), call.function.encode(), _numbers(call.takes_scratch, len(layer)), layer]
    parts.append(_numbers(len(pointers)))
    for offset, name in pointers:
        kind = np.int8 if arrays[name].ctype == "int8_t" else np.int32
        content = np.array(arrays[name].values, kind).tobytes()
        parts += [_numbers(offset, len(content)), content]
    parts.append(_numbers(len(inputs)))
    for value in inputs:
        content = value.astype(np.int8).tobytes()
        parts += [_numbers(len(content)), content]
    parts.append(_numbers(output_bytes, call.scratch_bytes))
    return b"".join(parts)


def _numbers(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


def _layer_bytes(call: KernelCall) -> tuple[bytes, list[tuple[int, str]]]:
    """The struct as this machine lays it out, and (offset, array name) for each pointer in it."""
    header = (kernels_dir() / f"{call.function}.h").read_text()
    found = _STRUCT.search(header)
    assert found is not None
    types = []
    for _, ctype, pointer, name, count in _FIELD.findall(re.sub(r"/\*.*?\*/", "", found[1], flags=re.DOTALL)):
        assert ctype == "int32_t" or pointer
        types.append((name, ctypes.c_void_p if pointer else ctypes.c_int32 * int(count) if count else ctypes.c_int32))
    layout = type(found[2], (ctypes.Structure,), {"_fields_": types})
    layer, pointers = layout(), []
    values = dict(_VALUE.findall(call.layer_struct))
    assert list(values) == [name for name, _ in types], "the struct's fields are not those of the header, in order"
    for name, kind in types:
        if kind is ctypes.c_void_p:
            pointers.append((getattr(layout, name).offset, values[name]))
        elif kind is ctypes.c_int32:
            setattr(layer, name, int(values[name]))
        else:
            setattr(layer, name, kind(*(int(number) for number in values[name].strip("{}").split(","))))
    return bytes(layer), pointers
