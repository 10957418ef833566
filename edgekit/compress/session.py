# SPDX-License-Identifier: Apache-2.0
"""`compress_model`: runs a recipe on a model and writes the result with its report."""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from edgekit import __version__
from edgekit.compress.cost import flash_bytes, macs
from edgekit.compress.distillation import FinetuneSettings, recover
from edgekit.compress.journal import Journal
from edgekit.compress.judging import run_tflite
from edgekit.compress.recipe import Recipe, Step, check_order, load_recipe
from edgekit.compress.remarks import remarks, verdict
from edgekit.compress.report import CompressionReport, ModelFigures, StepFigures, as_markdown
from edgekit.compress.students import FloatStudent, Predict, float_predictor, quantized_predictor
from edgekit.compress.task import Score, Task, agreement, infer_kind, read_function, score
from edgekit.compress.techniques import Context, Property, State, TrainingSettings
from edgekit.compress.training import make_deterministic
from edgekit.convert import convert_model, slim
from edgekit.convert.compression_record import CompressionRecord, read_record, write_record
from edgekit.convert.keras_graph import LayerGraph, build_model, read_graph
from edgekit.convert.range_plan import plan_ranges
from edgekit.convert.rewrite import canonicalize, fold_batchnorm
from edgekit.convert.serving import find_inputs
from edgekit.convert.trained import check_record
from edgekit.dataset import Dataset, Samples, fit_samples, select
from edgekit.errors import DataError
from edgekit.keras_models import import_keras, load_keras, save_keras
from edgekit.progress import Progress, silent
from edgekit.resources import write_atomically
from edgekit.tflite import TfliteModel

#: Share of the samples that is held out for the accuracy where the data set has no test part.
_HELD_OUT = 0.2


@dataclass(frozen=True, slots=True)
class CompressedModel:
    """The files that were written, and what is in the report."""

    keras_file: Path
    tflite_file: Path
    report: CompressionReport


def compress_model(
    model: Path,
    recipe: Recipe | str,
    dataset: Dataset,
    output: Path,
    *,
    validation: Dataset | None = None,
    seed: int = 0,
    resume: bool = False,
    thorough: bool = True,
    progress: Progress = silent,
) -> CompressedModel:
    """Run `recipe` on the Keras model in the file `model`; write OUT.keras, OUT.tflite, OUT.report.json and .md.

    The model learns from the training part of `dataset` and is judged on `validation`, else on the test part, else on a
    fifth of the samples that it does not learn from. Ctrl-C (KeyboardInterrupt) leaves OUT.keras.checkpoint, and with
    `resume` the run goes on from there. Op determinism is switched on for the whole process. Without `thorough` the
    original is not adapted for comparison (`adapted` repeats it), and only the last step's model is converted.
    """
    recipe = load_recipe(recipe) if isinstance(recipe, str) else recipe
    if output.suffix != ".keras":
        raise DataError(f"the result is a .keras file, so it cannot be called {output.name}")
    import_keras()
    make_deterministic(seed)
    run = _Run(model, recipe, dataset, validation, seed, thorough, progress)
    journal = Journal.open(output.with_name(f"{output.name}.checkpoint"), run.fingerprint(), resume=resume)
    result = run.execute(journal, output)
    journal.remove()
    return result


