# SPDX-License-Identifier: Apache-2.0
"""What a .tflite file holds and whether it fits a board, without building anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from edgekit.boards import Board
from edgekit.codegen import generate_model
from edgekit.codegen.generated import Engine, GeneratedModel, Objective, Port
from edgekit.firmware.fit import Fit, check_fit
from edgekit.importer import import_tflite
from edgekit.ir.graph import Graph, Op, QuantParams, Tensor
from edgekit.ir.macs import op_macs
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel

#: The core that the memory plan is made for when no board is named.
DEFAULT_CORE = "cortex-m4f"


@dataclass(frozen=True, slots=True)
class OpFacts:
    """One operation: shapes as `int8 [1,49,10,1]`, quantization of the output as `scale 0.5 zero 3`."""

    index: int
    op: str
    name: str
    inputs: tuple[str, ...]
    output: str
    quantization: str
    macs: int
    weight_bytes: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """`weight_bytes`: constants that the operations use; `container_overhead_bytes`: the rest of the file.

    `arena_proven_bytes`: no plan of the activations, outputs over inputs where the kernels allow it, is smaller;
    `arena_gap_bytes`: how far this plan may be from the smallest one, 0 where it is proved to be that.
    """

    name: str
    sha256: str
    file_bytes: int
    weight_bytes: int
    container_overhead_bytes: int
    macs: int
    arena_bytes: int
    arena_lower_bound_bytes: int
    scratch_bytes: int
    arena_proven_bytes: int
    arena_gap_bytes: int
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    ops: tuple[OpFacts, ...]
    fit: Fit | None
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def inspect_model(
    model: TfliteModel,
    board: Board | None,
    *,
    engine: Engine = "aot",
    optimize: Objective = "speed",
    arch: str = "auto",
) -> Inspection:
    """Import, plan and size `model`; `fit` is None where no board is given."""
    imported = import_tflite(model)
    graph = run_passes(imported)
    core = board.core if board is not None else DEFAULT_CORE
    generated = generate_model(
        graph, name=model.name, core=core, arch=arch, engine=engine, optimize=optimize, model_sha256=model.sha256
    )
    weights = _weight_bytes(imported)
    return Inspection(
        name=model.name,
        sha256=model.sha256,
        file_bytes=len(model.content),
        weight_bytes=sum(weights.values()),
        container_overhead_bytes=len(model.content) - sum(weights.values()),
        macs=generated.macs,
        arena_bytes=generated.arena_bytes,
        arena_lower_bound_bytes=generated.plan.lower_bound_bytes,
        scratch_bytes=generated.plan.scratch_bytes,
        arena_proven_bytes=generated.plan.proven_bytes,
        arena_gap_bytes=generated.plan.gap_bytes,
        inputs=generated.inputs,
        outputs=generated.outputs,
        ops=tuple(_op_facts(imported, index, op, weights) for index, op in enumerate(imported.ops)),
        fit=_fit(generated, board),
        notes=graph.notes,
    )


def _fit(generated: GeneratedModel, board: Board | None) -> Fit | None:
    return None if board is None else check_fit(generated, board)


def _weight_bytes(graph: Graph) -> Mapping[int, int]:
    """Constant tensors that operations read -> their bytes, each counted once."""
    used = {index for op in graph.ops for index in op.inputs if index is not None}
    return {index: graph.tensors[index].size_bytes for index in sorted(used) if graph.tensors[index].role == "const"}


def _op_facts(graph: Graph, index: int, op: Op, weights: Mapping[int, int]) -> OpFacts:
    present = [i for i in op.inputs if i is not None]
    output = graph.output_tensor(op)
    return OpFacts(
        index=index,
        op=op.kind,
        name=op.name,
        inputs=tuple(_shape(graph.tensors[i]) for i in present),
        output=_shape(output),
        quantization=_quantization(output.quant),
        macs=op_macs(graph, op),
        weight_bytes=sum(weights.get(i, 0) for i in present),
    )


def _shape(tensor: Tensor) -> str:
    return f"{tensor.dtype} [{','.join(map(str, tensor.shape))}]"


def _quantization(quant: QuantParams | None) -> str:
    if quant is None:
        return ""
    if quant.per_channel:
        return f"{len(quant.scales)} scales on axis {quant.axis}"
    return f"scale {quant.scale:.9g} zero {quant.zero_point}"
