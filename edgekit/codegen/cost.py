# SPDX-License-Identifier: Apache-2.0
"""How many instructions a kernel takes for an op: linear in a few counts of the op's shapes.

The coefficients stand in costs.json, by target (arch folder and the core that stands for its family) and kernel. They
are fitted to counts of emulated boards by benchmarks/fit_costs.py, with gcc -O2: an estimate, for choosing and telling.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from edgekit.codegen.generated import Choice, KernelCall
from edgekit.ir.attributes import Conv2DAttrs, DepthwiseConv2DAttrs, FullyConnectedAttrs, Padding, Pool2DAttrs
from edgekit.ir.graph import Graph, Op
from edgekit.ir.macs import op_macs
from edgekit.ir.rescale import activation_range

Features = dict[str, float]

COSTS = Path(__file__).with_name("costs.json")

#: A kernel that comes later in the order must be cheaper by this share: predictions err by about as much.
MARGIN = 0.05

#: Core -> the one whose counts stand for it: its instructions are the same.
_FAMILY = {
    "cortex-m0plus": "cortex-m0",
    "cortex-m4": "cortex-m4f",
    "cortex-m7": "cortex-m4f",
    "cortex-m33": "cortex-m4f",
}

#: Arch -> the core of its counts, where none were taken on the core itself.
_USUAL_CORE = {"portable": "cortex-m3", "cortex_m_dsp": "cortex-m4f", "helium": "cortex-m55"}


def predict(arch: str, core: str, function: str, graph: Graph, op: Op) -> int | None:
    """Instructions of kernel `function` for `op`; None where nothing was measured."""
    if not function:
        return 0
    costs = _costs()
    for target in (target_of(arch, core), target_of(arch, _USUAL_CORE.get(arch, ""))):
        known = costs.get(target, {}).get(function)
        if known is not None:
            counts = features(graph, op)
            return round(sum(factor * counts.get(name, 0.0) for name, factor in known.items()))
    return None


def target_of(arch: str, core: str) -> str:
    """The key in costs.json."""
    return f"{arch}/{_FAMILY.get(core, core)}"


def cheapest(calls: Sequence[KernelCall], costs: Sequence[int | None], *, in_order: bool = False) -> KernelCall:
    """The call of the least cost. `calls` come in the order of preference, which decides where a cost is not known or
    not less by `MARGIN`, and everywhere with `in_order`."""
    best = 0
    for index in range(1, 1 if in_order else len(calls)):
        ours, theirs = costs[best], costs[index]
        if ours is not None and theirs is not None and theirs * (1 + MARGIN) < ours:
            best = index
    others = [index for index in range(len(calls)) if index != best]
    known = [index for index in others if costs[index] is not None]
    second = min(known, key=lambda index: costs[index] or 0) if known else min(others, default=None)
    return replace(
        calls[best],
        choice=Choice(
            instructions=costs[best],
            runner_up=None if second is None else calls[second].function,
            runner_up_instructions=None if second is None else costs[second],
        ),
    )


def features(graph: Graph, op: Op) -> Features:
    """The counts of `op` by their names, those that are not zero."""
    find = _FEATURES.get(op.kind, _elements)
    return {name: float(value) for name, value in {"calls": 1, **find(graph, op)}.items() if value}


def _up(count: int, multiple: int) -> int:
    """`count` in units of `multiple`, rounded up."""
    return -(-count // multiple)


def _elements(graph: Graph, op: Op) -> Mapping[str, int]:
    inputs = [graph.tensors[index] for index in op.inputs if index is not None and graph.tensors[index].data is None]
    output = graph.output_tensor(op)
    spread = any(tensor.shape != output.shape for tensor in inputs)
    return {
        "inputs": sum(tensor.elements for tensor in inputs),
        "outputs": output.elements,
        "outputs of other shapes": output.elements if spread else 0,
        "rows": output.elements // output.shape[-1] if output.shape else 0,
        "macs": op_macs(graph, op),
    }


def _two_sided(graph: Graph, op: Op) -> bool:
    """Whether outputs below the zero point are left, which rounds in two directions."""
    output, attrs = graph.output_tensor(op), op.attrs
    assert isinstance(attrs, Conv2DAttrs | DepthwiseConv2DAttrs | FullyConnectedAttrs)
    return output.quant is not None and activation_range(output, attrs.activation)[0] != output.quant.zero_point


def _window(graph: Graph, op: Op) -> Mapping[str, int]:
    """What convolutions share: inputs that are copied with their padding, and windows that reach beyond the image."""
    attrs = op.attrs
    assert isinstance(attrs, Conv2DAttrs | DepthwiseConv2DAttrs | Pool2DAttrs)
    _, height, width, channels = graph.input_tensor(op, 0).shape
    _, rows, columns, _ = graph.output_tensor(op).shape
    pad = attrs.padding
    padded = pad != Padding()
    return {
        "rows": rows,
        "pixels": rows * columns,
        "outputs": graph.output_tensor(op).elements,
        "copied rows": height + pad.top + pad.bottom if padded else 0,
        "copied": (height + pad.top + pad.bottom) * (width + pad.left + pad.right) * channels if padded else 0,
    }


def _convolution(graph: Graph, op: Op) -> Mapping[str, int]:
    channels, kernel_h, kernel_w, depth = graph.input_tensor(op, 1).shape
    if op.kind == "DEPTHWISE_CONV_2D":  # of one input channel
        channels, depth = depth, 1
    shared = _window(graph, op)
    return {**shared, **_products(shared["pixels"], kernel_h, kernel_w * depth, channels, _two_sided(graph, op))}


def _products(pixels: int, runs: int, run: int, channels: int, two_sided: bool) -> Mapping[str, int]:
    """Windows of `runs` runs of bytes, each times `channels` filters."""
    length, words = runs * run, runs * _up(run, 4)
    return {
        "channels": channels,
        "quads": pixels * _up(channels, 4),
        "channels over 2": pixels * (channels % 2),
        "channels over 4": pixels * (channels % 4),
        "two-sided outputs": pixels * channels if two_sided else 0,
        "window rows": pixels * runs,
        "window words": pixels * words,
        "window bytes": pixels * length,
        "window bytes of channels over 2": pixels * length * (channels % 2),
        "window bytes of channels over 4": pixels * length * (channels % 4),
        "pixels over 2": pixels % 2,
        "pixels over 3": pixels % 3,
        "pixels over 4": pixels % 4,
        "macs": pixels * length * channels,
        "macs by words": pixels * 4 * words * channels,
        "macs by blocks": pixels * 8 * _up(length, 8) * 4 * _up(channels, 4),
        "macs by vectors": pixels * 16 * _up(length, 16) * channels,
        "macs of pixels over 2": pixels % 2 * length * channels,
        "macs of pixels over 3": pixels % 3 * length * channels,
        "macs of pixels over 4": pixels % 4 * length * channels,
    }


def _depthwise(graph: Graph, op: Op) -> Mapping[str, int]:
    attrs = op.attrs
    assert isinstance(attrs, DepthwiseConv2DAttrs)
    if graph.input_tensor(op, 0).shape[3] == 1:
        return _convolution(graph, op)
    shared = _window(graph, op)
    _, height, width, inputs = graph.input_tensor(op, 0).shape
    _, rows, columns, channels = graph.output_tensor(op).shape
    taps = math.prod(graph.input_tensor(op, 1).shape[1:3])
    pixels, quads, chunks = rows * columns, _up(channels, 4), _up(channels, 16)
    border = pixels - _inside(attrs, height, width, rows, columns, graph.input_tensor(op, 1).shape[1:3])
    several = attrs.depth_multiplier > 1
    usual = taps == 9 and not several  # many kernels have a loop of its own for it
    return {
        **shared,
        "channels": channels,
        "quads": quads,
        "rows of quads": rows * quads,
        "pixels of quads": pixels * quads,
        "odd columns of quads": _up(rows, 2) * (columns % 2) * quads,
        "blocks of quads": _up(rows, 2) * _up(columns, 2) * quads,
        "inputs by quads": height * width * _up(inputs, 4),
        "rows of chunks": rows * chunks,
        "pixels of chunks": pixels * chunks,
        "two-sided outputs": shared["outputs"] if _two_sided(graph, op) else 0,
        "repeated inputs": shared["copied"] * attrs.depth_multiplier if several else 0,
        "rows of channels": rows * channels,
        "row inputs by chunks": rows * width * chunks,
        "outputs of other windows": 0 if usual else shared["outputs"],
        "macs of other windows": 0 if usual else pixels * taps * channels,
        "pixels at the border": border,
        "taps at the border": border * taps,
        "macs": pixels * taps * channels,
        "macs at the border": border * taps * channels,
        "macs by quads": pixels * taps * quads,
        "macs by chunks": pixels * taps * chunks,
    }


def _inside(
    attrs: DepthwiseConv2DAttrs, height: int, width: int, rows: int, columns: int, kernel: Sequence[int]
) -> int:
    """Outputs whose window lies in the image."""

    def count(outputs: int, size: int, stride: int, before: int, reach: int) -> int:
        return sum(0 <= place * stride - before <= size - reach for place in range(outputs))

    reach_h, reach_w = (kernel[0] - 1) * attrs.dilation_h + 1, (kernel[1] - 1) * attrs.dilation_w + 1
    vertical = count(rows, height, attrs.stride_h, attrs.padding.top, reach_h)
    return vertical * count(columns, width, attrs.stride_w, attrs.padding.left, reach_w)


def _fully_connected(graph: Graph, op: Op) -> Mapping[str, int]:
    """A 1x1 convolution of one row of pixels."""
    features_out, length = graph.input_tensor(op, 1).shape
    vectors = graph.input_tensor(op, 0).elements // length
    shared = {"rows": 1, "pixels": vectors, "outputs": vectors * features_out}
    return {**shared, **_products(vectors, 1, length, features_out, _two_sided(graph, op))}


def _pool(graph: Graph, op: Op) -> Mapping[str, int]:
    attrs = op.attrs
    assert isinstance(attrs, Pool2DAttrs)
    shared = _window(graph, op)
    taps = attrs.filter_h * attrs.filter_w
    channels = graph.output_tensor(op).shape[3]
    return {
        "rows": shared["rows"],
        "pixels": shared["pixels"],
        "outputs": shared["outputs"],
        "window pixels": shared["pixels"] * taps,
        "window bytes": shared["outputs"] * taps,
        "window chunks": shared["pixels"] * taps * _up(channels, 16),
        "window words": shared["pixels"] * taps * _up(channels, 4),
    }


_FEATURES: dict[str, Callable[[Graph, Op], Mapping[str, int]]] = {
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "FULLY_CONNECTED": _fully_connected,
    "AVERAGE_POOL_2D": _pool,
    "MAX_POOL_2D": _pool,
}


@functools.cache
def _costs() -> dict[str, dict[str, Features]]:
    """Target -> kernel -> factor of each feature."""
    if not COSTS.is_file():
        return {}
    targets = json.loads(COSTS.read_text(encoding="utf-8"))["targets"]
    return {
        target: {function: fit["factors"] for function, fit in kernels.items()} for target, kernels in targets.items()
    }
