# SPDX-License-Identifier: Apache-2.0
"""QUANTIZE and DEQUANTIZE: from one scale to another, and between integers and real numbers.

Real numbers are float32 and computed with as such: one division or one product, each rounded once.
"""

from __future__ import annotations

import numpy as np

from edgekit.ir.arithmetic import INTEGERS
from edgekit.ir.fixed_point import requantize
from edgekit.ir.graph import Graph, Op
from edgekit.ir.reference import Array, Operands, centered, evaluates
from edgekit.ir.rescale import activation_range, quantization, tensor_rescale


@evaluates("QUANTIZE", arithmetics=INTEGERS)
def _requantize(graph: Graph, op: Op, operands: Operands) -> Array:
    output = graph.output_tensor(op)
    rescaled = requantize(centered(graph, op, operands, 0), *tensor_rescale(graph, op))
    return np.clip(rescaled + quantization(output).zero_point, *activation_range(output, "NONE"))


@evaluates("QUANTIZE", arithmetics=("float32",))
def _quantize(graph: Graph, op: Op, operands: Operands) -> Array:
    values, output = operands[0], graph.output_tensor(op)
    assert values is not None
    quant = quantization(output)
    with np.errstate(over="ignore"):
        divided = np.asarray(values, np.float32) / np.float32(quant.scale)
    # What is no number becomes the zero point, as in the kernels; the reference's result is not defined.
    divided = np.where(np.isnan(divided), np.float32(0), divided)
    low, high = activation_range(output, "NONE")
    # Clamped first: what lies beyond the integers is as good as their end. Halves go away from zero.
    near = np.clip(divided.astype(np.float64), low - quant.zero_point - 1, high - quant.zero_point + 1)
    rounded = np.sign(near) * np.floor(np.abs(near) + 0.5)
    return np.asarray(np.clip(rounded + quant.zero_point, low, high))


@evaluates("DEQUANTIZE", arithmetics=INTEGERS)
def _dequantize(graph: Graph, op: Op, operands: Operands) -> Array:
    """Exact: the integers have at most 17 bits, so the product with the scale is the float32 next to the true one."""
    scale = quantization(graph.input_tensor(op, 0)).scale
    return (centered(graph, op, operands, 0) * scale).astype(np.float32)
