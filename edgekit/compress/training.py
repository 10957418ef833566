# SPDX-License-Identifier: Apache-2.0
"""The one training loop of all techniques: deterministic, interruptible at every step, resumable to the same bytes."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from edgekit.compress.journal import Journal
from edgekit.compress.pool import Pool
from edgekit.progress import Progress

#: Seconds between checkpoints of a training that nobody interrupts.
CHECKPOINT_S = 60.0
_REPORT_STEPS = 10


@dataclass(frozen=True, slots=True)
class Schedule:
    """`steps` batches; the learning rate climbs for 5 % of them and falls along a cosine to 1 % of its top."""

    steps: int
    batch: int
    learning_rate: float

    def rate(self, step: int) -> float:
        warm = max(1, self.steps // 20)
        if step < warm:
            return self.learning_rate * (step + 1) / warm
        turn = (step - warm) / max(1, self.steps - warm)
        return float(self.learning_rate * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * turn))))


class Student(Protocol):
    """What is trained. All its variables are TensorFlow variables."""

    @property
    def trainable(self) -> Sequence[Any]: ...
    @property
    def state(self) -> Sequence[Any]:
        """Everything that a checkpoint must hold, the trainable variables included."""

    def logits(self, inputs: Sequence[Any], step: Any) -> list[Any]:
        """The outputs in front of softmax or sigmoid, in training mode; traced once."""

    def after_step(self, step: int, steps: int) -> None:
        """Called after the variables have moved in step number `step` of `steps`."""


Loss = Callable[[Any, Sequence[Any], Sequence[Any], Sequence[Any] | None], Any]


class Adam:
    """Adam (Kingma and Ba, 2015) on plain variables, with the state in reach of a checkpoint."""

    def __init__(self, variables: Sequence[Any]) -> None:
        import tensorflow as tf

        self.variables = list(variables)
        self.first = [tf.Variable(tf.zeros_like(variable)) for variable in variables]
        self.second = [tf.Variable(tf.zeros_like(variable)) for variable in variables]
        self.count = tf.Variable(0.0)

    @property
    def state(self) -> list[Any]:
        return [self.count, *self.first, *self.second]

    def apply(self, gradients: Sequence[Any], rate: Any) -> None:
        import tensorflow as tf

        decay, squares, floor = 0.9, 0.999, 1e-7
        count = self.count.assign_add(1.0)
        step = rate * tf.sqrt(1.0 - tf.pow(squares, count)) / (1.0 - tf.pow(decay, count))
        for variable, gradient, first, second in zip(self.variables, gradients, self.first, self.second, strict=True):
            if gradient is None:
                continue
            first.assign(decay * first + (1 - decay) * gradient)
            second.assign(squares * second + (1 - squares) * tf.square(gradient))
            variable.assign_sub(step * first / (tf.sqrt(second) + floor))


def train(
    student: Student,
    pool: Pool,
    schedule: Schedule,
    loss: Loss,
    *,
    key: str,
    seed: int,
    journal: Journal,
    progress: Progress,
) -> None:
    """Move the student's variables along `loss(y, logits, inputs, teacher logits)`.

    `key` names this piece of training in the journal: a finished one is not repeated. On Ctrl-C the step at hand is
    finished and kept before KeyboardInterrupt is raised.
    """
    optimizer = Adam(student.trainable)
    state = [*student.state, *optimizer.state]
    if (finished := journal.read(key)) is not None:
        _restore(state, finished)
        return
    start = 0
    if (partial := journal.read(key, partial=True)) is not None:
        start = int(partial["step"])
        _restore(state, partial)
    move = _step_function(student, loss, optimizer)
    epochs = schedule.steps * min(schedule.batch, len(pool)) / pool.originals
    stage = f"{key}: {epochs:.3g} epochs"
    saved = time.monotonic()
    with _interruption() as interrupted:
        for step, chosen in zip(range(start, schedule.steps), pool.batches(schedule.batch, seed, start), strict=False):
            if step % _REPORT_STEPS == 0:
                progress(stage, step, schedule.steps)
            move(*_batch(pool, chosen), schedule.rate(step), float(step))
            student.after_step(step, schedule.steps)
            if interrupted.is_set() or time.monotonic() - saved > CHECKPOINT_S:
                journal.write(key, {"step": np.array(step + 1), **_values(state)}, partial=True)
                saved = time.monotonic()
            if interrupted.is_set():
                raise KeyboardInterrupt
    progress(stage, schedule.steps, schedule.steps)
    journal.write(key, _values(state))


def _step_function(student: Student, loss: Loss, optimizer: Adam) -> Callable[..., Any]:
    import tensorflow as tf

    def trace(inputs: Any, y: Any, teacher: Any, rate: Any, step: Any) -> Any:
        with tf.GradientTape() as tape:
            value = loss(y, student.logits(inputs, step), inputs, teacher)
        gradients = tape.gradient(value, list(student.trainable))
        present = [gradient for gradient in gradients if gradient is not None]
        norm = tf.linalg.global_norm(present)
        scale = tf.minimum(1.0, 5.0 / (norm + 1e-12))
        optimizer.apply([None if g is None else g * scale for g in gradients], rate)
        return value

    move = tf.function(trace, reduce_retracing=True)

    def call(inputs: Any, y: Any, teacher: Any, rate: float, step: float) -> Any:
        return move(inputs, y, teacher, tf.constant(rate, tf.float32), tf.constant(step, tf.float32))

    return call


def _batch(pool: Pool, chosen: np.ndarray) -> tuple[Any, Any, Any]:
    import tensorflow as tf

    inputs = [tf.constant(part[chosen]) for part in pool.inputs]
    y = None if pool.y is None else tf.constant(pool.y[chosen])
    teacher = None if pool.teacher is None else [tf.constant(part[chosen]) for part in pool.teacher]
    return inputs, y, teacher


def _values(state: Sequence[Any]) -> dict[str, np.ndarray]:
    return {f"v{index:05d}": variable.numpy() for index, variable in enumerate(state)}


def _restore(state: Sequence[Any], stored: dict[str, np.ndarray]) -> None:
    for index, variable in enumerate(state):
        variable.assign(stored[f"v{index:05d}"])


@contextlib.contextmanager
def _interruption() -> Iterator[threading.Event]:
    """An event that Ctrl-C sets, in place of raising amid a step; a second Ctrl-C raises at once."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(number: int, frame: Any) -> None:
        event.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, handle)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)


def make_deterministic(seed: int) -> None:
    """The same seed gives the same result: seeds everything and turns TensorFlow's deterministic operators on."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
