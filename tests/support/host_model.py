# SPDX-License-Identifier: Apache-2.0
"""Builds generated C for the host, sanitized, and runs it layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from kernel_runner import COMPILE_S, SANITIZE, STRICT, host_compiler
from random_values import random_values

from edgekit import process
from edgekit.codegen import GeneratedModel
from edgekit.ir.graph import Graph

RUN_S = 120


def write_files(files: Mapping[str, str], folder: Path) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@dataclass(frozen=True)
class HostModel:
    """A built model. `run` returns, for each sample, the bytes of every layer and of every output."""

    program: Path
    layer_bytes: tuple[int, ...]
    output_bytes: tuple[int, ...]

    def run(self, samples: Sequence[Sequence[np.ndarray]], output: Path) -> list[tuple[list[bytes], list[bytes]]]:
        fed = b"".join(np.ascontiguousarray(value).tobytes() for sample in samples for value in sample)
        with output.open("wb") as file, process.start([self.program], stdin=-1, stdout=file, stderr=-1) as child:
            _, errors = child.communicate(fed, timeout=RUN_S)
        assert child.returncode == 0, errors.decode(errors="replace")
        content = output.read_bytes()
        sizes = [*self.layer_bytes, *self.output_bytes]
        assert len(content) == sum(sizes) * len(samples)
        results, at = [], 0
        for _ in samples:
            parts = []
            for size in sizes:
                parts.append(content[at : at + size])
                at += size
            results.append((parts[: len(self.layer_bytes)], parts[len(self.layer_bytes) :]))
        return results


def build_host_model(model: GeneratedModel, graph: Graph, folder: Path) -> HostModel:
    """The profile build of `model` with sanitizers, warnings being errors."""
    write_files(model.files, folder)
    defines = [
        f"-DMODEL={model.name}",
        f'-DHEADER="{model.name}.h"',
        f"-DLAYERS={len(graph.ops)}",
        f"-DINPUT_BYTES={','.join(str(port.size_bytes) for port in model.inputs)}",
        f"-DOUTPUT_BYTES={','.join(str(port.size_bytes) for port in model.outputs)}",
        f"-DSAMPLE_BYTES={sum(port.size_bytes for port in model.inputs)}",
    ]
    own = [folder / name.replace(f"{model.name}.c", f"{model.name}_profile.c") for name in model.sources]
    program = folder / "host_model"
    main = Path(__file__).with_name("host_main.c")
    args = [host_compiler(), *STRICT, *SANITIZE, "-O1", *defines, f"-I{folder}", main, *own, "-o", program]
    process.run(args, timeout_s=COMPILE_S)
    return HostModel(
        program,
        tuple(graph.output_tensor(op).size_bytes if op.outputs[0] in model.plan.offsets else 0 for op in graph.ops),
        tuple(port.size_bytes for port in model.outputs),
    )


def seeded_samples(graph: Graph, count: int, seed: int = 0) -> list[list[np.ndarray]]:
    random = np.random.default_rng(seed)
    tensors = [graph.tensors[index] for index in graph.inputs]
    return [[random_values(random, tensor.dtype, tensor.shape) for tensor in tensors] for _ in range(count)]
