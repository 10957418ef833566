# SPDX-License-Identifier: Apache-2.0
"""The step `prune_weights`: single weights go to zero and stay there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from edgekit.compress.distillation import recover
from edgekit.compress.sparsity import Pattern, fits, make_masks, parse_pattern, polynomial
from edgekit.compress.students import FloatStudent
from edgekit.compress.techniques import Context, Property, State, TrainingSettings, setting_choice, technique
from edgekit.convert.keras_graph import LayerGraph
from edgekit.convert.layer_kinds import DEPTHWISE, WEIGHTED
from edgekit.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class PruneWeightsSettings(TrainingSettings):
    """sparsity: the share of zeros (for N:M patterns it follows from the pattern). pattern: "unstructured", "N:M" such
    as "2:4", or "block:4". scope: "global" lets all layers compete, "layer" gives each the same share. skip: layers
    left alone, by name or as "first", "last", "depthwise". Zeros grow along a cubic until `end` of the training, with
    new masks every `every` steps; the other half of it, at a high learning rate, is for recovery."""

    sparsity: float = 0.5
    pattern: str = "unstructured"
    learning_rate: float = 2e-3
    scope: str = "global"
    skip: tuple[str, ...] = ("depthwise",)
    end: float = 0.5
    every: int = 10

    def gives(self) -> frozenset[Property]:
        return frozenset({"masks"} if self.pattern == "unstructured" else {"masks", "pattern"})


@technique(
    "prune_weights",
    PruneWeightsSettings,
    destroys={"ranges", "pattern"},
    reason="its zeros would move weights off their grid or pattern; prune weights once, and before quantize_aware, "
    "which keeps the zeros",
)
def prune_weights(state: State, settings: PruneWeightsSettings, context: Context) -> State:
    """Set the smallest weights to zero (alone, N of M, or in blocks) while training; they stay zero ever after."""
    setting_choice("prune_weights", "scope", settings.scope, ("global", "layer"))
    pattern = parse_pattern(settings.pattern)
    if not 0 < settings.sparsity < 1 or not 0 < settings.end <= 1 or settings.every < 1:
        raise UsageError("step prune_weights: sparsity lies between 0 and 1, end too, every is at least 1")
    names = prunable(state.graph, settings.skip, pattern)
    student = PruningStudent(state.graph, state.masks, names, settings, pattern)
    recover(student, state.graph, settings, context)
    masks = {**state.masks, **student.masks()}
    graph = student.trained_graph()
    layers = {
        name: layer.with_weights(kernel=np.where(masks[name], layer.weights["kernel"], np.float32(0)))
        if name in masks
        else layer
        for name, layer in graph.layers.items()
    }
    return replace(state, graph=replace(graph, layers=layers), masks=masks)


def prunable(graph: LayerGraph, skip: tuple[str, ...], pattern: Pattern) -> list[str]:
    """The layers whose weights may go."""
    names = list(dict.fromkeys(node.layer for node in graph.nodes if graph.layer_of(node).kind in WEIGHTED))
    unknown = set(skip) - {"first", "last", "depthwise"} - set(names)
    if unknown:
        raise UsageError(
            f"step prune_weights: skip names {', '.join(sorted(unknown))}; the layers are {', '.join(names)}"
        )
    left = set(skip) | set(names[:1] if "first" in skip else ()) | set(names[-1:] if "last" in skip else ())
    found = [
        name
        for name in names
        if name not in left
        and not ("depthwise" in skip and graph.layers[name].kind in DEPTHWISE)
        and fits(graph.layers[name], pattern)
    ]
    if not found:
        raise UsageError("step prune_weights: no layer is left to prune with this pattern and skip")
    return found


class PruningStudent(FloatStudent):
    """A FloatStudent whose masks tighten as it learns. The masks are variables, and so part of every checkpoint."""

    def __init__(
        self,
        graph: LayerGraph,
        masks: Mapping[str, np.ndarray],
        names: list[str],
        settings: PruneWeightsSettings,
        pattern: Pattern,
    ) -> None:
        import tensorflow as tf

        super().__init__(graph, {name: mask for name, mask in masks.items() if name not in names})
        self.settings, self.pattern = settings, pattern
        self._before = {name: masks.get(name, np.array(True)) for name in names}
        self._mask_of = {
            name: tf.Variable(np.broadcast_to(before, graph.layers[name].weights["kernel"].shape).astype(np.float32))
            for name, before in self._before.items()
        }
        self._kernel_of = {name: self.model.get_layer(name).kernel for name in names}
        self.state = [*self.state, *self._mask_of.values()]

    def after_step(self, step: int, steps: int) -> None:
        end = self.settings.end * (steps - 1)
        last = int(np.ceil(end))
        if step == last or (step < last and step % self.settings.every == 0):
            self._tighten(polynomial(1.0, step, 0.0, end))
        super().after_step(step, steps)
        for name, kernel in self._kernel_of.items():
            kernel.assign(kernel.value * self._mask_of[name])

    def _tighten(self, progress: float) -> None:
        final = self.settings.sparsity if self.pattern.free or self.pattern.block else 1.0
        kernels = {name: np.asarray(kernel.value.numpy()) for name, kernel in self._kernel_of.items()}
        masks = make_masks(
            self.graph.layers, kernels, final * progress, self.pattern, everywhere=self.settings.scope == "global"
        )
        for name, mask in masks.items():
            self._mask_of[name].assign((mask & self._before[name]).astype(np.float32))

    def masks(self) -> Mapping[str, np.ndarray]:
        return {name: mask.numpy() > 0.5 for name, mask in self._mask_of.items()}
