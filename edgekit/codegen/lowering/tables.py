# SPDX-License-Identifier: Apache-2.0
"""Operators that map one int8 to one int8: the host computes all 256 results, the kernel looks them up."""

from __future__ import annotations

from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.registry import Site, lowers
from edgekit.ir.reference_elementwise import unary_table


@lowers("ABS", "RSQRT", "LOGISTIC", "TANH", "HARD_SWISH", "ELU", "LEAKY_RELU")
def table(site: Site) -> KernelCall:
    values = unary_table(site.graph, site.op).tolist()
    comment = f"{site.op.kind} of -128 ... 127"
    array = site.array("table", "int8_t", values, comment)
    return site.call("table", {"elements": site.input().elements, "table": array}, overlap_bytes=0)
