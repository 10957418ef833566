# SPDX-License-Identifier: Apache-2.0
"""The step `prune_channels`: whole channels go, where they matter least for what they cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from edgekit.compress.channels import Coupling, choose_channels, couple_channels, remove_channels, take_kernel
from edgekit.compress.cost import MEASURES, call_costs, widths
from edgekit.compress.distillation import recover
from edgekit.compress.students import FloatStudent
from edgekit.compress.task import labels_for, logit_tensors, task_loss
from edgekit.compress.techniques import Context, State, TrainingSettings, setting_choice, technique
from edgekit.convert.keras_graph import LayerGraph, build_model
from edgekit.convert.layer_kinds import DEPTHWISE, TRANSPOSED, per_channel
from edgekit.errors import UsageError

#: Samples that importance is measured on, and how many at a time for the task's loss and for distillation.
_SAMPLES = 1024
_TASK_BATCH, _DISTILLATION_BATCH = 2, 8


@dataclass(frozen=True, kw_only=True)
class PruneChannelsSettings(TrainingSettings):
    """target: what is to remain of the original model's cost; cost: "macs" or "flash". importance: "taylor" (of `loss`:
    "distillation" or "task"), "l1" or "bn_scale". rounds of removal with round_steps of recovery between them, then
    `steps`. Widths stay multiples of `multiple`."""

    target: float = 0.5
    cost: str = "macs"
    importance: str = "taylor"
    loss: str = "distillation"
    rounds: int = 3
    round_steps: int = 100
    multiple: int = 4


@technique(
    "prune_channels",
    PruneChannelsSettings,
    destroys={"ranges", "pattern"},
    reason="the scales and the N:M or block pattern belong to the old widths; prune channels first",
)
def prune_channels(state: State, settings: PruneChannelsSettings, context: Context) -> State:
    """Remove the channels that matter least for the MACs or flash bytes they cost; the model gets smaller."""
    setting_choice("prune_channels", "cost", settings.cost, tuple(MEASURES))
    setting_choice("prune_channels", "importance", settings.importance, tuple(IMPORTANCE))
    setting_choice("prune_channels", "loss", settings.loss, ("distillation", "task"))
    if not 0 < settings.target <= 1 or settings.rounds < 1 or settings.multiple < 1:
        raise UsageError("step prune_channels: target lies above 0 and at most 1, rounds and multiple are at least 1")
    aim = settings.target * graph_price(context.teachers["original"], settings.cost)
    start = graph_price(state.graph, settings.cost)
    for number in range(1, settings.rounds + 1):
        state = _cut(state, start * (aim / start) ** (number / settings.rounds), settings, context)
        last = number == settings.rounds
        training = settings if last else replace(settings, steps=settings.round_steps, epochs=0.0)
        student = FloatStudent(state.graph, state.masks)
        recover(student, state.graph, training, context, part=f"-round{number}")
        state = replace(state, graph=student.trained_graph())
    left = graph_price(state.graph, settings.cost)
    if left > aim * 1.001:
        raise UsageError(
            f"step prune_channels: {settings.target:.1%} of the {settings.cost} cannot be reached, only "
            f"{left / aim * settings.target:.1%}: every layer keeps {settings.multiple} channels, and channels that "
            "reach the output or an unknown layer stay; raise target"
        )
    return state


def graph_price(graph: LayerGraph, cost: str) -> float:
    """What the whole graph costs, in the unit of `cost`."""
    sizes = widths(graph)
    return sum(MEASURES[cost](call, *sizes[call.layer]) for call in call_costs(graph))


def _cut(state: State, aim: float, settings: PruneChannelsSettings, context: Context) -> State:
    coupling = couple_channels(state.graph)
    if not coupling.classes:
        raise UsageError("step prune_channels: no channel of this model can be removed; leave the step out")
    importance = IMPORTANCE[settings.importance](state.graph, coupling, settings, context)

    def price(keep: np.ndarray) -> float:
        counts = coupling.count(keep)
        return sum(MEASURES[settings.cost](call, *counts(call)) for call in coupling.costs)

    everything = np.ones(len(coupling.locked), bool)
    rest = graph_price(state.graph, settings.cost) - price(everything)  # layers that the coupling leaves alone
    keep = choose_channels(coupling, importance, price, aim - rest, settings.multiple)
    masks = {
        name: take_kernel(state.graph.layers[name], mask, keep[coupling.inputs[name]], keep[coupling.outputs[name]])
        for name, mask in state.masks.items()
    }
    return replace(state, graph=remove_channels(state.graph, coupling, keep), masks=masks)


Importance = Callable[[LayerGraph, Coupling, PruneChannelsSettings, Context], np.ndarray]


def _by_weight(graph: LayerGraph, coupling: Coupling, settings: PruneChannelsSettings, context: Context) -> np.ndarray:
    """Mean absolute weight of what writes a unit, relative to its layer."""
    found = np.zeros(len(coupling.locked))
    for name, ids in coupling.outputs.items():
        layer = graph.layers[name]
        size = np.abs(per_channel(layer, layer.weights["kernel"])).mean(0)
        np.add.at(found, ids, size / max(float(size.mean()), 1e-12))
    return found


def _by_batchnorm(
    graph: LayerGraph, coupling: Coupling, settings: PruneChannelsSettings, context: Context
) -> np.ndarray:
    """Absolute BatchNormalization scale of a unit, relative to its layer."""
    found = np.zeros(len(coupling.locked))
    scaled = [
        (node, graph.layer_of(node).weights["gamma"])
        for node in graph.nodes
        if graph.layer_of(node).kind == "BatchNormalization" and "gamma" in graph.layer_of(node).weights
    ]
    seen = np.zeros(len(coupling.locked), bool)
    for node, gamma in scaled:
        ids = coupling.tensors[node.outputs[0]]
        np.add.at(found, ids, np.abs(gamma) / max(float(np.abs(gamma).mean()), 1e-12))
        seen[ids] = True
    if not all(seen[units].all() for units in coupling.classes):
        raise UsageError(
            'step prune_channels: importance = "bn_scale" needs a BatchNormalization with scale behind every layer '
            'that is cut, and none folded before; use "taylor" or "l1"'
        )
    return found


def _by_taylor(graph: LayerGraph, coupling: Coupling, settings: PruneChannelsSettings, context: Context) -> np.ndarray:
    """Expected square of the first-order change of the loss when a unit falls silent.

    Silence means that no reader hears the unit, so the change is the sum of weight times gradient over the kernels that
    read it. On "distillation" the gradient is that of outputs drawn from the model's own distribution: its expected
    square is the curvature of the divergence from the unpruned model, whose plain gradient is zero.
    """
    import tensorflow as tf

    model = build_model(replace(graph, outputs=logit_tensors(graph)))
    readers = [name for name in coupling.inputs if graph.layers[name].kind not in DEPTHWISE]
    kernels = {name: model.get_layer(name).kernel.value for name in readers}
    hard = task_loss(context.task, graph)
    soft = settings.loss == "distillation" or (context.y is None and context.task.kind != "autoencoder")

    def effects(inputs: list[Any], y: Any, noise: list[Any]) -> list[Any]:
        with tf.GradientTape() as tape:
            outputs = model(inputs[0] if len(inputs) == 1 else inputs, training=False)
            logits = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
            size = tf.cast(tf.shape(logits[0])[0], tf.float32)
            value = _drawn(context, logits, noise) if soft else hard(y, logits, inputs) * size
        gradients = tape.gradient(value, list(kernels.values()))
        return [
            _per_input(graph, name, kernel * gradient)
            for (name, kernel), gradient in zip(kernels.items(), gradients, strict=True)
        ]

    return _mean_square(graph, coupling, readers, tf.function(effects), context, soft)


def _per_input(graph: LayerGraph, name: str, values: Any) -> Any:
    """Sums over everything but a kernel's input channels."""
    import tensorflow as tf

    axis = len(values.shape) - (1 if graph.layers[name].kind in TRANSPOSED else 2)
    return tf.reduce_sum(values, axis=[other for other in range(len(values.shape)) if other != axis])


