# SPDX-License-Identifier: Apache-2.0
"""`<name>.h`: the face of a model, for C and C++."""

from __future__ import annotations

from edgekit.codegen.c_writer import CWriter, c_float
from edgekit.codegen.generated import Port
from edgekit.codegen.layout import Model, face_type


def model_h(model: Model, inputs: tuple[Port, ...], outputs: tuple[Port, ...], weight_bytes: int) -> str:
    writer = CWriter()
    macs = sum(call.macs for call in model.calls)
    writer.line(model.provenance)
    writer.line(f"#ifndef {model.upper}_H\n#define {model.upper}_H\n\n#include <stdint.h>\n")
    writer.line('#ifdef __cplusplus\nextern "C" {\n#endif\n')
    _ports(writer, model, "INPUT", inputs)
    _ports(writer, model, "OUTPUT", outputs)
    writer.line("/* RAM and flash that the model needs, beside code and stack; and its work. */")
    writer.line(f"#define {model.upper}_ARENA_BYTES {model.plan.arena_bytes}")
    writer.line(f"#define {model.upper}_WEIGHT_BYTES {weight_bytes}")
    writer.line(f"#define {model.upper}_MACS {macs}")
    writer.line(f"#define {model.upper}_LAYER_COUNT {len(model.calls)}")
    writer.line()
    if model.labels:
        writer.line(f"#define {model.upper}_LABEL_COUNT {len(model.labels)}")
        writer.line(f"extern const char *const {model.name}_labels[{model.upper}_LABEL_COUNT];")
        writer.line()
    _functions(writer, model.name, face_type(inputs), face_type(outputs))
    if model.graph.states():
        writer.line("/* Forgets what earlier inferences left behind; init does so too. */")
        writer.line(f"void {model.name}_reset(void);\n")
    writer.line("#ifdef __cplusplus\n}\n#endif\n\n#endif")
    return writer.text()


def _ports(writer: CWriter, model: Model, kind: str, ports: tuple[Port, ...]) -> None:
    """Macros of all inputs or outputs; real value = scale * (q - zero point)."""
    writer.line(f"#define {model.upper}_{kind}_COUNT {len(ports)}")
    for number, port in enumerate(ports):
        stem = f"#define {model.upper}_{kind}_{number}"
        writer.line(f"{stem}_TYPE {port.ctype}")
        writer.line(f"{stem}_BYTES {port.size_bytes}")
        writer.line(f"{stem}_RANK {len(port.shape)}")
        writer.line(f"{stem}_SHAPE {{{', '.join(str(size) for size in port.shape) or '1'}}}")
        if port.scale is not None:
            writer.line(f"{stem}_SCALE {c_float(port.scale)}")
        if port.zero_point is not None:
            writer.line(f"{stem}_ZERO_POINT ({port.zero_point})")
    writer.line()


def _functions(writer: CWriter, name: str, input_type: str, output_type: str) -> None:
    writer.line("/* Prepares the model; 0 is success. Call it once, before all else. */")
    writer.line(f"int {name}_init(void);\n")
    writer.line("/* Where to put input `index` (16-byte aligned), NULL if there is none. A run may overwrite it. */")
    writer.line(f"{input_type} *{name}_input(int index);\n")
    writer.line("/* Where output `index` stands after a run (16-byte aligned), NULL if there is none. */")
    writer.line(f"const {output_type} *{name}_output(int index);\n")
    writer.line("/* One inference; 0 is success. */")
    writer.line(f"int {name}_run(void);\n")
    writer.line(f"/* Only in a profile build ({name}_profile.c in the place of {name}.c): one layer; its output, good")
    writer.line(" * until the next step; its name. A wrong number gives -1 or NULL. */")
    writer.line(f"int {name}_step(int layer);")
    writer.line(f"const void *{name}_layer_output(int layer, int *bytes);")
    writer.line(f"const char *{name}_layer_name(int layer);\n")
