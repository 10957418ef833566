# SPDX-License-Identifier: Apache-2.0
"""The converter's child process: `python -m edgekit.convert.child FOLDER` does the job that lies in FOLDER.

TensorFlow's converter is native code that may crash, so it runs here and not in the user's process.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from edgekit.convert import job as jobs
from edgekit.convert.calibration import read_samples, representative
from edgekit.convert.compression_record import CompressionRecord, read_record
from edgekit.convert.order import keep_order
from edgekit.convert.post_training import quantized_model
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
    module, function, inputs, outputs = _load_file(job, folder, record, data) if job.keras_file else _load_saved(job)
    import tensorflow as tf

    trained = record is not None or job.post_training is not None
    samples = fit_samples(data, inputs) if data is not None else None
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
    if trained:
        configure_trained(converter)
    else:
        find_scheme(job.scheme).configure(converter, tf, representative(samples, inputs) if samples else None)
    try:
        content = converter.convert()
    except Exception as error:  # the converter's own class, ValueError, RuntimeError and more
        raise ConversionError(_explain(str(error))) from error
    ordered = keep_order(bytes(content), [port.name for port in inputs], outputs)
    (folder / jobs.RESULT).write_bytes(ordered)
    return samples.notes if samples else ()


def _trained_record(job: jobs.Job) -> CompressionRecord | None:
    if job.scheme != "int8" or job.keras_file is None:
        return None
    record = read_record(Path(job.keras_file))
    return record if record is not None and record.quantization is not None else None


def _load_file(
    job: jobs.Job, folder: Path, record: CompressionRecord | None, data: Dataset | None
) -> tuple[Any, Any, list[ModelInput], list[str]]:
    assert job.keras_file is not None
    model = load_keras(Path(job.keras_file))
    jobs.write_seen(folder, layer_types(model))
    check_convertible(model)
    if job.post_training is not None and data is not None:
        model, record = quantized_model(model, fit_samples(data, find_inputs(model)), job.post_training)
    if record is not None:
        module, inputs, outputs = trained_module(model, record)
        return module, trace(module), inputs, outputs
    inputs = find_inputs(model)
    module = serving_module(model, inputs)
    return module, trace(module), inputs, output_names(model)


def _load_saved(job: jobs.Job) -> tuple[Any, Any, list[ModelInput], list[str]]:
    import tensorflow as tf

    module = tf.saved_model.load(job.saved_model)
    return module, module.signatures[SIGNATURE], list(job.inputs), list(job.outputs)


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
