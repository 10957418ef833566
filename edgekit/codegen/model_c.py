# SPDX-License-Identifier: Apache-2.0
"""`<name>.c`: a struct for each layer, the arena, and a function with one line for each layer; and `<name>_profile.c`,
which steps through the same lines."""

from __future__ import annotations

from edgekit.codegen.bands import kernel_headers
from edgekit.codegen.bands_c import write_band_functions
from edgekit.codegen.c_writer import CWriter
from edgekit.codegen.generated import CArray, Port
from edgekit.codegen.layout import Model, buffer_defines, buffer_names, call_lines, face_type, starts
from edgekit.codegen.names import c_string

_ARENA = "Tensors at planned offsets; two share bytes only when never alive together."


def model_c(model: Model, inputs: tuple[Port, ...], outputs: tuple[Port, ...]) -> str:
    writer = CWriter()
    writer.line(model.provenance)
    _includes(writer, model)
    for call in model.calls:
        if call.layer_struct:
            writer.line(call.layer_struct)
    writer.line(f"/* {_ARENA} */")
    writer.line(f"static EK_ALIGNED_16 int8_t arena[{model.upper}_ARENA_BYTES];")
    writer.aligned(buffer_defines(model))
    writer.line()
    _labels(writer, model)
    write_band_functions(writer, model)
    _face(writer, model, face_type(inputs), face_type(outputs))
    return writer.text()


def profile_c(model: Model) -> str:
    """Compiled in the place of `<name>.c`: everything in it, and one layer at a time."""
    name = model.name
    names = buffer_names(model)
    outputs = [model.graph.ops[call.op].outputs[0] for call in model.calls]
    writer = CWriter()
    writer.line(model.provenance)
    writer.line("/* The profile build: compile this file in the place of the one it includes. */")
    writer.line(f'#include "{name}.c"')
    writer.line()
    with writer.block(f"int {name}_step(int layer)"):
        with writer.block("switch (layer)"):
            for number, (statement, _) in enumerate(call_lines(model)):
                writer.line(f"case {number}:")
                if statement:
                    writer.line(f"    {statement}")
                writer.line("    return 0;")
            writer.line("default:\n    return -1;")
    writer.line()
    with writer.block(f"const void *{name}_layer_output(int layer, int *bytes)"):
        with writer.block("switch (layer)"):
            for number, index in enumerate(outputs):
                # What is never whole cannot be shown.
                size = model.graph.tensors[index].size_bytes if index in model.plan.offsets else 0
                writer.line(f"case {number}:\n    *bytes = {size};\n    return {names[index] if size else 'arena'};")
            writer.line("default:\n    *bytes = 0;\n    return NULL;")
    writer.line()
    with writer.block(f"const char *{name}_layer_name(int layer)"):
        with writer.block("switch (layer)"):
            for number, call in enumerate(model.calls):
                writer.line(f"case {number}:\n    return {c_string(call.name)};")
            writer.line("default:\n    return NULL;")
    return writer.text()


def _includes(writer: CWriter, model: Model) -> None:
    writer.line(f'#include "{model.name}.h"')
    writer.line()
    writer.line("#include <stddef.h>")
    writer.line()
    for header in sorted(kernel_headers(model.calls) | {"ek_compiler"}):
        writer.line(f'#include "kernels/{header}.h"')
    writer.line(f'#include "{model.name}_weights.h"')
    writer.line()


def _labels(writer: CWriter, model: Model) -> None:
    if model.labels:
        with writer.block(f"const char *const {model.name}_labels[{model.upper}_LABEL_COUNT] =", "};"):
            for label in model.labels:
                writer.line(f"{c_string(label)},")
        writer.line()


def _face(writer: CWriter, model: Model, input_type: str, output_type: str) -> None:
    name = model.name
    names = buffer_names(model)
    states = model.graph.states()
    if states:
        with writer.block(f"void {name}_reset(void)"):
            for index, start in starts(name, model.graph).items():
                with writer.block(f"for (int i = 0; i < {model.graph.tensors[index].size_bytes}; ++i)"):
                    value = f"{start.name}[i]" if isinstance(start, CArray) else str(start)
                    writer.line(f"({names[index]})[i] = {value};")
        writer.line()
    with writer.block(f"int {name}_init(void)"):
        if states:
            writer.line(f"{name}_reset();")
        writer.line("return 0;")
    writer.line()
    with writer.block(f"{input_type} *{name}_input(int index)"):
        _select(writer, [names[index] for index in model.graph.inputs], input_type)
    writer.line()
    with writer.block(f"const {output_type} *{name}_output(int index)"):
        _select(writer, [names[index] for index in model.graph.outputs], f"const {output_type}")
    writer.line()
    with writer.block(f"int {name}_run(void)"):
        writer.aligned(call_lines(model))
        writer.line("return 0;")


def _select(writer: CWriter, buffers: list[str], ctype: str) -> None:
    if ctype.split()[-1] not in ("int8_t", "void"):
        buffers = [f"({ctype} *){buffer}" for buffer in buffers]
    if len(buffers) == 1:
        writer.line(f"return index == 0 ? {buffers[0]} : NULL;")
        return
    with writer.block("switch (index)"):
        for number, buffer in enumerate(buffers):
            writer.line(f"case {number}:\n    return {buffer};")
        writer.line("default:\n    return NULL;")
