# SPDX-License-Identifier: Apache-2.0
"""AVERAGE_POOL_2D for cores with the DSP extension: the layer of the portable kernel."""

from __future__ import annotations

from dataclasses import replace

from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.dsp_convolution import ARCH
from edgekit.codegen.lowering.registry import LOWERINGS, Site, variant


@variant(ARCH, "AVERAGE_POOL_2D")
def mean_in_halves(site: Site) -> KernelCall:
    call = LOWERINGS[site.op.kind, site.arithmetic](site)
    return replace(call, sources=(*call.sources, "ek_mean_window_dsp.S"))
