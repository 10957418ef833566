# SPDX-License-Identifier: Apache-2.0
"""SOFTMAX, and the element-wise RELU, RELU6 and RELU_N1_TO_1."""

from __future__ import annotations

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.registry import Site, activation_fields, lowers, without_zero_points
from edgekit.ir.arithmetic import INTEGERS
from edgekit.ir.attributes import Activation
from edgekit.ir.fixed_point import exp_on_negative_values, mul_high, wrap32
from edgekit.ir.rescale import quantization, softmax_rescale, tensor_rescale

_RELUS: dict[str, Activation] = {"RELU": "RELU", "RELU6": "RELU6", "RELU_N1_TO_1": "RELU_N1_TO_1"}


@lowers("SOFTMAX")
def softmax(site: Site) -> KernelCall:
    depth = site.input().shape[-1]
    table = exp_table(site)
    return site.call(
        "softmax",
        {
            "rows": site.input().elements // depth,
            "depth": depth,
            "table_size": len(table),
            "exp_table": site.array("exp_table", "int32_t", table, "exp(-d * scale), 31 fractional bits"),
        },
        overlap_bytes=0,
    )


def exp_table(site: Site) -> tuple[int, ...]:
    """exp(-d * beta * scale) for d = 0 ... 255 as far as it is not zero, 31 fractional bits."""
    rescale, diff_min = softmax_rescale(site.graph, site.op)
    diff = -np.arange(256, dtype=np.int64)
    exponent = mul_high(wrap32(diff << rescale.shift), rescale.multiplier)
    values = np.where(diff >= diff_min, exp_on_negative_values(exponent), 0)
    used = int(np.flatnonzero(values)[-1]) + 1
    return tuple(values[:used].tolist())


@lowers("RELU_N1_TO_1")
@lowers("RELU", "RELU6", arithmetics=INTEGERS)
def relu(site: Site) -> KernelCall:
    activation, notes = activation_fields(site, _RELUS[site.op.kind])
    fields = {**_input_fields(site), **activation, **_rescale_fields(site)}
    return site.call("relu", without_zero_points(site, fields), notes=notes, overlap_bytes=0)


def _input_fields(site: Site) -> dict[str, FieldValue]:
    return {"elements": site.input().elements, "input_zero_point": quantization(site.input()).zero_point}


def _rescale_fields(site: Site) -> dict[str, FieldValue]:
    rescale = tensor_rescale(site.graph, site.op)
    return {"multiplier": rescale.multiplier, "shift": rescale.shift}
