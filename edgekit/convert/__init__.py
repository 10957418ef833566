# SPDX-License-Identifier: Apache-2.0
"""A Keras model to .tflite bytes, and what must be true of those."""

from edgekit.convert.conversion import CALIBRATION_SAMPLES, convert_model
from edgekit.convert.lint import LintFinding, lint
from edgekit.convert.post_training import PostTraining
from edgekit.convert.schemes import SCHEMES, SchemeName
from edgekit.convert.slim import slim

__all__ = [
    "CALIBRATION_SAMPLES",
    "SCHEMES",
    "LintFinding",
    "PostTraining",
    "SchemeName",
    "convert_model",
    "lint",
    "slim",
]
