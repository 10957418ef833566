# SPDX-License-Identifier: Apache-2.0
"""Runs one kernel call: on the host under the address and undefined sanitizers, or on an emulated Cortex-M.

The kernels of arch/cortex_m_dsp run in both places: on the host with their assembly replaced by plain C that reads the
same packed data, on the board as they are. Those of arch/helium run on the board alone.
"""

from __future__ import annotations

import ctypes
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from edgekit import process
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.kernel_files import kernel_files
from edgekit.codegen.lowering import lower_graph
from edgekit.errors import ToolError
from edgekit.ir.evaluate import initial_states
from edgekit.ir.graph import Graph
from edgekit.resources import kernels_dir

STRICT = [
    "-std=c99",
    "-ffp-contract=off",
    *("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wsign-conversion"),
    *("-Wstrict-prototypes", "-Wmissing-prototypes", "-Werror"),
]
SANITIZE = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
COMPILE_S = 120

_STRUCT = re.compile(r"typedef struct \{([^{}]*)\}\s*(ek_\w+);", re.DOTALL)
_STRUCT_NAME = re.compile(r"static const (ek_\w+) ")
_TYPES = {"int8_t": np.int8, "int16_t": np.int16, "uint16_t": np.uint16, "int64_t": np.int64, "float": np.float32}
_FIELD = re.compile(r"(const )?(u?int8_t|u?int16_t|u?int32_t|int64_t|float|ek_runs_dsp) (\*?)(\w+)(?:\[(\d+)\])?;")
_VALUE = re.compile(r"^\s*\.(\w+) = (.+?),(?: /\*.*)?$", re.MULTILINE)


def host_compiler() -> str:
    """gcc, or a skip."""
    found = shutil.which("gcc")
    if found is None:
        pytest.skip("gcc is not installed: kernels are not run on the host")
    return found


DSP = "cortex_m_dsp"
HELIUM = "helium"


@dataclass(frozen=True)
class BoardTarget:
    """An emulated board that runs kernels: its machine, and how programs for it are built."""

    machine: tuple[str, ...]
    flags: tuple[str, ...]
    ram_origin: int
    ram_bytes: int = 4 << 20
    code_origin: int = 0
    arch: str = "portable"
    compiler: str = "arm-none-eabi-gcc"
    emulator: str = "qemu-system-arm"


_RV32_FLAGS = ("-march=rv32imc", "-misa-spec=2.2", "-mabi=ilp32", "-mcmodel=medany", "-ffreestanding", "-nostdlib")

BOARD_TARGETS = {
    DSP: BoardTarget(("mps2-an386",), ("-mcpu=cortex-m4", "-mthumb"), 0x2000_0000, arch=DSP),
    HELIUM: BoardTarget(("mps3-an547",), ("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"), 0x6000_0000, arch=HELIUM),
    # QEMU's only Cortex-M0 board has 16 KiB of RAM; this one takes the core.
    "cortex-m0": BoardTarget(
        ("lm3s6965evb", "-cpu", "cortex-m0"), ("-mcpu=cortex-m0", "-mthumb"), 0x2000_0000, ram_bytes=64 << 10
    ),
    "rv32imc": BoardTarget(
        ("virt", "-bios", "none"),
        _RV32_FLAGS,
        0x8010_0000,
        code_origin=0x8000_0000,
        compiler="riscv64-unknown-elf-gcc",
        emulator="qemu-system-riscv32",
    ),
}

_NESTED_INTS = {"ek_runs_dsp": 3}


def compile_runner(folder: Path, arch: str = "portable") -> Path:
    """All kernels and the runner as one program of the host."""
    program = folder / "kernel_runner"
    inner_loops = folder if arch == DSP else kernels_dir() / "arch/portable"
    args = [host_compiler(), *STRICT, *SANITIZE, "-O1", f"-I{kernels_dir()}", f"-I{inner_loops}"]
    sources = _dsp_sources(folder) if arch == DSP else [*sorted(kernels_dir().glob("*.c"))]
    table = f"-I{_write_table(folder, sources)}"
    # The runner casts function pointers, which -Wpedantic allows and -Wcast-function-type does not.
    sources = [Path(__file__).with_suffix(".c"), *sources]
    process.run([*args, table, "-Wno-cast-function-type", *sources, "-o", program], timeout_s=COMPILE_S)
    return program


