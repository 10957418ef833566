# SPDX-License-Identifier: Apache-2.0
"""What to write in Keras instead of an operator that edgekit does not generate."""

from __future__ import annotations

from typing import Final

_FIXED_BATCH = "convert with a fixed batch size of 1, which makes this operator disappear"
_STATEFUL = "unroll the layer, or use convolutions over the time axis"

REWRITES: Final[dict[str, str]] = {
    "BATCH_MATMUL": "use Dense layers where one factor is a weight",
    "CONCATENATION": "join the branches with Add layers",
    "CUSTOM": "convert without SELECT_TF_OPS and with built-in layers only",
    "DEPTH_TO_SPACE": "use a dense or convolutional head of the wanted shape",
    "DEQUANTIZE": "convert to full integers (`edgekit convert --scheme int8`), so that no float island is left",
    "EXPAND_DIMS": "use Conv2D with a kernel of (1, k) on [1, W, C] inputs instead of Conv1D",
    "GATHER": "do the look-up before the model",
    "GELU": "use ReLU or ReLU(6)",
    "LSTM": _STATEFUL,
    "NEG": "multiply by -1",
    "PACK": _FIXED_BATCH,
    "PADV2": "pad with zeros (ZeroPadding2D)",
    "REDUCE_MAX": "use MaxPooling2D over the whole image",
    "RESIZE_BILINEAR": "resize before the model",
    "RESIZE_NEAREST_NEIGHBOR": "resize before the model",
    "SHAPE": _FIXED_BATCH,
    "SQUARE": "multiply the tensor with itself",
    "SQUEEZE": "use Reshape or Flatten",
    "STRIDED_SLICE": _FIXED_BATCH,
    "SUM": "use GlobalAveragePooling2D, which differs by a constant factor",
    "TRANSPOSE": "keep images as height, width, channels throughout",
    "TRANSPOSE_CONV": "use strided Conv2D layers only",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _STATEFUL,
    "WHILE": _STATEFUL,
}
