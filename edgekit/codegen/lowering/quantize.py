# SPDX-License-Identifier: Apache-2.0
"""QUANTIZE and DEQUANTIZE: one kernel for each pair of types."""

from __future__ import annotations

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.registry import SUFFIXES, Site, lowers
from edgekit.ir.arithmetic import INTEGERS, arithmetic_of_type
from edgekit.ir.graph import DTYPE_BYTES
from edgekit.ir.rescale import quantization, tensor_rescale


@lowers("QUANTIZE", arithmetics=INTEGERS)
def requantize(site: Site) -> KernelCall:
    rescale = tensor_rescale(site.graph, site.op)
    fields: dict[str, FieldValue] = {"elements": site.input().elements}
    if site.input().dtype == "int8":
        fields["input_zero_point"] = quantization(site.input()).zero_point
    if site.output.dtype == "int8":
        fields["output_zero_point"] = quantization(site.output).zero_point
    fields |= {"multiplier": rescale.multiplier, "shift": rescale.shift}
    return _call(site, "requantize", fields)


@lowers("QUANTIZE", arithmetics=("float32",))
def quantize(site: Site) -> KernelCall:
    quant = quantization(site.output)
    return _call(site, "quantize", {"elements": site.input().elements, **_scale_fields(quant.zero_point, quant.scale)})


@lowers("DEQUANTIZE", arithmetics=INTEGERS)
def dequantize(site: Site) -> KernelCall:
    quant = quantization(site.input())
    fields = {"elements": site.input().elements, **_scale_fields(quant.zero_point, quant.scale)}
    return _call(site, "dequantize", fields)


def _scale_fields(zero_point: int, scale: float) -> dict[str, FieldValue]:
    return {"zero_point": zero_point, "scale": scale}


def _call(site: Site, kernel: str, fields: dict[str, FieldValue]) -> KernelCall:
    """The kernel named after both types, or after the one; integers that do not grow may stay where they are."""
    suffix = SUFFIXES[arithmetic_of_type(site.output.dtype)]
    if site.input().dtype != site.output.dtype:
        suffix = f"{SUFFIXES[site.arithmetic]}_{suffix}"
    # A compiler may reorder accesses to float and to integers, so those never lie over one another.
    shrinks = site.arithmetic in INTEGERS and site.element_bytes >= DTYPE_BYTES[site.output.dtype]
    own = suffix != SUFFIXES[site.arithmetic]
    return site.call(kernel, fields, suffix=suffix if own else "", overlap_bytes=0 if shrinks else None)
