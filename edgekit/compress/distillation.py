# SPDX-License-Identifier: Apache-2.0
"""Learning from a teacher: the loss that every technique recovers with, and the steps `finetune` and `distill`.

The teacher's logits are computed once over the augmented samples and kept, where `keras.distillation` would run the
teacher in every step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from edgekit.compress.pool import Pool
from edgekit.compress.students import FloatStudent, float_predictor
from edgekit.compress.task import distillation_loss, read_function, task_loss
from edgekit.compress.techniques import Context, State, TrainingSettings, technique
from edgekit.compress.training import Loss, Student, train
from edgekit.convert.keras_graph import LayerGraph, read_graph
from edgekit.convert.rewrite import canonicalize
from edgekit.errors import UsageError


def recovery_loss(context: Context, graph: LayerGraph, settings: TrainingSettings) -> Loss:
    """The distillation loss plus `hard_weight` times the task's; the task's alone where there is no teacher."""
    hard, soft = task_loss(context.task, graph), distillation_loss(context.task, settings.temperature)
    labelled = context.y is not None or context.task.kind == "autoencoder"

    def loss(y: Any, logits: Sequence[Any], inputs: Sequence[Any], teacher: Sequence[Any] | None) -> Any:
        if teacher is None:
            return hard(y, logits, inputs)
        value = soft(teacher, logits)
        if labelled and settings.hard_weight:
            value = value + settings.hard_weight * hard(y, logits, inputs)
        return value

    return loss


def recover(
    student: Student, graph: LayerGraph, settings: TrainingSettings, context: Context, *, part: str = ""
) -> None:
    """Train `student` on the recovery loss. `part` tells several trainings of one step apart."""
    pool = context.pool(settings)
    train(
        student,
        pool,
        settings.schedule(len(context.inputs[0])),
        recovery_loss(context, graph, settings),
        key=context.step + part,
        seed=context.seed,
        journal=context.journal,
        progress=context.progress,
    )


@dataclass(frozen=True, kw_only=True)
class FinetuneSettings(TrainingSettings):
    """The labels weigh as much as the teacher, which is the model as it came: its knowledge is kept, not copied."""

    teacher: str = "original"
    hard_weight: float = 1.0


@technique(
    "finetune",
    FinetuneSettings,
    destroys={"ranges"},
    reason="its weights would leave the grid that quantization-aware training put them on",
)
def finetune(state: State, settings: FinetuneSettings, context: Context) -> State:
    """Adapt the model to the data; later steps take the result as their teacher."""
    student = FloatStudent(state.graph, state.masks)
    recover(student, state.graph, settings, context)
    graph = student.trained_graph()
    context.teachers["adapted"] = graph
    return replace(state, graph=graph)


@dataclass(frozen=True, kw_only=True)
class DistillSettings(TrainingSettings):
    """student: a .keras file or package.module:function returning a Keras model; empty trains the model at hand.

    features: layers of the student whose channel means are drawn to the teacher's, as "layer" or "layer=teacher's
    layer"; feature_weight is the weight of that.
    """

    student: str = ""
    features: tuple[str, ...] = ()
    feature_weight: float = 0.1


@technique(
    "distill",
    DistillSettings,
    destroys={"ranges"},
    reason="its weights would leave the grid that quantization-aware training put them on",
)
def distill(state: State, settings: DistillSettings, context: Context) -> State:
    """Teach a student (a model of your own, or the one at hand) what the teacher knows."""
    graph = state.graph
    if settings.student:
        if state.masks:
            raise UsageError("step distill: another student has none of the masks made before; distill first")
        graph = _student_graph(settings.student, context)
        _check_student(graph, context.teachers["original"], settings.student)
    if not settings.features:
        student = FloatStudent(graph, state.masks)
        recover(student, graph, settings, context)
        return replace(state, graph=student.trained_graph())
    return replace(state, graph=_with_features(graph, state, settings, context))


def _student_graph(source: str, context: Context) -> LayerGraph:
    if source.endswith(".keras"):
        return context.load(source)
    return canonicalize(read_graph(read_function(source)()))


def _check_student(student: LayerGraph, original: LayerGraph, name: str) -> None:
    for what in ("inputs", "outputs"):
        shapes = [[graph.shapes[t][1:] for t in getattr(graph, what)] for graph in (student, original)]
        if shapes[0] != shapes[1]:
            raise UsageError(f"the student {name} has {what} of shape {shapes[0]}, the model {shapes[1]}")


def _with_features(graph: LayerGraph, state: State, settings: DistillSettings, context: Context) -> LayerGraph:
    teacher = context.teacher(settings.teacher)
    if teacher is None:
        raise UsageError("step distill: features need a teacher")
    pairs = [tuple(item.split("=", 1)) if "=" in item else (item, item) for item in settings.features]
    mine = [_output_of(graph, name, "student") for name, _ in pairs]
    theirs = [_output_of(teacher, name, "teacher") for _, name in pairs]
    widths = [int(teacher.shapes[tensor][-1] or 1) for tensor in theirs]
    student = FloatStudent(graph, state.masks, mine, widths)
    pool = context.pool(settings)
    features = float_predictor(teacher, theirs)(pool.inputs)
    pooled = [value.mean(axis=tuple(range(1, value.ndim - 1))) for value in features]
    assert pool.teacher is not None
    taught: Pool = replace(pool, teacher=(*pool.teacher, *pooled))
    base, count = recovery_loss(context, graph, settings), len(graph.outputs)

    def loss(y: Any, logits: Sequence[Any], inputs: Sequence[Any], taught: Sequence[Any] | None) -> Any:
        import tensorflow as tf

        assert taught is not None
        value = base(y, logits[:count], inputs, taught[:count])
        for left, right in zip(logits[count:], taught[count:], strict=True):
            size = tf.reduce_mean(tf.square(right)) + 1e-6
            value = value + settings.feature_weight * tf.reduce_mean(tf.square(left - right)) / size
        return value

    train(
        student,
        taught,
        settings.schedule(len(context.inputs[0])),
        loss,
        key=context.step,
        seed=context.seed,
        journal=context.journal,
        progress=context.progress,
    )
    return student.trained_graph()


def _output_of(graph: LayerGraph, name: str, whose: str) -> int:
    for node in graph.nodes:
        if node.name == name:
            return node.outputs[0]
    raise UsageError(f"the {whose} has no layer {name!r}; it has {', '.join(node.name for node in graph.nodes)}")