class _Run:
    """One compression: its data, its judge, and what has been measured so far."""

    def __init__(
        self,
        model: Path,
        recipe: Recipe,
        dataset: Dataset,
        validation: Dataset | None,
        seed: int,
        thorough: bool,
        progress: Progress,
    ) -> None:
        self.model, self.recipe, self.dataset, self.seed, self.progress = model, recipe, dataset, seed, progress
        self.thorough = thorough
        self.notes: list[str] = []
        keras_model = load_keras(model)
        self.ports = find_inputs(keras_model)
        self.original = canonicalize(read_graph(keras_model))
        self.record = read_record(model) or CompressionRecord()
        check_record(self.original, self.record)
        check_order(recipe.steps, _properties(self.record))
        self._check_layers()
        self.training, self.judged = self._split(dataset, validation)
        self.task = self._task()
        self.reference = float_predictor(self.original)(self.judged.inputs)[0]

    def _check_layers(self) -> None:
        """Raise ModelError for what a later step of the recipe cannot quantize, before any training."""
        if any(getattr(step.settings, "student", "") for step in self.recipe.steps):
            return  # another model will be quantized
        if any("ranges" in step.settings.gives() for step in self.recipe.steps):
            plan_ranges(fold_batchnorm(self.original))

    def _split(self, dataset: Dataset, validation: Dataset | None) -> tuple[Samples, Samples]:
        if validation is not None:
            return self._fit(select(dataset, default="train")), self._fit(select(validation, default="test"))
        if dataset.test is not None:
            return self._fit(select(dataset, default="train")), self._fit(select(dataset, "test"))
        order = np.random.default_rng([self.seed, 3]).permutation(len(dataset))
        cut = max(1, round(len(order) * _HELD_OUT))
        if cut == len(order):
            raise DataError("one sample is not enough to learn from and be judged by")
        self.notes.append(
            f"the data has no test part: {cut} of its {len(order)} samples were held out for the accuracy"
        )
        parts = replace(dataset, train=np.sort(order[cut:]), test=np.sort(order[:cut]))
        return self._fit(select(parts, "train")), self._fit(select(parts, "test"))

    def _fit(self, dataset: Dataset) -> Samples:
        fitted = fit_samples(dataset, self.ports)
        return replace(fitted, inputs=tuple(part.reshape(len(part), *part.shape[2:]) for part in fitted.inputs))

    def _task(self) -> Task:
        table = self.recipe.task
        kind: Any = table.get("kind") or ("regression" if "loss" in table else None)
        return Task(
            kind or infer_kind(self.original, self.training.y),
            read_function(table["loss"]) if "loss" in table else None,
            read_function(table["metric"]) if "metric" in table else None,
        )

    def fingerprint(self) -> dict[str, str]:
        """What a resumed run must have in common with the interrupted one."""
        import keras
        import tensorflow as tf

        data = hashlib.sha256()
        for part in (*self.training.inputs, *([] if self.training.y is None else [self.training.y])):
            data.update(np.ascontiguousarray(part).tobytes())
        return {
            "model": hashlib.sha256(self.model.read_bytes()).hexdigest(),
            "recipe": hashlib.sha256(self.recipe.text.encode()).hexdigest(),
            "data": data.hexdigest(),
            "seed": str(self.seed),
            "versions": f"edgekit {__version__}, keras {keras.__version__}, tensorflow {tf.__version__}",
        }

    def execute(self, journal: Journal, output: Path) -> CompressedModel:
        context = Context(
            task=self.task,
            inputs=self.training.inputs,
            y=self.training.y,
            seed=self.seed,
            journal=journal,
            progress=self.progress,
            teachers={"original": self.original},
            load=lambda name: canonicalize(read_graph(load_keras(Path(name)))),
        )
        state = State(self.original, self.record.masks, self.record.quantization)
        steps: list[StepFigures] = []
        converted: TfliteModel | None = None
        for number, step in enumerate(self.recipe.steps, 1):
            context.step = f"{number}-{step.technique.name}"
            began = time.monotonic()
            state = step.technique.run(state, step.settings, context)
            seconds = time.monotonic() - began
            if self.thorough or number == len(self.recipe.steps):
                converted = self._convert(state, output, number)
            steps.append(self._step_figures(step, state, len(converted.content) if converted else None, seconds))
        assert converted is not None
        adapted = self._adapt(context)
        report = self._report(state, steps, adapted, converted)
        _write(output, state, converted, report, self._provenance())
        return CompressedModel(output, output.with_suffix(".tflite"), report)

    def _convert(self, state: State, output: Path, number: int) -> TfliteModel:
        """The slimmed int8 .tflite of the model as it is now, from a .keras file as it will be written."""
        scratch = output.with_name(f".{output.stem}.{number}.keras")
        try:
            write_keras(scratch, state, self._provenance())
            dataset = replace(select(self.dataset, default="train"), train=None, test=None)
            converted = convert_model(scratch, scheme="int8", dataset=dataset, name=output.stem, progress=self.progress)
        finally:
            scratch.unlink(missing_ok=True)
        return slim(converted)

    def _adapt(self, context: Context) -> LayerGraph:
        """The original after as many training steps as the recipe has."""
        training = [step.settings for step in self.recipe.steps if isinstance(step.settings, TrainingSettings)]
        if not training:
            return self.original
        if not self.thorough:
            self.notes.append("the original was not adapted for comparison: `adapted` repeats `original`")
            return self.original
        samples = len(context.inputs[0])
        steps = sum(_all_steps(settings, samples) for settings in training)
        settings = FinetuneSettings(steps=steps, batch=training[0].batch)
        context.step = "adapted"
        student = FloatStudent(self.original, {})
        recover(student, self.original, settings, context)
        return student.trained_graph()

    def _judge(self, predict: Predict) -> tuple[Score | None, float | None]:
        return self._judge_outputs(predict(self.judged.inputs)[0])

    def _judge_outputs(self, outputs: np.ndarray) -> tuple[Score | None, float | None]:
        labels = self.judged.y
        known = labels is not None or self.task.kind == "autoencoder"
        found = score(self.task, outputs, self.judged.inputs[0], labels) if known else None
        return found, agreement(self.task, outputs, self.reference)

    def _predictor(self, state: State) -> Predict:
        if state.quantization is None:
            return float_predictor(state.graph)
        return quantized_predictor(state.graph, state.quantization)

    def _step_figures(self, step: Step, state: State, size: int | None, seconds: float) -> StepFigures:
        described = step.described()
        return StepFigures(
            described["name"],
            described["settings"],
            state.graph.parameters(),
            macs(state.graph),
            size,
            self._judge(self._predictor(state))[0],
            seconds,
        )

    def _float_figures(self, graph: LayerGraph, size: int) -> ModelFigures:
        found, agreed = self._judge(float_predictor(graph))
        return ModelFigures(graph.parameters(), macs(graph), size, 4 * graph.parameters(), found, agreed)

    def _report(
        self, state: State, steps: Sequence[StepFigures], adapted: LayerGraph, converted: TfliteModel
    ) -> CompressionReport:
        float_size = _float_bytes(self.model, self.fingerprint()["model"])
        answers = run_tflite(converted, self.judged.inputs, self.progress)
        if answers is None:
            judge = "the training-time simulation" if state.quantization else "the float model"
            self.notes.append(f"the result's accuracy is that of {judge}: no reference interpreter could run the file")
            found, agreed = self._judge(self._predictor(state))
        else:
            judge = answers[1]
            found, agreed = self._judge_outputs(answers[0])
        bits = state.quantization.bits if state.quantization else None
        packed = flash_bytes(state.graph, bits) if bits and min(bits.values()) < 8 else None
        result = ModelFigures(
            state.graph.parameters(), macs(state.graph), len(converted.content), _int8_bytes(state.graph), found, agreed
        )
        baseline = self._float_figures(adapted, float_size)
        self.notes += [*remarks(self.recipe.steps, state), *verdict(found, baseline.accuracy)]
        return CompressionReport(
            conditions=self._conditions(judge),
            original=self._float_figures(self.original, float_size),
            adapted=baseline,
            result=result,
            steps=tuple(steps),
            packed_weight_bytes=packed,
            notes=tuple(dict.fromkeys(self.notes)),
        )

    def _conditions(self, judge: str) -> dict[str, Any]:
        return {
            "model": self.model.name,
            "recipe": self.recipe.name,
            "task": self.task.kind,
            "data": self.dataset.name,
            "training_samples": len(self.training),
            "validation_samples": len(self.judged),
            "seed": self.seed,
            "result_computed_by": judge,
            "versions": self.fingerprint()["versions"],
        }

    def _provenance(self) -> dict[str, Any]:
        before = list(self.record.provenance.get("runs", ()))
        this = {
            **self.fingerprint(),
            "recipe_name": self.recipe.name,
            "steps": [step.described() for step in self.recipe.steps],
        }
        return {"runs": [*before, this]}


