# SPDX-License-Identifier: Apache-2.0
"""The reference interpreter in a child process: what "byte-equal" is measured against.

The judge is TensorFlow Lite Micro's reference kernels (the package tflite-micro). Where those are known to be wrong
(`known_faults`) it is LiteRT's reference kernels, and `Oracle.name` says so.
"""

from __future__ import annotations

from edgekit.oracle.faults import FAULTS, Fault, known_faults
from edgekit.oracle.session import Engine, Oracle, Port, is_installed

__all__ = ["FAULTS", "Engine", "Fault", "Oracle", "Port", "is_installed", "known_faults"]
