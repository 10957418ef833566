# SPDX-License-Identifier: Apache-2.0
"""Which bytes a model's firmware takes and which results it prints: chosen by the model's shapes."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from edgekit.codegen.generated import GeneratedModel, Port
from edgekit.errors import UnsupportedOpError


@dataclass(frozen=True, slots=True)
class Adapter:
    """`model_id` is what the firmware calls the model, `source` its adapter in firmware_templates/adapters,
    `buffer_bytes` the RAM that the adapter keeps beside the model's arena."""

    model_id: str
    source: str
    buffer_bytes: int = 0


def choose_adapter(model: GeneratedModel) -> Adapter:
    """The adapter for `model`: kws01 and ad01 by their shapes, raw int8 under the model's own name otherwise.

    Raises UnsupportedOpError where an input is not int8 or an output neither int8 nor int32.
    """
    for kind, ports, types in (("input", model.inputs, ("int8",)), ("output", model.outputs, ("int8", "int32"))):
        for port in ports:
            if port.dtype not in types:
                raise UnsupportedOpError(
                    f"the {kind} {port.name!r} is {port.dtype}, but the firmware takes int8 and gives int8 or int32; "
                    "convert the model with --scheme int8"
                )
    shapes = ([_elements(port) for port in model.inputs], [_elements(port) for port in model.outputs])
    if shapes == ([490], [12]):
        return Adapter("kws01", "raw.c")
    if shapes == ([640], [640]) and model.inputs[0].scale and model.outputs[0].scale:
        return Adapter("ad01", "ad01.c", buffer_bytes=640 * 4)
    return Adapter(model.name, "raw.c")


def _elements(port: Port) -> int:
    return prod(port.shape)
