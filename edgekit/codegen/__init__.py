# SPDX-License-Identifier: Apache-2.0
"""Graph + MemoryPlan -> C text."""

from __future__ import annotations

from edgekit.codegen.cores import CORE_ARCH
from edgekit.codegen.generate import generate_model
from edgekit.codegen.generated import CArray, Engine, GeneratedModel, KernelCall, Objective, Port
from edgekit.codegen.names import c_name

__all__ = [
    "CORE_ARCH",
    "CArray",
    "Engine",
    "GeneratedModel",
    "KernelCall",
    "Objective",
    "Port",
    "c_name",
    "generate_model",
]
