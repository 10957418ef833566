# SPDX-License-Identifier: Apache-2.0
"""Operators that remember, added to a ModelBuilder one by one."""

from __future__ import annotations

import numpy as np
from flatbuffer_builder import ACTIVATIONS, ModelBuilder
from flatbuffer_writer import OpSpec, Quant, SubgraphSpec, TensorSpec


def svdf(
    model: ModelBuilder,
    x: int,
    units: int,
    *,
    rank: int = 2,
    memory: int = 5,
    dtype: str = "int16",
    activation: str = "NONE",
    scale_factor: float = 1.0,
) -> int:
    """`dtype` is the type of state and time weights."""
    random = model.random
    filters, inputs = units * rank, model.shape(x)[1]
    top = 127 if dtype == "int8" else 32767
    features = model.constant(random.integers(-127, 128, (filters, inputs)).astype(np.int8), ([0.01], [0], 0))
    times = random.integers(-top, top + 1, (filters, memory)).astype(dtype)
    weights = model.constant(times, ([float(np.float32(1 / top))], [0], 0))
    # A scale that fills most of the state's range.
    state_scale = float(np.float32(model.scale(x) * 0.01 * 75 * 75 * np.sqrt(inputs) * 2 / top))
    bias_scale = float(np.float32(state_scale) * np.float32(1 / top))
    reach = int(0.3 * top * top)
    bias = model.constant(random.integers(-reach, reach + 1, units).astype(np.int32), ([bias_scale], [0], 0))
    quant = ([state_scale], [0], 0)
    state = model.tensor(TensorSpec(f"state_{len(model.tensors)}", (1, filters * memory), dtype, quant, variable=True))
    output = model.random_quant(float(np.float32(state_scale * top * np.sqrt(rank * memory) / 150 * scale_factor)))
    if activation == "RELU":
        output = (output[0], [-128], 0)
    options = [(0, "int32", rank), (1, "int8", ACTIVATIONS[activation])]
    operands = [x, features, weights, bias, state]
    return model.op("SVDF", operands, (1, units), output, options_type=6, options=options)


def variable(model: ModelBuilder, name: str = "memory") -> int:
    """A VAR_HANDLE; it stands for the same variable wherever the name is the same."""
    handle = model.tensor(TensorSpec(f"handle_{len(model.tensors)}", (), "resource"))
    model.ops.append(OpSpec("VAR_HANDLE", [], [handle], 111, [(0, "string", ""), (1, "string", name)]))
    return handle


def read(model: ModelBuilder, handle: int, like: int) -> int:
    """READ_VARIABLE; the value has the shape and quantization of tensor `like`."""
    spec = model.tensors[like]
    return model.op("READ_VARIABLE", [handle], spec.shape, spec.quant, dtype=spec.dtype)


def assign(model: ModelBuilder, handle: int, value: int) -> None:
    model.ops.append(OpSpec("ASSIGN_VARIABLE", [handle, value], []))


def start_with(model: ModelBuilder, values: dict[str, tuple[np.ndarray, Quant | None]]) -> None:
    """CALL_ONCE of a new subgraph that assigns constants to variables, before all that is there."""
    start = ModelBuilder()
    for name, (value, quant) in values.items():
        assign(start, variable(start, name), start.constant(value, quant))
    model.subgraphs.append(SubgraphSpec(start.tensors, start.ops))
    model.ops.insert(0, OpSpec("CALL_ONCE", [], [], 103, [(0, "int32", len(model.subgraphs))]))


def lstm(
    model: ModelBuilder,
    x: int,
    units: int,
    *,
    time_major: bool = False,
    cell_exponent: int = -11,
    cell_clip: float = 10.0,
    gate_scale: float = 1.0,
    extra: dict[int, int] | None = None,
) -> int:
    """In the model's type, int8 or int16. `gate_scale` stretches what goes into the gates; `extra` puts tensors at
    places that a plain LSTM leaves free."""
    random, (*times, inputs) = model.random, model.shape(x)
    wide = model.dtype == "int16"
    fine = 256 if wide else 1

    def weights(depth: int) -> int:
        scale = float(np.float32(gate_scale * random.uniform(0.02, 0.04) / np.sqrt(depth)))
        return model.constant(random.integers(-127, 128, (units, depth)).astype(np.int8), ([scale], [0], 0))

    def state(dtype: str, quant: Quant) -> int:
        return model.tensor(TensorSpec(f"state_{len(model.tensors)}", (1, units), dtype, quant, variable=True))

    operands = [x, *(weights(inputs) for _ in range(4)), *(weights(units) for _ in range(4)), -1, -1, -1]
    reach = 3000 * fine
    biases = [random.integers(-reach, reach + 1, units).astype("int64" if wide else "int32") for _ in range(4)]
    operands += [model.constant(bias) for bias in biases]
    output = model.random_quant(float(np.float32(random.uniform(0.005, 0.01) / fine)))
    operands += [-1, -1, state(model.dtype, output), state("int16", ([2.0**cell_exponent], [0], 0)), -1, -1, -1, -1]
    for position, tensor in (extra or {}).items():
        operands[position] = tensor
    options = [(0, "int8", ACTIVATIONS["TANH"]), (1, "float32", cell_clip), (3, "bool", time_major)]
    kind = "UNIDIRECTIONAL_SEQUENCE_LSTM"
    return model.op(kind, operands, (*times, units), output, options_type=71, options=options)
