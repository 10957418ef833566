# SPDX-License-Identifier: Apache-2.0
"""float32: operators that compute element by element; MAXIMUM and MINIMUM go with those of int8."""

from __future__ import annotations

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.broadcasting import loops
from edgekit.codegen.lowering.float_convolution import activation_fields
from edgekit.codegen.lowering.registry import Site, lowers
from edgekit.ir.arithmetic import FLOATS
from edgekit.ir.attributes import AddAttrs, LeakyReluAttrs, MulAttrs, SubAttrs
from edgekit.ir.rescale import ACTIVATION_LIMITS

#: Kernels with code in a file of its own, which they share.
_SHARED = {"LOGISTIC": ("ek_exp.c",), "TANH": ("ek_exp.c",), "ELU": ("ek_exp.c",)}


@lowers("ADD", "SUB", "MUL", arithmetics=FLOATS)
def arithmetic(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, AddAttrs | SubAttrs | MulAttrs)
    activation, notes = activation_fields(site.op.attrs.activation)
    return site.call(site.op.kind.lower(), {**loops(site), **activation}, notes=notes, overlap_bytes=0)


@lowers("PRELU", arithmetics=FLOATS)
def prelu(site: Site) -> KernelCall:
    return site.call("prelu", loops(site), overlap_bytes=0)


@lowers("ABS", "RSQRT", "LOGISTIC", "TANH", "HARD_SWISH", "ELU", arithmetics=FLOATS)
def unary(site: Site) -> KernelCall:
    fields = {"elements": site.input().elements}
    return site.call(site.op.kind.lower(), fields, overlap_bytes=0, sources=_SHARED.get(site.op.kind, ()))


@lowers("LEAKY_RELU", arithmetics=FLOATS)
def leaky_relu(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, LeakyReluAttrs)
    fields: dict[str, FieldValue] = {"elements": site.input().elements, "alpha": float(np.float32(site.op.attrs.alpha))}
    return site.call("leaky_relu", fields, overlap_bytes=0)


@lowers("RELU", "RELU6", "RELU_N1_TO_1", arithmetics=FLOATS)
def relu(site: Site) -> KernelCall:
    low, high = ACTIVATION_LIMITS[site.op.kind]  # type: ignore[index]
    fields: dict[str, FieldValue] = {
        "elements": site.input().elements,
        "act_min": float(low or 0),
        "act_max": "EK_INFINITY" if high is None else high,
    }
    return site.call("relu", fields, notes={"act_min": site.op.kind.lower()}, overlap_bytes=0)
