# SPDX-License-Identifier: Apache-2.0
"""One C function for each layer, or pair of layers, that runs by bands of rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from edgekit.codegen.c_writer import CWriter
from edgekit.codegen.generated import C_TYPES, BandStep, KernelCall, Place
from edgekit.codegen.layout import Model, buffer_names, cast

Band = tuple[BandStep, ...]


def write_band_functions(writer: CWriter, model: Model) -> None:
    """`static void <layer>_in_bands(void)` for each call with steps."""
    for call in model.calls:
        if call.steps:
            with writer.block(f"static void {call.symbol}_in_bands(void)"):
                _Body(writer, model, call).write()
            writer.line()


class _Body:
    def __init__(self, writer: CWriter, model: Model, call: KernelCall) -> None:
        names = buffer_names(model)
        producer = next((other for other in model.calls if other.fused_into == call.op), call)
        source = model.graph.ops[producer.op].inputs[0]
        assert source is not None
        self.writer = writer
        self.call = call
        # Convolutions and poolings, which alone run by bands, have one type throughout.
        self.ctype = C_TYPES[model.graph.tensors[source].dtype]
        self.scratch = f"{call.symbol.upper()}_SCRATCH"
        self.areas = {
            "input": names[source],
            "output": names[model.graph.ops[call.op].outputs[0]],
            "band": self.scratch,
        }

    def write(self) -> None:
        bands = [tuple(steps) for _, steps in groupby(self.call.steps, key=lambda step: step.band)]
        at = 0
        while at < len(bands):
            count = _alike(bands[at:])
            if count > 2:
                with self.writer.block(f"for (int32_t i = 0; i < {count}; ++i)"):
                    self._band(bands[at], bands[at + 1])
            else:
                count = 1
                self._band(bands[at], bands[at])
            at += count

    def _band(self, band: Band, following: Band) -> None:
        for step, later in zip(band, following, strict=True):
            source, target = (self._place(getattr(step, side), getattr(later, side)) for side in ("source", "target"))
            if step.symbol:
                scratch = ""
                if step.takes_scratch:
                    scratch = f", {self.scratch} + {self.call.band_bytes}"
                source = f"{cast(self.ctype, constant=True)}{_in_brackets(source, self.ctype)}"
                target = f"{cast(self.ctype)}{_in_brackets(target, self.ctype)}"
                self.writer.line(f"{step.function}(&{step.symbol}, {source}, {target}{scratch});")
            else:
                self.writer.line(f"{step.function}({source}, {target}, {step.size_bytes});")

    def _place(self, place: Place, later: Place) -> str:
        parts = [self.areas[place.area]]
        if place.offset:
            parts.append(str(place.offset))
        if later.offset != place.offset:
            parts.append(f"i * {later.offset - place.offset}")
        return " + ".join(parts)


def _in_brackets(place: str, ctype: str) -> str:
    """`place` as what a cast may stand before."""
    return f"({place})" if ctype != "int8_t" and " + " in place else place


def _alike(bands: Sequence[Band]) -> int:
    """How many bands from the first on differ only in offsets that grow by the same from band to band."""
    if len(bands) < 2 or _shape(bands[0]) != _shape(bands[1]):
        return 1
    strides = _strides(bands[0], bands[1])
    count = 2
    while count < len(bands) and _shape(bands[count]) == _shape(bands[0]):
        if _strides(bands[count - 1], bands[count]) != strides:
            break
        count += 1
    return count


def _shape(band: Band) -> list[tuple[object, ...]]:
    return [(step.function, step.symbol, step.size_bytes, step.source.area, step.target.area) for step in band]


def _strides(band: Band, following: Band) -> list[tuple[int, int]]:
    pairs = zip(band, following, strict=True)
    return [(b.source.offset - a.source.offset, b.target.offset - a.target.offset) for a, b in pairs]
