# SPDX-License-Identifier: Apache-2.0
"""ADD, SOFTMAX, and the element-wise RELU, RELU6 and QUANTIZE."""

from __future__ import annotations

import math

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.registry import Site, activation_fields, lowers
from edgekit.ir.attributes import Activation, AddAttrs
from edgekit.ir.fixed_point import exp_on_negative_values, mul_high, wrap32
from edgekit.ir.rescale import add_rescales, quantization, softmax_rescale, tensor_rescale

_ADD_DIMENSIONS = 4


@lowers("ADD")
def add(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, AddAttrs)
    shape, strides = broadcast_strides(site.input(0).shape, site.input(1).shape, site.output.shape)
    if len(shape) > _ADD_DIMENSIONS:
        raise site.refuse(f"broadcasting over {len(shape)} dimensions; at most {_ADD_DIMENSIONS} are supported")
    fill = _ADD_DIMENSIONS - len(shape)
    rescales = add_rescales(site.graph, site.op)
    activation, notes = activation_fields(site, site.op.attrs.activation, zero_point=False)
    fields: dict[str, FieldValue] = {
        "shape": (1,) * fill + shape,
        "a_strides": (0,) * fill + strides[0],
        "b_strides": (0,) * fill + strides[1],
    }
    tensors = (site.input(0), site.input(1), site.output)
    for prefix, tensor, rescale in zip(("a", "b", "output"), tensors, rescales, strict=True):
        fields[f"{prefix}_zero_point"] = quantization(tensor).zero_point
        fields[f"{prefix}_multiplier"] = rescale.multiplier
        fields[f"{prefix}_shift"] = rescale.shift
    return site.call("add", {**fields, **activation}, notes=notes)


def broadcast_strides(
    a: tuple[int, ...], b: tuple[int, ...], output: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[tuple[int, ...], tuple[int, ...]]]:
    """The loops over `output` with as few dimensions as possible: sizes, and the strides of both inputs in elements."""
    rank = len(output)
    padded = [(1,) * (rank - len(shape)) + shape for shape in (a, b)]
    loops: list[tuple[int, int, int]] = []
    for axis, size in enumerate(output):
        if size == 1:
            continue
        stride_a, stride_b = (0 if shape[axis] == 1 else math.prod(shape[axis + 1 :]) for shape in padded)
        # An outer loop whose step is the whole inner one continues it.
        if loops and loops[-1][1] == stride_a * size and loops[-1][2] == stride_b * size:
            loops[-1] = (loops[-1][0] * size, stride_a, stride_b)
        else:
            loops.append((size, stride_a, stride_b))
    if not loops:
        loops = [(1, 0, 0)]
    sizes, strides_a, strides_b = zip(*loops, strict=True)
    return sizes, (strides_a, strides_b)


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
    )


def exp_table(site: Site) -> tuple[int, ...]:
    """exp(-d * beta * scale) for d = 0 ... 255 as far as it is not zero, 31 fractional bits."""
    rescale, diff_min = softmax_rescale(site.graph, site.op)
    diff = -np.arange(256, dtype=np.int64)
    exponent = mul_high(wrap32(diff << rescale.shift), rescale.multiplier)
    values = np.where(diff >= diff_min, exp_on_negative_values(exponent), 0)
    used = int(np.flatnonzero(values)[-1]) + 1
    return tuple(values[:used].tolist())


@lowers("RELU", "RELU6")
def relu(site: Site) -> KernelCall:
    kind: Activation = "RELU" if site.op.kind == "RELU" else "RELU6"
    activation, notes = activation_fields(site, kind)
    fields = {**_input_fields(site), **activation, **_rescale_fields(site)}
    return site.call("relu", fields, notes=notes)


@lowers("QUANTIZE")
def requantize(site: Site) -> KernelCall:
    zero_point = quantization(site.output).zero_point
    return site.call("requantize", {**_input_fields(site), "output_zero_point": zero_point, **_rescale_fields(site)})


def _input_fields(site: Site) -> dict[str, FieldValue]:
    return {"elements": site.input().elements, "input_zero_point": quantization(site.input()).zero_point}


def _rescale_fields(site: Site) -> dict[str, FieldValue]:
    rescale = tensor_rescale(site.graph, site.op)
    return {"multiplier": rescale.multiplier, "shift": rescale.shift}
