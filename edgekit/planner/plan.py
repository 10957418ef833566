# SPDX-License-Identifier: Apache-2.0
"""What a planner returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Lifetime:
    """`tensor` must keep its bytes from op `first_op` to op `last_op`, both included.

    Model inputs live from op -1, model outputs to op `len(graph.ops)`.
    """

    tensor: int
    size_bytes: int
    first_op: int
    last_op: int


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Where every activation lives in the arena.

    `offsets` maps tensor index -> byte offset; tensors that are views of one another (RESHAPE) share an offset.
    `scratch_offsets` maps op index -> byte offset of the scratch that the op's kernel asked for.
    `arena_bytes` is the whole arena, `scratch_bytes` the part of it above the activation plan, `lower_bound_bytes` the
    largest sum of tensors alive at one op, inputs and outputs included, without in-place execution.
    """

    arena_bytes: int
    scratch_bytes: int
    lower_bound_bytes: int
    alignment: int
    offsets: Mapping[int, int] = field(default_factory=dict)
    scratch_offsets: Mapping[int, int] = field(default_factory=dict)
