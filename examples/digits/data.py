# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's handwritten digits: 1797 grey images of 8x8 pixels, ten classes.

`load` can be given to edgekit as it is: `--data examples.digits.data:load`.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def load() -> dict[str, Any]:
    """Images scaled to [0, 1], labels, and a stratified split: 1258 samples to train on, 539 to test."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    samples = np.arange(len(digits.target))
    train, test = train_test_split(samples, test_size=539, random_state=0, stratify=digits.target)
    return {
        "x": (digits.images / 16).astype(np.float32)[..., np.newaxis],
        "y": digits.target.astype(np.int32),
        "train": np.sort(train),
        "test": np.sort(test),
    }