@functools.lru_cache(maxsize=16)
def _float_bytes(model: Path, digest: str) -> int:
    """The size of a model file's float .tflite. `digest` of its content: of one file there are many compressions."""
    return len(convert_model(model, scheme="float32").content)


def _properties(record: CompressionRecord) -> frozenset[Property]:
    found: set[Property] = set()
    if record.masks:
        found.add("masks")
        runs = record.provenance.get("runs", ())
        settings = [step["settings"] for run in runs for step in run["steps"]]
        if any(item.get("pattern", "unstructured") != "unstructured" for item in settings):
            found.add("pattern")
    if record.quantization is not None:
        found.add("ranges")
    return frozenset(found)


def _all_steps(settings: TrainingSettings, samples: int) -> int:
    """Training steps of a recipe's step, with its rounds."""
    between = getattr(settings, "round_steps", 0) * max(0, getattr(settings, "rounds", 1) - 1)
    return settings.schedule(samples).steps + int(between)


def _int8_bytes(graph: LayerGraph) -> int:
    """int8 kernels and int32 biases."""
    return sum(
        int(value.size) * (1 if value.ndim > 1 else 4)
        for layer in graph.layers.values()
        for value in layer.weights.values()
    )


def write_keras(path: Path, state: State, provenance: Mapping[str, Any]) -> None:
    """The model with its record, as a .keras file: equal models give equal bytes."""
    save_keras(build_model(state.graph), path)
    write_record(path, CompressionRecord(state.masks, state.quantization, provenance))


def _write(
    output: Path, state: State, converted: TfliteModel, report: CompressionReport, provenance: Mapping[str, Any]
) -> None:
    write_atomically(output.with_suffix(".tflite"), converted.content)
    document = json.dumps(report.as_json(), indent=2, allow_nan=False)
    write_atomically(output.with_suffix(".report.json"), document + "\n")
    write_atomically(output.with_suffix(".report.md"), as_markdown(report))
    scratch = output.with_name(f".{output.stem}.new.keras")
    try:
        write_keras(scratch, state, provenance)
        scratch.replace(output)
    finally:
        scratch.unlink(missing_ok=True)
