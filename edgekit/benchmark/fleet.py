# SPDX-License-Identifier: Apache-2.0
"""Several boards share the samples of one run; the result is the same as one board's."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from edgekit.device import Device
from edgekit.progress import Progress


def run_samples(devices: Sequence[Device], samples: Sequence[list[bytes]], progress: Progress) -> list[bytes]:
    """The raw output bytes of every sample, in order. The first failure of a device ends the run and is raised."""
    results: list[bytes] = [b""] * len(samples)
    state = _Shared(progress, len(samples))

    def work(device: Device) -> None:
        taken: deque[int] = deque()

        def mine() -> Iterator[list[bytes]]:
            while (index := state.take()) is not None:
                taken.append(index)
                yield samples[index]

        for outputs in device.stream(mine()):
            results[taken.popleft()] = b"".join(outputs)
            state.finished()

    if len(devices) == 1:
        work(devices[0])
        return results
    threads = [threading.Thread(target=state.guard, args=(work, device), daemon=True) for device in devices]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException:
        state.stop()
        raise
    if state.failure is not None:
        raise state.failure
    return results


class _Shared:
    """What the threads share: the next sample, the count of finished ones, the first failure."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.failure: BaseException | None = None
        self._lock = threading.Lock()
        self._progress = progress
        self._total = total
        self._todo = iter(range(total))
        self._done = 0
        self._stopped = False
        progress("running samples", 0, total)

    def take(self) -> int | None:
        with self._lock:
            return None if self._stopped else next(self._todo, None)

    def finished(self) -> None:
        with self._lock:
            self._done += 1
            self._progress("running samples", self._done, self._total)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True

    def guard(self, work: Callable[[Device], None], device: Device) -> None:
        try:
            work(device)
        except BaseException as error:
            with self._lock:
                self.failure = self.failure or error
                self._stopped = True
