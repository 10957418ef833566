# SPDX-License-Identifier: Apache-2.0
"""TRANSPOSE_CONV for cores with the DSP extension: a convolution for each phase of the strides."""

from __future__ import annotations

from dataclasses import dataclass

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.dsp_packing import Requantization, pack_matmul, pad_columns, solve_requantization, spread_bytes
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.dsp_convolution import ANY_SOURCES, ARCH, LARGEST_SCRATCH_BYTES
from edgekit.codegen.lowering.registry import Site, activation_fields, variant
from edgekit.codegen.lowering.resizing import phases_of
from edgekit.codegen.requantize import folded_bias
from edgekit.ir.attributes import TransposeConvAttrs
from edgekit.ir.fixed_point import Ints
from edgekit.ir.rescale import channel_rescales, quantization

_WORD = 4
_EXPANDED_PAIR_BYTES = 16


@dataclass(frozen=True, slots=True, eq=False)
class _Phase:
    """Output pixels (row + i * stride_h, column + j * stride_w), whose windows of `taps` pixels begin at the input's
    (top + i, left + j)."""

    row: int
    column: int
    taps: tuple[int, int]
    top: int
    left: int
    weights: Ints

    def run_words(self, depth: int) -> int:
        """Of one row of a window, filled up."""
        return -(-self.taps[1] * depth // _WORD)

    def pairs(self, depth: int) -> int:
        """Of expanded inputs of a window."""
        return 2 * self.taps[0] * self.run_words(depth)


@dataclass(frozen=True, slots=True)
class _Copy:
    """The padded input rows in scratch that `band` rows of every phase need; (top, left) is their first pixel."""

    top: int
    left: int
    rows: int
    row_bytes: int
    band: int
    pairs: int

    @property
    def scratch_bytes(self) -> int:
        return _EXPANDED_PAIR_BYTES * self.pairs + self.rows * self.row_bytes + _WORD

    @classmethod
    def of(cls, site: Site, attrs: TransposeConvAttrs, phases: list[_Phase]) -> _Copy:
        """As many rows as the scratch limit allows, at least one row of each phase."""
        _, _, width, depth = site.input().shape
        rows, columns = (-(-site.output.shape[1] // attrs.stride_h), -(-site.output.shape[2] // attrs.stride_w))
        top, left = min(phase.top for phase in phases), min(phase.left for phase in phases)
        reach = max(phase.top - top + phase.taps[0] for phase in phases)
        pixels = max(columns - 1 + max(phase.left - left + phase.taps[1] for phase in phases), width - left)
        pairs = max(phase.pairs(depth) for phase in phases)
        bands = (cls(top, left, band - 1 + reach, pixels * depth, band, pairs) for band in range(rows, 0, -1))
        return next(each for each in bands if each.band == 1 or each.scratch_bytes <= site.scratch_limit)


@variant(ARCH, "TRANSPOSE_CONV")
def phase_by_phase(site: Site) -> KernelCall | None:
    attrs = site.op.attrs
    assert isinstance(attrs, TransposeConvAttrs)
    phases = _phases(site, attrs)
    if any(0 in phase.taps for phase in phases):
        return None  # bias alone
    copy = _Copy.of(site, attrs, phases)
    limits, notes = activation_fields(site, attrs.activation)
    packed = _pack(site, attrs, phases, copy, limits.pop("output_zero_point"), limits["act_min"])
    if packed is None or copy.scratch_bytes > LARGEST_SCRATCH_BYTES:
        return None
    _, height, width, depth = site.input().shape
    _, output_h, output_w, channels = site.output.shape
    fields: dict[str, FieldValue | CArray] = {
        "input_h": height,
        "input_row": width * depth,
        "input_c": depth,
        "output_h": output_h,
        "output_w": output_w,
        "output_c": channels,
        "stride_h": attrs.stride_h,
        "stride_w": attrs.stride_w,
        "band": copy.band,
        "copied_rows": copy.rows,
        "copied_row": copy.row_bytes,
        "pad_top": -copy.top,
        "pad_left": -copy.left * depth,
        "pairs": copy.pairs,
        "input_zero_point": quantization(site.input()).zero_point,
        **limits,
        "phase_count": len(phases),
        "phases": site.array("phases", "int32_t", packed[0], "see ek_phase_dsp"),
        "weights": site.array(
            "weights", "uint32_t", packed[1], "of each phase: two channels in a word, their constants"
        ),
    }
    scratch = copy.scratch_bytes
    return site.call("transpose_conv_dsp", fields, notes=notes, scratch_bytes=scratch, sources=ANY_SOURCES)


def _phases(site: Site, attrs: TransposeConvAttrs) -> list[_Phase]:
    """Those with output pixels."""
    found = []
    kernel_h, kernel_w = site.input(1).shape[1:3]
    _, output_h, output_w, _ = site.output.shape
    places = ((row, column) for row in range(attrs.stride_h) for column in range(attrs.stride_w))
    for (row, column), weights in zip(places, phases_of(site, attrs), strict=True):
        y, x = row + attrs.pad_top, column + attrs.pad_left
        taps = (
            len(range(y % attrs.stride_h, kernel_h, attrs.stride_h)),
            len(range(x % attrs.stride_w, kernel_w, attrs.stride_w)),
        )
        if row < output_h and column < output_w:
            top, left = y // attrs.stride_h - taps[0] + 1, x // attrs.stride_w - taps[1] + 1
            found.append(_Phase(row, column, taps, top, left, weights))
    return found


def _pack(
    site: Site,
    attrs: TransposeConvAttrs,
    phases: list[_Phase],
    copy: _Copy,
    zero_point: FieldValue,
    act_min: FieldValue,
) -> tuple[list[int], list[int]] | None:
    """The fields of each ek_phase_dsp, and the weights of all phases; None where one has no cheap requantization."""
    assert isinstance(zero_point, int) and isinstance(act_min, int)
    depth = site.input().shape[3]
    _, output_h, output_w, channels = site.output.shape
    rescales = channel_rescales(site.graph, site.op)
    numbers: list[int] = []
    words: list[int] = []
    for phase in phases:
        bias = folded_bias(site.graph, site.op, phase.weights)
        requantization = solve_requantization(rescales, phase.weights, bias, zero_point, act_min)
        packed = None if requantization is None else _pack_weights(phase, requantization)
        if requantization is None or packed is None:
            return None
        numbers += [
            (phase.top - copy.top) * copy.row_bytes + (phase.left - copy.left) * depth,
            (phase.row * output_w + phase.column) * channels,
            len(range(phase.row, output_h, attrs.stride_h)),
            len(range(phase.column, output_w, attrs.stride_w)),
            phase.run_words(depth),
            phase.taps[0],
            phase.pairs(depth),
            int(requantization.floors is None),
            requantization.scale,
            len(words),
        ]
        words += packed
    return numbers, words


def _pack_weights(phase: _Phase, requantization: Requantization) -> tuple[int, ...] | None:
    channels = len(phase.weights)
    runs = pad_columns(phase.weights.reshape(channels * phase.taps[0], -1), _WORD)
    return pack_matmul(spread_bytes(runs).reshape(channels, -1), requantization)
