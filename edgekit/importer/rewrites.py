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
    "ELU": "use ReLU or ReLU(6)",
    "EXPAND_DIMS": "use Conv2D with a kernel of (1, k) on [1, W, C] inputs instead of Conv1D",
    "GATHER": "do the look-up before the model",
    "GELU": "use ReLU or ReLU(6)",
    "HARD_SWISH": "use ReLU(6)",
    "LEAKY_RELU": "use ReLU or ReLU(6)",
    "LOGISTIC": "drop the sigmoid and compare the logit with 0, or use a softmax over two classes",
    "LSTM": _STATEFUL,
    "MUL": "fold the factor into the weights of the layer before it",
    "PACK": _FIXED_BATCH,
    "PADV2": "pad with zeros (ZeroPadding2D)",
    "PRELU": "use ReLU or ReLU(6)",
    "REDUCE_MAX": "use MaxPooling2D over the whole image",
    "RELU_N1_TO_1": "use ReLU(6)",
    "RESIZE_BILINEAR": "resize before the model",
    "RESIZE_NEAREST_NEIGHBOR": "resize before the model",
    "SHAPE": _FIXED_BATCH,
    "SQUEEZE": "use Reshape or Flatten",
    "STRIDED_SLICE": _FIXED_BATCH,
    "SUB": "fold the subtraction into the bias of the layer before it",
    "SUM": "use GlobalAveragePooling2D, which differs by a constant factor",
    "TANH": "use ReLU or ReLU(6)",
    "TRANSPOSE": "keep images as height, width, channels throughout",
    "TRANSPOSE_CONV": "use strided Conv2D layers only",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _STATEFUL,
    "WHILE": _STATEFUL,
}
