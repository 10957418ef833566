# SPDX-License-Identifier: Apache-2.0
"""Random steps of a model that compute element by element, reduce, or multiply matrices: image in, image out."""

from __future__ import annotations

from elementwise_ops import binary, unary
from flatbuffer_builder import ModelBuilder
from reduction_ops import batch_matmul, reduce

# RSQRT is not among them: the reference interpreter stops at negative inputs.
_UNARY_INT16 = ("LOGISTIC", "TANH")
_UNARY = ("ABS", "ELU", "HARD_SWISH", "LEAKY_RELU", "LOGISTIC", "TANH")
_MOST_PIXELS_A_SIDE = 24


def requantized(model: ModelBuilder, x: int) -> int:
    """`x` in another scale; without scales, its hard swish."""
    return unary(model, "HARD_SWISH", x) if model.dtype == "float32" else model.quantize(x)


def random_elementwise_op(model: ModelBuilder, x: int) -> int:
    """One operator, or a few that belong together."""
    if model.dtype == "int16":
        return [_function, _with_constant, _with_itself, _gate, _grouped][int(model.random.integers(0, 5))](model, x)
    steps = [_function, _function, _with_constant, _with_itself, _gate, _reduction]
    if max(model.shape(x)[1:3]) <= _MOST_PIXELS_A_SIDE:
        steps += [_product_with_itself, _grouped]
    return steps[int(model.random.integers(0, len(steps)))](model, x)


def _function(model: ModelBuilder, x: int) -> int:
    kind = str(model.random.choice(_UNARY_INT16 if model.dtype == "int16" else _UNARY))
    same = model.tensors[x].quant if model.random.random() < 0.3 else None
    return unary(model, kind, x, quant=same, alpha=float(model.random.choice([0.01, 0.2, 0.3])))


def _with_constant(model: ModelBuilder, x: int) -> int:
    kinds = ["SUB", "MUL"] if model.dtype == "int16" else ["SUB", "MUL", "MAXIMUM", "MINIMUM", "PRELU"]
    kind = str(model.random.choice(kinds))
    channels = model.shape(x)[3]
    shape = [(channels,), (1, 1, 1, channels), (1,), model.shape(x)][int(model.random.integers(0, 4))]
    quant = model.tensors[x].quant if kind.startswith("M") and kind != "MUL" else model.random_quant()
    constant = model.constant(model.random_numbers(shape), quant)
    if kind != "PRELU" and model.random.random() < 0.4:
        return binary(model, kind, constant, x)
    return binary(model, kind, x, constant)


def _with_itself(model: ModelBuilder, x: int) -> int:
    kind = str(model.random.choice(["SUB", "MUL"]))
    other = requantized(model, x) if model.random.random() < 0.7 else x
    return binary(model, kind, x, other, activation=str(model.random.choice(["NONE", "RELU"])))


def _gate(model: ModelBuilder, x: int) -> int:
    """Squeeze and excite."""
    weights = unary(model, "LOGISTIC", model.conv_2d(model.mean(x, keep_dims=True), model.shape(x)[3], kernel=1))
    return binary(model, "MUL", x, weights) if model.random.random() < 0.5 else binary(model, "MUL", weights, x)


def _reduction(model: ModelBuilder, x: int) -> int:
    axes = [(1,), (2,), (3,), (1, 2)][int(model.random.integers(0, 4))]
    kind = str(model.random.choice(["SUM", "REDUCE_MAX"]))
    return reduce(model, kind, x, axes, keep_dims=True)


def _product_with_itself(model: ModelBuilder, x: int) -> int:
    adj_x = bool(model.random.random() < 0.5)
    return batch_matmul(model, x, x, adj_x=adj_x, adj_y=not adj_x)


def _grouped(model: ModelBuilder, x: int) -> int:
    channels = model.shape(x)[3]
    groups = int(model.random.choice([size for size in range(1, channels + 1) if channels % size == 0]))
    return model.conv_2d(x, groups * int(model.random.integers(1, 4)), kernel=2, groups=groups)