def _write_table(folder: Path, sources: Sequence[Path]) -> Path:
    """The folder of kernel_table.h, which names every kernel among `sources`."""
    kernels = sorted(
        path.stem for path in sources if path.stem.endswith(("_s8", "_s16", "_f32")) and path.suffix == ".c"
    )
    lines = [f'#include "{name}.h"' for name in kernels]
    lines.append("#define KERNELS " + ", ".join(f"KERNEL({name})" for name in kernels))
    table = folder / "table"
    table.mkdir()
    (table / "kernel_table.h").write_text("\n".join(lines) + "\n")
    return table


def _dsp_sources(folder: Path) -> list[Path]:
    """The C of arch/cortex_m_dsp, copied beside the model of its instructions and assembly."""
    model = Path(__file__).parent / "dsp_model"
    arch = kernels_dir() / "arch" / DSP
    for file in (*arch.glob("*.[ch]"), *model.iterdir()):
        shutil.copyfile(file, folder / file.name)
    own = sorted(folder.glob("*.c"))
    return own + [path for path in sorted(kernels_dir().glob("*.c")) if not (folder / path.name).exists()]


def compile_board_runner(folder: Path, board: str = DSP) -> Path:
    """All kernels and the runner as a program of an emulated board, with the assembly of its arch.

    Without a C library (RISC-V) there is no float arithmetic beyond the compiler's own: those kernels stay away.
    """
    target = BOARD_TARGETS[board]
    compiler = shutil.which(target.compiler)
    if compiler is None:
        pytest.skip(f"{target.compiler} is not installed: kernels are not run on an emulated board")
    support, own_folder, riscv = (
        Path(__file__).parent,
        kernels_dir() / "arch" / target.arch,
        "-nostdlib" in target.flags,
    )
    program = folder / "board_runner.elf"
    args = [compiler, *target.flags, "-O2", "-std=gnu99", "-ffp-contract=off", "-nostartfiles", f"-I{kernels_dir()}"]
    args += [f"-I{own_folder}", f"-I{kernels_dir() / 'arch/portable'}"]
    args += [f"-Wl,--defsym=board_ram_origin={target.ram_origin}", f"-Wl,--defsym=board_ram_bytes={target.ram_bytes}"]
    args += [f"-Wl,--defsym=board_code_origin={target.code_origin}"]
    own = sorted(own_folder.glob("*.[cS]"))
    shared = [path for path in sorted(kernels_dir().glob("*.c")) if not (own_folder / path.name).exists()]
    if riscv:
        shared = [path for path in shared if not path.stem.endswith("_f32")]
        libc = support.parent.parent / "firmware_templates" / "libc"
        args += [f"-I{support / 'bare_libc'}", f"-I{libc}"]
        start = [support / "rv32_runner.c", libc / "string.c", "-fno-tree-loop-distribute-patterns"]
    else:
        args.append("--specs=nano.specs")
        start = [support / "board_runner.c"]
    table = f"-I{_write_table(folder, [*own, *shared])}"
    sources = [support / "kernel_runner.c", *start, *own, *shared, *(["-lgcc"] if riscv else [])]
    process.run([*args, table, *sources, "-T", support / "board_runner.ld", "-o", program], timeout_s=COMPILE_S)
    return program


def board_command(program: Path, board: str = DSP) -> list[str]:
    """What runs `program` on the emulated board, its console being our pipe."""
    target = BOARD_TARGETS[board]
    emulator = shutil.which(target.emulator)
    if emulator is None:
        pytest.skip(f"{target.emulator} is not installed: kernels are not run on an emulated board")
    options = ["-M", *target.machine, "-nodefaults", "-no-user-config", "-display", "none", "-net", "none"]
    return [emulator, *options, "-semihosting-config", "enable=on,target=native", "-kernel", str(program)]


