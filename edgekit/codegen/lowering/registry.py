# SPDX-License-Identifier: Apache-2.0
"""The table of lowerings and what they share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from edgekit.codegen.c_writer import CWriter, FieldValue
from edgekit.codegen.cost import cheapest, predict
from edgekit.codegen.generated import C_TYPES, CArray, KernelCall
from edgekit.codegen.names import c_name
from edgekit.errors import UnsupportedOpError
from edgekit.ir.arithmetic import Arithmetic, arithmetic_of
from edgekit.ir.attributes import Activation
from edgekit.ir.graph import DTYPE_BYTES, Graph, Op, Tensor
from edgekit.ir.macs import op_macs
from edgekit.ir.rescale import activation_range, quantization
from edgekit.ir.ruleset import RULES

#: What the kernels of an arithmetic end with.
SUFFIXES: dict[Arithmetic, str] = {"int8": "s8", "int16x8": "s16", "float32": "f32"}

#: What the kernels end with that move bytes and serve every arithmetic.
BYTES = "s8"

#: Scratch that a kernel takes while it can work with less.
SCRATCH_LIMIT_BYTES = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """An op on its way to C: `symbol` is its C name, `model` the prefix of everything that the linker sees.

    `in_place`: the memory plan makes use of outputs that lie over inputs. `small`: code size counts, so a kernel that
    does for many layers is better than the best one for each. `core` is whose instructions count, `kernel` the function
    to take where it applies, whatever it costs.
    """

    graph: Graph
    index: int
    model: str
    symbol: str
    arch: str
    scratch_limit: int = SCRATCH_LIMIT_BYTES
    in_place: bool = False
    small: bool = False
    core: str = ""
    kernel: str = ""

    @property
    def op(self) -> Op:
        return self.graph.ops[self.index]

    @property
    def output(self) -> Tensor:
        return self.graph.output_tensor(self.op)

    @property
    def arithmetic(self) -> Arithmetic:
        return arithmetic_of(self.graph, self.op)

    @property
    def element_bytes(self) -> int:
        """The size of the first input's elements."""
        return DTYPE_BYTES[self.input().dtype]

    def input(self, position: int = 0) -> Tensor:
        return self.graph.input_tensor(self.op, position)

    def array(self, suffix: str, ctype: str, values: Sequence[int | float], comment: str = "") -> CArray:
        return CArray(ctype, f"{self.model}_{self.symbol}_{suffix}", tuple(values), comment)

    def refuse(self, found: str) -> UnsupportedOpError:
        return UnsupportedOpError(f"{self.op.kind} '{self.op.name}': {found}")

    def call(
        self,
        kernel: str,
        fields: Mapping[str, FieldValue | CArray],
        *,
        notes: Mapping[str, str] | None = None,
        scratch_bytes: int | None = None,
        sources: Sequence[str] = (),
        pointers: Literal["", "inputs", "outputs"] = "",
        overlap_bytes: int | None = None,
        overlap_step: int = 1,
        suffix: str = "",
    ) -> KernelCall:
        """The call of the kernel `ek_<kernel>_<suffix>`, which takes the struct `ek_<kernel>_layer_<suffix>` (for s8
        `ek_<kernel>`). The suffix is that of the op's arithmetic (s8, s16, f32) where none is given; BYTES is that of a
        kernel that moves bytes, whatever they are. Arrays among `fields` become their names.

        With `scratch_bytes` the kernel takes scratch, if only of 0 bytes. `sources` are kernel files that it calls,
        beside its own; `pointers` says what it takes as an array of pointers. `overlap_bytes` and `overlap_step` say
        how far the output may lie over an input (`lowering.access`)."""
        constants = self._constant_operands()
        end = suffix or SUFFIXES[self.arithmetic]
        function = f"ek_{kernel}_{end}"
        values = {name: value.name if isinstance(value, CArray) else value for name, value in fields.items()}
        writer = CWriter()
        struct = f"ek_{kernel}" if end == BYTES else f"ek_{kernel}_layer_{end}"
        writer.struct(struct, self.symbol, values, notes or {})
        arrays = [value for value in fields.values() if isinstance(value, CArray)]
        return KernelCall(
            op=self.index,
            kind=self.op.kind,
            name=self.op.name,
            function=function,
            variant=self.arch,
            layer_struct=writer.text(),
            arrays=(*arrays, *constants.values()),
            sources=(f"{function}.c", *sources),
            macs=op_macs(self.graph, self.op),
            scratch_bytes=scratch_bytes or 0,
            symbol=self.symbol,
            takes_scratch=scratch_bytes is not None,
            pointers=pointers,
            bytewise=suffix == BYTES,
            overlap_bytes=overlap_bytes,
            overlap_step=overlap_step,
            struct_bytes=sum(4 * len(value) if isinstance(value, tuple) else 4 for value in values.values()),
            constants={index: array.name for index, array in constants.items()},
        )

    def no_call(self) -> KernelCall:
        """An operation that costs nothing."""
        return KernelCall(self.index, self.op.kind, self.op.name, "", self.arch, "", (), (), macs=0, symbol=self.symbol)

    def _constant_operands(self) -> dict[int, CArray]:
        """Constants in the place of activations: every kernel reads those from memory as it reads activations."""
        constants: dict[int, CArray] = {}
        for position, index in enumerate(self.op.inputs):
            if RULES[self.op.kind].operand(position) != "data" or index is None or index in constants:
                continue
            tensor = self.input(position)
            if tensor.data is not None:
                values = np.asarray(tensor.data).ravel().tolist()
                constants[index] = self.array(f"operand_{position}", C_TYPES[tensor.dtype], values)
        return constants


