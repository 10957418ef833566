# SPDX-License-Identifier: Apache-2.0
"""A model of one input and one output, behind the face of one that takes many steps at once.

The firmware begins afresh with each input that it is given; so the steps of a sequence go to the board as one input.
"""

from __future__ import annotations

from dataclasses import replace

from edgekit.codegen.generated import GeneratedModel, Port

_HEADER = """#ifndef SEQUENCE_H
#define SEQUENCE_H
#include <stdint.h>
#define SEQUENCE_INPUT_COUNT 1
#define SEQUENCE_OUTPUT_COUNT 1
#define SEQUENCE_LAYER_COUNT 1
int sequence_init(void);
int8_t *sequence_input(int index);
const int8_t *sequence_output(int index);
int sequence_run(void);
#endif
"""

_SOURCE = """#include "sequence.h"
#include <string.h>
#include "{name}.h"
static int8_t inputs[{steps} * {taken}] __attribute__((aligned(16)));
static int8_t outputs[{steps} * {given}] __attribute__((aligned(16)));
int sequence_init(void) {{ return {name}_init(); }}
int8_t *sequence_input(int index) {{ return index == 0 ? inputs : 0; }}
const int8_t *sequence_output(int index) {{ return index == 0 ? outputs : 0; }}
int sequence_run(void)
{{
    int status = 0;
    {name}_reset();
    for (int step = 0; step < {steps} && status == 0; step++) {{
        memcpy({name}_input(0), inputs + step * {taken}, {taken});
        status = {name}_run();
        memcpy(outputs + step * {given}, {name}_output(0), {given});
    }}
    return status;
}}
"""


def sequence_model(model: GeneratedModel, steps: int) -> GeneratedModel:
    """`model` with all steps of a sequence as its input, reset before each sequence."""
    (taken,), (given,) = model.inputs, model.outputs

    def times(port: Port) -> Port:
        return replace(port, shape=(steps, *port.shape[1:]), size_bytes=steps * port.size_bytes)

    source = _SOURCE.format(name=model.name, steps=steps, taken=taken.size_bytes, given=given.size_bytes)
    return replace(
        model,
        name="sequence",
        files={**model.files, "sequence.h": _HEADER, "sequence.c": source},
        sources=("sequence.c", *model.sources),
        inputs=(times(taken),),
        outputs=(times(given),),
        has_state=False,
    )
