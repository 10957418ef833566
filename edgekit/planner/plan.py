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
class Overlap:
    """`output` may lie over `operand`, which its op reads: beginning `distance_bytes` behind it at most.

    The distance is never positive; below it, the output may begin anywhere at multiples of `step_bytes` from the
    operand's begin. The kernel then overwrites no byte that it still has to read.
    """

    output: int
    operand: int
    distance_bytes: int
    step_bytes: int = 1


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Where every activation lives in the arena.

    `offsets` maps tensor index -> byte offset; tensors that are views of one another (such as RESHAPE makes) share an
    offset, and tensors that are never whole (inside a fused group) have none.
    `scratch_offsets` maps op index -> byte offset of the scratch that the op's kernel asked for.
    `arena_bytes` is the whole arena, `scratch_bytes` the part of it above the activation plan, `lower_bound_bytes` the
    largest sum of tensors alive at one op, inputs and outputs included, each at a multiple of `alignment`, without
    in-place execution.
    `proven_bytes`: no plan of these kernels' activations is smaller. `overlaps` are those that the plan makes use of.
    """

    arena_bytes: int
    scratch_bytes: int
    lower_bound_bytes: int
    alignment: int
    offsets: Mapping[int, int] = field(default_factory=dict)
    scratch_offsets: Mapping[int, int] = field(default_factory=dict)
    proven_bytes: int = 0
    overlaps: tuple[Overlap, ...] = ()

    @property
    def gap_bytes(self) -> int:
        """How far the activations may be from the smallest plan; 0: proven optimal."""
        return self.arena_bytes - self.scratch_bytes - self.proven_bytes
