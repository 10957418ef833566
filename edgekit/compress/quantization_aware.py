# SPDX-License-Identifier: Apache-2.0
"""The step `quantize_aware`: training with the rounding of the int8 model that will be exported."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgekit.compress.distillation import recover
from edgekit.compress.rewrite import fold_batchnorm
from edgekit.compress.students import QuantizedStudent, observed_ranges
from edgekit.compress.techniques import Context, Property, State, TrainingSettings, setting_choice, technique
from edgekit.convert.keras_graph import LayerGraph
from edgekit.convert.layer_kinds import DEPTHWISE, WEIGHTED
from edgekit.errors import UsageError

#: Samples that the activation ranges start from.
_CALIBRATION = 512


@dataclass(frozen=True, kw_only=True)
class QuantizeAwareSettings(TrainingSettings):
    """bits of the weights (2 to 8; activations have 8). keep_8bit: layers that keep 8 bits, by name or as "first",
    "last", "depthwise". ranges: "ema" follows the data, "learned" moves with the loss."""

    bits: int = 8
    keep_8bit: tuple[str, ...] = ()
    ranges: str = "ema"

    def gives(self) -> frozenset[Property]:
        return frozenset({"ranges"})


@technique("quantize_aware", QuantizeAwareSettings)
def quantize_aware(state: State, settings: QuantizeAwareSettings, context: Context) -> State:
    """Train with TFLite's int8 rounding (weights of 8 or fewer bits); the export keeps exactly these scales."""
    setting_choice("quantize_aware", "ranges", settings.ranges, ("ema", "learned"))
    if not 2 <= settings.bits <= 8:
        raise UsageError(f"step quantize_aware: bits must be 2 to 8, not {settings.bits}")
    graph = fold_batchnorm(state.graph)
    student = QuantizedStudent(
        graph,
        layer_bits(graph, settings.bits, settings.keep_8bit),
        observed_ranges(graph, [part[:_CALIBRATION] for part in context.inputs]),
        state.masks,
        learn_ranges=settings.ranges == "learned",
        steps=settings.schedule(len(context.inputs[0])).steps,
    )
    recover(student, graph, settings, context)
    trained, quantization = student.result()
    return replace(state, graph=trained, quantization=quantization)


def layer_bits(graph: LayerGraph, bits: int, keep: tuple[str, ...], step: str = "quantize_aware") -> dict[str, int]:
    """Weight bits of every layer that has weights. `step` is what an error calls the caller."""
    names = list(dict.fromkeys(node.layer for node in graph.nodes if graph.layer_of(node).kind in WEIGHTED))
    unknown = set(keep) - {"first", "last", "depthwise"} - set(names)
    if unknown:
        raise UsageError(
            f"step {step}: keep_8bit names {', '.join(sorted(unknown))}; the layers are {', '.join(names)}"
        )
    wide = set(keep)
    wide.update(names[:1] if "first" in keep else ())
    wide.update(names[-1:] if "last" in keep else ())
    if "depthwise" in keep:
        wide.update(name for name in names if graph.layers[name].kind in DEPTHWISE)
    return {name: 8 if name in wide else bits for name in names}