def _drawn(context: Context, logits: Sequence[Any], noise: Sequence[Any]) -> Any:
    """Log-likelihood of outputs drawn by `noise` from the model's own (for classifiers softened) distribution."""
    import tensorflow as tf

    total = tf.constant(0.0)
    for value, random in zip(logits, noise, strict=True):
        if context.task.kind == "classification":
            soft = value / 2.0
            chosen = tf.argmax(tf.stop_gradient(soft) + random, axis=-1)  # Gumbel noise draws from the softmax
            total += tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(chosen, soft))
        else:
            total += tf.reduce_sum(value * random)
    return total


def _mean_square(
    graph: LayerGraph, coupling: Coupling, readers: Sequence[str], effects: Any, context: Context, soft: bool
) -> np.ndarray:
    random = np.random.default_rng([context.seed, 11])
    count = len(context.inputs[0])
    size = min(_DISTILLATION_BATCH if soft else _TASK_BATCH, count)
    labels = labels_for(context.task, context.teachers["original"], context.y)
    order = random.permutation(count)[: min(count, _SAMPLES)]
    found = np.zeros(len(coupling.locked))
    shapes = [[side or 1 for side in graph.shapes[tensor][1:]] for tensor in logit_tensors(graph)]
    draw = random.gumbel if context.task.kind == "classification" else random.standard_normal
    for start in range(0, len(order) - size + 1, size):
        chosen = order[start : start + size]
        noise = [draw(size=(size, *shape)).astype(np.float32) for shape in shapes]
        y = None if labels is None else labels[chosen]
        change = np.zeros(len(found))
        for name, value in zip(readers, effects([part[chosen] for part in context.inputs], y, noise), strict=True):
            np.add.at(change, coupling.inputs[name], value.numpy())
        found += np.square(change)
    return found


IMPORTANCE: dict[str, Importance] = {"taylor": _by_taylor, "l1": _by_weight, "bn_scale": _by_batchnorm}
