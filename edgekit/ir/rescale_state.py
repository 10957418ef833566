# SPDX-License-Identifier: Apache-2.0
"""From the scales of an LSTM to the integers that kernels compute with."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from edgekit.ir.attributes import LstmAttrs
from edgekit.ir.fixed_point import Rescale, quantize_multiplier
from edgekit.ir.graph import Graph, Op
from edgekit.ir.rescale import quantization

#: Positions of the operands: weights and biases of four gates each (input, forget, cell, output).
GATES = range(4)
INPUT_WEIGHTS, HIDDEN_WEIGHTS, BIAS, HIDDEN, CELL = 1, 5, 9, 13, 14

# Gates take numbers with 12 fractional bits and give 15 of them.
_GATE_SCALE = 2.0**-12
_FRACTION = 2.0**-15


class LstmRescale(NamedTuple):
    """`input` and `hidden` bring the sums of each gate to 12 fractional bits; `cell` brings input gate times cell gate
    to the cell, `output` output gate times tanh(cell) to the output. (cell * tanh_factor + half) >> tanh_shift has 12
    fractional bits, times 3. `cell_limit`: the cell's largest magnitude, 0 for none."""

    input: tuple[Rescale, ...]
    hidden: tuple[Rescale, ...]
    cell: Rescale
    output: Rescale
    tanh_factor: int
    tanh_shift: int
    cell_limit: int


def cell_exponent(scale: float) -> int | None:
    """p of a scale 2**p, None for any other."""
    fraction, exponent = math.frexp(scale)
    return exponent - 1 if fraction == 0.5 else None


def lstm_rescales(graph: Graph, op: Op) -> LstmRescale:
    """Scales of weights and data are multiplied in float32, as the reference does; all else in double precision."""
    assert isinstance(op.attrs, LstmAttrs)

    def scale(position: int) -> float:
        return quantization(graph.input_tensor(op, position)).scale

    def gates(data: int, weights: int) -> tuple[Rescale, ...]:
        products = (float(np.float32(scale(data)) * np.float32(scale(weights + gate))) for gate in GATES)
        return tuple(quantize_multiplier(product / _GATE_SCALE) for product in products)

    exponent = cell_exponent(scale(CELL))
    assert exponent is not None
    to_tanh = exponent + 12
    limit = min(max(float(np.float32(op.attrs.cell_clip)) / scale(CELL), -32768.0), 32767.0)
    return LstmRescale(
        input=gates(0, INPUT_WEIGHTS),
        hidden=gates(HIDDEN, HIDDEN_WEIGHTS),
        cell=quantize_multiplier(_FRACTION * _FRACTION / scale(CELL)),
        output=quantize_multiplier(_FRACTION * _FRACTION / scale(HIDDEN)),
        tanh_factor=3 << max(to_tanh, 0),
        tanh_shift=max(-to_tanh, 0),
        cell_limit=max(int(limit), 0),
    )
