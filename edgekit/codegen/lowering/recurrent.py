# SPDX-License-Identifier: Apache-2.0
"""Layers that remember."""

from __future__ import annotations

import numpy as np

from edgekit.codegen.c_writer import FieldValue
from edgekit.codegen.generated import CArray, KernelCall
from edgekit.codegen.lowering.registry import Site, lowers
from edgekit.codegen.requantize import ChannelScales, split_rescales, weight_rows
from edgekit.ir.arithmetic import EVERY
from edgekit.ir.attributes import SvdfAttrs
from edgekit.ir.fixed_point import Ints, reduced_multiplier, wrap32
from edgekit.ir.rescale import quantization, svdf_rescales
from edgekit.ir.rescale_state import BIAS, GATES, HIDDEN, HIDDEN_WEIGHTS, INPUT_WEIGHTS, lstm_rescales
from edgekit.ir.tables_int16 import sigmoid_table


@lowers("READ_VARIABLE", "ASSIGN_VARIABLE", arithmetics=EVERY)
def variable(site: Site) -> KernelCall:
    return site.call("variable", {"bytes": site.output.size_bytes}, suffix="s8")


@lowers("SVDF")
def svdf(site: Site) -> KernelCall:
    attrs = site.op.attrs
    assert isinstance(attrs, SvdfAttrs)
    features, times = weight_rows(site.graph, site.op), np.asarray(site.input(2).data).astype(np.int64)
    rescales = svdf_rescales(site.graph, site.op)
    given = site.graph.optional_input(site.op, 3)
    units = len(features) // attrs.rank
    start = np.zeros(units, np.int64) if given is None else np.asarray(given.data).astype(np.int64)
    feature_bias: Ints = -quantization(site.input()).zero_point * features.sum(axis=1)
    fields: dict[str, FieldValue | CArray] = {
        "inputs": features.shape[1],
        "units": units,
        "rank": attrs.rank,
        "memory": times.shape[1],
        "long_state": int(site.input(4).dtype == "int16"),
        "feature_multiplier": rescales.feature.multiplier,
        "feature_shift": rescales.feature.shift,
        "output_zero_point": quantization(site.output).zero_point,
        "multiplier": rescales.output.multiplier,
        "shift": rescales.output.shift,
        "features": site.array("features", "int8_t", features.ravel().tolist(), "[units][rank][inputs]"),
        "feature_bias": site.array("feature_bias", "int32_t", feature_bias.tolist(), "input zero point folded in"),
        "times": site.array("times", "int16_t", times.ravel().tolist(), "[units][rank][memory]"),
        "bias": site.array("bias", "int32_t", start.tolist()),
    }
    return site.call("svdf", fields)


@lowers("UNIDIRECTIONAL_SEQUENCE_LSTM")
def lstm(site: Site) -> KernelCall:
    input_weights, hidden_weights, bias = (_gates(site, start) for start in (INPUT_WEIGHTS, HIDDEN_WEIGHTS, BIAS))
    input_bias: Ints = wrap32(bias - quantization(site.input()).zero_point * input_weights.sum(axis=2))
    hidden_bias: Ints = wrap32(-quantization(site.input(HIDDEN)).zero_point * hidden_weights.sum(axis=2))
    fields: dict[str, FieldValue | CArray] = {
        **_lstm_numbers(site, wide=False),
        "output_zero_point": quantization(site.output).zero_point,
        "input_weights": site.array("input_weights", "int8_t", _flat(input_weights), "[gate][units][inputs]"),
        "input_bias": site.array("input_bias", "int32_t", _flat(input_bias), "input zero point folded in"),
        "hidden_weights": site.array("hidden_weights", "int8_t", _flat(hidden_weights), "[gate][units][units]"),
        "hidden_bias": site.array("hidden_bias", "int32_t", _flat(hidden_bias), "hidden zero point folded in"),
        "sigmoid": _sigmoid(site),
    }
    return site.call("unidirectional_sequence_lstm", fields)


@lowers("UNIDIRECTIONAL_SEQUENCE_LSTM", arithmetics=("int16x8",))
def lstm_int16(site: Site) -> KernelCall:
    input_weights, hidden_weights, bias = (_gates(site, start) for start in (INPUT_WEIGHTS, HIDDEN_WEIGHTS, BIAS))
    fields: dict[str, FieldValue | CArray] = {
        **_lstm_numbers(site, wide=True),
        "input_weights": site.array("input_weights", "int8_t", _flat(input_weights), "[gate][units][inputs]"),
        "bias": site.array("bias", "int64_t", _flat(bias)),
        "hidden_weights": site.array("hidden_weights", "int8_t", _flat(hidden_weights), "[gate][units][units]"),
        "sigmoid": _sigmoid(site),
    }
    return site.call("unidirectional_sequence_lstm", fields)


def _lstm_numbers(site: Site, *, wide: bool) -> dict[str, FieldValue | CArray]:
    """What an LSTM has in every arithmetic; `wide`: sums have 64 bits, their factors 15."""
    rescales = lstm_rescales(site.graph, site.op)
    inputs, hidden = (
        ChannelScales(tuple(reduced_multiplier(each) for each in scales.multipliers), scales.shifts) if wide else scales
        for scales in (split_rescales(rescales.input), split_rescales(rescales.hidden))
    )
    units, features = site.input(INPUT_WEIGHTS).shape
    return {
        "steps": site.output.elements // units,
        "inputs": features,
        "units": units,
        "input_multipliers": inputs.multipliers,
        "input_shifts": inputs.shifts,
        "hidden_multipliers": hidden.multipliers,
        "hidden_shifts": hidden.shifts,
        "cell_multiplier": rescales.cell.multiplier,
        "cell_shift": rescales.cell.shift,
        "cell_limit": rescales.cell_limit,
        "tanh_factor": rescales.tanh_factor,
        "tanh_shift": rescales.tanh_shift,
        "output_multiplier": rescales.output.multiplier,
        "output_shift": rescales.output.shift,
    }


def _sigmoid(site: Site) -> CArray:
    return site.array("sigmoid", "uint16_t", sigmoid_table().tolist(), "1 / (1 + exp(-i / 24))")


def _gates(site: Site, start: int) -> Ints:
    """The constants of all gates, the gate being the first dimension."""
    return np.stack([np.asarray(site.input(start + gate).data).astype(np.int64) for gate in GATES])


def _flat(values: Ints) -> list[int]:
    return [int(value) for value in values.ravel()]
