# SPDX-License-Identifier: Apache-2.0
"""Layers by bands of rows: an op in place, or two neighbours whose tensor between them is never whole.

The rows that a band of the last op's output needs stand in scratch, the band: those that it shares with the band
before are moved to its front, the others are copied from the input or made by the op before. The output then may lie
over all rows that have been read, whatever the kernels' own order is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from edgekit.codegen.generated import BandStep, KernelCall, Place
from edgekit.codegen.lowering.access import distance
from edgekit.codegen.lowering.registry import Site, lower_op
from edgekit.codegen.row_slices import RowSlice, has_rows, slice_rows
from edgekit.ir.graph import Graph
from edgekit.ir.macs import op_macs

_ALIGNMENT = 16
_COPY = "ek_copy_rows_s8"


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one op, or of two that run together; the last call does all the work."""

    calls: tuple[KernelCall, ...]
    band_rows: int

    @property
    def last(self) -> KernelCall:
        return self.calls[-1]


def run_by_bands(producer: Site | None, consumer: Site, band_rows: int) -> Group | None:
    """Bands of `band_rows` output rows of `consumer`; None where kernels for its bands do not agree on their weights.

    `producer` is the op whose output `consumer` alone reads, None to run `consumer` by itself.
    """
    ops = [site for site in (producer, consumer) if site is not None]
    if not all(has_rows(site.graph, site.op) for site in ops):
        return None
    return _Builder(producer, consumer, band_rows).build()


@dataclass(frozen=True, slots=True)
class _Variants:
    """The calls of one op for slices of different heights: one struct for each that differs. All take the `kernel` that
    the whole op would."""

    site: Site
    kernel: str
    calls: dict[str, KernelCall]

    def add(self, part: RowSlice) -> KernelCall:
        call = lower_op(replace(self.site, graph=part.graph, kernel=self.kernel))
        known = self.calls.get(call.layer_struct)
        if known is None:
            symbol = f"{self.site.symbol}_band{len(self.calls)}"
            text = call.layer_struct.replace(f" {self.site.symbol} = {{", f" {symbol} = {{", 1)
            known = replace(call, layer_struct=text, symbol=symbol)
            self.calls[call.layer_struct] = known
        return known

    def merged(self) -> KernelCall | None:
        """One call with all structs; None where the slices do not share their weights."""
        first, *others = self.calls.values()
        if any(other.arrays != first.arrays or other.function != first.function for other in others):
            return None
        return replace(
            first,
            symbol=self.site.symbol,
            layer_struct="\n".join(call.layer_struct for call in self.calls.values()),
            struct_bytes=sum(call.struct_bytes for call in self.calls.values()),
            sources=tuple(sorted({source for call in self.calls.values() for source in call.sources})),
            scratch_bytes=max(call.scratch_bytes for call in self.calls.values()),
            macs=op_macs(self.site.graph, self.site.op),
            choice=None,
        )


class _Builder:
    def __init__(self, producer: Site | None, consumer: Site, band_rows: int) -> None:
        self.producer = producer
        self.consumer = consumer
        self.band_rows = band_rows
        self.made = None if producer is None else _Variants(producer, lower_op(producer).function, {})
        self.used = _Variants(consumer, lower_op(consumer).function, {})
        self.row_bytes = _row_bytes(consumer.graph, consumer.op.inputs[0])
        self.output_row = _row_bytes(consumer.graph, consumer.op.outputs[0])
        source = consumer if producer is None else producer
        self.input_row = _row_bytes(source.graph, source.op.inputs[0])
        self.steps: list[BandStep] = []
        self.progress: list[tuple[int, int]] = []

    def build(self) -> Group | None:
        height = self.consumer.output.shape[1]
        parts = [
            slice_rows(self.consumer.graph, self.consumer.index, first, min(height, first + self.band_rows))
            for first in range(0, height, self.band_rows)
        ]
        before: RowSlice | None = None
        for band, part in enumerate(parts):
            self._fill(band, before, part)
            call = self.used.add(part)
            target = Place("output", part.first * self.output_row)
            self._call(band, call, Place("band", 0), target)
            before = part
        band_bytes = max(part.input_last - part.input_first for part in parts) * self.row_bytes
        return self._group(-(-band_bytes // _ALIGNMENT) * _ALIGNMENT)

    def _fill(self, band: int, before: RowSlice | None, part: RowSlice) -> None:
        """Bring the input rows of `part` into the band."""
        start = part.input_first
        if before is not None:
            kept = max(0, before.input_last - part.input_first)
            moved = (part.input_first - before.input_first) * self.row_bytes
            if kept and moved:
                self.steps.append(BandStep(band, Place("band", moved), Place("band", 0), kept * self.row_bytes, _COPY))
            start += kept
        if start < part.input_last:
            target = Place("band", (start - part.input_first) * self.row_bytes)
            read = self._produce(band, start, part.input_last, target)
            if band:
                # Bytes below these were not read again; all outputs so far were written before.
                written = part.first * self.output_row
                self.progress.append((read, written))

    def _produce(self, band: int, first: int, last: int, target: Place) -> int:
        """Rows [first, last) of the tensor between, at `target`; returns the first input byte that is read."""
        if self.producer is None or self.made is None:
            source = Place("input", first * self.row_bytes)
            self.steps.append(BandStep(band, source, target, (last - first) * self.row_bytes, _COPY))
            return source.offset
        part = slice_rows(self.producer.graph, self.producer.index, first, last)
        source = Place("input", part.input_first * self.input_row)
        self._call(band, self.made.add(part), source, target)
        return source.offset

    def _call(self, band: int, call: KernelCall, source: Place, target: Place) -> None:
        self.steps.append(
            BandStep(band, source, target, function=call.function, symbol=call.symbol, takes_scratch=call.takes_scratch)
        )

    def _group(self, band_bytes: int) -> Group | None:
        used = self.used.merged()
        made = None if self.made is None else self.made.merged()
        if used is None or (self.made is not None and made is None):
            return None
        kernel_scratch = max(call.scratch_bytes for call in (used, made) if call is not None)
        copies = any(step.function == _COPY for step in self.steps)
        last = replace(
            used,
            scratch_bytes=band_bytes + kernel_scratch,
            takes_scratch=True,
            overlap_bytes=distance(self.progress),
            overlap_step=1,
            steps=tuple(self.steps),
            band_bytes=band_bytes,
            sources=(*used.sources, *((f"{_COPY}.c",) if copies else ())),
        )
        if made is None:
            return Group((last,), self.band_rows)
        first = replace(made, fused_into=self.consumer.index, scratch_bytes=0, overlap_bytes=None)
        return Group((first, last), self.band_rows)


def _row_bytes(graph: Graph, index: int | None) -> int:
    assert index is not None
    tensor = graph.tensors[index]
    return tensor.size_bytes // tensor.shape[1]


def kernel_headers(calls: Iterable[KernelCall]) -> set[str]:
    """The functions that the model calls, each with a header of its own."""
    functions = {call.function for call in calls if call.function}
    return functions | {step.function for call in calls for step in call.steps}
