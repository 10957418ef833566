# SPDX-License-Identifier: Apache-2.0
"""`Oracle`: an open conversation with the child process that holds the interpreter."""

from __future__ import annotations

import importlib.util
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from edgekit import process
from edgekit.errors import OracleError, ToolError
from edgekit.ir.graph import Graph
from edgekit.oracle.faults import known_faults
from edgekit.oracle.frames import BrokenPipe, Frame, read_frame, write_frame
from edgekit.progress import Progress, silent
from edgekit.tflite import TfliteModel

Engine = Literal["tflite-micro", "litert"]
Value = bytes | npt.NDArray[Any]

#: TFLM is given this much first; memory it does not touch costs nothing.
_FIRST_ARENA_BYTES = 16 << 20
_LAST_ARENA_BYTES = 1 << 30
_ARENA_GROWTH = 4

_CHUNK_SAMPLES = 64
_CHUNK_BYTES = 8 << 20

_REMEDY: dict[Engine, str] = {
    "tflite-micro": "`pip install 'edgekit[oracle]'` (Linux on x86-64 only)",
    "litert": "`pip install 'edgekit[runtime]'`",
}
_MODULES: dict[Engine, tuple[str, ...]] = {
    "tflite-micro": ("tflite_micro",),
    "litert": ("ai_edge_litert", "tflite_runtime"),
}


