# SPDX-License-Identifier: Apache-2.0
"""ADD for cores with Helium."""

from __future__ import annotations

from dataclasses import replace

from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.dsp_add import one_rounding
from edgekit.codegen.lowering.helium_convolution import ARCH
from edgekit.codegen.lowering.registry import Site, variant


@variant(ARCH, "ADD")
def add_same_shapes(site: Site) -> KernelCall | None:
    call = one_rounding(site, "add_helium")
    return None if call is None else replace(call, sources=(*call.sources, "ek_add_helium.S"))
