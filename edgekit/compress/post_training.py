# SPDX-License-Identifier: Apache-2.0
"""The step `quantize`: int8 without training."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgekit.compress.techniques import Context, Property, Settings, State, setting_choice, technique
from edgekit.convert.post_training import PostTraining, quantize_after_training
from edgekit.convert.rewrite import fold_batchnorm
from edgekit.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class QuantizeSettings(Settings):
    """bits of the weights (2 to 8; activations have 8). keep_8bit: layers that keep 8 bits, by name or as "first",
    "last", "depthwise". ranges of activations: "minmax", "percentile" (the middle `percentile` percent) or "mse".
    weights: "max" or "mse", the least squared error. bias_correction: hold each channel's mean. samples to calibrate
    with."""

    bits: int = 8
    keep_8bit: tuple[str, ...] = ()
    ranges: str = "minmax"
    percentile: float = 99.99
    weights: str = "max"
    bias_correction: bool = True
    samples: int = 300

    def gives(self) -> frozenset[Property]:
        return frozenset({"ranges"})


@technique("quantize", QuantizeSettings)
def quantize(state: State, settings: QuantizeSettings, context: Context) -> State:
    """Quantize without training: weights of 8 or fewer bits, calibrated ranges, corrected biases."""
    setting_choice("quantize", "ranges", settings.ranges, ("minmax", "percentile", "mse"))
    setting_choice("quantize", "weights", settings.weights, ("max", "mse"))
    if not 2 <= settings.bits <= 8:
        raise UsageError(f"step quantize: bits must be 2 to 8, not {settings.bits}")
    if not 50 < settings.percentile <= 100:
        raise UsageError(f"step quantize: percentile must be above 50 and at most 100, not {settings.percentile:g}")
    graph = fold_batchnorm(state.graph)
    chosen = PostTraining(
        bits=settings.bits,
        layer_bits=dict.fromkeys(settings.keep_8bit, 8),
        ranges=settings.ranges,  # type: ignore[arg-type]  # checked above
        percentile=settings.percentile,
        weights=settings.weights,  # type: ignore[arg-type]
        bias_correction=settings.bias_correction,
    )
    inputs = [part[: max(1, settings.samples)] for part in context.inputs]
    rounded, quantization = quantize_after_training(graph, inputs, chosen)
    return replace(state, graph=rounded, quantization=quantization)
