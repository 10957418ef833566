# SPDX-License-Identifier: Apache-2.0
"""CONV_2D for cores with the DSP extension: tiles of 4 pixels by 2 channels."""

from __future__ import annotations

from collections.abc import Mapping

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.dsp_packing import pack_matmul, pad_columns, solve_requantization, spread_bytes
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.registry import Site, activation_fields, variant
from edgekit.codegen.requantize import folded_bias, weight_rows
from edgekit.ir.attributes import Conv2DAttrs, Padding
from edgekit.ir.fixed_point import Ints
from edgekit.ir.rescale import channel_rescales, quantization

ARCH = "cortex_m_dsp"

MATMUL_SOURCES = ("ek_expand_dsp.S", "ek_matmul_1x2_dsp.S", "ek_matmul_4x2_dsp.S")

#: Scratch that a layer takes without need; above it only where a single row of windows is longer.
_PREFERRED_SCRATCH_BYTES = 4096
_LARGEST_SCRATCH_BYTES = 32768

_TILE_PIXELS = 4


@variant(ARCH, "CONV_2D")
def conv_2d(site: Site) -> KernelCall | None:
    attrs = site.op.attrs
    assert isinstance(attrs, Conv2DAttrs)
    return convolve(site, attrs, weight_rows(site.graph, site.op))


def convolve(site: Site, attrs: Conv2DAttrs, rows: Ints) -> KernelCall | None:
    """A convolution with weights `rows` [O, kh * kw * I]."""
    channels = site.output.shape[-1]
    if site.input().shape[0] != 1 or channels < 2:
        return None
    notes: Mapping[str, str]
    activation, notes = activation_fields(site, attrs.activation)
    zero_point, act_min = int(str(activation.pop("output_zero_point"))), int(str(activation["act_min"]))
    requantization = solve_requantization(
        channel_rescales(site.graph, site.op), rows, folded_bias(site.graph, site.op, rows), zero_point, act_min
    )
    if requantization is None:
        return None
    window = _Window(site, attrs)
    expanded = spread_bytes(pad_columns(rows.reshape(channels, window.runs, -1).reshape(-1, window.run_bytes), 4))
    expanded = expanded.reshape(channels, -1)
    packed = pack_matmul(expanded, requantization)
    scratch = window.scratch_bytes
    if packed is None or scratch > _LARGEST_SCRATCH_BYTES:
        return None
    fields: dict[str, FieldValue | CArray] = {
        **window.fields(),
        **activation,
        "two_sided": int(requantization.floors is None),
        "scale": requantization.scale,
        "weights": site.array("weights", "uint32_t", packed, _comment(site)),
    }
    return site.call("conv_2d_dsp", fields, notes=notes, scratch_bytes=scratch, sources=MATMUL_SOURCES)


def _comment(site: Site) -> str:
    sizes = ",".join(str(size) for size in site.input(1).shape)
    return f"[{sizes}], two channels in a word, and their constants"


class _Window:
    """Where the bytes of a window lie: runs of `run_bytes`, in x itself or in a padded copy of a band of rows."""

    def __init__(self, site: Site, attrs: Conv2DAttrs) -> None:
        self.attrs = attrs
        _, self.height, self.width, self.channels = site.input().shape
        _, self.output_h, self.output_w, self.output_c = site.output.shape
        _, self.kernel_h, self.kernel_w, _ = site.input(1).shape
        self.zero_point = quantization(site.input()).zero_point
        dilated = attrs.dilation_w > 1 and self.kernel_w > 1
        self.outer_count, self.count = (self.kernel_h, self.kernel_w) if dilated else (1, self.kernel_h)
        self.run_bytes = self.channels * (1 if dilated else self.kernel_w)
        self.words = -(-self.run_bytes // 4)
        self.dilated = dilated
        self.copies = attrs.padding != Padding() or self.run_bytes % 4 != 0
        self.copied_row = (attrs.padding.left + self.width + attrs.padding.right) * self.channels
        self.band = self._band() if self.copies else self.output_h

    @property
    def runs(self) -> int:
        return self.outer_count * self.count

    @property
    def pairs(self) -> int:
        return 2 * self.words * self.runs

    def copied_rows(self, band: int) -> int:
        return (band - 1) * self.attrs.stride_h + (self.kernel_h - 1) * self.attrs.dilation_h + 1

    @property
    def scratch_bytes(self) -> int:
        return self._scratch(self.band)

    def _scratch(self, band: int) -> int:
        # The last run of a copy may be read up to the end of its last word.
        copy = self.copied_rows(band) * self.copied_row + 4 if self.copies else 0
        return 16 * self.pairs + copy

    def _band(self) -> int:
        """The most output rows that fit the preferred scratch, in whole tiles if possible."""
        fitting = [n for n in range(1, self.output_h + 1) if self._scratch(n) <= _PREFERRED_SCRATCH_BYTES]
        if not fitting or fitting[-1] == self.output_h:
            return self.output_h if fitting else 1
        whole = [n for n in fitting if n * self.output_w % _TILE_PIXELS == 0]
        return (whole or fitting)[-1]

    def fields(self) -> dict[str, FieldValue]:
        attrs = self.attrs
        row = self.copied_row if self.copies else self.width * self.channels
        row_gap, column_gap = attrs.dilation_h * row, attrs.dilation_w * self.channels
        return {
            "input_h": self.height,
            "input_row": self.width * self.channels,
            "output_h": self.output_h,
            "output_w": self.output_w,
            "output_c": self.output_c,
            "row_step": attrs.stride_h * row,
            "column_step": attrs.stride_w * self.channels,
            "outer_count": self.outer_count,
            "outer_step": row_gap,
            "inner": (self.words, self.count, (column_gap if self.dilated else row_gap) - 4 * self.words),
            "pairs": self.pairs,
            "band": self.band,
            "band_step": self.band * attrs.stride_h,
            "copied_rows": self.copied_rows(self.band) if self.copies else 0,
            "copied_row": self.copied_row,
            "pad_top": attrs.padding.top,
            "pad_left": attrs.padding.left * self.channels,
            "input_zero_point": self.zero_point,
        }
