# SPDX-License-Identifier: Apache-2.0
"""Remove channels that no output depends on, with the weights that make and read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edgekit.ir.attributes import DepthwiseConv2DAttrs, MeanAttrs, PadAttrs
from edgekit.ir.graph import Graph, Op, QuantParams, Tensor
from edgekit.ir.macs import graph_macs
from edgekit.ir.ranges import channels_of

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int64]

#: Kernels take channels by fours; a number in between costs more than a channel of zeros.
_BLOCK = 4


def remove_dead_channels(graph: Graph) -> Graph:
    """Every channel that stays keeps its bytes; tensors that lose channels are no longer those of the file."""
    live = live_channels(graph)
    if all(mask.all() for mask in live.values()):
        return graph
    removed = sum(int((~mask).sum()) for mask in live.values())
    narrow = sum(not mask.all() for mask in live.values())
    small = _Shrinker(graph, live).run()
    note = (
        f"{removed} channels of {narrow} tensors influence no output and were removed: "
        f"{graph_macs(graph):,} -> {graph_macs(small):,} MACs, "
        f"{_constant_bytes(graph):,} -> {_constant_bytes(small):,} B of weights"
    )
    return replace(small, notes=(*small.notes, note))


def live_channels(graph: Graph) -> dict[int, Mask]:
    """Activation -> which channels of its last axis stay."""
    live = {index: np.zeros(channels_of(graph.tensors[index]), np.bool_) for index in graph.activations()}
    for index in (*graph.inputs, *graph.outputs):
        live[index][:] = True
    while True:
        _spread(graph, live)
        if not _fill_blocks(live):
            return live


def _spread(graph: Graph, live: dict[int, Mask]) -> None:
    """Mark what live channels are made of, until nothing changes."""
    before = -1
    while (now := sum(int(mask.sum()) for mask in live.values())) != before:
        before = now
        for op in reversed(graph.ops):
            if op.kind in ("CONV_2D", "FULLY_CONNECTED") and _reads_by_channel(graph, op):
                _spread_product(graph, op, live)
            else:
                _spread_coupled(graph, op, live)


def _fill_blocks(live: dict[int, Mask]) -> bool:
    """Keep dead channels up to the next whole block; whether there were any."""
    filled = False
    for mask in live.values():
        count = int(mask.sum())
        if count == 0 or (count % _BLOCK and not mask.all()):
            mask[np.flatnonzero(~mask)[: _BLOCK - count % _BLOCK]] = True
            filled = True
    return filled


def _reads_by_channel(graph: Graph, op: Op) -> bool:
    """Whether each input of the weights is one channel of the tensor that is read."""
    return graph.input_tensor(op, 1).shape[-1] % channels_of(graph.input_tensor(op, 0)) == 0


def _spread_product(graph: Graph, op: Op, live: dict[int, Mask]) -> None:
    """A channel is read where a live output has a weight for it."""
    weights = graph.input_tensor(op, 1).data
    assert weights is not None and op.inputs[0] is not None
    read = weights[live[op.outputs[0]]].reshape(-1, weights.shape[-1]).any(axis=0)
    mask = live[op.inputs[0]]
    mask |= read.reshape(-1, len(mask)).any(axis=0)


def _spread_coupled(graph: Graph, op: Op, live: dict[int, Mask]) -> None:
    """Channels with the same label live and die together."""
    rule = _COUPLINGS.get(op.kind)
    labels = None if rule is None else rule(graph, op)
    if labels is None:
        for index in (*op.inputs, *op.outputs):
            if index in live:
                live[index][:] = True
        return
    alive = np.zeros(1 + max(int(each.max()) for each in labels.values()), np.bool_)
    for index, each in labels.items():
        alive[each[live[index]]] = True
    for index in op.inputs:
        if index in live and index not in labels:
            live[index][:] = True
    for index, each in labels.items():
        live[index] |= alive[each]


Coupling = Callable[[Graph, Op], dict[int, Labels] | None]


def _same_channels(graph: Graph, op: Op) -> dict[int, Labels] | None:
    channels = channels_of(graph.output_tensor(op))
    both = (op.inputs[0], op.outputs[0])
    return {index: np.arange(channels) for index in both if index is not None}


def _depthwise(graph: Graph, op: Op) -> dict[int, Labels] | None:
    assert isinstance(op.attrs, DepthwiseConv2DAttrs) and op.inputs[0] is not None
    outputs = np.arange(channels_of(graph.output_tensor(op)))
    inputs = np.arange(channels_of(graph.input_tensor(op, 0)))
    return {op.inputs[0]: inputs, op.outputs[0]: outputs // op.attrs.depth_multiplier}


def _add(graph: Graph, op: Op) -> dict[int, Labels] | None:
    """An operand of one channel is read by all."""
    channels = channels_of(graph.output_tensor(op))
    operands = [index for index in op.inputs if index is not None and graph.tensors[index].data is None]
    wide = [index for index in operands if channels_of(graph.tensors[index]) == channels]
    return {index: np.arange(channels) for index in (*wide, op.outputs[0])}


def _mean(graph: Graph, op: Op) -> dict[int, Labels] | None:
    assert isinstance(op.attrs, MeanAttrs)
    return None if len(graph.input_tensor(op, 0).shape) - 1 in op.attrs.axes else _same_channels(graph, op)


def _pad(graph: Graph, op: Op) -> dict[int, Labels] | None:
    assert isinstance(op.attrs, PadAttrs)
    return None if any(op.attrs.paddings[-1]) else _same_channels(graph, op)


def _reshape(graph: Graph, op: Op) -> dict[int, Labels] | None:
    """Pixels of channels may become one run of them, again and again the same."""
    assert op.inputs[0] is not None
    had, has = channels_of(graph.input_tensor(op, 0)), channels_of(graph.output_tensor(op))
    return None if has % had else {op.inputs[0]: np.arange(had), op.outputs[0]: np.arange(has) % had}


_COUPLINGS: dict[str, Coupling] = {
    "DEPTHWISE_CONV_2D": _depthwise,
    "ADD": _add,
    "AVERAGE_POOL_2D": _same_channels,
    "MAX_POOL_2D": _same_channels,
    "MEAN": _mean,
    "PAD": _pad,
    "RESHAPE": _reshape,
    "RELU": _same_channels,
    "RELU6": _same_channels,
    "QUANTIZE": _same_channels,
}


class _Shrinker:
    """Builds the graph without the channels that are not live."""

    def __init__(self, graph: Graph, live: dict[int, Mask]) -> None:
        self.graph = graph
        self.live = live
        self.tensors = [self._narrowed(index, tensor) for index, tensor in enumerate(graph.tensors)]

    def run(self) -> Graph:
        ops = tuple(self._op(op) for op in self.graph.ops)
        return replace(self.graph, tensors=tuple(self.tensors), ops=ops)

    def _narrowed(self, index: int, tensor: Tensor) -> Tensor:
        mask = self.live.get(index)
        if mask is None or mask.all():
            return tensor
        return replace(tensor, shape=(*tensor.shape[:-1], int(mask.sum())), source=None)

    def _op(self, op: Op) -> Op:
        made = self.live[op.outputs[0]]
        if op.kind == "ADD":
            return replace(op, inputs=tuple(self._sliced(index, -1, made) for index in op.inputs))
        if op.kind == "DEPTHWISE_CONV_2D":
            return self._with_constants(op, [(3, made)], made)
        if op.kind in ("CONV_2D", "FULLY_CONNECTED"):
            assert op.inputs[0] is not None
            read = self.live[op.inputs[0]]
            weights = self.graph.input_tensor(op, 1)
            slices = [(0, made)]
            if not read.all():
                slices.append((len(weights.shape) - 1, np.tile(read, weights.shape[-1] // len(read))))
            return self._with_constants(op, slices, made)
        return op

    def _with_constants(self, op: Op, slices: list[tuple[int, Mask]], made: Mask) -> Op:
        weights = op.inputs[1]
        for axis, mask in slices:
            weights = self._sliced(weights, axis, mask)
        return replace(op, inputs=(op.inputs[0], weights, self._sliced(op.inputs[2], 0, made)))

    def _sliced(self, index: int | None, axis: int, mask: Mask) -> int | None:
        """The constant at `index` without the parts of `axis` that are not in `mask`; other tensors as they are."""
        if index is None or mask.all():
            return index
        tensor = self.tensors[index]
        if tensor.data is None or not tensor.shape or tensor.shape[axis] != len(mask):
            return index
        data = np.ascontiguousarray(np.compress(mask, tensor.data, axis=axis))
        self.tensors.append(
            replace(tensor, shape=data.shape, data=data, quant=_sliced_quant(tensor.quant, axis, mask), source=None)
        )
        return len(self.tensors) - 1


def _sliced_quant(quant: QuantParams | None, axis: int, mask: Mask) -> QuantParams | None:
    if quant is None or not quant.per_channel or quant.axis != axis:
        return quant
    kept = np.flatnonzero(mask)
    return replace(
        quant,
        scales=tuple(quant.scales[i] for i in kept),
        zero_points=tuple(quant.zero_points[i] for i in kept),
    )


def _constant_bytes(graph: Graph) -> int:
    read = {index for op in graph.ops for index in op.inputs if index is not None}
    return sum(graph.tensors[index].size_bytes for index in read if graph.tensors[index].data is not None)
