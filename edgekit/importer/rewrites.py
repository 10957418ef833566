# SPDX-License-Identifier: Apache-2.0
"""What to write in Keras instead of an operator that edgekit does not generate."""

from __future__ import annotations

from typing import Final

_FIXED_BATCH = "convert with a fixed batch size of 1, which makes this operator disappear"
_STATEFUL = "unroll the layer, or use convolutions over the time axis"

REWRITES: Final[dict[str, str]] = {
    "CUSTOM": "convert without SELECT_TF_OPS and with built-in layers only",
    "GATHER": "do the look-up before the model",
    "GELU": "use ReLU or ReLU(6)",
    "LSTM": _STATEFUL,
    "NEG": "multiply by -1",
    "SHAPE": _FIXED_BATCH,
    "SQUARE": "multiply the tensor with itself",
    "WHILE": _STATEFUL,
}
