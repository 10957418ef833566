# SPDX-License-Identifier: Apache-2.0
"""The converter's child process: `python -m edgekit.convert.child FOLDER` does the job that lies in FOLDER.

TensorFlow's converter is native code that may crash, so it runs here and not in the user's process.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgekit.convert import job as jobs
from edgekit.convert.calibration import read_samples, representative
from edgekit.convert.compression_record import CompressionRecord, read_record
from edgekit.convert.lint import lint
from edgekit.convert.order import keep_order
from edgekit.convert.post_training import quantized_model
from edgekit.convert.recurrent import fusable_lstms, fused_lstms, step_model, steps_of
from edgekit.convert.saved_model import load_saved_model
from edgekit.convert.schemes import find_scheme
from edgekit.convert.serving import (
    SIGNATURE,
    ModelInput,
    check_convertible,
    find_inputs,
    layer_types,
    output_names,
    serving_module,
    trace,
)
from edgekit.convert.trained import configure_trained, trained_module
from edgekit.dataset import Dataset, fit_samples
from edgekit.errors import ConversionError, EdgekitError
from edgekit.keras_models import import_keras, load_keras
from edgekit.tflite import TfliteModel

#: Of a conversion to integers, where one in five goes wrong by chance.
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Source:
    """What is converted: `function` of the tf.Module `module`. `sampled` are the inputs that samples are fitted to: of
    whole sequences where the function takes one step. `fused`: LSTM layers bear the converter's mark."""

    module: Any
    function: Any
    inputs: list[ModelInput]
    outputs: list[str]
    sampled: list[ModelInput]
    fused: bool = False


def main(folder: Path) -> int:
    """Do the job in `folder`; whatever happens is in its report, unless native code ends the process."""
    try:
        notes = convert(jobs.Job.read(folder), folder)
        jobs.Report(notes=notes).write(folder)
        return 0
    except EdgekitError as error:
        jobs.Report(type(error).__name__, str(error)).write(folder)
        return 1


def convert(job: jobs.Job, folder: Path) -> tuple[str, ...]:
    """Write the .tflite file of `job` into `folder`; what the user may want to know is returned."""
    import_keras()
    record = _trained_record(job)
    data = read_samples(folder / jobs.SAMPLES, job.data_name) if job.calibrated and record is None else None
    source = _load_file(job, folder, record, data) if job.keras_file else _load_saved(job)
    import tensorflow as tf

    trained = record is not None or job.post_training is not None
    samples = fit_samples(data, source.sampled) if data is not None else None
    ordered = steps_of if job.stateful else representative

    def attempt() -> bytes:
        converter = _converter(source, folder)
        if trained:
            configure_trained(converter)
        else:
            find_scheme(job.scheme).configure(converter, tf, ordered(samples, source.sampled) if samples else None)
        try:
            return bytes(converter.convert())
        except Exception as error:  # the converter's own class, ValueError, RuntimeError and more
            raise ConversionError(_explain(str(error))) from error

    content = without_islands(attempt) if find_scheme(job.scheme).calibrated else attempt()
    named = keep_order(content, [port.name for port in source.inputs], source.outputs)
    (folder / jobs.RESULT).write_bytes(named)
    return samples.notes if samples else ()


def without_islands(attempt: Callable[[], bytes]) -> bytes:
    """The first result of `attempt` that computes in integers throughout, else the last one.

    The converter visits operators in the order of their addresses: of ten conversions of one GRU in one process, two
    left a SPLIT in float32 and eight did not.
    """
    for _ in range(_ATTEMPTS - 1):
        content = attempt()
        if not any(finding.rule == "float-island" for finding in lint(TfliteModel("attempt", content))):
            return content
    return attempt()


def _trained_record(job: jobs.Job) -> CompressionRecord | None:
    if job.scheme != "int8" or job.keras_file is None:
        return None
    record = read_record(Path(job.keras_file))
    return record if record is not None and record.quantization is not None else None


def _load_file(job: jobs.Job, folder: Path, record: CompressionRecord | None, data: Dataset | None) -> Source:
    assert job.keras_file is not None
    model = load_keras(Path(job.keras_file))
    jobs.write_seen(folder, layer_types(model))
    check_convertible(model)
    if job.post_training is not None and data is not None:
        model, record = quantized_model(model, fit_samples(data, find_inputs(model)), job.post_training)
    if record is not None:
        module, inputs, outputs = trained_module(model, record)
        return Source(module, trace(module), inputs, outputs, inputs)
    sampled = find_inputs(model)
    if job.stateful:
        model = step_model(model)
    lstms = fusable_lstms(model) if job.scheme != "int16x8" else []
    inputs = find_inputs(model)
    module = serving_module(model, inputs)
    with fused_lstms(lstms):
        function = trace(module)
    return Source(module, function, inputs, output_names(model), sampled, fused=bool(lstms))


def _load_saved(job: jobs.Job) -> Source:
    import tensorflow as tf

    assert job.saved_model is not None
    if not job.inputs:
        module, inputs, outputs = load_saved_model(Path(job.saved_model))
        return Source(module, module.serve.get_concrete_function(), inputs, outputs, inputs)
    module, inputs = tf.saved_model.load(job.saved_model), list(job.inputs)
    return Source(module, module.signatures[SIGNATURE], inputs, list(job.outputs), inputs)


def _converter(source: Source, folder: Path) -> Any:
    """Functions keep their marks only on the way through a SavedModel, which must not be traced again for it."""
    import tensorflow as tf

    if not source.fused:
        return tf.lite.TFLiteConverter.from_concrete_functions([source.function], source.module)
    saved = str(folder / "fused")
    traced = tf.Module()
    traced.variables_of_model = source.module.variables_of_model
    tf.saved_model.save(traced, saved, signatures={SIGNATURE: source.function})
    return tf.lite.TFLiteConverter.from_saved_model(saved, signature_keys=[SIGNATURE])


def _explain(text: str) -> str:
    """The converter's reason in one line."""
    foreign = re.search(r"(?:TF Select|Custom) ops:\s*([\w, ]+)", text)
    if foreign:
        return (
            f"the model computes with {foreign.group(1).strip()}, for which TFLite has no operator; "
            "use built-in layers that do without"
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "error:" in line] or lines or ["no reason given"]
    return f"TensorFlow's converter failed: {telling[0].partition('error: ')[2] or telling[0]}"[:500]


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main(Path(sys.argv[1])))
