# SPDX-License-Identifier: Apache-2.0
"""The quantization schemes, a table: what each needs, and how it is asked of TensorFlow's converter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from edgekit.errors import UsageError

SchemeName = Literal["float32", "float16", "dynamic", "int8", "int16x8"]
Representative = Callable[[], Iterator[Mapping[str, npt.NDArray[np.generic]]]]


@dataclass(frozen=True, slots=True)
class Scheme:
    """`configure(converter, tensorflow, samples)` sets a TFLiteConverter; `samples` is None where none are needed."""

    name: SchemeName
    meaning: str
    calibrated: bool
    configure: Callable[[Any, Any, Representative | None], None]


def _float32(converter: Any, tf: Any, samples: Representative | None) -> None:
    pass


def _float16(converter: Any, tf: Any, samples: Representative | None) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]


def _dynamic(converter: Any, tf: Any, samples: Representative | None) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]


def _int8(converter: Any, tf: Any, samples: Representative | None) -> None:
    _integer(converter, tf, samples, tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.int8)


def _int16x8(converter: Any, tf: Any, samples: Representative | None) -> None:
    ops = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    _integer(converter, tf, samples, ops, tf.int16)


def _integer(converter: Any, tf: Any, samples: Representative | None, ops: Any, edge: Any) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [ops]
    converter.inference_input_type = edge
    converter.inference_output_type = edge
    # else variables stay float32, with a conversion before and behind every use
    converter._experimental_variable_quantization = True


SCHEMES: dict[SchemeName, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme("float32", "float weights and activations", False, _float32),
        Scheme("float16", "float16 weights, float activations", False, _float16),
        Scheme("dynamic", "int8 weights, float activations", False, _dynamic),
        Scheme("int8", "int8 throughout, inputs and outputs too; weights with a scale a channel", True, _int8),
        Scheme("int16x8", "int16 activations, inputs and outputs, int8 weights", True, _int16x8),
    )
}


def find_scheme(name: str) -> Scheme:
    """The scheme called `name`; UsageError when there is none."""
    for scheme in SCHEMES.values():
        if scheme.name == name:
            return scheme
    raise UsageError(f"'{name}' is no quantization scheme; there are {', '.join(SCHEMES)}")
