# SPDX-License-Identifier: Apache-2.0
"""Several boards share the work of one run; the result is the same as one board's.

A board that fails is left out from then on and its samples go to the others, so that the run ends well as long as one
board lives. Firmware that is not the one asked for ends the run at once: nothing that such a board said may count.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from edgekit.device import Device
from edgekit.errors import DeviceError, WrongFirmwareError
from edgekit.progress import Progress

T = TypeVar("T")


class Fleet:
    """Open boards that run the same firmware. `alive` have not failed, `lost` says why the others did."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self.alive = list(devices)
        self.lost: list[str] = []
        self._first: DeviceError | None = None

    def on_one(self, work: Callable[[Device], T]) -> T:
        """What `work` gives on the first board that can do it. Raises the first DeviceError when none can."""
        while True:
            device = self._next()
            try:
                return work(device)
            except DeviceError as error:
                self._lose(device, error)

    def on_each(self, work: Callable[[Device], T]) -> list[T]:
        """What `work` gives on every board that lives."""
        found = []
        for device in tuple(self.alive):
            try:
                found.append(work(device))
            except DeviceError as error:
                self._lose(device, error)
        self._next()
        return found

    def run_samples(self, samples: Sequence[list[bytes]], progress: Progress) -> list[bytes]:
        """The raw output bytes of every sample, in order. Raises the first DeviceError when no board is left."""
        run = _Run(samples, progress)
        while run.todo:
            self._next()
            failures = run.round(self.alive)
            for device, error in failures:
                self._lose(device, error)
        return run.results

    def _next(self) -> Device:
        if not self.alive:
            assert self._first is not None
            raise self._first
        return self.alive[0]

    def _lose(self, device: Device, error: DeviceError) -> None:
        if isinstance(error, WrongFirmwareError):
            raise error
        self._first = self._first or error
        self.alive.remove(device)
        self.lost.append(str(error))


class _Run:
    """The samples of a run and what came back. Rounds go on until nothing is left to do: a board may fail when the
    others have found no more work and gone home."""

    def __init__(self, samples: Sequence[list[bytes]], progress: Progress) -> None:
        self.results: list[bytes] = [b""] * len(samples)
        self.todo = deque(range(len(samples)))
        self._samples = samples
        self._progress = progress
        self._done = 0
        self._lock = threading.Lock()
        self._stopped = False
        self._failures: list[tuple[Device, DeviceError]] = []
        self._bug: BaseException | None = None
        progress("running samples", 0, len(samples))

    def round(self, devices: Sequence[Device]) -> list[tuple[Device, DeviceError]]:
        """Run samples on `devices` until all are done or have failed; the failures."""
        self._failures = []
        if len(devices) == 1:
            self._work(devices[0])
        else:
            self._in_threads(devices)
        if self._bug is not None:
            raise self._bug
        return self._failures

    def _in_threads(self, devices: Sequence[Device]) -> None:
        threads = [threading.Thread(target=self._guard, args=(device,), daemon=True) for device in devices]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException:
            self._stop(None)
            raise

    def _guard(self, device: Device) -> None:
        try:
            self._work(device)
        except BaseException as error:
            self._stop(error)

    def _work(self, device: Device) -> None:
        taken: deque[int] = deque()

        def mine() -> Iterator[list[bytes]]:
            while (index := self._take()) is not None:
                taken.append(index)
                yield self._samples[index]

        try:
            for outputs in device.stream(mine()):
                self._finished(taken.popleft(), b"".join(outputs))
        except WrongFirmwareError:
            raise
        except DeviceError as error:
            with self._lock:
                self.todo.extendleft(reversed(taken))
                self._failures.append((device, error))

    def _take(self) -> int | None:
        with self._lock:
            return None if self._stopped or not self.todo else self.todo.popleft()

    def _finished(self, index: int, output: bytes) -> None:
        with self._lock:
            self.results[index] = output
            self._done += 1
            self._progress("running samples", self._done, len(self._samples))

    def _stop(self, bug: BaseException | None) -> None:
        with self._lock:
            self._stopped = True
            self._bug = self._bug or bug
