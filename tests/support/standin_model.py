# SPDX-License-Identifier: Apache-2.0
"""A hand-written model behind the face of generated ones: small, quick, and able to misbehave on demand.

It runs two layers over `elements` int8: layer 0 adds 1 (wrapping), layer 1 negates bit by bit; the first `outputs`
values are the output. Its input shares the arena with layer 1's output, so an inference overwrites it. With
`misbehaves`, an input whose first byte is 101 crashes, 102 hangs, 103 overflows the stack, 104 returns status 7.
"""

from __future__ import annotations

from edgekit.codegen.generated import GeneratedModel, KernelCall, Port
from edgekit.planner.plan import MemoryPlan

CRASH, HANG, OVERFLOW, FAIL = 101, 102, 103, 104

_HEADER = """#ifndef {NAME}_H
#define {NAME}_H
#include <stdint.h>
#define {NAME}_INPUT_COUNT {inputs}
#define {NAME}_OUTPUT_COUNT 1
#define {NAME}_LAYER_COUNT 2
int {name}_init(void);
int8_t *{name}_input(int index);
const int8_t *{name}_output(int index);
int {name}_run(void);
#endif
"""

_SOURCE = """#include "{name}.h"
#include <string.h>
#include "{name}_weights.h"
#define ELEMENTS {elements}
static int8_t arena[{inputs} * ELEMENTS + ELEMENTS] __attribute__((aligned(16)));
#define MIDDLE (arena + {inputs} * ELEMENTS)

{misbehave}
int {name}_init(void) {{ memset(arena, 0, sizeof arena); return 0; }}
int8_t *{name}_input(int index)
{{
    return index >= 0 && index < {inputs} ? arena + index * ELEMENTS : 0;
}}
const int8_t *{name}_output(int index) {{ return index == 0 ? arena : 0; }}
static int layer_0(void)
{{
    int status = misbehave(arena[0]);
    for (int i = 0; i < ELEMENTS; i++) {{
        int sum = {name}_weights[0];
        for (int k = 0; k < {inputs}; k++) {{ sum += arena[k * ELEMENTS + i]; }}
        MIDDLE[i] = (int8_t)(uint8_t)sum;
    }}
    return status;
}}
static int layer_1(void)
{{
    for (int i = 0; i < ELEMENTS; i++) {{ arena[i] = (int8_t)~MIDDLE[i]; }}
    return 0;
}}
int {name}_run(void)
{{
    int status = layer_0();
    return status != 0 ? status : layer_1();
}}
"""

_WELL = "static int misbehave(int8_t first) { (void)first; return 0; }\n"
_BADLY = f"""__attribute__((noinline)) static int overflow(int depth)
{{
    volatile uint8_t frame[256];
    frame[depth & 255] = (uint8_t)depth;
    return depth > 1000000 ? 0 : overflow(depth + 1) + frame[depth & 255];
}}
static int misbehave(int8_t first)
{{
    if (first == {CRASH}) {{ *(volatile uint32_t *)0xEFFFFFF0u; }}
    if (first == {HANG}) {{ for (;;) {{ __asm__ volatile(""); }} }}
    if (first == {OVERFLOW}) {{ return overflow(0); }}
    return first == {FAIL} ? 7 : 0;
}}
"""

_PROFILE = """#include "{name}.c"
int {name}_step(int layer);
const void *{name}_layer_output(int layer, int *bytes);
const char *{name}_layer_name(int layer);
int {name}_step(int layer) {{ return layer == 0 ? layer_0() : layer_1(); }}
const void *{name}_layer_output(int layer, int *bytes)
{{
    *bytes = ELEMENTS;
    return layer == 0 ? MIDDLE : arena;
}}
const char *{name}_layer_name(int layer) {{ return layer == 0 ? "add" : "invert"; }}
"""


def standin_model(
    *,
    elements: int = 490,
    outputs: int = 12,
    inputs: int = 1,
    name: str = "standin",
    core: str = "cortex-m4f",
    weight_bytes: int = 64,
    misbehaves: bool = False,
    scale: float = 0.5,
    zero_point: int = -1,
    sha256: str = "ab" * 32,
) -> GeneratedModel:
    words = {"name": name, "NAME": name.upper(), "elements": elements, "inputs": inputs}
    weights = ", ".join(["1"] + [str(i % 100) for i in range(1, weight_bytes)])
    files = {
        f"{name}.h": _HEADER.format(**words),
        f"{name}.c": _SOURCE.format(misbehave=_BADLY if misbehaves else _WELL, **words),
        f"{name}_profile.c": _PROFILE.format(**words),
        f"{name}_weights.h": f"#include <stdint.h>\nextern const int8_t {name}_weights[{weight_bytes}];\n",
        f"{name}_weights.c": f'#include "{name}_weights.h"\n'
        f"const int8_t {name}_weights[{weight_bytes}] = {{{weights}}};\n",
    }
    arena = (inputs + 1) * elements
    return GeneratedModel(
        name=name,
        engine="aot",
        core=core,
        optimize="speed",
        model_sha256=sha256,
        files=files,
        sources=(f"{name}.c", f"{name}_weights.c"),
        inputs=tuple(Port(f"input_{i}", (1, elements), "int8", elements, scale, zero_point) for i in range(inputs)),
        outputs=(Port("output", (1, outputs), "int8", outputs, scale, zero_point),),
        plan=MemoryPlan(arena_bytes=arena, scratch_bytes=0, lower_bound_bytes=arena, alignment=16),
        weight_bytes=weight_bytes,
        macs=elements,
        kernels=tuple(KernelCall(i, "ADD", f"layer_{i}", "", "portable", "", (), (), elements) for i in range(2)),
    )


def expected_output(*inputs: bytes, outputs: int = 12) -> bytes:
    """What the model makes of `inputs`."""
    return bytes(~(1 + sum(values)) & 0xFF for values in zip(*inputs, strict=True))[:outputs]
