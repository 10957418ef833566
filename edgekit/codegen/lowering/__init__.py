# SPDX-License-Identifier: Apache-2.0
"""Op -> KernelCall. A new operator is a function with @lowers("KIND") in one of these modules."""

from __future__ import annotations

from edgekit.codegen.lowering import (
    arithmetic,
    broadcasting,
    convolution,
    dsp_add,
    dsp_convolution,
    dsp_depthwise,
    dsp_fully_connected,
    dsp_transpose_conv,
    float_convolution,
    float_elementwise,
    float_pooling,
    helium_add,
    helium_convolution,
    helium_depthwise,
    helium_pooling,
    int16,
    pooling,
    quantize,
    rearrangement,
    recurrent,
    reduction,
    resizing,
    tables,
)
from edgekit.codegen.lowering.registry import LOWERINGS, lower_graph

__all__ = [
    "LOWERINGS",
    "arithmetic",
    "broadcasting",
    "convolution",
    "dsp_add",
    "dsp_convolution",
    "dsp_depthwise",
    "dsp_fully_connected",
    "dsp_transpose_conv",
    "float_convolution",
    "float_elementwise",
    "float_pooling",
    "helium_add",
    "helium_convolution",
    "helium_depthwise",
    "helium_pooling",
    "int16",
    "lower_graph",
    "pooling",
    "quantize",
    "rearrangement",
    "recurrent",
    "reduction",
    "resizing",
    "tables",
]
