# SPDX-License-Identifier: Apache-2.0
"""CONV_2D for cores with the DSP extension: tiles of 3 or 4 pixels by 2 channels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.dsp_packing import (
    pack_matmul,
    pack_short,
    pad_columns,
    solve_byte_floors,
    solve_requantization,
    spread_bytes,
)
from edgekit.codegen.dsp_windows import Geometry, Windows
from edgekit.codegen.exact_requantize import accumulator_ranges
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.registry import STAND_INS, Site, activation_fields, variant
from edgekit.codegen.requantize import folded_bias, weight_rows
from edgekit.ir.attributes import Activation, Conv2DAttrs, DepthwiseConv2DAttrs, Padding
from edgekit.ir.fixed_point import Ints
from edgekit.ir.rescale import channel_rescales, quantization

ARCH = "cortex_m_dsp"

#: What kernels call whose requantization may leave the activation to the end.
CLAMP = "ek_clamp_dsp.c"

_SHARED_SOURCES = ("ek_conv_2d_tiles_dsp.c", "ek_matmul_1x2_dsp.S", CLAMP)

#: Of the kernel for windows of any length.
ANY_SOURCES = ("ek_conv_2d_dsp_s8.c", "ek_expand_dsp.S", "ek_matmul_4x2_dsp.S", *_SHARED_SOURCES)

#: Of the kernel that is better for windows longer than any of `_SHORT`.
_LONG = "ek_conv_2d_long_dsp_s8"
_LONG_SOURCES = (f"{_LONG}.c", "ek_expand_3_dsp.S", "ek_matmul_3x2_dsp.S", *_SHARED_SOURCES)

#: The products of short windows are unrolled: the most inputs of each form.
_SHORT = (64, 128)

#: Their floor form with the least scale: for factors below 1/32, and nearly all of them down to 2**-11.
_SHORT_BITS = 44

#: Pixels of a tile: of long windows, of any.
_LONG_TILE, _TILE = 3, 4

#: How much more scratch whole tiles of long windows may take, where a single row of windows takes more than the limit.
_STRETCH = 4 / 3

#: Expanded inputs and copied rows of one tile; longer windows are left to the portable kernel.
LARGEST_SCRATCH_BYTES = 32768


@variant(ARCH, "CONV_2D")
def conv_2d(site: Site) -> KernelCall | None:
    assert isinstance(site.op.attrs, Conv2DAttrs)
    if site.input(1).shape[3] != site.input().shape[3]:
        return None  # in groups
    return convolve(site, site.op.attrs, weight_rows(site.graph, site.op))


def convolve(site: Site, attrs: Conv2DAttrs | DepthwiseConv2DAttrs, rows: Ints) -> KernelCall | None:
    """A convolution with weights `rows` [O, kh * kw * I]."""
    if site.input().shape[0] != 1:
        return None
    geometry = geometry_of(site, attrs)
    return _lower(site, geometry, attrs.activation, rows)


def geometry_of(site: Site, attrs: Conv2DAttrs | DepthwiseConv2DAttrs) -> Geometry:
    return Geometry(
        input=site.input().shape[1:],
        output=site.output.shape[1:],
        kernel=site.input(1).shape[1:3],
        stride=(attrs.stride_h, attrs.stride_w),
        dilation=(attrs.dilation_h, attrs.dilation_w),
        padding=attrs.padding,
    )


def multiply_pixels(site: Site, activation: Activation, rows: Ints) -> KernelCall | None:
    """Each vector of the input times all `rows` [O, I]: a 1x1 convolution."""
    features, length = rows.shape
    pixels = site.input().elements // length
    geometry = Geometry(
        input=(1, pixels, length),
        output=(1, pixels, features),
        kernel=(1, 1),
        stride=(1, 1),
        dilation=(1, 1),
        padding=Padding(),
    )
    return _lower(site, geometry, activation, rows)


def _lower(site: Site, geometry: Geometry, activation: Activation, rows: Ints) -> KernelCall | None:
    channels = len(rows)
    limits, notes = activation_fields(site, activation)
    zero_point, act_min = limits.pop("output_zero_point"), limits["act_min"]
    assert isinstance(zero_point, int) and isinstance(act_min, int)
    windows = Windows(geometry, site.scratch_limit, _TILE)
    long = not site.small and windows.inputs > _SHORT[-1]
    if long:
        windows = Windows(geometry, site.scratch_limit, _LONG_TILE, 1.0 if site.in_place else _STRETCH)
    if windows.scratch_bytes > LARGEST_SCRATCH_BYTES:
        return None
    short = not (site.small or long or windows.dilated or channels % 2)
    products = _Products.of(site, rows, windows.runs, zero_point, act_min, least=short)
    if products is None:
        return None
    sizes = ",".join(str(size) for size in site.input(1).shape)
    fields: dict[str, FieldValue | CArray] = {
        **windows.fields(),
        "input_zero_point": quantization(site.input()).zero_point,
        **limits,
        "two_sided": int(products.two_sided),
        "scale": products.scale,
        "weights": site.array(
            "weights", "uint32_t", products.words, f"[{sizes}], two channels in a word, and their constants"
        ),
    }
    call = site.call(
        "conv_2d_dsp",
        fields,
        notes=notes,
        scratch_bytes=windows.scratch_bytes,
        overlap_bytes=windows.overlap_bytes,
    )
    if long:
        return replace(call, function=_LONG, sources=_LONG_SOURCES)
    if not short or products.two_sided:
        return replace(call, sources=ANY_SOURCES)
    most = next(most for most in _SHORT if windows.inputs <= most)
    function, sources = _short_kernel(most, scaled=products.scale > 0)
    return replace(call, function=function, sources=sources)


@dataclass(frozen=True, slots=True)
class _Products:
    """Packed weights and constants, and their form: two-sided, a floor with `scale`, or the floor of short windows."""

    words: tuple[int, ...]
    two_sided: bool
    scale: int

    @classmethod
    def of(cls, site: Site, rows: Ints, runs: int, zero_point: int, act_min: int, *, least: bool) -> _Products | None:
        """Of weights `rows` [O, K] that meet `runs` runs of inputs; with the form of short windows if `least`."""
        rescales, bias = channel_rescales(site.graph, site.op), folded_bias(site.graph, site.op, rows)
        expanded = spread_bytes(pad_columns(rows.reshape(len(rows) * runs, -1), 4)).reshape(len(rows), -1)
        if least and zero_point == act_min == -128:
            reach = accumulator_ranges(rows, np.array(bias, np.int64))
            floors = solve_byte_floors(rescales, reach, _SHORT_BITS)
            words = None if floors is None else pack_short(expanded, floors, bias)
            if words is not None:
                return cls(words, two_sided=False, scale=0)
        requantization = solve_requantization(rescales, rows, bias, zero_point, act_min)
        words = None if requantization is None else pack_matmul(expanded, requantization)
        if requantization is None or words is None:
            return None
        return cls(words, requantization.floors is None, requantization.scale)


def _short_kernel(most: int, *, scaled: bool) -> tuple[str, tuple[str, ...]]:
    """The kernel of windows of up to `most` inputs, and its sources."""
    kernel = f"ek_conv_2d_k{most}_scaled_dsp_s8" if scaled else f"ek_conv_2d_k{most}_dsp_s8"
    return kernel, (f"{kernel}.c", f"ek_matmul_k{most}_dsp.S", *_SHARED_SOURCES)


for _scaled in (False, True):
    STAND_INS[_short_kernel(64, scaled=_scaled)[0]] = _short_kernel(128, scaled=_scaled)