Lowering = Callable[[Site], KernelCall]

#: Picks the call for a site.
Choose = Callable[[Site], KernelCall]

LOWERINGS: dict[tuple[str, Arithmetic], Lowering] = {}


def lowers(*kinds: str, arithmetics: tuple[Arithmetic, ...] = ("int8",)) -> Callable[[Lowering], Lowering]:
    """Register the lowering of `kinds` in `arithmetics`."""

    def register(function: Lowering) -> Lowering:
        for key in itertools.product(kinds, arithmetics):
            if key in LOWERINGS:
                raise ValueError(f"{key} has a lowering already")
            LOWERINGS[key] = function
        return function

    return register


Variant = Callable[[Site], KernelCall | None]

#: (arch, kind, arithmetic) -> lowerings for that arch's own kernels, best first where the cost model cannot tell; one
#: that does not apply returns None.
VARIANTS: dict[tuple[str, str, Arithmetic], list[Variant]] = {}

#: Lowerings to kernels that another variant can do without, for more instructions and less code.
_SPECIAL: set[Variant] = set()


def variant(
    arch: str, *kinds: str, special: bool = False, arithmetic: Arithmetic = "int8"
) -> Callable[[Variant], Variant]:
    """Register a lowering to kernels of `arch` in one `arithmetic`, tried after those registered before it.

    `special` ones, for which a more general variant stands in, are left out where code size counts.
    """

    def register(function: Variant) -> Variant:
        for kind in kinds:
            VARIANTS.setdefault((arch, kind, arithmetic), []).append(function)
        if special:
            _SPECIAL.add(function)
        return function

    return register


def portable_layer(site: Site, *sources: str) -> KernelCall:
    """The portable kernel's layer, for a kernel of the same name in an arch's folder that calls `sources`."""
    call = LOWERINGS[site.op.kind, site.arithmetic](site)
    return replace(call, sources=(*call.sources, *sources))


#: Kernel -> another with its sources, which computes the same from the same data at the same cost, with more code.
STAND_INS: dict[str, tuple[str, tuple[str, ...]]] = {}


def candidates(site: Site) -> list[KernelCall]:
    """The calls that apply, in the order of preference: the arch's own, then the portable one with the arch's inner
    loops. One of `site.kernel` stands alone."""
    calls: list[KernelCall] = []
    for lowering in VARIANTS.get((site.arch, site.op.kind, site.arithmetic), ()):
        call = None if site.small and lowering in _SPECIAL else lowering(site)
        if call is not None and call.function == site.kernel:
            return [call]
        if call is not None and call.function not in {each.function for each in calls}:
            calls.append(call)
    try:
        portable = LOWERINGS[site.op.kind, site.arithmetic](site)
    except UnsupportedOpError:
        if not calls:
            raise
        return calls
    if portable.function == site.kernel:
        return [portable]
    return calls if portable.function in {each.function for each in calls} else [*calls, portable]


