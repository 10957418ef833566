# SPDX-License-Identifier: Apache-2.0
"""A client of the device protocol that knows the public description of it alone, and nothing of edgekit.

It behaves as the public runner does: the text and its '%' in two writes, replies up to a line with m-ready, the port
closed and opened anew between asking who is there and loading, 31 bytes in each `db` command, replies to them not read
but for m-ready.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence

import serial

CHUNK = 31


class PublicClient:
    def __init__(self, port: str) -> None:
        self.port = port
        self._open()
        for _ in range(3):
            try:
                self.vendor = self._match(r"m-name-dut-\[([^]]+)\]", self.ask("name"))
                break
            except (AssertionError, TimeoutError):
                continue
        else:
            raise AssertionError("the board does not tell its name")
        lines = self.ask("profile")
        self.profile = self._match(r"m-profile-\[([^]]+)\]", lines)
        self.model = self._match(r"m-model-\[([^]]+)\]", lines)
        self.close()
        self._open()

    def _open(self) -> None:
        self._serial = serial.serial_for_url(self.port, baudrate=115200, timeout=30)

    def close(self) -> None:
        self._serial.close()

    def ask(self, command: str) -> list[str]:
        self._serial.write(command.encode("ascii"))
        self._serial.write(b"%")
        lines: list[str] = []
        while True:
            line = self._serial.read_until(b"\n")
            if not line.endswith(b"\n"):
                raise TimeoutError(f"silence after {lines} and {line!r}")
            lines.append(line.replace(b"\r", b"").replace(b"\0", b"").rstrip(b"\n").decode("ascii"))
            if "m-ready" in lines[-1]:
                return lines[:-1]

    def load(self, data: bytes) -> None:
        self.ask(f"db load {len(data)}")
        for start in range(0, len(data), CHUNK):
            self.ask("db " + data[start : start + CHUNK].hex())

    def infer(self, iterations: int, warmups: int) -> tuple[list[float], list[int]]:
        """The results, and the timestamps in microseconds."""
        lines = self.ask(f"infer {iterations} {warmups}")
        laps = [int(found[1]) for line in lines if (found := re.fullmatch(r"m-lap-us-([0-9]+)", line))]
        results = self._match(r"m-results-\[([^]]+)\]", lines)
        return [float(value) for value in results.split(",") if value], laps

    def classify(self, data: bytes) -> list[float]:
        self.load(data)
        return self.infer(1, 0)[0]

    def throughput(self, samples: Sequence[bytes], iterations: int, warmups: int) -> float:
        """Inferences a second: the median of one window for each of five samples."""
        assert len(samples) == 5
        windows = []
        for data in samples:
            self.load(data)
            _, (start, end) = self.infer(iterations, warmups)
            assert end - start >= 10_000_000, f"a window of {end - start} us is too short"
            windows.append(iterations / ((end - start) / 1e6))
        return statistics.median(windows)

    @staticmethod
    def _match(pattern: str, lines: Sequence[str]) -> str:
        for line in lines:
            found = re.fullmatch(pattern, line)
            if found is not None:
                return found[1]
        raise AssertionError(f"no {pattern} in {lines}")
