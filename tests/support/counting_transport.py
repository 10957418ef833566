# SPDX-License-Identifier: Apache-2.0
"""A transport around another one that counts its bytes, and how often the line turns from sending to receiving."""

from __future__ import annotations

from edgekit.device.transport import Transport


class CountingTransport:
    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self.sent_bytes = 0
        self.received_bytes = 0
        self.turns = 0
        self._sending = False

    @property
    def total_bytes(self) -> int:
        return self.sent_bytes + self.received_bytes

    @property
    def name(self) -> str:
        return self.inner.name

    def now(self) -> float:
        return self.inner.now()

    def write(self, data: bytes, deadline: float) -> None:
        self.sent_bytes += len(data)
        self._sending = True
        self.inner.write(data, deadline)

    def read(self, deadline: float) -> bytes:
        data = self.inner.read(deadline)
        self.received_bytes += len(data)
        if data and self._sending:
            self.turns += 1
            self._sending = False
        return data

    def close(self) -> None:
        self.inner.close()
