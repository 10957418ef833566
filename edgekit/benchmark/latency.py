# SPDX-License-Identifier: Apache-2.0
"""How long one inference takes: instructions on an emulator, microseconds of the board's own timer on hardware."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgekit.benchmark.cycles import RANGE
from edgekit.benchmark.result import Latency, LayerLatency, Microseconds
from edgekit.codegen.generated import GeneratedModel
from edgekit.device import Device
from edgekit.device.client import LayerRun
from edgekit.errors import DeviceSilentError


def measure_latency(
    device: Device, model: GeneratedModel, inputs: Sequence[bytes], repeats: int, warmups: int
) -> Latency:
    """Time `<model>_run` alone on `inputs`; the median of `repeats` counts.

    An emulator counts instructions and has no clock worth the name: microseconds are None there (see `with_estimate`).
    """
    device.infer(inputs)
    ticks = device.measure(repeats, warmups)
    counts = [count for count in map(device.instructions_from_ticks, ticks) if count is not None]
    microseconds = None if counts else _spread([device.microseconds_from_ticks(each) for each in ticks])
    return Latency(
        instructions=round(statistics.median(counts)) if counts else None,
        cycles=None if counts else round(statistics.median(ticks) * device.board.clock_hz / device.identity().timer_hz),
        cycles_estimated=None,
        microseconds=microseconds,
        estimated=False,
        macs=model.macs,
        layers=None,
    )


def with_estimate(latency: Latency, cycles: int | None, clock_hz: int) -> Latency:
    """`latency` of an emulator with estimated cycles, and the time that they would take."""
    if cycles is None:
        return latency
    microseconds = cycles * 1e6 / clock_hz
    spread = Microseconds(microseconds, microseconds, microseconds)
    return replace(latency, cycles_estimated=cycles, microseconds=spread, estimated=True, estimated_within=RANGE)


def measure_layers(
    device: Device, model: GeneratedModel, inputs: Sequence[bytes], estimates: Sequence[int | None]
) -> tuple[LayerLatency, ...]:
    """One inference in a profile build, layer by layer; `estimates` are the layers' estimated cycles."""
    runs = zip(device.layers(inputs), estimates, strict=True)
    return tuple(_layer(device, model, index, run, cycles) for index, (run, cycles) in enumerate(runs))


def hanging_layer(device: Device, inputs: Sequence[bytes]) -> int | None:
    """The layer that does not end on `inputs`, in a profile build; None where all of them do."""
    try:
        device.layers(inputs)
    except DeviceSilentError as error:
        return error.layer
    return None


def _layer(device: Device, model: GeneratedModel, index: int, run: LayerRun, estimate: int | None) -> LayerLatency:
    call = model.kernels[index]
    instructions = device.instructions_from_ticks(run.ticks)
    cycles = None
    if instructions is None:
        cycles = round(device.microseconds_from_ticks(run.ticks) * device.board.clock_hz / 1e6)
    return LayerLatency(
        index=index,
        op=call.kind,
        name=call.name,
        kernel=call.function,
        macs=call.macs,
        instructions=instructions,
        cycles=cycles,
        cycles_estimated=estimate,
    )


def _spread(values: Sequence[float]) -> Microseconds:
    return Microseconds(min(values), float(statistics.median(values)), float(np.percentile(values, 90)))
