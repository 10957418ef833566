# SPDX-License-Identifier: Apache-2.0
"""The frame of a technique: its settings, what it keeps intact, and the table of all of them.

A technique is a function `(state, settings, context) -> state` under `@technique`. Properties that a later step could
destroy are named here: *masks* (weights that stay zero), *pattern* (masks in an N:M or block form) and *ranges* (the
scales of quantization-aware training).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np

from edgekit.compress.journal import Journal
from edgekit.compress.pool import Pool, make_pool
from edgekit.compress.students import float_predictor
from edgekit.compress.task import Task, labels_for, logit_tensors
from edgekit.compress.training import Schedule
from edgekit.convert.compression_record import TrainedQuantization
from edgekit.convert.keras_graph import LayerGraph
from edgekit.errors import UsageError
from edgekit.progress import Progress

Property = Literal["masks", "pattern", "ranges"]


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What goes from step to step: the model and its properties."""

    graph: LayerGraph
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    quantization: TrainedQuantization | None = None


@dataclass(slots=True)
class Context:
    """What all steps of a run share. `teachers` holds models by name: "original", "adapted"."""

    task: Task
    inputs: tuple[np.ndarray, ...]
    y: np.ndarray | None
    seed: int
    journal: Journal
    progress: Progress
    teachers: dict[str, LayerGraph]
    load: Callable[[str], LayerGraph]
    step: str = ""
    pools: dict[tuple[Any, ...], Pool] = field(default_factory=dict)

    def teacher(self, name: str) -> LayerGraph | None:
        """The model that `name` stands for: "auto" is the adapted model where there is one, else the original."""
        if name == "none":
            return None
        if name == "auto":
            return self.teachers.get("adapted", self.teachers["original"])
        if name not in self.teachers:
            if name == "adapted":
                raise UsageError('teacher = "adapted" needs a finetune step before it; use "original"')
            self.teachers[name] = self.load(name)
        return self.teachers[name]

    def pool(self, settings: TrainingSettings) -> Pool:
        """The training samples with augmented copies and the teacher's logits; the last one made is kept."""
        teacher = self.teacher(settings.teacher)
        key = (id(teacher), settings.copies, settings.augment, settings.strength, settings.mix)
        if key not in self.pools:
            self.pools.clear()
            self.pools[key] = self._make_pool(settings, teacher)
        return self.pools[key]

    def _make_pool(self, settings: TrainingSettings, teacher: LayerGraph | None) -> Pool:
        labels = labels_for(self.task, self.teachers["original"], self.y)
        pool = make_pool(
            self.inputs,
            labels,
            copies=settings.copies,
            augment=settings.augment,
            strength=settings.strength,
            mix=settings.mix,
            seed=self.seed,
        )
        if teacher is not None:
            return pool.taught(float_predictor(teacher, logit_tensors(teacher)))
        if labels is None and self.task.kind != "autoencoder" and self.task.loss is None:
            raise UsageError('training without labels needs a teacher: set teacher = "original"')
        return pool


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A step without training has none."""

    def gives(self) -> frozenset[Property]:
        """The properties that a step with these settings adds to the model."""
        return frozenset()


@dataclass(frozen=True, kw_only=True)
class TrainingSettings(Settings):
    """What every step with training can set.

    steps: batches; or epochs: passes over the samples as given. batch, learning_rate. teacher: "auto" (the adapted
    model, else the original), "original", "adapted", "none", or a .keras file. temperature softens the teacher's
    outputs; hard_weight is the weight of the labels beside them. copies: augmented versions of each sample; augment:
    auto, image, sequence, noise, none or package.module:function; strength scales it; mix: the share of the copies
    that are blended with another sample.
    """

    steps: int = 300
    epochs: float = 0.0
    batch: int = 64
    learning_rate: float = 5e-4
    teacher: str = "auto"
    temperature: float = 3.0
    hard_weight: float = 0.3
    copies: int = 12
    augment: str = "auto"
    strength: float = 1.0
    mix: float = 0.5

    def schedule(self, samples: int) -> Schedule:
        steps = round(self.epochs * samples / min(self.batch, samples)) if self.epochs else self.steps
        return Schedule(max(1, steps), self.batch, self.learning_rate)


Run = Callable[[State, Any, Context], State]


@dataclass(frozen=True, slots=True)
class Technique:
    """`destroys`: properties that do not survive the step; `reason` says why."""

    name: str
    summary: str
    settings: type[Settings]
    run: Run
    destroys: frozenset[Property]
    reason: str


TECHNIQUES: dict[str, Technique] = {}

#: Techniques that have their place in a recipe and are not built yet.
PLANNED = {
    "low_rank": "factors large layers into two smaller ones",
    "tensor_decomposition": "splits convolution kernels into small ones (Tucker)",
    "cluster_weights": "lets weights share a few values, for look-up tables",
    "search": "chooses widths, bits and ranks by itself",
}


def technique(
    name: str,
    settings: type[Settings],
    *,
    destroys: set[Property] | None = None,
    reason: str = "",
) -> Callable[[Run], Run]:
    """Enter a function into the table; its docstring's first line is the summary that `--list` shows."""

    def enter(run: Run) -> Run:
        if name in TECHNIQUES or name in PLANNED:
            raise AssertionError(f"there are two techniques called {name}")
        summary = (run.__doc__ or "").strip().splitlines()[0]
        TECHNIQUES[name] = Technique(name, summary, settings, run, frozenset(destroys or ()), reason)
        return run

    return enter


def read_settings(name: str, values: Mapping[str, Any]) -> Settings:
    """The settings of technique `name` from a recipe's table. Raises UsageError for unknown keys and wrong types."""
    kind = TECHNIQUES[name].settings
    known = {item.name: item for item in fields(kind)}
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise UsageError(f"step {name}: unknown setting {key!r}; it has {', '.join(sorted(known)) or 'none'}")
        default: Any = known[key].default
        wanted: type = type(default)
        if wanted is tuple and isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = tuple(value)
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise UsageError(f"step {name}: {key} must be a {wanted.__name__}, like {default!r}, not {value!r}")
        if isinstance(value, int | float) and value < 0:
            raise UsageError(f"step {name}: {key} must not be negative, and is {value!r}")
        checked[key] = value
    return kind(**checked)


def setting_choice(step: str, key: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise UsageError unless `value` is allowed."""
    if value not in allowed:
        raise UsageError(f"step {step}: {key} must be one of {', '.join(allowed)}, not {value!r}")
