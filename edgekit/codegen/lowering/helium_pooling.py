# SPDX-License-Identifier: Apache-2.0
"""AVERAGE_POOL_2D, MAX_POOL_2D, MEAN and SUM for cores with Helium: the layers of the portable kernels."""

from __future__ import annotations

from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.helium_convolution import ARCH
from edgekit.codegen.lowering.registry import Site, portable_layer, variant


@variant(ARCH, "MEAN", "SUM")
def sum_in_vectors(site: Site) -> KernelCall:
    return portable_layer(site, "ek_sum_helium.S")


@variant(ARCH, "AVERAGE_POOL_2D")
def mean_in_vectors(site: Site) -> KernelCall:
    return portable_layer(site, "ek_mean_helium.S", "ek_sum_helium.S")


@variant(ARCH, "MAX_POOL_2D")
def largest_in_vectors(site: Site) -> KernelCall:
    return portable_layer(site, "ek_max_helium.S")
