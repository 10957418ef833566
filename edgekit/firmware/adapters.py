# SPDX-License-Identifier: Apache-2.0
"""Which bytes a model's firmware takes and which results it prints: chosen by the model's shapes."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from edgekit.codegen.generated import GeneratedModel, Port


@dataclass(frozen=True, slots=True)
class Adapter:
    """`model_id` is what the firmware calls the model, `source` its adapter in firmware_templates/adapters,
    `buffer_bytes` the RAM that the adapter keeps beside the model's arena."""

    model_id: str
    source: str
    buffer_bytes: int = 0


def choose_adapter(model: GeneratedModel) -> Adapter:
    """The adapter for `model`: kws01 and ad01 for int8 models of their shapes, raw bytes under the model's own name
    otherwise."""
    if any(port.dtype != "int8" for port in (*model.inputs, *model.outputs)):
        return Adapter(model.name, "raw.c")
    shapes = ([_elements(port) for port in model.inputs], [_elements(port) for port in model.outputs])
    if shapes == ([490], [12]):
        return Adapter("kws01", "raw.c")
    if shapes == ([640], [640]) and model.inputs[0].scale and model.outputs[0].scale:
        return Adapter("ad01", "ad01.c", buffer_bytes=640 * 4)
    return Adapter(model.name, "raw.c")


def _elements(port: Port) -> int:
    return prod(port.shape)
