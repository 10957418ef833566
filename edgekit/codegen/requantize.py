# SPDX-License-Identifier: Apache-2.0
"""What the host computes so that the device need not: biases with the zero point folded in, scales by channel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from edgekit.ir.fixed_point import Ints, Rescale, wrap32
from edgekit.ir.graph import Graph, Op
from edgekit.ir.rescale import channel_rescales, quantization


class ChannelScales(NamedTuple):
    multipliers: tuple[int, ...]
    shifts: tuple[int, ...]


def folded_bias(graph: Graph, op: Op, rows: Ints) -> tuple[int, ...]:
    """bias - zero_point * sum of weights for each row of `rows` [O, K], wrapped to int32.

    sum((x - z) * w) + bias = sum(x * w) + (bias - z * sum(w)), exact modulo 2**32 as the kernels compute.
    """
    zero_point = quantization(graph.input_tensor(op, 0)).zero_point
    bias = graph.optional_input(op, 2)
    start = np.zeros(rows.shape[0], np.int64) if bias is None else _data(bias.data).ravel()
    folded: Ints = wrap32(start - zero_point * rows.sum(axis=1))
    return tuple(folded.tolist())


def channel_scales(graph: Graph, op: Op, channels: int) -> ChannelScales:
    """Multiplier and shift of every output channel."""
    rescales = channel_rescales(graph, op)
    if len(rescales) == 1:
        rescales *= channels
    return split_rescales(rescales)


def split_rescales(rescales: tuple[Rescale, ...]) -> ChannelScales:
    return ChannelScales(tuple(r.multiplier for r in rescales), tuple(r.shift for r in rescales))


def weight_rows(graph: Graph, op: Op) -> Ints:
    """The weights of `op` as [first dimension, all others]."""
    weights = graph.input_tensor(op, 1)
    return _data(weights.data).reshape(weights.shape[0], -1)


def _data(array: object) -> Ints:
    return np.asarray(array).astype(np.int64)
