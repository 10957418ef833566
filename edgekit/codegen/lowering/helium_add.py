# SPDX-License-Identifier: Apache-2.0
"""ADD for cores with Helium."""

from __future__ import annotations

from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.dsp_add import one_rounding
from edgekit.codegen.lowering.helium_convolution import ARCH
from edgekit.codegen.lowering.registry import Site, variant


@variant(ARCH, "ADD")
def add_same_shapes(site: Site) -> KernelCall | None:
    return one_rounding(site, "add_helium", "ek_add_helium.S")
