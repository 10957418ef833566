# SPDX-License-Identifier: Apache-2.0
"""float32: CONV_2D, also of groups, DEPTHWISE_CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.access import pixel_by_pixel
from edgekit.codegen.lowering.convolution import order_comment, sweep_of, window_fields
from edgekit.codegen.lowering.registry import Site, lowers
from edgekit.codegen.packing import pack_channels
from edgekit.ir.arithmetic import FLOATS
from edgekit.ir.attributes import (
    Activation,
    Conv2DAttrs,
    DepthwiseConv2DAttrs,
    FullyConnectedAttrs,
    GroupedConv2DAttrs,
    TransposeConvAttrs,
)
from edgekit.ir.reference_float import activation_bounds

_BYTES = 4

Fields = dict[str, FieldValue | CArray]
Notes = dict[str, str]


@lowers("CONV_2D", "GROUPED_CONV_2D", arithmetics=FLOATS)
def conv_2d(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, Conv2DAttrs)
    groups = attrs.groups if isinstance(attrs, GroupedConv2DAttrs) else 1
    rows = _weight_rows(site)
    filters = len(rows) // groups
    packed = [value for first in range(0, len(rows), filters) for value in pack_channels(rows[first : first + filters])]
    comment = order_comment(site, "[O / 4][kh][kw][I][4]", "[O][kh][kw][I]", filters)
    activation, notes = activation_fields(attrs.activation)
    fields: Fields = {
        **_sizes(site, channels=False),
        "groups": groups,
        "group_input_c": site.input(1).shape[3],
        "group_output_c": filters,
        **window_fields(site, attrs),
        **activation,
        "weights": site.array("weights", "float", packed, comment + (", group after group" if groups > 1 else "")),
        "bias": _bias(site, len(rows)),
    }
    return site.call("conv_2d", fields, notes=notes, overlap_bytes=_overlap(site, attrs))


@lowers("DEPTHWISE_CONV_2D", arithmetics=FLOATS)
def depthwise_conv_2d(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    channels = site.output.shape[3]
    activation, notes = activation_fields(attrs.activation)
    weights = _weight_rows(site).ravel().tolist()
    fields: Fields = {
        **_sizes(site),
        "depth_multiplier": attrs.depth_multiplier,
        **window_fields(site, attrs),
        **activation,
        "weights": site.array("weights", "float", weights, f"{list(site.input(1).shape)} as [kh][kw][O]"),
        "bias": _bias(site, channels),
    }
    return site.call("depthwise_conv_2d", fields, notes=notes, overlap_bytes=_overlap(site, attrs))


@lowers("TRANSPOSE_CONV", arithmetics=FLOATS)
def transpose_conv(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, TransposeConvAttrs)
    rows = _weight_rows(site)
    activation, notes = activation_fields(attrs.activation)
    comment = order_comment(site, "[O / 4][kh][kw][I][4]", "[O][kh][kw][I]", len(rows))
    fields: Fields = {
        **_sizes(site),
        "output_c": len(rows),
        "kernel_h": site.input(1).shape[1],
        "kernel_w": site.input(1).shape[2],
        "stride_h": attrs.stride_h,
        "stride_w": attrs.stride_w,
        "pad_top": attrs.pad_top,
        "pad_left": attrs.pad_left,
        **activation,
        "weights": site.array("weights", "float", pack_channels(rows), comment),
        "bias": _bias(site, len(rows)),
    }
    return site.call("transpose_conv", fields, notes=notes)


@lowers("FULLY_CONNECTED", arithmetics=FLOATS)
def fully_connected(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, FullyConnectedAttrs)
    rows = _weight_rows(site)
    features, length = rows.shape
    activation, notes = activation_fields(site.op.attrs.activation)
    comment = order_comment(site, "[O / 4][I][4]", "[O][I]", features)
    fields: Fields = {
        "rows": site.input().elements // length,
        "in_features": length,
        "out_features": features,
        **activation,
        "weights": site.array("weights", "float", pack_channels(rows), comment),
        "bias": _bias(site, features),
    }
    return site.call("fully_connected", fields, notes=notes)


def activation_fields(activation: Activation) -> tuple[dict[str, FieldValue], Notes]:
    """The fields `act_min` and `act_max` of a kernel, and the note that names the activation."""
    low, high = activation_bounds(activation)
    return {"act_min": low, "act_max": high}, {} if activation == "NONE" else {"act_min": activation.lower()}


def _weight_rows(site: Site) -> npt.NDArray[np.float32]:
    """The weights as [first dimension, all others]."""
    weights = np.asarray(site.input(1).data, np.float32)
    return weights.reshape(weights.shape[0], -1)


def _bias(site: Site, channels: int) -> CArray:
    bias = site.graph.optional_input(site.op, 2)
    values = np.zeros(channels, np.float32) if bias is None else np.asarray(bias.data, np.float32)
    return site.array("bias", "float", values.ravel().tolist())


def _sizes(site: Site, *, channels: bool = True) -> Fields:
    _, height, width, input_c = site.input().shape
    _, output_h, output_w, _ = site.output.shape
    inner: Fields = {"input_c": input_c} if channels else {}
    return {"input_h": height, "input_w": width, **inner, "output_h": output_h, "output_w": output_w}


def _overlap(site: Site, attrs: Conv2DAttrs | DepthwiseConv2DAttrs) -> int:
    return pixel_by_pixel(sweep_of(site, attrs), _BYTES * site.input().shape[3], _BYTES * site.output.shape[3])
