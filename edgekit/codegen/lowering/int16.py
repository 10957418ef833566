# SPDX-License-Identifier: Apache-2.0
"""int16 activations with int8 weights: the filters, and the operators that interpolate in tables."""

from __future__ import annotations

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.access import pixel_by_pixel, tile_by_tile
from edgekit.codegen.lowering.convolution import input_fields, sweep_of, window_fields
from edgekit.codegen.lowering.registry import Site, activation_fields, lowers
from edgekit.codegen.requantize import channel_scales, weight_rows
from edgekit.ir.attributes import Conv2DAttrs, DepthwiseConv2DAttrs, FullyConnectedAttrs, GroupedConv2DAttrs, Padding
from edgekit.ir.fixed_point import Ints, reduced_multiplier
from edgekit.ir.rescale_int16 import sigmoid_input, softmax_input
from edgekit.ir.tables_int16 import exp_table, reciprocal_table, sigmoid_table

#: Products of int16 inputs with int8 weights that surely sum up inside an int32.
_SHORT_SUM = 508

Fields = dict[str, FieldValue | CArray]


@lowers("CONV_2D", "GROUPED_CONV_2D", arithmetics=("int16x8",))
def conv_2d(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, Conv2DAttrs)
    groups = attrs.groups if isinstance(attrs, GroupedConv2DAttrs) else 1
    return _convolution(site, attrs, weight_rows(site.graph, site.op), groups)


@lowers("DEPTHWISE_CONV_2D", arithmetics=("int16x8",))
def depthwise_conv_2d(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    channels, input_c = site.output.shape[3], site.input().shape[3]
    taps = weight_rows(site.graph, site.op).reshape(-1, channels)  # [kh * kw, O]
    if len(taps) > _SHORT_SUM or input_c == 1:
        return _convolution(site, attrs, taps.T, input_c)
    fields, notes = _image_fields(site, attrs)
    fields |= {
        "depth_multiplier": attrs.depth_multiplier,
        **window_fields(site, attrs),
        **_activation(site, attrs),
        "weights": site.array("weights", "int8_t", taps.ravel().tolist(), "[kh][kw][O]"),
        **_channel_arrays(site, channels),
    }
    # A pixel is written when its window has been read.
    overlap = tile_by_tile(sweep_of(site, attrs), input_c, channels, 1) * site.element_bytes
    return site.call("depthwise_conv_2d", fields, notes=notes, scratch_bytes=4 * channels, overlap_bytes=overlap)


def _convolution(site: Site, attrs: Conv2DAttrs | DepthwiseConv2DAttrs, rows: Ints, groups: int) -> KernelCall:
    """`rows` [O, K] of weights, in `groups` groups."""
    input_c, length = site.input().shape[3], rows.shape[1]
    direct = attrs.padding == Padding() and site.input(1).shape[1:3] == (1, 1) and groups == 1 and not site.in_place
    fields, notes = _image_fields(site, attrs)
    fields |= {
        "groups": groups,
        "group_input_c": input_c // groups,
        "group_output_c": len(rows) // groups,
        **window_fields(site, attrs),
        "direct": int(direct),
        **_activation(site, attrs),
        "weights": site.array("weights", "int8_t", rows.ravel().tolist(), "[O][kh][kw][I]"),
        **_channel_arrays(site, len(rows)),
    }
    sweep = sweep_of(site, attrs)
    # With several groups, outputs are written before the last group is read.
    reach = tile_by_tile(sweep, input_c, len(rows), 1) if groups == 1 else pixel_by_pixel(sweep, input_c, len(rows))
    scratch = 0 if direct else length * site.element_bytes
    overlap = None if direct else reach * site.element_bytes
    return site.call("conv_2d", fields, notes=notes, scratch_bytes=scratch, overlap_bytes=overlap)


@lowers("FULLY_CONNECTED", arithmetics=("int16x8",))
def fully_connected(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, FullyConnectedAttrs)
    rows = weight_rows(site.graph, site.op)
    activation, notes = activation_fields(site, attrs.activation, zero_point=False)
    fields: Fields = {
        "rows": site.input().elements // rows.shape[1],
        "in_features": rows.shape[1],
        "out_features": len(rows),
        **activation,
        "weights": site.array("weights", "int8_t", rows.ravel().tolist(), "[O][I]"),
        **_channel_arrays(site, len(rows)),
    }
    return site.call("fully_connected", fields, notes=notes)


def _image_fields(site: Site, attrs: Conv2DAttrs | DepthwiseConv2DAttrs) -> tuple[Fields, dict[str, str]]:
    _, notes = activation_fields(site, attrs.activation)
    return {**input_fields(site), "output_h": site.output.shape[1], "output_w": site.output.shape[2]}, notes


def _activation(site: Site, attrs: Conv2DAttrs | DepthwiseConv2DAttrs) -> dict[str, FieldValue]:
    return activation_fields(site, attrs.activation, zero_point=False)[0]


def _channel_arrays(site: Site, channels: int) -> Fields:
    bias = site.graph.optional_input(site.op, 2)
    values = [0] * channels if bias is None else np.asarray(bias.data).astype(np.int64).tolist()
    scales = channel_scales(site.graph, site.op, channels)
    return {
        "bias": site.array("bias", "int64_t", values),
        "multiplier": site.array("multiplier", "int16_t", [reduced_multiplier(each) for each in scales.multipliers]),
        "shift": site.array("shift", "int8_t", scales.shifts),
    }


@lowers("SOFTMAX", arithmetics=("int16x8",))
def softmax(site: Site) -> KernelCall:
    depth = site.input().shape[-1]
    rescale = softmax_input(site.graph, site.op)
    fields: Fields = {
        "rows": site.input().elements // depth,
        "depth": depth,
        "multiplier": rescale.multiplier,
        "shift": rescale.shift,
        "exp_table": site.array("exp_table", "int16_t", exp_table().tolist(), "exp from -10 to 0"),
        "reciprocal_table": site.array(
            "reciprocal_table", "int16_t", reciprocal_table().tolist(), "1 / (1 + x) from 0 to 1"
        ),
    }
    return site.call("softmax", fields, overlap_bytes=0)


@lowers("LOGISTIC", "TANH", arithmetics=("int16x8",))
def sigmoid(site: Site) -> KernelCall:
    multiplier, shift = sigmoid_input(site.graph, site.op)
    fields: Fields = {
        "elements": site.input().elements,
        "multiplier": multiplier,
        "shift": shift,
        "table": site.array("table", "uint16_t", sigmoid_table().tolist(), "1 / (1 + exp(-i / 24))"),
    }
    return site.call(site.op.kind.lower(), fields, overlap_bytes=0)
