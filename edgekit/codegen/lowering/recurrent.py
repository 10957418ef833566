# SPDX-License-Identifier: Apache-2.0
"""Layers that remember."""

from __future__ import annotations

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.registry import Site, lowers
from edgekit.codegen.requantize import weight_rows
from edgekit.ir.arithmetic import EVERY
from edgekit.ir.attributes import SvdfAttrs
from edgekit.ir.fixed_point import Ints
from edgekit.ir.rescale import quantization, svdf_rescales


@lowers("READ_VARIABLE", "ASSIGN_VARIABLE", arithmetics=EVERY)
def variable(site: Site) -> KernelCall:
    return site.call("variable", {"bytes": site.output.size_bytes}, suffix="s8")


@lowers("SVDF")
def svdf(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, SvdfAttrs)
    features, times = weight_rows(site.graph, site.op), np.asarray(site.input(2).data).astype(np.int64)
    rescales = svdf_rescales(site.graph, site.op)
    given = site.graph.optional_input(site.op, 3)
    units = len(features) // attrs.rank
    start = np.zeros(units, np.int64) if given is None else np.asarray(given.data).astype(np.int64)
    feature_bias: Ints = -quantization(site.input()).zero_point * features.sum(axis=1)
    fields: dict[str, FieldValue | CArray] = {
        "inputs": features.shape[1],
        "units": units,
        "rank": attrs.rank,
        "memory": times.shape[1],
        "long_state": int(site.input(4).dtype == "int16"),
        "feature_multiplier": rescales.feature.multiplier,
        "feature_shift": rescales.feature.shift,
        "output_zero_point": quantization(site.output).zero_point,
        "multiplier": rescales.output.multiplier,
        "shift": rescales.output.shift,
        "features": site.array("features", "int8_t", features.ravel().tolist(), "[units][rank][inputs]"),
        "feature_bias": site.array("feature_bias", "int32_t", feature_bias.tolist(), "input zero point folded in"),
        "times": site.array("times", "int16_t", times.ravel().tolist(), "[units][rank][memory]"),
        "bias": site.array("bias", "int32_t", start.tolist()),
    }
    return site.call("svdf", fields)
