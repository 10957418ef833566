# SPDX-License-Identifier: Apache-2.0
"""Throughput by the public rules: windows of at least ten seconds of the board's own time, five of them, the median."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from edgekit.benchmark.result import Throughput, Window
from edgekit.device import Device
from edgekit.errors import DeviceError
from edgekit.progress import Progress

WINDOWS = 5
WINDOW_S = 10.0
_WARMUPS = 5
#: The first guess aims above the limit, so that it is rarely missed by a little.
_MARGIN = 1.02
_MOST_GUESSES = 4
#: The next guess is at most so many times the last: a clock that hardly moves must not ask for a run without end.
_MOST_GROWTH = 10.0


def measure_windows(device: Device, samples: Sequence[Sequence[bytes]], progress: Progress) -> Throughput:
    """One window for each of five samples (fewer are taken in turn). In the energy-mode build a power monitor sees the
    windows and the board tells no times: there the window lasts as long as the single inference says."""
    device.infer(samples[0])
    ticks = statistics.median(device.measure(3, warmups=1))
    single_us = device.microseconds_from_ticks(round(ticks))
    if single_us <= 0:
        raise DeviceError("one inference takes no time on the board's timer; it cannot be measured in windows")
    iterations = math.ceil(WINDOW_S * 1e6 * _MARGIN / single_us)
    windows: list[Window] = []
    for index in range(WINDOWS):
        progress("measuring windows", index, WINDOWS)
        sample = samples[index % len(samples)]
        expected = device.infer(sample)
        for _ in range(_MOST_GUESSES):
            microseconds = device.window(sample, iterations, _WARMUPS, expected)
            if microseconds is None or microseconds >= WINDOW_S * 1e6:
                break
            iterations = math.ceil(iterations * min(_MOST_GROWTH, WINDOW_S * 1e6 * _MARGIN / max(1, microseconds)))
        else:
            raise DeviceError(
                f"{iterations} inferences do not fill a window of {WINDOW_S:g} s; the board's clock stands"
            )
        windows.append(Window(iterations, _WARMUPS, microseconds))
    progress("measuring windows", WINDOWS, WINDOWS)
    timed = [window.iterations / window.microseconds * 1e6 for window in windows if window.microseconds]
    return Throughput(tuple(windows), statistics.median(timed) if timed else None)
