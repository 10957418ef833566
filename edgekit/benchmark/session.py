# SPDX-License-Identifier: Apache-2.0
"""One benchmark: generate, build, run on the board, compare with the oracle, judge."""

from __future__ import annotations

import contextlib
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from edgekit import __version__
from edgekit.benchmark.accuracy import Outputs, dequantize, judge
from edgekit.benchmark.cycles import estimate_layers, estimate_run
from edgekit.benchmark.fleet import Fleet
from edgekit.benchmark.latency import hanging_layer, measure_latency, measure_layers, with_estimate
from edgekit.benchmark.parity import Reference, ask_oracle, first_different_layer
from edgekit.benchmark.result import Accuracy, BenchmarkResult, Conditions, Latency, Memory, Throughput
from edgekit.benchmark.runner_files import write_runner_files
from edgekit.benchmark.windows import WINDOWS, measure_windows
from edgekit.boards import Board, require_energy_mode
from edgekit.codegen import generate_model
from edgekit.codegen.generated import Engine, GeneratedModel, Objective
from edgekit.dataset import Dataset, Samples, Which, random_samples, select_samples
from edgekit.device import Device, flash, open_device
from edgekit.errors import DeviceSilentError, UsageError
from edgekit.firmware import FirmwareImage, build_project, require_fit, write_project
from edgekit.firmware.toolchain import ToolchainName
from edgekit.importer import import_tflite
from edgekit.ir.graph import Graph
from edgekit.passes import run_passes
from edgekit.progress import Progress, silent
from edgekit.tflite import TfliteModel

Mode = Literal["accuracy", "performance", "energy"]
#: Emulated boards that share the samples when the user says nothing.
_MOST_JOBS = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """What a benchmark does.

    `mode` "performance" adds windows of ten seconds, "energy" runs them in the build that marks time on a pin,
    "accuracy" wants labels; None measures what there is. `results` is a folder for files in the public runner's form,
    `transcript` a file for every byte between host and board (FILE.1 and on for further boards).
    `inputs` counts the random inputs where there is no data set; `jobs` the emulated boards that share the samples
    (None: one for each host core, two at most); `keep` is a new folder for the project and its build.
    """

    engine: Engine = "aot"
    optimize: Objective = "speed"
    arch: str = "auto"
    toolchain: ToolchainName = "gcc"
    split: Which | None = None
    inputs: int = 5
    repeats: int = 5
    warmups: int = 1
    seed: int = 0
    layers: bool = False
    metric: str = "auto"
    jobs: int | None = None
    keep: Path | None = None
    mode: Mode | None = None
    results: Path | None = None
    transcript: Path | None = None


@dataclass(frozen=True, slots=True)
class _Run:
    """What the measured build gave."""

    latency: Latency
    stack_peak_bytes: int | None
    outputs: list[bytes]
    throughput: Throughput | None
    lost_boards: tuple[str, ...]


def bench(
    model: TfliteModel,
    board: Board,
    *,
    dataset: Dataset | None = None,
    ports: Sequence[str] = (),
    settings: Settings | None = None,
    progress: Progress = silent,
) -> BenchmarkResult:
    """Build firmware for `model`, run it on `board` and measure it there.

    With a data set its samples are run (and judged where it has labels), without one seeded random inputs. Outputs are
    compared with the oracle's; `parity` is None where no reference interpreter is installed. Boards on several `ports`
    share the samples; one that fails leaves its share to the others.
    """
    chosen = settings or Settings()
    imported = import_tflite(model)
    graph = run_passes(imported)
    generated = generate(model, graph, board, chosen)
    require_fit(generated, board)
    samples = _samples(dataset, generated, chosen)
    if chosen.mode == "accuracy" and samples.y is None:
        raise UsageError("the mode accuracy needs labels: give --data with x and y")
    if chosen.mode == "energy":
        require_energy_mode(board)
    with _project_folder(chosen.keep) as folder:
        write_project(generated, board, folder, toolchain=chosen.toolchain)
        image = build_project(folder, energy=chosen.mode == "energy", progress=progress)
        try:
            run = _run(board, image, generated, samples, ports, chosen, progress)
        except DeviceSilentError as error:
            if error.inputs is None or (board.emulated and ports):
                raise
            profile = build_project(folder, profile=True, progress=progress)
            with _on_board(board, profile, next(iter(ports), None)) as device:
                layer = hanging_layer(device, error.inputs)
            if layer is None:
                raise
            call = generated.kernels[layer]
            raise DeviceSilentError(f"{error} (it hangs in layer {layer}, {call.kind} {call.name})") from error
        reference = ask_oracle(model, imported, generated.outputs, samples, progress)
        wrong = None if reference is None else reference.first_difference(run.outputs)
        latency = with_estimate(run.latency, estimate_run(board, image, samples.raw(0)), board.clock_hz)
        diverging = None
        if chosen.layers or wrong is not None:
            profile = build_project(folder, profile=True, progress=progress)
            sample = samples.raw(wrong or 0)
            estimates = estimate_layers(board, profile, sample, len(generated.kernels)) if chosen.layers else ()
            with _on_board(board, profile, next(iter(ports), None)) as device:
                if chosen.layers:
                    latency = replace(latency, layers=measure_layers(device, generated, sample, estimates))
                if wrong is not None:
                    diverging = first_different_layer(device, graph, sample, generated.inputs)
    result = BenchmarkResult(
        conditions=_conditions(board, image, generated, chosen),
        memory=_memory(image, generated, run.stack_peak_bytes),
        latency=latency,
        power=None,
        parity=None if reference is None else reference.compare(run.outputs, diverging),
        accuracy=_accuracy(samples, generated, run.outputs, reference, chosen.metric),
        throughput=run.throughput,
        lost_boards=run.lost_boards,
    )
    if chosen.results is not None:
        labels = None if samples.y is None or samples.y.ndim != 1 else samples.y.tolist()
        write_runner_files(chosen.results, result, Outputs(run.outputs, generated.inputs, generated.outputs), labels)
    return result