def lower_op(site: Site) -> KernelCall:
    """The call of the cheapest kernel that applies; in place, of those that need no more room than the preferred; where
    code size counts the preferred one, because one more kernel costs more than it saves."""
    calls = candidates(site)
    if site.in_place:
        calls = [call for call in calls if _lies_as_well(call, calls[0])]
    costs = [predict(site.arch, site.core, call.function, site.graph, site.op) for call in calls]
    return cheapest(calls, costs, in_order=site.small)


def _lies_as_well(call: KernelCall, preferred: KernelCall) -> bool:
    """Whether the output of `call` may lie where that of `preferred` may, with no more scratch."""
    if call is preferred:
        return True
    reach, wanted = call.overlap_bytes, preferred.overlap_bytes
    reaches = wanted is None or (reach is not None and reach >= wanted and call.overlap_step == preferred.overlap_step)
    return reaches and call.scratch_bytes <= preferred.scratch_bytes


def lower_graph(
    graph: Graph,
    model: str,
    arch: str,
    *,
    core: str = "",
    in_place: bool = False,
    small: bool = False,
    choose: Choose = lower_op,
) -> tuple[KernelCall, ...]:
    """One call for each op, in order. Raises UnsupportedOpError for what has no kernel."""
    placed = sites(graph, model, arch, core=core, in_place=in_place, small=small)
    return _without_spare_kernels(tuple(map(choose, placed)))


def _without_spare_kernels(calls: tuple[KernelCall, ...]) -> tuple[KernelCall, ...]:
    """No kernel beside one that is linked anyway and stands in for it."""
    linked = {call.function for call in calls}

    def shared(call: KernelCall) -> KernelCall:
        found = STAND_INS.get(call.function)
        return call if found is None or found[0] not in linked else replace(call, function=found[0], sources=found[1])

    return tuple(map(shared, calls))


def sites(
    graph: Graph,
    model: str,
    arch: str,
    *,
    core: str = "",
    scratch_limit: int = SCRATCH_LIMIT_BYTES,
    in_place: bool = False,
    small: bool = False,
) -> tuple[Site, ...]:
    """One site for each op, in order. Raises UnsupportedOpError for what has no kernel."""
    found = []
    taken: set[str] = set()
    for index, op in enumerate(graph.ops):
        arithmetic = arithmetic_of(graph, op)
        if (op.kind, arithmetic) not in LOWERINGS:
            supported = ", ".join(sorted({kind for kind, each in LOWERINGS if each == arithmetic}))
            raise UnsupportedOpError(
                f"{op.kind} '{op.name}' has no {arithmetic} kernel; there are kernels for {supported}"
            )
        symbol = _symbol(op.name, model, taken)
        taken.add(symbol)
        found.append(Site(graph, index, model, symbol, arch, scratch_limit, in_place, small, core))
    return tuple(found)


def activation_fields(
    site: Site, activation: Activation, *, zero_point: bool = True
) -> tuple[dict[str, FieldValue], dict[str, str]]:
    """The fields `output_zero_point`, `act_min` and `act_max` of a kernel, and the note that names the activation."""
    low, high = activation_range(site.output, activation)
    fields: dict[str, FieldValue] = {"output_zero_point": quantization(site.output).zero_point} if zero_point else {}
    fields |= {"act_min": low, "act_max": high}
    return fields, {} if activation == "NONE" else {"act_min": activation.lower()}


def without_zero_points(site: Site, fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """`fields` as the op's kernel takes them: int16 has no zero points."""
    if site.arithmetic != "int16x8":
        return dict(fields)
    return {name: value for name, value in fields.items() if not name.endswith("zero_point")}


def _symbol(name: str, model: str, taken: set[str]) -> str:
    symbol = c_name(name, taken)
    if symbol == model or symbol.startswith(f"{model}_"):  # the model's own functions and arrays
        symbol = c_name(f"layer_{symbol}", taken)
    return symbol
