# SPDX-License-Identifier: Apache-2.0
"""The step `quantize_aware`: training with the rounding of the int8 model that will be exported."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgekit.compress.distillation import recover
from edgekit.compress.students import QuantizedStudent
from edgekit.compress.techniques import Context, Property, State, TrainingSettings, setting_choice, technique
from edgekit.convert.calibrated_ranges import calibrated_ranges
from edgekit.convert.post_training import bits_of_layers
from edgekit.convert.rewrite import fold_batchnorm
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
        bits_of_layers(graph, settings.bits, dict.fromkeys(settings.keep_8bit, 8)),
        calibrated_ranges(graph, [part[:_CALIBRATION] for part in context.inputs]),
        state.masks,
        learn_ranges=settings.ranges == "learned",
        steps=settings.schedule(len(context.inputs[0])).steps,
    )
    recover(student, graph, settings, context)
    trained, quantization = student.result()
    return replace(state, graph=trained, quantization=quantization)
