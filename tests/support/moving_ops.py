# SPDX-License-Identifier: Apache-2.0
"""Operators that move elements, each as a small model of any type: what they do must not depend on the type."""

from __future__ import annotations

from collections.abc import Callable

import layout_ops as ops
from flatbuffer_builder import ModelBuilder

_SHAPE = (1, 4, 6, 4)

#: Name -> adds the operator to a model with an input of its own; returns the outputs.
MOVES: dict[str, Callable[[ModelBuilder], list[int]]] = {
    "TRANSPOSE": lambda model: [ops.transpose(model, model.input(_SHAPE), (0, 2, 1, 3))],
    "TRANSPOSE to last": lambda model: [ops.transpose(model, model.input(_SHAPE), (0, 3, 2, 1))],
    "SLICE": lambda model: [ops.slice_(model, model.input(_SHAPE), (0, 1, 2, 1), (1, 2, -1, 3))],
    "STRIDED_SLICE": lambda model: [
        ops.strided_slice(model, model.input(_SHAPE), slice(None), slice(1, -1, 2), slice(None, None, -1), 3)
    ],
    "CONCATENATION": lambda model: [_joined(model, 3)],
    "PACK": lambda model: [_packed(model, 1)],
    "SPLIT": lambda model: list(ops.split(model, model.input(_SHAPE), 2, 2)),
    "SPLIT_V": lambda model: list(ops.split_v(model, model.input(_SHAPE), (1, 3), 3)),
    "UNPACK": lambda model: list(ops.unpack(model, model.input(_SHAPE), 1)),
    "PAD": lambda model: [model.pad(model.input(_SHAPE), ((0, 0), (1, 1), (2, 0), (0, 1)))],
    "PADV2": lambda model: [ops.pad_v2(model, model.input(_SHAPE), ((0, 0), (1, 1), (2, 0), (0, 1)), 77)],
    "TILE": lambda model: [ops.tile(model, model.input(_SHAPE), (1, 2, 1, 3))],
    "RESIZE_NEAREST_NEIGHBOR": lambda model: [
        ops.resize(model, "RESIZE_NEAREST_NEIGHBOR", model.input(_SHAPE), 7, 3, False, False)
    ],
    "MIRROR_PAD": lambda model: [
        ops.mirror_pad(model, model.input(_SHAPE), ((0, 0), (1, 1), (2, 0), (0, 1)), "REFLECT")
    ],
    "SPACE_TO_DEPTH": lambda model: [ops.space_to_depth(model, model.input(_SHAPE), 2)],
    "DEPTH_TO_SPACE": lambda model: [ops.depth_to_space(model, model.input(_SHAPE), 2)],
}

#: What the reference kernels do not move in int16.
NOT_INT16 = ("MIRROR_PAD", "SPACE_TO_DEPTH", "DEPTH_TO_SPACE")

#: (type, name) of every combination that there is.
CASES = [("int16", name) for name in MOVES if name not in NOT_INT16] + [("float32", name) for name in MOVES]


def _joined(model: ModelBuilder, axis: int) -> int:
    x = model.input(_SHAPE)
    return ops.concatenation(model, [x, x], axis)


def _packed(model: ModelBuilder, axis: int) -> int:
    x = model.input(_SHAPE)
    return ops.pack(model, [x, x], axis)
