# SPDX-License-Identifier: Apache-2.0
"""`convert_model`: a Keras model to .tflite bytes, through a child process."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgekit import process
from edgekit.convert import job as jobs
from edgekit.convert.calibration import choose_samples, write_samples
from edgekit.convert.compression_record import has_trained_scales
from edgekit.convert.keras_graph import read_graph
from edgekit.convert.lint import lint
from edgekit.convert.post_training import PostTraining
from edgekit.convert.saved_model import is_saved_model
from edgekit.convert.schemes import SCHEMES, Scheme, find_scheme
from edgekit.convert.serving import (
    SIGNATURE,
    check_convertible,
    find_inputs,
    has_own_layers,
    layer_types,
    output_names,
    serving_module,
    trace,
)
from edgekit.dataset import Dataset
from edgekit.errors import ConversionError, ModelError, ToolError, UsageError
from edgekit.progress import Progress, silent
from edgekit.resources import scratch_folder
from edgekit.tflite import TfliteModel

if TYPE_CHECKING:
    import keras

CALIBRATION_SAMPLES = 200

#: Layers under which the converter is known to crash or fail when it quantizes to full integers.
_CULPRITS = {
    "LSTM": "convert single time steps (--stateful), or set unroll=True",
    "GRU": "convert single time steps (--stateful), or set unroll=True",
    "SimpleRNN": "convert single time steps (--stateful), or set unroll=True",
    "RNN": "set unroll=True",
    "Bidirectional": "set unroll=True on its layer",
    "ConvLSTM1D": "use convolutions over the time axis",
    "ConvLSTM2D": "use convolutions over the time axis",
    "ConvLSTM3D": "use convolutions over the time axis",
}


def convert_model(
    model: keras.Model | Path | str,
    *,
    scheme: str = "int8",
    dataset: Dataset | None = None,
    calibration_samples: int = CALIBRATION_SAMPLES,
    post_training: PostTraining | None = None,
    stateful: bool = False,
    name: str | None = None,
    check: bool = True,
    timeout_s: float = 900.0,
    progress: Progress = silent,
) -> TfliteModel:
    """Convert a Keras model, the .keras or .h5 file of one, or a SavedModel folder, to .tflite: batch 1, the signature
    "serving_default".

    `int8` and `int16x8` read the activations' ranges (minimum and maximum) off `calibration_samples` of the data set's
    training part; an int8 model that `edgekit compress` trained keeps exactly the scales that it was trained with,
    which its file holds. With `post_training` edgekit, and not the converter, chooses the scales of an int8 model. A
    `stateful` model takes one time step an inference, and its recurrent layers keep their state in between; samples
    are whole sequences nevertheless. With `check` an integer model must pass `lint`. Raises ConversionError with the
    reason; a crash of TensorFlow's converter is one too.
    """
    chosen = find_scheme(scheme)
    if chosen.calibrated and dataset is None and not (chosen.name == "int8" and has_trained_scales(model)):
        raise UsageError(f"the scheme {chosen.name} needs samples for the ranges of the activations; give --data")
    if post_training is not None:
        if stateful:
            raise UsageError("ranges, bias correction and bits cannot be chosen for a stateful model; leave them out")
        _check_post_training(model, chosen)
    if calibration_samples < 1:
        raise UsageError(f"{calibration_samples} calibration samples: at least one is needed")
    progress(f"converting to {chosen.name}", 0, 1)
    try:
        with scratch_folder("convert") as folder:
            job = replace(_make_job(folder, model, chosen, stateful), post_training=post_training)
            content = _convert_in(folder, job, chosen, dataset, calibration_samples, timeout_s)
    except OSError as error:
        raise ConversionError(f"cannot write temporary files: {error.strerror or error}") from error
    result = TfliteModel(name or _name_of(model), content)
    if check and chosen.calibrated:
        _require_clean(result, chosen)
    progress(f"converting to {chosen.name}", 1, 1)
    return result


def _convert_in(
    folder: Path, job: jobs.Job, scheme: Scheme, dataset: Dataset | None, count: int, timeout_s: float
) -> bytes:
    if scheme.calibrated and dataset is not None:
        write_samples(choose_samples(dataset, count), folder / jobs.SAMPLES)
        job = replace(job, calibrated=True, data_name=dataset.name)
    job.write(folder)
    arguments, env = process.own_module("edgekit.convert.child")
    env |= {"TF_CPP_MIN_LOG_LEVEL": "3", "TMPDIR": str(folder)}
    try:
        done = process.run([*arguments, folder], timeout_s=timeout_s, env=env, check=False)
    except ToolError as error:
        raise ConversionError(f"TensorFlow's converter: {error}") from error
    report = jobs.read_report(folder)
    if report is None:
        raise ConversionError(_crash(done, jobs.read_seen(folder), scheme))
    report.raise_error()
    return (folder / jobs.RESULT).read_bytes()


def _check_post_training(model: keras.Model | Path | str, scheme: Scheme) -> None:
    """Raise UsageError or ModelError where edgekit cannot choose the scales itself."""
    if scheme.name != "int8":
        raise UsageError(
            f"ranges, bias correction, equalization and bits are chosen for int8 models only, not for {scheme.name}"
        )
    if has_trained_scales(model):
        raise UsageError(
            "the model holds the scales it was trained with, which ranges, bias correction, equalization and bits "
            "would replace; leave those options out, or convert the model from before quantization"
        )
    if not isinstance(model, Path | str) and has_own_layers(model):
        read_graph(model)  # refuses, with the layer's name


def _make_job(folder: Path, model: keras.Model | Path | str, scheme: Scheme, stateful: bool) -> jobs.Job:
    """Files go as they are, a model in memory as a .keras file, or as a TensorFlow function if it has own layers."""
    if isinstance(model, Path | str):
        path = Path(model)
        if not path.exists():
            raise ModelError(f"the model {path} does not exist")
        if is_saved_model(path):
            if stateful:
                raise UsageError(f"{path} is a SavedModel, whose layers are not known; --stateful needs a .keras file")
            return jobs.Job(scheme.name, saved_model=os.fspath(path.absolute()))
        return jobs.Job(scheme.name, keras_file=os.fspath(path.absolute()), stateful=stateful)
    check_convertible(model)
    inputs = find_inputs(model)
    jobs.write_seen(folder, layer_types(model))
    if stateful or not has_own_layers(model):
        file = folder / "model.keras"
        model.save(file)
        return jobs.Job(scheme.name, keras_file=str(file), stateful=stateful)
    import tensorflow as tf

    module = serving_module(model, inputs)
    saved = str(folder / "saved_model")
    tf.saved_model.save(module, saved, signatures={SIGNATURE: trace(module)})
    return jobs.Job(
        scheme.name,
        saved_model=saved,
        inputs=tuple(inputs),
        outputs=tuple(output_names(model)),
    )


def _name_of(model: keras.Model | Path | str) -> str:
    return Path(model).stem if isinstance(model, Path | str) else str(model.name)


def _crash(done: process.Completed, layers: list[str], scheme: Scheme) -> str:
    """Why the child has no report, as far as that can be told."""
    if done.returncode < 0:
        what = process.describe_exit(done).partition(" was ")[2]
        text = f"TensorFlow's converter crashed ({what})"
    else:
        last = [line.strip() for line in done.stderr.splitlines() if line.strip()][-1:]
        text = f"TensorFlow's converter ended with exit status {done.returncode}" + (f": {last[0]}" if last else "")
    if not layers:
        return text
    text += f" on a model of {', '.join(layers)}"
    culprits = [layer for layer in layers if layer in _CULPRITS]
    if culprits and scheme.calibrated:
        advice = "; ".join(dict.fromkeys(_CULPRITS[layer] for layer in culprits))
        text += f"; {', '.join(culprits)} under {scheme.name} is the likely reason: {advice}, or use --scheme float32"
    elif scheme.name != "float32":
        text += "; try --scheme float32 to see whether quantization is the reason"
    return text


def _require_clean(model: TfliteModel, scheme: Scheme) -> None:
    errors = [finding for finding in lint(model) if finding.severity == "error"]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise ConversionError(f"the converted {scheme.name} model does not pass the check: {errors[0]}{more}")


__all__ = ["CALIBRATION_SAMPLES", "SCHEMES", "convert_model"]
