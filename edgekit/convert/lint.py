# SPDX-License-Identifier: Apache-2.0
"""Checks a .tflite file, from its bytes alone, for what would run wrongly or not at all on a microcontroller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from edgekit.convert.listing import Listing, OpRow, list_model
from edgekit.tflite import TfliteModel

Severity = Literal["error", "warning"]
Engine = Literal["aot", "tflm"]

_INTEGERS = ("int8", "int16", "uint8")
_PACKED = ("int4", "uint4", "int2")
_FLOATS = ("float32", "float16", "bfloat16", "float64")
_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "BATCH_MATMUL", "CONV_3D")
_FULL_INTEGER = "convert to full integers (`edgekit convert --scheme int8 --data ...`)"


@dataclass(frozen=True, slots=True)
class LintFinding:
    """`layer` is the operator's readable name, `reason` what is wrong there, `remedy` what to do about it."""

    rule: str
    severity: Severity
    layer: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.layer}: {self.reason}; {self.remedy}"


Rule = Callable[[Listing, OpRow, Engine], Iterator[LintFinding]]


def lint(model: TfliteModel, *, engine: Engine = "aot") -> list[LintFinding]:
    """What is wrong with `model`, in the order of its operators.

    A fault of TensorFlow Lite Micro alone is an error for the engine `tflm` and a warning for `aot`, which computes it
    rightly. Raises MalformedModelError for damaged bytes.
    """
    return [
        finding
        for listing in list_model(model.content)
        for op in listing.ops
        for rule in RULES
        for finding in rule(listing, op, engine)
    ]


def _finding(rule: str, op: OpRow, reason: str, remedy: str, severity: Severity = "error") -> Iterator[LintFinding]:
    yield LintFinding(rule, severity, f"{op.kind} '{op.name}'", reason, remedy)


def _float_island(listing: Listing, op: OpRow, engine: Engine) -> Iterator[LintFinding]:
    """In an integer model, an op that computes in float."""
    floats = [listing.tensors[index].dtype for index in op.outputs if listing.tensors[index].dtype in _FLOATS]
    at_edge = op.kind == "DEQUANTIZE" and all(index in listing.outputs for index in op.outputs)
    if listing.integer and floats and not at_edge:
        remedy = "its layer has no integer form here, or no range: replace the layer, or calibrate with more samples"
        yield from _finding("float-island", op, f"it computes in {floats[0]} amid an integer model", remedy)


def _hybrid(listing: Listing, op: OpRow, engine: Engine) -> Iterator[LintFinding]:
    """Float activations times integer weights."""
    if op.kind not in _WEIGHTED or len(op.inputs) < 2:
        return
    data, weights = listing.tensors[op.inputs[0]], listing.tensors[op.inputs[1]]
    if data.dtype == "float32" and weights.dtype in (*_INTEGERS, *_PACKED):
        reason = f"float activations meet {weights.dtype} weights, which microcontroller engines do not take"
        yield from _finding("hybrid", op, reason, _FULL_INTEGER)


def _packed(listing: Listing, op: OpRow, engine: Engine) -> Iterator[LintFinding]:
    """Weights of less than 8 bits."""
    for index in op.inputs:
        if listing.tensors[index].dtype in _PACKED:
            reason = f"its weights are {listing.tensors[index].dtype}, which no engine takes from a .tflite file"
            yield from _finding("packed-weights", op, reason, "convert with 8-bit weights")


def _weight_only(listing: Listing, op: OpRow, engine: Engine) -> Iterator[LintFinding]:
    """Stored weights that are turned into floats before use."""
    if op.kind == "DEQUANTIZE" and op.inputs and listing.tensors[op.inputs[0]].constant:
        tensor = listing.tensors[op.inputs[0]]
        reason = f"{tensor.dtype} weights are turned into floats at run time"
        if len(tensor.scales) > 1:
            reason += ", which TensorFlow Lite Micro does wrongly where each channel has a scale"
        yield from _finding("weight-only", op, reason, _FULL_INTEGER)


def _dequantize_per_channel(listing: Listing, op: OpRow, engine: Engine) -> Iterator[LintFinding]:
    """A computed tensor with a scale a channel, read as float."""
    if op.kind != "DEQUANTIZE" or not op.inputs:
        return
    tensor = listing.tensors[op.inputs[0]]
    if len(tensor.scales) > 1 and not tensor.constant:
        reason = "TensorFlow Lite Micro uses only the first scale of a tensor quantized per channel"
        yield from _finding("dequantize-per-channel", op, reason, _FULL_INTEGER)


def _rescaling_relu6(listing: Listing, op: OpRow, engine: Engine) -> Iterator[LintFinding]:
    """TFLM's int8 RELU6 clamps and forgets to rescale."""
    if op.kind != "RELU6" or not op.inputs or not op.outputs:
        return
    before, after = listing.tensors[op.inputs[0]], listing.tensors[op.outputs[0]]
    if before.dtype == "int8" and (before.scales, before.zero_points) != (after.scales, after.zero_points):
        reason = "TensorFlow Lite Micro computes an int8 RELU6 with differing scales wrongly, without an error"
        remedy = "use the engine aot, or put ReLU(6) right behind a convolution or dense layer, where it is fused"
        yield from _finding("rescaling-relu6", op, reason, remedy, "error" if engine == "tflm" else "warning")


def _foreign(listing: Listing, op: OpRow, engine: Engine) -> Iterator[LintFinding]:
    """An op that brings its own code."""
    if op.kind in ("CUSTOM", "DELEGATE"):
        remedy = "convert without SELECT_TF_OPS and with built-in layers only"
        yield from _finding("foreign-op", op, "it is no built-in operator of TFLite", remedy)


def _fake_quant(listing: Listing, op: OpRow, engine: Engine) -> Iterator[LintFinding]:
    """A training-time quantization that did not become a scale."""
    if op.kind == "FAKE_QUANT":
        remedy = "convert with --scheme int8, which turns it into a scale"
        yield from _finding("fake-quant", op, "a training-time quantization was left in the model", remedy)


RULES: tuple[Rule, ...] = (
    _float_island,
    _hybrid,
    _packed,
    _weight_only,
    _dequantize_per_channel,
    _rescaling_relu6,
    _foreign,
    _fake_quant,
)