class KernelRunner:
    """A program that computes call after call, started anew after a crash."""

    def __init__(self, command: Sequence[Path | str], arch: str = "portable", pointer_bytes: int = 8) -> None:
        self._command = command
        self._open = ExitStack()
        self._child = self._start()
        self.arch = arch
        self._pointer_bytes = pointer_bytes

    def _start(self) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        return self._open.enter_context(process.start(self._command, stdin=pipe, stdout=pipe, stderr=pipe))

    def close(self) -> None:
        """End the program."""
        self._open.close()

    def run(self, call: KernelCall, inputs: Sequence[np.ndarray], *output_bytes: int) -> bytes:
        """The bytes of all outputs of one kernel call. Raises ToolError with the sanitizer's report."""
        assert self._child.stdin is not None and self._child.stdout is not None
        try:
            self._child.stdin.write(_message(call, inputs, output_bytes, self._pointer_bytes))
            self._child.stdin.flush()
        except BrokenPipeError:
            pass
        result = self._child.stdout.read(sum(output_bytes))
        if len(result) != sum(output_bytes):
            assert self._child.stderr is not None
            report = self._child.stderr.read().decode(errors="replace")
            self.close()
            self._child = self._start()
            raise ToolError(f"{call.function} crashed:\n{report}")
        return result

    def run_graph(self, graph: Graph, inputs: Sequence[np.ndarray]) -> bytes:
        """The outputs of a graph of one op, one after the other."""
        (call,) = lower_graph(graph, "model", self.arch)
        op = graph.ops[0]
        given, initial = dict(zip(graph.inputs, inputs, strict=True)), initial_states(graph)
        operands = []
        for index in op.inputs:
            if index in given:
                operands.append(given[index])
            elif index is not None and index in initial:
                operands.append(initial[index].view(np.int8))
            elif index in call.constants:
                data = graph.tensors[index].data
                assert data is not None
                operands.append(np.asarray(data))
        return self.run(call, operands, *(graph.tensors[index].size_bytes for index in op.outputs))


@contextmanager
def open_runner(program: Path, arch: str = "portable") -> Iterator[KernelRunner]:
    with closing(KernelRunner([program], arch)) as runner:
        yield runner


@contextmanager
def open_board_runner(program: Path, board: str = DSP) -> Iterator[KernelRunner]:
    with closing(KernelRunner(board_command(program, board), BOARD_TARGETS[board].arch, pointer_bytes=4)) as runner:
        yield runner


def _message(call: KernelCall, inputs: Sequence[np.ndarray], output_bytes: Sequence[int], pointer_bytes: int) -> bytes:
    layer, pointers = _layer_bytes(call, pointer_bytes)
    arrays = {array.name: array for array in call.arrays}
    form = 1 if call.takes_scratch else {"": 0, "inputs": 2, "outputs": 3}[call.pointers]
    parts = [_numbers(len(call.function)), call.function.encode(), _numbers(form, len(layer)), layer]
    parts.append(_numbers(len(pointers)))
    for offset, name in pointers:
        kind = _TYPES.get(arrays[name].ctype, np.int32)
        content = np.array(arrays[name].values, kind).tobytes()
        parts += [_numbers(offset, len(content)), content]
    parts.append(_numbers(len(inputs)))
    for value in inputs:
        content = value.tobytes()
        parts += [_numbers(len(content)), content]
    parts.append(_numbers(len(output_bytes), *output_bytes, call.scratch_bytes))
    return b"".join(parts)


def _numbers(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


def _layer_bytes(call: KernelCall, pointer_bytes: int) -> tuple[bytes, list[tuple[int, str]]]:
    """The struct as the machine lays it out, and (offset, array name) for each pointer in it."""
    headers = "\n".join(kernel_files([f"{call.function}.h"], call.variant).values())
    wanted = _STRUCT_NAME.search(call.layer_struct)
    assert wanted is not None
    pointer_type = ctypes.c_uint64 if pointer_bytes == 8 else ctypes.c_uint32
    found = next(match for match in _STRUCT.finditer(headers) if match[2] == wanted[1])
    types = []
    for _, ctype, pointer, name, count in _FIELD.findall(re.sub(r"/\*.*?\*/", "", found[1], flags=re.DOTALL)):
        assert ctype in ("int32_t", "float") or pointer or ctype in _NESTED_INTS
        ints = _NESTED_INTS.get(ctype, int(count or 0))
        single = ctypes.c_float if ctype == "float" else ctypes.c_int32
        types.append((name, pointer_type if pointer else single * ints if ints else single))
    layout = type(found[2], (ctypes.Structure,), {"_fields_": types})
    layer, pointers = layout(), []
    values = dict(_VALUE.findall(call.layer_struct))
    assert list(values) == [name for name, _ in types], "the struct's fields are not those of the header, in order"
    for name, kind in types:
        if kind is pointer_type and values[name] == "NULL":
            continue
        if kind is pointer_type:
            pointers.append((getattr(layout, name).offset, values[name]))
        elif kind is ctypes.c_int32:
            setattr(layer, name, int(values[name]))
        elif kind is ctypes.c_float:
            setattr(layer, name, float(values[name].removesuffix("f").replace("EK_INFINITY", "inf")))
        else:
            setattr(layer, name, kind(*(int(number) for number in values[name].strip("{}").split(","))))
    return bytes(layer), pointers
