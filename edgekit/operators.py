# SPDX-License-Identifier: Apache-2.0
"""The operators that edgekit turns into C: what `edgekit inspect --ops` prints and the README shows."""

from __future__ import annotations

from dataclasses import dataclass

from edgekit.codegen.cores import CORE_ARCH
from edgekit.codegen.lowering.registry import LOWERINGS, VARIANTS
from edgekit.ir.arithmetic import EVERY


@dataclass(frozen=True, slots=True)
class Operator:
    """`types`: the arithmetics that it exists in (`ir.arithmetic`). `variants`: kernel families with code of their own,
    each with the cores that run it."""

    name: str
    types: tuple[str, ...]
    variants: tuple[str, ...]


def list_operators() -> tuple[Operator, ...]:
    """All operators, by name."""
    kinds = sorted({kind for kind, _ in LOWERINGS})
    return tuple(
        Operator(kind, tuple(each for each in EVERY if (kind, each) in LOWERINGS), _variants(kind)) for kind in kinds
    )


def _variants(kind: str) -> tuple[str, ...]:
    families = ["portable C: every core"]
    for arch in sorted({arch for arch, of_kind, _ in VARIANTS if of_kind == kind}):
        cores = ", ".join(core for core, of_core in sorted(CORE_ARCH.items()) if of_core == arch)
        types = [each for each in EVERY if (arch, kind, each) in VARIANTS]
        # Where the portable code does in some of the types.
        alone = (
            f" ({', '.join(types)})" if any((kind, each) in LOWERINGS for each in EVERY if each not in types) else ""
        )
        families.append(f"{arch}{alone}: {cores}")
    return tuple(families)
