# SPDX-License-Identifier: Apache-2.0
"""The bytes of a .tflite file to a verified Graph."""

from edgekit.importer.registry import IMPORTERS
from edgekit.importer.tflite import import_tflite

__all__ = ["IMPORTERS", "import_tflite"]
