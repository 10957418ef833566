# SPDX-License-Identifier: Apache-2.0
"""What code generation returns, the same for every engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from edgekit.ir.graph import DType
from edgekit.planner.plan import MemoryPlan

Engine = Literal["aot", "tflm"]
Objective = Literal["speed", "size", "ram"]

_CTYPE_BYTES = {"int8_t": 1, "int16_t": 2, "uint16_t": 2, "int32_t": 4, "uint32_t": 4, "int64_t": 8, "float": 4}

#: The C type of a tensor's elements.
C_TYPES: dict[DType, str] = {
    "int8": "int8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "int64": "int64_t",
    "uint8": "uint8_t",
    "float32": "float",
    "bool": "bool",
}


@dataclass(frozen=True, slots=True)
class CArray:
    """A constant array of the model: `ctype name[len(values)]`, in `<model>_weights.c`."""

    ctype: str
    name: str
    values: tuple[int | float, ...] = field(repr=False)
    comment: str = ""

    @property
    def size_bytes(self) -> int:
        return len(self.values) * _CTYPE_BYTES[self.ctype]


@dataclass(frozen=True, slots=True)
class Place:
    """`offset` bytes into the group's input or output, or into its band: the rows between them, in scratch."""

    area: Literal["input", "output", "band"]
    offset: int


@dataclass(frozen=True, slots=True)
class BandStep:
    """Part of a band: `size_bytes` copied, or the kernel `function` with the struct `symbol` where it is named."""

    band: int
    source: Place
    target: Place
    size_bytes: int = 0
    function: str = ""
    symbol: str = ""
    takes_scratch: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Why a kernel was taken: the `instructions` that the cost model predicts, and the next best that applies.

    `runner_up` is None where nothing else applies, a count None where the model knows no cost."""

    instructions: int | None
    runner_up: str | None
    runner_up_instructions: int | None


@dataclass(frozen=True, slots=True)
class KernelCall:
    """One line of `<model>_run`.

    `function` is the kernel ("" for an operation that costs nothing, such as RESHAPE), `variant` the arch folder whose
    inner loops it uses, `layer_struct` the C text of its constant struct, `sources` the kernel files it needs.
    """

    op: int
    kind: str
    name: str
    function: str
    variant: str
    layer_struct: str
    arrays: tuple[CArray, ...]
    sources: tuple[str, ...]
    macs: int
    scratch_bytes: int = 0
    #: C name of the layer's struct, and the stem of all its other names.
    symbol: str = ""
    #: The kernel's last argument is a pointer to scratch (NULL where `scratch_bytes` is 0).
    takes_scratch: bool = False
    #: Bytes of the struct on a 32-bit core.
    struct_bytes: int = 0
    #: The kernel takes its inputs, or its outputs, as an array of pointers.
    pointers: Literal["", "inputs", "outputs"] = ""
    #: The kernel moves bytes, whatever they are: all its pointers are to int8_t.
    bytewise: bool = False
    #: How far behind its input the output may begin, see `planner.Overlap`; None: it lies apart.
    overlap_bytes: int | None = None
    overlap_step: int = 1
    #: Where the op runs by bands of rows: all that is done, in order. `function` then stands for the last kernel.
    steps: tuple[BandStep, ...] = ()
    #: The part of `scratch_bytes` that holds the band; the kernels' own scratch lies behind it.
    band_bytes: int = 0
    #: The later op that this one runs together with, by bands.
    fused_into: int | None = None
    choice: Choice | None = None
    #: Constant operands: tensor index -> name of the array that holds it.
    constants: Mapping[int, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why this kernel, in a few words."""
        if self.fused_into is not None:
            return f"by bands, with layer {self.fused_into}"
        if self.steps:
            return "by bands: a smaller arena"
        if not self.function:
            return "the same bytes"
        if self.choice is None or self.choice.runner_up is None:
            return "nothing else applies"
        ours, theirs = self.choice.instructions, self.choice.runner_up_instructions
        if not ours or theirs is None:
            return f"preferred to {self.choice.runner_up}, costs are not known"
        return f"{theirs / ours:.2f} times as many with {self.choice.runner_up}"


@dataclass(frozen=True, slots=True)
class Port:
    """A model input or output: `scale` and `zero_point` are None where the tensor is not quantized."""

    name: str
    shape: tuple[int, ...]
    dtype: DType
    size_bytes: int
    scale: float | None
    zero_point: int | None

    @property
    def ctype(self) -> str:
        return C_TYPES[self.dtype]


@dataclass(frozen=True, slots=True)
class GeneratedModel:
    """C sources of one model behind the common face (init, input, output, run).

    `name` is the C prefix. `files` maps a path relative to the model's folder to its text: `<name>.h`, `<name>.c`,
    `<name>_weights.h`, `<name>_weights.c`, `<name>_profile.c` (steps layer by layer) and `kernels/...`.
    `sources` are the .c files of the measured build, in build order.
    """

    name: str
    engine: Engine
    core: str
    optimize: Objective
    model_sha256: str
    files: Mapping[str, str] = field(repr=False)
    sources: tuple[str, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    plan: MemoryPlan
    weight_bytes: int
    macs: int
    kernels: tuple[KernelCall, ...]
    notes: tuple[str, ...] = ()
    #: There is a `<name>_reset`: the model remembers from one inference to the next.
    has_state: bool = False

    @property
    def arena_bytes(self) -> int:
        return self.plan.arena_bytes

    @property
    def predicted_instructions(self) -> int | None:
        """Of one inference, None where the cost of a layer is not known."""
        counts = [call.choice.instructions if call.choice else None for call in self.kernels]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None
