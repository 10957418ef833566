# SPDX-License-Identifier: Apache-2.0
"""FULLY_CONNECTED for cores with the DSP extension."""

from __future__ import annotations

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.dsp_packing import Requantization, dual_words, pad_columns, solve_requantization, spread_bytes
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.access import distance
from edgekit.codegen.lowering.dsp_convolution import ARCH, CLAMP, multiply_pixels
from edgekit.codegen.lowering.registry import Site, activation_fields, variant
from edgekit.codegen.requantize import folded_bias, weight_rows
from edgekit.ir.attributes import FullyConnectedAttrs
from edgekit.ir.fixed_point import Ints
from edgekit.ir.graph import Graph
from edgekit.ir.rescale import channel_rescales

_ROWS = 4
_INPUTS = 8

#: Of the kernel for four features, and what a feature takes more without it: constants of its own.
_OWN_CODE_BYTES = 1600
_CONSTANTS_BYTES = 12

#: Flash that may go into rows of zeros that fill up the last four.
_WASTE_BYTES = 256


@variant(ARCH, "FULLY_CONNECTED")
def by_four_features(site: Site) -> KernelCall | None:
    """One scale for all features."""
    assert isinstance(site.op.attrs, FullyConnectedAttrs)
    weights = weight_rows(site.graph, site.op)
    features, length = weights.shape
    rescales = channel_rescales(site.graph, site.op)
    if site.small and _convolution_does(site.graph):
        return None
    if len(rescales) > 1 or -features % _ROWS * length > _WASTE_BYTES:
        return None
    activation, notes = activation_fields(site, site.op.attrs.activation)
    zero_point, act_min = activation.pop("output_zero_point"), activation["act_min"]
    assert isinstance(zero_point, int) and isinstance(act_min, int)
    bias = folded_bias(site.graph, site.op, weights)
    requantization = solve_requantization(rescales, weights, bias, zero_point, act_min)
    if requantization is None:
        return None
    packed = _pack(weights, requantization)
    if packed is None:
        return None
    fields: dict[str, FieldValue | CArray] = {
        "rows": site.input().elements // length,
        "in_features": length,
        "out_features": features,
        **activation,
        **_shared_constants(requantization),
        "weights": site.array("weights", "uint32_t", packed, f"[{features},{length}], two rows in a word, and starts"),
    }
    scratch = 2 * (length + -length % _INPUTS)
    # A row is expanded as a whole before its first feature is written.
    rows = site.input().elements // length
    return site.call(
        "fully_connected_dsp",
        fields,
        notes=notes,
        scratch_bytes=scratch,
        sources=("ek_matmul_1x4_dsp.S", CLAMP),
        overlap_bytes=distance((end * length, end * features) for end in range(1, rows)),
    )


def _convolution_does(graph: Graph) -> bool:
    """Whether the kernel of convolutions, which is there anyway, costs fewer bytes than one of its own."""
    kinds = [op.kind for op in graph.ops]
    features = sum(graph.output_tensor(op).shape[-1] for op in graph.ops if op.kind == "FULLY_CONNECTED")
    return "CONV_2D" in kinds and features * _CONSTANTS_BYTES <= _OWN_CODE_BYTES


@variant(ARCH, "FULLY_CONNECTED")
def by_two_features(site: Site) -> KernelCall | None:
    """A scale for each feature: a 1x1 convolution of as many pixels as there are rows."""
    assert isinstance(site.op.attrs, FullyConnectedAttrs)
    weights = weight_rows(site.graph, site.op)
    # One feature does not pay for the expansion of its inputs.
    return multiply_pixels(site, site.op.attrs.activation, weights) if len(weights) > 1 else None


def _shared_constants(requantization: Requantization) -> dict[str, FieldValue]:
    """What is the same for all rows."""
    if requantization.floors is not None:
        form = requantization.floors.forms[0]
        values = (0, requantization.scale, form.multiplier, 0, 0)
    else:
        general = requantization.two_sided[0]
        values = (1, 0, general.multiplier, general.addend, general.shift)
    return dict(zip(("two_sided", "scale", "multiplier", "addend", "shift"), values, strict=True))


def _pack(weights: Ints, requantization: Requantization) -> tuple[int, ...] | None:
    features = weights.shape[0]
    filled = np.pad(spread_bytes(pad_columns(weights, _INPUTS)), ((0, -features % _ROWS), (0, 0)))
    words: list[int] = []
    for first in range(0, len(filled), _ROWS):
        pairs = [dual_words(filled[row], filled[row + 1]) for row in (first, first + 2)]
        if pairs[0] is None or pairs[1] is None:
            return None
        blocks = np.array(pairs).reshape(2, -1, 4).transpose(1, 0, 2)
        words += blocks.ravel().tolist()
        words += [requantization.constants(row)[0] if row < features else 0 for row in range(first, first + _ROWS)]
    return tuple(words)
