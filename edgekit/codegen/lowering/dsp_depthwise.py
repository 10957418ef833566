# SPDX-License-Identifier: Apache-2.0
"""DEPTHWISE_CONV_2D for cores with the DSP extension."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.dsp_packing import Requantization, as_int32, of_each, solve_requantization
from edgekit.codegen.dsp_windows import Bands
from edgekit.codegen.exact_requantize import (
    BYTE_SCALE,
    AffineFloor,
    TwoSided,
    accumulator_ranges,
    find_affine_floor,
    find_two_sided,
)
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.access import Sweep, band_by_band, pixel_by_pixel
from edgekit.codegen.lowering.dsp_convolution import ARCH, CLAMP, convolve, geometry_of
from edgekit.codegen.lowering.registry import Site, activation_fields, variant
from edgekit.codegen.requantize import folded_bias
from edgekit.ir.attributes import DepthwiseConv2DAttrs, Padding
from edgekit.ir.fixed_point import Ints
from edgekit.ir.rescale import channel_rescales, quantization

#: The floor form of the kernels for single pixels has this scale for every channel.
_SCALE = 2**12

#: Channels that a word holds.
_GROUP = 4

#: Scratch for expanded rows of the whole width, without which a layer cannot run in place.
_WHOLE_WIDTH_BYTES = 8192

#: The fewest output columns for which expanded rows cost less than single pixels do, by stride: measured.
_EXPANDED_FROM = {1: 4, 2: 6}

#: Of a kernel whose taps are looked up for every pixel.
_MOST_TAPS = 25

#: Rows that are copied; longer ones are left to the portable kernel.
_LARGEST_SCRATCH_BYTES = 32768

#: The floor form of expanded rows: factors below one half, and 9 weights reach so little that there are enough of them.
_EXPANDED_BITS = 40

#: Parameters of a channel of expanded rows.
_CHANNEL_WORDS = 5

#: Bytes of a channel's parameters: weight rows of 3, then indices into [w00 .. w22, shift, 0].
_ORDER = {1: (0, 1, 2, 4, 3, 7, 5, 10, 6, 9, 8, 10), 2: (0, 2, 1, 5, 3, 8, 4, 10, 6, 9, 7, 10)}


@variant(ARCH, "DEPTHWISE_CONV_2D")
def one_input_channel(site: Site) -> KernelCall | None:
    """A depthwise convolution of one channel is a convolution."""
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    if site.input().shape[3] != 1:
        return None
    return convolve(site, attrs, depthwise_rows(site))


@variant(ARCH, "DEPTHWISE_CONV_2D", special=True)
def depthwise_3x3(site: Site) -> KernelCall | None:
    """Rows of 4 channels expanded to pairs of 16 bits, which pays for images that are not small."""
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    stride = attrs.stride_w
    batch, height, width, channels = site.input().shape
    _, output_h, output_w, _ = site.output.shape
    if (
        site.input(1).shape[1:3] != (3, 3)
        or (attrs.stride_h, attrs.dilation_h, attrs.dilation_w) != (stride, 1, 1)
        or stride not in (1, 2)
        or attrs.padding.left > 1
        or batch != 1
        or channels < 4
        or width < 1 + stride
        or output_w < 2
        or (output_w < _EXPANDED_FROM[stride] and not site.in_place and _reads_pixels(site, attrs))
    ):
        return None
    activation, notes = activation_fields(site, attrs.activation)
    parameters = _parameters(site, stride, activation)
    if parameters is None:
        return None
    block_w = _block_w(site, stride, output_w)
    band = _band(site, stride, block_w, output_h)
    fields: dict[str, FieldValue | CArray] = {
        "input_h": height,
        "input_w": width,
        "channels": channels,
        "depth_multiplier": attrs.depth_multiplier,
        "output_h": output_h,
        "output_w": output_w,
        "output_c": len(parameters) // _CHANNEL_WORDS,
        "pad_top": attrs.padding.top,
        "pad_left": attrs.padding.left,
        "block_w": block_w,
        "band": band,
        "input_zero_point": quantization(site.input()).zero_point,
        **activation,
        "weights": site.array(
            "weights",
            "uint32_t",
            parameters,
            f"[{len(parameters) // _CHANNEL_WORDS}][{_CHANNEL_WORDS}]: weights, start, multiplier",
        ),
    }
    return site.call(
        f"depthwise_conv_2d_3x3_s{stride}_dsp",
        fields,
        notes=notes,
        scratch_bytes=_scratch_bytes(stride, block_w, band),
        sources=("ek_depthwise_3x3_dsp.S", "ek_depthwise_expand_dsp.S", CLAMP),
        overlap_bytes=_overlap_bytes(site, stride, band) if block_w == output_w else None,
        overlap_step=channels,
    )


@variant(ARCH, "DEPTHWISE_CONV_2D", special=True)
def padded_depthwise(site: Site) -> KernelCall | None:
    """Small kernels over a padded image, whose taps may lie anywhere."""
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    pixels = _Pixels.of(site, attrs)
    if pixels is None or attrs.padding == Padding() or not _reads_pixels(site, attrs):
        return None
    _, height, width, channels = site.input().shape
    geometry = geometry_of(site, attrs)
    output_h, output_w, _ = geometry.output
    fields: dict[str, FieldValue | CArray] = {
        "input_h": height,
        "input_w": width,
        "channels": channels,
        "output_h": output_h,
        "output_w": output_w,
        "kernel_h": geometry.kernel[0],
        "kernel_w": geometry.kernel[1],
        "stride_h": attrs.stride_h,
        "stride_w": attrs.stride_w,
        "dilation_h": attrs.dilation_h,
        "dilation_w": attrs.dilation_w,
        "pad_top": attrs.padding.top,
        "pad_left": attrs.padding.left,
        "input_zero_point": quantization(site.input()).zero_point,
        **pixels.limits,
        "two_sided": pixels.two_sided,
        "words": len(pixels.words),
        "weights": pixels.weights(site),
    }
    sweep = Sweep((height, width), (output_h, output_w), geometry.stride, attrs.padding.top, attrs.padding.left)
    return site.call(
        "depthwise_conv_2d_padded_dsp",
        fields,
        notes=pixels.notes,
        scratch_bytes=channels,
        sources=("ek_depthwise_pixel_dsp.S", CLAMP),
        overlap_bytes=pixel_by_pixel(sweep, channels, channels),
    )


def _reads_pixels(site: Site, attrs: DepthwiseConv2DAttrs) -> bool:
    """Whether words of 4 channels can be read in the input itself, by the kernel for padded images."""
    kernel_h, kernel_w = site.input(1).shape[1:3]
    whole = attrs.depth_multiplier == 1 and site.input().shape[3] % _GROUP == 0
    return whole and kernel_h * kernel_w <= _MOST_TAPS


@variant(ARCH, "DEPTHWISE_CONV_2D")
def any_depthwise(site: Site) -> KernelCall | None:
    """Any kernel, stride, dilation and depth multiplier."""
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    multiplier, channels = attrs.depth_multiplier, site.output.shape[3]
    geometry = geometry_of(site, attrs)
    geometry = replace(geometry, input=(*geometry.input[:2], channels))
    copies = attrs.padding != Padding() or channels % _GROUP != 0 or multiplier > 1
    bands = Bands(geometry, copies, channels + -channels % _GROUP, site.scratch_limit)
    pixels = _Pixels.of(site, attrs)
    if pixels is None or bands.scratch_bytes > _LARGEST_SCRATCH_BYTES:
        return None
    kernel_h, kernel_w = geometry.kernel
    places = [
        row * attrs.dilation_h * bands.row_bytes + column * attrs.dilation_w * channels
        for row in range(kernel_h)
        for column in range(kernel_w)
    ]
    places += places[-1:] * (len(places) % 2 == 0)
    fields: dict[str, FieldValue | CArray] = {
        "input_h": site.input().shape[1],
        "input_w": site.input().shape[2],
        "input_c": site.input().shape[3],
        "depth_multiplier": multiplier,
        "output_h": site.output.shape[1],
        "output_w": site.output.shape[2],
        "output_c": channels,
        "row_step": attrs.stride_h * bands.row_bytes,
        "column_step": attrs.stride_w * channels,
        **bands.fields(),
        "input_zero_point": quantization(site.input()).zero_point,
        **pixels.limits,
        "two_sided": pixels.two_sided,
        "taps": len(places),
        "words": len(pixels.words),
        "places": site.array("places", "int32_t", places),
        "weights": pixels.weights(site),
    }
    return site.call(
        "depthwise_conv_2d_dsp",
        fields,
        notes=pixels.notes,
        scratch_bytes=bands.scratch_bytes,
        sources=("ek_depthwise_pixel_dsp.S", CLAMP),
    )


@dataclass(frozen=True, slots=True)
class _Pixels:
    """What ek_depthwise_pixel_dsp.h reads, and the activation."""

    words: tuple[int, ...]
    two_sided: int
    limits: dict[str, FieldValue]
    notes: dict[str, str]

    @classmethod
    def of(cls, site: Site, attrs: DepthwiseConv2DAttrs) -> _Pixels | None:
        """None where a channel has no cheap requantization, and for batches."""
        limits, notes = activation_fields(site, attrs.activation)
        zero_point, act_min = limits.pop("output_zero_point"), limits["act_min"]
        assert isinstance(zero_point, int) and isinstance(act_min, int)
        rows = depthwise_rows(site)
        bias = folded_bias(site.graph, site.op, rows)
        rescales = channel_rescales(site.graph, site.op)
        requantization = solve_requantization(rescales, rows, bias, zero_point, act_min, scales=(_SCALE,))
        if requantization is None or site.input().shape[0] != 1:
            return None
        words = _pack_groups(rows, requantization)
        return cls(words, int(requantization.floors is None), limits, notes)

    def weights(self, site: Site) -> CArray:
        return site.array("weights", "uint32_t", self.words, "4 channels in a word or two, and their constants")


def _pack_groups(rows: Ints, requantization: Requantization) -> tuple[int, ...]:
    """[C, taps]: for every 4 channels the weights of an odd number of taps, and their constants."""
    channels, taps = rows.shape
    filled = np.pad(rows, ((0, -channels % _GROUP), (0, 1 - taps % 2)))
    words: list[int] = []
    for first in range(0, channels, _GROUP):
        group = filled[first : first + _GROUP]
        words += _word_of_bytes(group[:, :1].T)
        # [channels by twos, 2, taps by twos, 2] -> one word for two channels of two taps
        pairs = group[:, 1:].reshape(2, 2, -1, 2).transpose(2, 0, 3, 1)
        words += _word_of_bytes(pairs.reshape(-1, _GROUP))
        for channel in range(first, first + _GROUP):
            words += requantization.constants(min(channel, channels - 1))
    return tuple(words)


def _word_of_bytes(rows: Ints) -> tuple[int, ...]:
    """[n, 4] as n words."""
    return as_int32(np.ascontiguousarray(rows.astype(np.int8)).view("<u4").ravel().astype(np.int64))


def depthwise_rows(site: Site) -> Ints:
    """[1, kh, kw, C] as [C, kh * kw]."""
    weights = site.input(1)
    data = np.asarray(weights.data).astype(np.int64)
    return np.ascontiguousarray(data.reshape(-1, weights.shape[3]).T)


def _parameters(site: Site, stride: int, activation: dict[str, FieldValue]) -> tuple[int, ...] | None:
    rows = depthwise_rows(site)
    zero_point, floor = activation["output_zero_point"], activation["act_min"]
    assert isinstance(zero_point, int)
    bias = folded_bias(site.graph, site.op, rows)
    reach = accumulator_ranges(rows, np.array(bias, np.int64))
    rescales = of_each(channel_rescales(site.graph, site.op), len(reach))
    words: list[int] = []
    for channel, (rescale, interval) in enumerate(zip(rescales, reach, strict=True)):
        form: AffineFloor | TwoSided | None = None
        if zero_point == floor == -128:
            form = find_affine_floor(rescale, interval, BYTE_SCALE, _EXPANDED_BITS)
        form = form or find_two_sided(rescale, zero_point, interval)
        if form is None:
            return None
        words += _channel(rows[channel], stride, form, bias[channel])
    return tuple(words)


def _channel(weights: Ints, stride: int, form: AffineFloor | TwoSided, bias: int) -> tuple[int, ...]:
    shift, start = (0, form.start(bias)) if isinstance(form, AffineFloor) else (form.shift, 2 * bias)
    values = np.append(weights, [shift, 0])[list(_ORDER[stride])]
    return (*_word_of_bytes(values.reshape(-1, 4)), start, form.multiplier)


def _row_bytes(stride: int, block_w: int) -> int:
    """Of two expanded rows of 4 channels (stride 1) or of one (stride 2)."""
    return (block_w + 1) // 2 * 64 if stride == 1 else (block_w // 2 + 1) * 32


def _scratch_bytes(stride: int, block_w: int, band: int) -> int:
    return (stride * band + 1) * _row_bytes(stride, block_w)


def _block_w(site: Site, stride: int, output_w: int) -> int:
    """The widest even block of columns with room for a band of one, that leaves no single column over."""
    whole = _scratch_bytes(stride, output_w, 1)
    if whole <= (_WHOLE_WIDTH_BYTES if site.in_place else site.scratch_limit):
        return output_w
    fitting = (n for n in range(2, output_w, 2) if _scratch_bytes(stride, n, 1) <= site.scratch_limit)
    return max((n for n in fitting if output_w % n != 1), default=output_w)


def _band(site: Site, stride: int, block_w: int, output_h: int) -> int:
    rows = -(-output_h // 2) if stride == 1 else output_h
    return max(n for n in range(1, rows + 1) if n == 1 or _scratch_bytes(stride, block_w, n) <= site.scratch_limit)


def _overlap_bytes(site: Site, stride: int, band: int) -> int | None:
    """Four channels after the other, each of them row by row: the others' bytes are not touched as long as output and
    input lie whole pixels apart. Where the last four channels overlap others, inputs are read twice."""
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    _, height, width, channels = site.input().shape
    _, output_h, output_w, _ = site.output.shape
    if channels % _GROUP or attrs.depth_multiplier > 1:
        return None
    step = band * (2 if stride == 1 else 1)
    ends = [min(output_h, first + step) for first in range(0, output_h, step)]
    # Stride 1 has expanded two rows beyond the band's outputs, stride 2 one.
    ahead = 2 if stride == 1 else 1
    rows = [(min(height, max(0, end * stride + ahead - attrs.padding.top)), end) for end in ends]
    return band_by_band(rows, width * channels, output_w * channels)
