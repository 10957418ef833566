# SPDX-License-Identifier: Apache-2.0
"""PAD and RESHAPE: bytes that only change their place."""

from __future__ import annotations

from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.registry import Site, lowers
from edgekit.ir.attributes import PadAttrs
from edgekit.ir.rescale import quantization

_DIMENSIONS = 4


@lowers("PAD")
def pad(site: Site) -> KernelCall:
    assert isinstance(site.op.attrs, PadAttrs)
    sizes, paddings = _joined(site.input().shape, site.op.attrs.paddings)
    if len(sizes) > _DIMENSIONS:
        raise site.refuse(f"padding in {len(sizes)} dimensions; at most {_DIMENSIONS} are supported")
    fill = _DIMENSIONS - len(sizes)
    sizes = (1,) * fill + sizes
    paddings = ((0, 0),) * fill + paddings
    return site.call(
        "pad",
        {
            "input": sizes,
            "output": tuple(size + sum(around) for size, around in zip(sizes, paddings, strict=True)),
            "before": tuple(before for before, _ in paddings),
            "value": quantization(site.output).zero_point,
        },
    )


def _joined(
    shape: tuple[int, ...], paddings: tuple[tuple[int, int], ...]
) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Sizes and paddings with every unpadded dimension joined to the one before it."""
    sizes: list[int] = []
    around: list[tuple[int, int]] = []
    for size, (before, after) in zip(shape, paddings, strict=True):
        if sizes and (before, after) == (0, 0):
            sizes[-1] *= size
            around[-1] = (around[-1][0] * size, around[-1][1] * size)
        else:
            sizes.append(size)
            around.append((before, after))
    return tuple(sizes), tuple(around)


@lowers("RESHAPE")
def reshape(site: Site) -> KernelCall:
    return site.no_call()
