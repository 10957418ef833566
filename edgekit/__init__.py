# SPDX-License-Identifier: Apache-2.0
"""edgekit takes a Keras model and a board name, makes the model small, and returns measured latency, memory and energy.

The names below are the public interface; they are imported when first used, so that `import edgekit` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from edgekit.benchmark.result import BenchmarkResult
    from edgekit.benchmark.session import bench
    from edgekit.boards import load_board
    from edgekit.codegen import generate_model
    from edgekit.convert import convert_model
    from edgekit.dataset import load_dataset
    from edgekit.errors import EdgekitError
    from edgekit.importer import import_tflite
    from edgekit.pipeline import deploy
    from edgekit.tflite import TfliteModel

_HOMES = {
    "BenchmarkResult": "edgekit.benchmark.result",
    "EdgekitError": "edgekit.errors",
    "TfliteModel": "edgekit.tflite",
    "bench": "edgekit.benchmark.session",
    "convert_model": "edgekit.convert",
    "deploy": "edgekit.pipeline",
    "generate_model": "edgekit.codegen",
    "import_tflite": "edgekit.importer",
    "load_board": "edgekit.boards",
    "load_dataset": "edgekit.dataset",
}

__all__ = [
    "BenchmarkResult",
    "EdgekitError",
    "TfliteModel",
    "bench",
    "convert_model",
    "deploy",
    "generate_model",
    "import_tflite",
    "load_board",
    "load_dataset",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'edgekit' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
