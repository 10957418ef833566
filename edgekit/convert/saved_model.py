# SPDX-License-Identifier: Apache-2.0
"""SavedModel folders: their signature "serving_default" as a function of one sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgekit.convert.serving import SIGNATURE, ModelInput, fixed_input
from edgekit.errors import ConversionError, ModelError


def is_saved_model(path: Path) -> bool:
    """Whether `path` is a folder that TensorFlow wrote a model into."""
    return (path / "saved_model.pb").is_file()


def load_saved_model(path: Path) -> tuple[Any, list[ModelInput], list[str]]:
    """A tf.Module whose `serve` is the model's function with a batch of 1, its inputs and the names of its outputs.

    Raises ModelError for a folder that does not load, and for one without the signature.
    """
    import tensorflow as tf

    try:
        loaded = tf.saved_model.load(str(path))
    except Exception as error:  # TensorFlow raises all kinds
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ModelError(f"TensorFlow cannot load the SavedModel {path}: {reason}; export it again") from error
    if SIGNATURE not in loaded.signatures:
        found = ", ".join(sorted(loaded.signatures)) or "none"
        raise ModelError(
            f"the SavedModel {path} has no signature '{SIGNATURE}' (it has: {found}); "
            f"export it with model.export(folder), or give tf.saved_model.save that signature"
        )
    function = loaded.signatures[SIGNATURE]
    specs = function.structured_input_signature[1]
    if not specs:
        raise ConversionError(f"the signature '{SIGNATURE}' of {path} has no inputs")
    # By name, as the outputs: a loaded signature has no order of its own, and that of the dict varies by process.
    inputs = [fixed_input(name, tuple(spec.shape), spec.dtype.name) for name, spec in sorted(specs.items())]

    def serve(*tensors: Any) -> Any:
        results = function(**{port.name: tensor for port, tensor in zip(inputs, tensors, strict=True)})
        return {name: tf.identity(result, name=name) for name, result in results.items()}

    module = tf.Module()
    module.loaded = loaded
    module.serve = tf.function(
        serve, input_signature=[tf.TensorSpec(port.shape, port.dtype, name=port.name) for port in inputs]
    )
    return module, inputs, sorted(function.structured_outputs)
