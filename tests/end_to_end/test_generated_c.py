# SPDX-License-Identifier: Apache-2.0
"""Generated C in other people's programs: under C++, beside a second model, with hostile names, for every core."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from flatbuffer_builder import ModelBuilder
from host_model import write_files
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_runner import COMPILE_S, STRICT, host_compiler

from edgekit import process
from edgekit.boards import load_board
from edgekit.codegen import GeneratedModel, generate_model
from edgekit.firmware import build_project
from edgekit.importer import import_tflite
from edgekit.ir.graph import Graph
from edgekit.pipeline import generate_project
from edgekit.resources import kernels_dir
from edgekit.tflite import TfliteModel

_TRAPS = [
    "int8_t",
    "NULL",
    "class",
    "errno",
    "index",
    "y1",
    "exp",
    "memcpy",
    "arena",
    "main",
    "linux",
    "layer",
    "INPUT",
]
_TRAPS += ["ek_add", "ek_relu_s8", "model", "model_run", "中文", "*/ int x;", "/*", "??/", "a\\"]
HOSTILE = st.one_of(
    st.text(max_size=24),
    st.text(alphabet="*/\\?\n\"'%#ab_0 \u00e9", max_size=24),
    st.sampled_from(_TRAPS),
)


def _small_graph(kernel: int = 3) -> Graph:
    model = ModelBuilder(seed=kernel)
    x = model.input((1, 4, 4, 2))
    y = model.add(model.conv_2d(x, 2, kernel=kernel), model.relu(x, same_quant=False))
    return import_tflite(model.tflite([model.fully_connected(model.reshape(y, (1, -1)), 3)]))


def _generate(graph: Graph, name: str, **options: object) -> GeneratedModel:
    core = {"core": "cortex-m3", "arch": "portable"}
    return generate_model(graph, name=name, model_sha256="0" * 64, **{**core, **options})  # type: ignore[arg-type]


def _check(folder: Path, *sources: str, compiler: str | None = None, flags: list[str] | None = None) -> None:
    """The sources compile without a warning."""
    args = [compiler or host_compiler(), *(STRICT if flags is None else flags), "-fsyntax-only", f"-I{folder}"]
    process.run([*args, *(folder / source for source in sources)], timeout_s=COMPILE_S)


@pytest.mark.parametrize("standard", ["c++98", "c++17"])
def test_header_compiles_as_cpp(tmp_path: Path, standard: str) -> None:
    host_compiler()
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed: headers are not tried under C++")
    write_files(_generate(_small_graph(), "gesture", labels=["a", "b", "c"]).files, tmp_path)
    (tmp_path / "user.cpp").write_text(
        '#include "gesture.h"\n#include "gesture.h"\n'
        "static const int shape[] = GESTURE_INPUT_0_SHAPE;\n"
        "int main() {\n"
        "    static const float scale = GESTURE_OUTPUT_0_SCALE;\n"
        "    gesture_input(0)[0] = static_cast<int8_t>(GESTURE_INPUT_0_ZERO_POINT + shape[0]);\n"
        "    return gesture_run() + (gesture_labels[0] && scale > 0.0f);\n"
        "}\n"
    )
    flags = [f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    _check(tmp_path, "user.cpp", compiler="g++", flags=flags)


def test_two_models_share_kernels_in_one_program(tmp_path: Path) -> None:
    first, second = _generate(_small_graph(3), "first"), _generate(_small_graph(1), "second")
    shared = {name for name in first.files if name in second.files}
    assert all(first.files[name] == second.files[name] for name in shared)
    write_files({**first.files, **second.files}, tmp_path)
    (tmp_path / "main.c").write_text(
        '#include "first.h"\n#include "second.h"\n'
        "int main(void)\n{\n    return first_init() + second_init() + first_run() + second_run();\n}\n"
    )
    sources = {*first.sources, *second.sources, "main.c"}
    program = tmp_path / "both"
    paths = [tmp_path / name for name in sorted(sources)]
    process.run([host_compiler(), *STRICT, "-I", tmp_path, *paths, "-o", program], timeout_s=COMPILE_S)
    process.run([program], timeout_s=10)


few = settings(max_examples=25, deadline=None, derandomize=True, database=None)
hostile_names = given(
    model_name=HOSTILE, graph_name=HOSTILE, names=st.lists(HOSTILE, min_size=5, max_size=5), labels=st.lists(HOSTILE)
)


@few
@hostile_names
def test_hostile_names_compile(model_name: str, graph_name: str, names: list[str], labels: list[str]) -> None:
    check_names(model_name, graph_name, names, labels)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(few, max_examples=200)
@hostile_names
def test_many_hostile_names_compile(model_name: str, graph_name: str, names: list[str], labels: list[str]) -> None:
    check_names(model_name, graph_name, names, labels)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(few, max_examples=10)
@given(model_name=HOSTILE, names=st.lists(HOSTILE, min_size=12, max_size=12))
def test_firmware_of_a_file_with_hostile_names_builds(model_name: str, names: list[str]) -> None:
    """Names as they stand in a .tflite file, through the importer, the project, CMake and the linker."""
    if process.find_program("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed (`edgekit doctor` says how to get it)")
    builder = ModelBuilder(seed=1)
    x = builder.input((1, 4, 4, 2))
    y = builder.fully_connected(builder.reshape(builder.conv_2d(x, 2, kernel=3), (1, -1)), 3)
    for spec, name in zip(builder.tensors, names, strict=False):
        spec.name = name.encode("utf-8", "replace").decode()
    model = TfliteModel(model_name, builder.build([y]))
    with tempfile.TemporaryDirectory() as folder:
        generate_project(model, load_board("mps2-an385"), Path(folder) / "project")
        assert build_project(Path(folder) / "project").elf.is_file()


def check_names(model_name: str, graph_name: str, names: list[str], labels: list[str]) -> None:
    graph = _small_graph()
    ops = tuple(replace(op, name=name) for op, name in zip(graph.ops, names, strict=True))
    generated = _generate(replace(graph, name=graph_name, ops=ops), model_name, labels=labels)
    with tempfile.TemporaryDirectory() as folder:
        write_files(generated.files, Path(folder))
        name = generated.name
        _check(Path(folder), f"{name}_profile.c", f"{name}_weights.c")


TARGETS = {
    "cortex-m0": ("arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb"),
    "cortex-m3": ("arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb"),
    "cortex-m4": ("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb"),
    "rv32imc": ("riscv64-unknown-elf-gcc", "-march=rv32imc", "-mabi=ilp32"),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("level", ["-O2", "-Os"])
def test_kernels_need_no_library_header_and_no_wide_division(tmp_path: Path, target: str, level: str) -> None:
    """The RISC-V compiler comes without a C library: only the compiler's own headers are there."""
    name, *flags = TARGETS[target]
    compiler = shutil.which(name)
    if compiler is None:
        pytest.skip(f"{name} is not installed: kernels are not compiled for {target}")
    arch = kernels_dir() / "arch" / "portable"
    flags += [*STRICT, level, "-ffreestanding", "-S", f"-I{kernels_dir()}", f"-I{arch}"]
    for source in sorted(kernels_dir().glob("ek_*.c")):
        process.run([compiler, *flags, source], cwd=tmp_path, timeout_s=COMPILE_S)
    text = "".join(path.read_text() for path in tmp_path.glob("*.s"))
    assert not any(call in text for call in ("__aeabi_ldivmod", "__aeabi_uldivmod", "__divdi3", "__udivdi3"))
