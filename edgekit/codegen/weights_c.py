# SPDX-License-Identifier: Apache-2.0
"""`<name>_weights.h` and `<name>_weights.c`: all numbers of a model, and nothing else."""

from __future__ import annotations

from edgekit.codegen.c_writer import CWriter
from edgekit.codegen.layout import Model


def weights_h(model: Model) -> str:
    writer = CWriter()
    writer.line(model.provenance)
    guard = f"{model.upper}_WEIGHTS_H"
    writer.line(f"#ifndef {guard}\n#define {guard}\n\n#include <stdint.h>\n")
    for array in model.arrays():
        writer.line(f"extern const {array.ctype} {array.name}[{len(array.values)}];")
    writer.line("\n#endif")
    return writer.text()


def weights_c(model: Model) -> str:
    writer = CWriter()
    writer.line(model.provenance)
    writer.line(f'#include "{model.name}_weights.h"')
    for array in model.arrays():
        writer.line()
        if array.comment:
            writer.line(f"/* {array.comment} */")
        head = f"const {array.ctype} {array.name}[{len(array.values)}]"
        writer.array(head, array.values, words=array.ctype == "uint32_t")
    return writer.text()
