# SPDX-License-Identifier: Apache-2.0
"""ADD, SUB, MUL, MAXIMUM, MINIMUM and PRELU: two operands, one of which may be broadcast to the other."""

from __future__ import annotations

import math

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.registry import Site, activation_fields, lowers, without_zero_points
from edgekit.ir.arithmetic import INT8_AND_FLOAT, INTEGERS
from edgekit.ir.attributes import AddAttrs, MulAttrs, SubAttrs
from edgekit.ir.fixed_point import Rescale
from edgekit.ir.rescale import add_rescales, product_rescale, quantization, tensor_rescale

_DIMENSIONS = 5

Fields = dict[str, FieldValue]


@lowers("ADD", "SUB", arithmetics=INTEGERS)
def add(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, AddAttrs | SubAttrs)
    rescales = add_rescales(site.graph, site.op)
    activation, notes = activation_fields(site, site.op.attrs.activation, zero_point=False)
    fields = loops(site)
    tensors = (site.input(0), site.input(1), site.output)
    for prefix, tensor, rescale in zip(("a", "b", "output"), tensors, rescales, strict=True):
        fields[f"{prefix}_zero_point"] = quantization(tensor).zero_point
        fields |= _rescale_fields(f"{prefix}_", rescale)
    fields = without_zero_points(site, {**fields, **activation})
    return site.call(site.op.kind.lower(), fields, notes=notes, overlap_bytes=0)


@lowers("MUL", arithmetics=INTEGERS)
def mul(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, MulAttrs)
    activation, notes = activation_fields(site, site.op.attrs.activation)
    rescale = _rescale_fields("", product_rescale(site.graph, site.op))
    fields = {**loops(site), **_zero_points(site), **activation, **rescale}
    return site.call("mul", without_zero_points(site, fields), notes=notes, overlap_bytes=0)


@lowers("MAXIMUM", "MINIMUM", arithmetics=INT8_AND_FLOAT)
def extremum(site: Site) -> KernelCall:
    return site.call(site.op.kind.lower(), loops(site), overlap_bytes=0)


@lowers("PRELU")
def prelu(site: Site) -> KernelCall:
    fields = {
        **loops(site),
        **_zero_points(site),
        "output_zero_point": quantization(site.output).zero_point,
        **_rescale_fields("", tensor_rescale(site.graph, site.op)),
        **_rescale_fields("slope_", product_rescale(site.graph, site.op)),
    }
    return site.call("prelu", fields, overlap_bytes=0)


def _zero_points(site: Site) -> Fields:
    return {
        "a_zero_point": quantization(site.input(0)).zero_point,
        "b_zero_point": quantization(site.input(1)).zero_point,
    }


def _rescale_fields(prefix: str, rescale: Rescale) -> Fields:
    return {f"{prefix}multiplier": rescale.multiplier, f"{prefix}shift": rescale.shift}


def loops(site: Site) -> Fields:
    """The fields `shape`, `a_strides` and `b_strides` of a kernel."""
    shape, strides = broadcast_strides(site.input(0).shape, site.input(1).shape, site.output.shape)
    if len(shape) > _DIMENSIONS:
        raise site.refuse(f"broadcasting over {len(shape)} dimensions; at most {_DIMENSIONS} are supported")
    fill = _DIMENSIONS - len(shape)
    return {
        "shape": (1,) * fill + shape,
        "a_strides": (0,) * fill + strides[0],
        "b_strides": (0,) * fill + strides[1],
    }


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
