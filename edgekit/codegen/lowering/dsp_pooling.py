# SPDX-License-Identifier: Apache-2.0
"""AVERAGE_POOL_2D and MAX_POOL_2D for cores with the DSP extension: the layers of the portable kernels."""

from __future__ import annotations

from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.dsp_convolution import ARCH, CLAMP
from edgekit.codegen.lowering.registry import Site, portable_layer, variant


@variant(ARCH, "AVERAGE_POOL_2D")
def mean_in_halves(site: Site) -> KernelCall:
    return portable_layer(site, "ek_mean_window_dsp.S", CLAMP)


@variant(ARCH, "MAX_POOL_2D")
def largest_bytes(site: Site) -> KernelCall:
    return portable_layer(site, CLAMP)
