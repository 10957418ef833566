# SPDX-License-Identifier: Apache-2.0
"""What `--data` names: samples from an .npz file or package.module:function, split and fitted to a model's inputs."""

from __future__ import annotations

from edgekit.dataset.fitting import InputPort, Samples, fit_samples, quantize, random_samples, select_samples
from edgekit.dataset.loading import Dataset, Which, load_dataset, make_dataset, select

__all__ = [
    "Dataset",
    "InputPort",
    "Samples",
    "Which",
    "fit_samples",
    "load_dataset",
    "make_dataset",
    "quantize",
    "random_samples",
    "select",
    "select_samples",
]