def generate(model: TfliteModel, graph: Graph, board: Board, settings: Settings) -> GeneratedModel:
    """C for `graph`, the imported and optimized `model`, for the core of `board`."""
    return generate_model(
        graph,
        name=model.name,
        core=board.core,
        arch=settings.arch,
        engine=settings.engine,
        optimize=settings.optimize,
        model_sha256=model.sha256,
    )


def _samples(dataset: Dataset | None, model: GeneratedModel, settings: Settings) -> Samples:
    if dataset is None:
        return random_samples(model.inputs, settings.inputs, settings.seed)
    return select_samples(dataset, model.inputs, settings.split)


@contextlib.contextmanager
def _project_folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="edgekit-") as folder:
            yield Path(folder) / "project"
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise UsageError(f"{keep} exists and is not empty; give --keep a new folder")
    yield keep


def _run(
    board: Board,
    image: FirmwareImage,
    model: GeneratedModel,
    samples: Samples,
    ports: Sequence[str],
    settings: Settings,
    progress: Progress,
) -> _Run:
    places = _places(board, ports, settings.jobs, len(samples))
    raw = [samples.raw(index) for index in range(len(samples))]
    with contextlib.ExitStack() as stack:
        devices = [
            stack.enter_context(_on_board(board, image, port, _numbered(settings.transcript, number)))
            for number, port in enumerate(places)
        ]
        fleet = Fleet(devices)
        latency = fleet.on_one(
            lambda device: measure_latency(device, model, raw[0], settings.repeats, settings.warmups)
        )
        timed = settings.mode in ("performance", "energy")
        throughput = fleet.on_one(lambda device: measure_windows(device, raw[:WINDOWS], progress)) if timed else None
        outputs = fleet.run_samples(raw, progress)
        peak = max(fleet.on_each(Device.stack_peak_bytes))
    return _Run(latency, peak, outputs, throughput, tuple(fleet.lost))


def _places(board: Board, ports: Sequence[str], jobs: int | None, samples: int) -> list[str | None]:
    """The port of each board to use; None for one that is started, or looked for by its USB id."""
    if ports:
        if len(set(ports)) < len(ports):
            raise UsageError(f"a port is named twice: {', '.join(ports)}")
        if jobs is not None and jobs > 1:
            raise UsageError(f"--jobs {jobs} is for emulated boards that edgekit starts; --port names boards that run")
        return list(ports)
    if not board.emulated:
        if jobs is not None and jobs > 1:
            raise UsageError(
                f"--jobs {jobs} needs emulated boards; {board.id} is one on the desk: name more with --port"
            )
        return [None]
    return [None] * max(1, min(jobs or min(os.cpu_count() or 1, _MOST_JOBS), samples))


def _numbered(path: Path | None, number: int) -> Path | None:
    return path if path is None or number == 0 else path.with_name(f"{path.name}.{number}")


@contextlib.contextmanager
def _on_board(board: Board, image: FirmwareImage, port: str | None, transcript: Path | None = None) -> Iterator[Device]:
    """The board running `image`."""
    if not board.emulated:
        flash(board, image, port=port)
    with open_device(board, image, port=port, transcript=transcript) as device:
        yield device


def _accuracy(
    samples: Samples, model: GeneratedModel, outputs: list[bytes], reference: Reference | None, metric: str
) -> Accuracy | None:
    if samples.y is None:
        return None
    first = dequantize(b"".join(samples.raw(index)[0] for index in range(len(samples))), model.inputs[0])
    theirs = None if reference is None else reference.outputs
    return judge(Outputs(outputs, model.inputs, model.outputs), first, samples.y, metric, theirs)


def _conditions(board: Board, image: FirmwareImage, model: GeneratedModel, settings: Settings) -> Conditions:
    return Conditions(
        board=board.id,
        core=board.core,
        engine=model.engine,
        optimize=model.optimize,
        compiler=image.compiler,
        flags=image.flags,
        edgekit_version=__version__,
        model_sha256=model.model_sha256,
        source="emulator" if board.emulated else "hardware",
        clock_hz=board.clock_hz,
        repeats=settings.repeats,
        warmups=settings.warmups,
        mode=settings.mode or "performance",
        host=f"{platform.system()} {platform.machine()}",
    )


def _memory(image: FirmwareImage, model: GeneratedModel, stack_peak_bytes: int | None) -> Memory:
    return Memory(
        flash_bytes=image.memory.flash_bytes,
        weight_bytes=image.memory.weight_bytes,
        kernel_code_bytes=image.memory.kernel_code_bytes,
        static_ram_bytes=image.memory.static_ram_bytes,
        arena_bytes=model.arena_bytes,
        arena_lower_bound_bytes=model.plan.lower_bound_bytes,
        scratch_bytes=model.plan.scratch_bytes,
        stack_peak_bytes=stack_peak_bytes,
    )
