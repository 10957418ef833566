# SPDX-License-Identifier: Apache-2.0
"""ADD for cores with the DSP extension."""

from __future__ import annotations

from edgekit.codegen.exact_add import find_add_form
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.dsp_convolution import ARCH, CLAMP
from edgekit.codegen.lowering.registry import Site, activation_fields, variant
from edgekit.ir.attributes import AddAttrs
from edgekit.ir.rescale import add_rescales, quantization


@variant(ARCH, "ADD")
def add_same_shapes(site: Site) -> KernelCall | None:
    return one_rounding(site, "add_dsp", CLAMP)


def one_rounding(site: Site, kernel: str, *sources: str) -> KernelCall | None:
    """The call of `kernel`, which calls `sources`; None for tensors of several shapes, and where no form with one
    rounding gives every byte."""
    assert isinstance(site.op.attrs, AddAttrs)
    quants = [quantization(tensor) for tensor in (site.input(0), site.input(1), site.output)]
    if site.input(0).shape != site.input(1).shape:
        return None
    form = find_add_form(
        add_rescales(site.graph, site.op),
        (quants[0].zero_point, quants[1].zero_point, quants[2].zero_point),
        (quants[0].scale / quants[2].scale, quants[1].scale / quants[2].scale),
    )
    if form is None:
        return None
    activation, notes = activation_fields(site, site.op.attrs.activation, zero_point=False)
    fields = {
        "count": site.output.elements,
        "a_factor": form.a_factor,
        "b_factor": form.b_factor,
        "start": form.start,
        "addend": form.addend,
        "ties_away": int(form.ties_away),
        "shift": form.shift,
        **activation,
    }
    return site.call(kernel, fields, notes=notes, overlap_bytes=0, sources=sources)