def is_installed(engine: Engine = "tflite-micro") -> bool:
    """Whether a package that holds `engine` is there; it may still not work."""
    return any(importlib.util.find_spec(module) is not None for module in _MODULES[engine])


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of the model as the oracle takes and gives it."""

    shape: tuple[int, ...]
    dtype: str
    size_bytes: int


class _Crashed(Exception):
    """The child ended by itself; the text is how, and what it printed last."""


class Oracle:
    """Runs a model as the reference does; a context manager around a child process.

    Inputs and outputs are raw bytes (or arrays of the same bytes). A float32 input or output that only meets a QUANTIZE
    or DEQUANTIZE is taken on the integer side of it, as edgekit's importer does, unless `integer_edges` is False.
    With `graph`, LiteRT's reference kernels judge a model that TFLM is known to compute wrongly.
    """

    def __init__(
        self,
        model: TfliteModel,
        graph: Graph | None = None,
        *,
        engine: Engine | None = None,
        integer_edges: bool = True,
        timeout_s: float = 120.0,
    ) -> None:
        self._model = model
        self._faults = known_faults(graph) if graph is not None else []
        self._engine: Engine = engine or ("litert" if self._faults else "tflite-micro")
        self._integer_edges = integer_edges
        self._timeout_s = timeout_s
        self._arena_bytes = _FIRST_ARENA_BYTES
        self._stack = ExitStack()
        self._child: process.Child | None = None
        self._said: IO[bytes] | None = None
        self._name = ""
        self.inputs: tuple[Port, ...] = ()
        self.outputs: tuple[Port, ...] = ()

    @property
    def name(self) -> str:
        """The judge's package and version, as `parity.oracle` carries it."""
        return self._name

    @property
    def installed(self) -> bool:
        """Whether the judge's package is there."""
        return is_installed(self._engine)

    def __enter__(self) -> Self:
        if not self.installed:
            raise OracleError(f"the reference interpreter is not installed; try {_REMEDY[self._engine]}")
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the child process and remove its temporary files."""
        self._child = None
        self._stack.close()

    def run(self, inputs: Sequence[Value]) -> list[bytes]:
        """The raw bytes of every output for one sample (one value an input)."""
        return self.run_batch([inputs])[0]

    def run_batch(self, samples: Sequence[Sequence[Value]], progress: Progress = silent) -> list[list[bytes]]:
        """Like `run` for many samples."""
        everything = [self._sample(sample) for sample in samples]
        sample_bytes = max(1, sum(port.size_bytes for port in (*self.inputs, *self.outputs)))
        chunk = max(1, min(_CHUNK_SAMPLES, _CHUNK_BYTES // sample_bytes))
        results: list[list[bytes]] = []
        width = len(self.outputs)
        for first in range(0, len(everything), chunk):
            progress("asking the oracle", first, len(everything))
            parts = [part for sample in everything[first : first + chunk] for part in sample]
            made = self._ask("runs", {}, parts).parts
            results += [list(made[at : at + width]) for at in range(0, len(made), width)]
        progress("asking the oracle", len(everything), len(everything))
        return results

    def run_sequence(self, samples: Sequence[Sequence[Value]]) -> list[list[bytes]]:
        """Like `run_batch` for samples that follow one another: a model with state starts afresh, then remembers."""
        made = self._ask("sequ", {}, [part for sample in samples for part in self._sample(sample)]).parts
        width = len(self.outputs)
        return [list(made[at : at + width]) for at in range(0, len(made), width)]

    def layers(self, inputs: Sequence[Value]) -> dict[int, bytes]:
        """The raw bytes of every tensor that is fed or computed, by its index in the file, after one inference."""
        frame = self._ask("lays", {}, self._sample(inputs))
        return dict(zip(frame.header["tensors"], frame.parts, strict=True))

    def _sample(self, inputs: Sequence[Value]) -> list[bytes]:
        if len(inputs) != len(self.inputs):
            raise OracleError(f"the model '{self._model.name}' has {len(self.inputs)} inputs, {len(inputs)} were given")
        parts = [value if isinstance(value, bytes) else np.ascontiguousarray(value).tobytes() for value in inputs]
        for position, (part, port) in enumerate(zip(parts, self.inputs, strict=True)):
            if len(part) != port.size_bytes:
                raise OracleError(
                    f"input {position} of '{self._model.name}' takes {port.size_bytes} bytes "
                    f"({port.dtype} {list(port.shape)}), {len(part)} were given"
                )
        return parts

    def _ask(self, word: str, header: dict[str, Any], parts: Sequence[bytes]) -> Frame:
        """Ask the loaded child; a crash that a larger arena may mend is answered by one, and asked again."""
        if self._child is None:
            raise OracleError("the oracle is not open; use it in a `with` statement")
        while True:
            try:
                frame = self._exchange(word, header, parts)
            except _Crashed as crash:
                if not self._grow():
                    raise OracleError(self._failure(str(crash))) from None
                self._open()
                continue
            if frame.word != "done":
                raise OracleError(self._failure(str(frame.header.get("error"))))
            return frame

    def _open(self) -> None:
        """Start a child with the model loaded, under a larger and larger arena as long as that may help."""
        while True:
            self._start()
            header = {"engine": self._engine, "arena_bytes": self._arena_bytes, "integer_edges": self._integer_edges}
            try:
                frame = self._exchange("load", header, [self._model.content])
            except _Crashed as crash:
                if self._grow():
                    continue
                raise OracleError(self._failure(str(crash))) from None
            if frame.word == "done":
                break
            if frame.header.get("missing"):
                raise OracleError(
                    f"the reference interpreter does not work here ({frame.header['error']}); "
                    f"try {_REMEDY[self._engine]}"
                )
            if not (_arena_was_short(self._native()) and self._grow()):
                raise OracleError(self._failure(str(frame.header.get("error"))))
        self._describe(frame)

    def _describe(self, frame: Frame) -> None:
        def ports(some: list[dict[str, Any]]) -> tuple[Port, ...]:
            return tuple(Port(tuple(port["shape"]), port["dtype"], port["bytes"]) for port in some)

        self.inputs, self.outputs = ports(frame.header["inputs"]), ports(frame.header["outputs"])
        self._name = str(frame.header["name"])
        if self._faults:
            self._name += f" (TFLM is no judge here: {self._faults[0]})"

    def _start(self) -> None:
        self._stack.close()
        self._said = self._stack.enter_context(tempfile.TemporaryFile(buffering=0))  # noqa: SIM115
        words, env = _child_command()
        try:
            self._child = self._stack.enter_context(
                process.start(words, env={**env, "TF_CPP_MIN_LOG_LEVEL": "3"},
                              stdin=process.PIPE, stdout=process.PIPE, stderr=self._said)
            )  # fmt: skip
        except ToolError as error:
            raise OracleError(str(error)) from error

    def _exchange(self, word: str, header: dict[str, Any], parts: Sequence[bytes]) -> Frame:
        child = self._child
        assert child is not None and child.stdin is not None and child.stdout is not None
        with self._deadline(child) as expired:
            try:
                write_frame(child.stdin, word, header, parts)
                return read_frame(child.stdout)
            except BrokenPipe:
                child.kill()
                status = child.wait()
        if expired.is_set():
            raise OracleError(f"{self._engine} did not answer within {self._timeout_s:g} s on '{self._model.name}'")
        raise _Crashed(process.describe_exit(process.Completed((self._engine,), status, "", "")))

    @contextmanager
    def _deadline(self, child: process.Child) -> Iterator[threading.Event]:
        """Kill `child` when the block lasts too long, which ends the pipes it is waited for on."""
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            child.kill()

        timer = threading.Timer(self._timeout_s, expire)
        timer.daemon = True
        timer.start()
        try:
            yield expired
        finally:
            timer.cancel()

    def _grow(self) -> bool:
        if self._engine != "tflite-micro" or self._arena_bytes >= _LAST_ARENA_BYTES:
            return False
        self._arena_bytes *= _ARENA_GROWTH
        return True

    def _native(self) -> str:
        """The last that the child's native code printed."""
        if self._said is None:
            return ""
        try:
            # the child writes where this file stands: behind what there is
            end = self._said.seek(0, os.SEEK_END)
            self._said.seek(max(0, end - 4000))
            printed = self._said.read()
            self._said.seek(0, os.SEEK_END)
        except (OSError, ValueError):
            return ""
        return printed.decode("utf-8", "replace")

    def _failure(self, what: str) -> str:
        native = [line.strip() for line in self._native().splitlines() if line.strip()]
        quoted = f" ({'; '.join(native[-3:])})" if native else ""
        return _shortened(f"{self._engine} cannot run '{self._model.name}': {what}{quoted}")


def _child_command() -> tuple[list[str], dict[str, str]]:
    return process.own_module("edgekit.oracle.child")


def _shortened(text: str, limit: int = 600) -> str:
    return text if len(text) <= limit else f"{text[:limit]}..."


def _arena_was_short(native: str) -> bool:
    return "missing:" in native or "Arena size is too small" in native or "Failed to resize" in native
