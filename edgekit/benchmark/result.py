# SPDX-License-Identifier: Apache-2.0
"""What a benchmark returns: the fields are the keys of the JSON that `edgekit bench` prints.

Keys are added, never renamed; unknown is None, never 0.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the figures hold for. `host` says what ran the emulator or drove the board."""

    board: str
    core: str
    engine: str
    optimize: str
    compiler: str
    flags: str
    edgekit_version: str
    model_sha256: str
    source: Literal["emulator", "hardware"]
    clock_hz: int
    repeats: int
    warmups: int
    mode: str
    host: str


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes. `weight_bytes`: all read-only data of model and kernels; `kernel_code_bytes`: their text;
    `static_ram_bytes`: .data and .bss with the arena, without the stack; `flash_bytes`: the whole image."""

    flash_bytes: int
    weight_bytes: int
    kernel_code_bytes: int
    static_ram_bytes: int
    arena_bytes: int
    arena_lower_bound_bytes: int
    scratch_bytes: int
    stack_peak_bytes: int | None


@dataclass(frozen=True, slots=True)
class Microseconds:
    min: float
    median: float
    p90: float


@dataclass(frozen=True, slots=True)
class LayerLatency:
    index: int
    op: str
    name: str
    kernel: str
    macs: int
    instructions: int | None
    cycles: int | None
    cycles_estimated: int | None


@dataclass(frozen=True, slots=True)
class Latency:
    """One inference, `<model>_run` alone. `estimated` is True when `microseconds` comes from a model, not a clock;
    `cycles_estimated`, also of layers, may be off by the share `estimated_within` either way."""

    instructions: int | None
    cycles: int | None
    cycles_estimated: int | None
    microseconds: Microseconds | None
    estimated: bool
    macs: int
    layers: tuple[LayerLatency, ...] | None
    estimated_within: float | None = None


@dataclass(frozen=True, slots=True)
class Power:
    joules: float


@dataclass(frozen=True, slots=True)
class Parity:
    """Bytes on the board against the oracle named here, on every output of `inputs` inputs.

    A model with float32 outputs has a `float_tolerance` and a `float_difference`: how far they may lie from the
    oracle's and how far they do, as a share of its values. `wrong_inputs` counts those with a float beyond it or
    another integer.
    """

    oracle: str
    inputs: int
    compared_bytes: int
    different_bytes: int
    first_different_layer: str | None
    wrong_inputs: int = 0
    float_tolerance: float | None = None
    float_difference: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the board computes what the oracle does."""
        return self.different_bytes == 0 if self.float_tolerance is None else self.wrong_inputs == 0


@dataclass(frozen=True, slots=True)
class Accuracy:
    """`low` and `high`: 95 % interval. `outputs_sha256`: over the raw output bytes in file order, as read back."""

    metric: Literal["top1", "auc", "mse"]
    value: float
    low: float | None
    high: float | None
    samples: int
    agreement_with_oracle: float | None
    outputs_sha256: str


@dataclass(frozen=True, slots=True)
class Window:
    """Inferences in a row, and how long they took on the board's clock; None where only a power monitor sees it."""

    iterations: int
    warmups: int
    microseconds: int | None


@dataclass(frozen=True, slots=True)
class Throughput:
    """Windows of at least ten seconds; `per_second` is the median of their inferences a second."""

    windows: tuple[Window, ...]
    per_second: float | None


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """`lost_boards`: why boards failed whose share of the run others took over."""

    conditions: Conditions
    memory: Memory
    latency: Latency
    power: Power | None
    parity: Parity | None
    accuracy: Accuracy | None
    throughput: Throughput | None = None
    lost_boards: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The result as JSON-ready data, `schema` first."""
        return {"schema": SCHEMA, **asdict(self)}
