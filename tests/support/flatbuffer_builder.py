# SPDX-License-Identifier: Apache-2.0
"""Builds .tflite files from a few lines, with seeded random weights.

    model = ModelBuilder(seed=1)
    x = model.input((1, 8, 8, 3))
    y = model.conv_2d(x, 8, kernel=3, stride=2, padding="SAME", activation="RELU")
    y = model.fully_connected(model.reshape(y, (1, -1)), 4)
    content = model.build(outputs=[model.softmax(y)])

Every method adds one operator and returns its output tensor's index; `op` adds any other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from flatbuffer_writer import FileWriter, OpSpec, Quant, SubgraphSpec, TensorSpec

from edgekit.tflite import TfliteModel

ACTIVATIONS = {"NONE": 0, "RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3, "TANH": 4}
PADDINGS = {"SAME": 0, "VALID": 1}


class ModelBuilder:
    """A model in the making; `tensors` and `ops` may be changed freely before `build`.

    `dtype` is that of the data: with int16, zero points are 0 and biases int64; with float32 nothing is quantized.
    """

    def __init__(self, seed: int = 0, name: str = "built", *, dtype: str = "int8") -> None:
        self.dtype = dtype
        self.random = np.random.default_rng(seed)
        self.name = name
        self.tensors: list[TensorSpec] = []
        self.ops: list[OpSpec] = []
        self.inputs: list[int] = []
        self.subgraphs: list[SubgraphSpec] = []

    # --- tensors ---

    def tensor(self, spec: TensorSpec) -> int:
        self.tensors.append(spec)
        return len(self.tensors) - 1

    def input(
        self, shape: Sequence[int], *, scale: float | None = None, zero_point: int | None = None, dtype: str = ""
    ) -> int:
        dtype = dtype or self.dtype
        quant = self.random_quant(scale, zero_point, dtype=dtype)
        signature = (-1, *tuple(shape)[1:])
        spec = TensorSpec(f"input_{len(self.inputs)}", tuple(shape), dtype, quant, signature=signature)
        self.inputs.append(self.tensor(spec))
        return self.inputs[-1]

    def constant(self, data: np.ndarray[Any, Any], quant: Quant | None = None, name: str = "") -> int:
        label = name or f"const_{len(self.tensors)}"
        return self.tensor(TensorSpec(label, data.shape, data.dtype.name, quant, data))

    def random_quant(
        self, scale: float | None = None, zero_point: int | None = None, *, dtype: str = ""
    ) -> Quant | None:
        """A per-tensor quantization; what is not given is drawn. None for a type that is not quantized."""
        dtype = dtype or self.dtype
        if dtype not in ("int8", "int16"):
            return None
        drawn = float(np.float32(self.random.uniform(0.005, 0.1) / (256 if dtype == "int16" else 1)))
        if zero_point is None:
            zero_point = int(self.random.integers(-128, 128)) if dtype == "int8" else 0
        return ([drawn if scale is None else scale], [zero_point], 0)

    def random_numbers(self, shape: Sequence[int]) -> np.ndarray[Any, Any]:
        """For a constant of the model's type: small integers, or real numbers."""
        if self.dtype == "float32":
            return self.random.standard_normal(shape, np.float32)
        return self.random.integers(-128, 128, shape).astype(self.dtype)

    def scale(self, index: int) -> float:
        """1 where the tensor holds real numbers."""
        quant = self.tensors[index].quant
        return 1.0 if quant is None else quant[0][0]

    def zero_point(self, index: int) -> int:
        quant = self.tensors[index].quant
        assert quant is not None
        return quant[1][0]

    def shape(self, index: int) -> tuple[int, ...]:
        return self.tensors[index].shape

    # --- operators ---

    def op(
        self,
        kind: str,
        inputs: Sequence[int],
        shape: Sequence[int],
        quant: Quant | None,
        *,
        options_type: int = 0,
        options: Sequence[tuple[int, str, Any]] = (),
        dtype: str = "",
        name: str = "",
    ) -> int:
        """Any operator with one output, of the model's type where none is given; -1 stands for an absent input."""
        label = name or f"model/{kind.lower()}_{len(self.ops)}/{kind}"
        output = self.tensor(TensorSpec(label, tuple(shape), dtype or self.dtype, quant))
        self.ops.append(OpSpec(kind, list(inputs), [output], options_type, list(options)))
        return output

    def weight_factor(self, depth: int) -> float:
        """What weight scales of filters of `depth` products are multiplied with; deep nets keep their scales by it."""
        return 1.0

    def _weights(self, shape: tuple[int, ...], axis: int, per_channel: bool, name: str) -> tuple[int, float]:
        if self.dtype == "float32":
            return self.constant(self.random.normal(0, 0.5, shape).astype(np.float32), None, name), 1.0
        count = shape[axis] if per_channel else 1
        spread = self.random.uniform(0.002, 0.02, count) * self.weight_factor(math.prod(shape) // shape[axis])
        scales = [float(np.float32(s)) for s in spread]
        data = self.random.integers(-127, 128, shape).astype(np.int8)
        return self.constant(data, (scales, [0] * count, axis), name), float(np.mean(scales))

    def _filtered_quant(self, x: int, weight_scale: float, depth: int, factor: float) -> Quant | None:
        """An output scale that uses most of int8 for random weights and inputs; `factor` stretches it."""
        spread = self.scale(x) * weight_scale * math.sqrt(depth) * 75 * 75
        return self.random_quant(float(np.float32(spread / 50 * factor)))

    def _bias(self, channels: int, bias: bool, depth: int) -> int:
        if not bias:
            return -1
        if self.dtype == "float32":
            return self.constant(self.random.normal(0, 1, channels).astype(np.float32))
        reach = int(75 * 75 * math.sqrt(depth)) * (256 if self.dtype == "int16" else 1)
        values = self.random.integers(-reach, reach + 1, channels)
        return self.constant(values.astype(np.int64 if self.dtype == "int16" else np.int32))

    def conv_2d(
        self,
        x: int,
        channels: int,
        *,
        kernel: int | tuple[int, int] = 3,
        stride: int | tuple[int, int] = 1,
        dilation: int | tuple[int, int] = 1,
        padding: str = "SAME",
        activation: str = "NONE",
        bias: bool = True,
        per_channel: bool = True,
        scale_factor: float = 1.0,
        groups: int = 1,
    ) -> int:
        (kh, kw), (sh, sw), (dh, dw) = _pair(kernel), _pair(stride), _pair(dilation)
        depth = self.shape(x)[3] // groups
        name = f"model/conv2d_{len(self.ops)}/Conv2D"
        weights, scale = self._weights((channels, kh, kw, depth), 0, per_channel, name)
        quant = self._filtered_quant(x, scale, kh * kw * depth, scale_factor)
        rows, columns = self._swept(x, (kh, kw), (sh, sw), (dh, dw), padding)
        options = [
            (0, "int8", PADDINGS[padding]),
            (1, "int32", sw),
            (2, "int32", sh),
            (3, "int8", ACTIVATIONS[activation]),
            (4, "int32", dw),
            (5, "int32", dh),
        ]
        operands = [x, weights, self._bias(channels, bias, kh * kw * depth)]
        shape = (1, rows, columns, channels)
        return self.op("CONV_2D", operands, shape, quant, options_type=1, options=options)

    def depthwise_conv_2d(
        self,
        x: int,
        multiplier: int = 1,
        *,
        kernel: int | tuple[int, int] = 3,
        stride: int | tuple[int, int] = 1,
        dilation: int | tuple[int, int] = 1,
        padding: str = "SAME",
        activation: str = "NONE",
        bias: bool = True,
        per_channel: bool = True,
        scale_factor: float = 1.0,
    ) -> int:
        (kh, kw), (sh, sw), (dh, dw) = _pair(kernel), _pair(stride), _pair(dilation)
        channels = self.shape(x)[3] * multiplier
        weights, scale = self._weights((1, kh, kw, channels), 3, per_channel, f"model/dw_{len(self.ops)}/depthwise")
        quant = self._filtered_quant(x, scale, kh * kw, scale_factor)
        rows, columns = self._swept(x, (kh, kw), (sh, sw), (dh, dw), padding)
        options = [
            (0, "int8", PADDINGS[padding]),
            (1, "int32", sw),
            (2, "int32", sh),
            (3, "int32", multiplier),
            (4, "int8", ACTIVATIONS[activation]),
            (5, "int32", dw),
            (6, "int32", dh),
        ]
        operands = [x, weights, self._bias(channels, bias, kh * kw)]
        shape = (1, rows, columns, channels)
        return self.op("DEPTHWISE_CONV_2D", operands, shape, quant, options_type=2, options=options)

    def fully_connected(
        self,
        x: int,
        channels: int,
        *,
        activation: str = "NONE",
        bias: bool = True,
        per_channel: bool = False,
        keep_dims: bool = False,
        scale_factor: float = 1.0,
    ) -> int:
        depth = self.shape(x)[-1]
        rows = math.prod(self.shape(x)) // depth
        weights, scale = self._weights((channels, depth), 0, per_channel, f"model/dense_{len(self.ops)}/MatMul")
        quant = self._filtered_quant(x, scale, depth, scale_factor)
        operands = [x, weights, self._bias(channels, bias, depth)]
        if bias and self.dtype != "float32" and (channels == 1 or not per_channel):
            # The reference kernel compares the bias scale with the product of the others.
            self.tensors[operands[2]].quant = ([float(np.float32(self.scale(x) * self.scale(weights)))], [0], 0)
        options = [(0, "int8", ACTIVATIONS[activation]), (2, "bool", keep_dims)]
        shape = (*self.shape(x)[:-1], channels) if keep_dims else (rows, channels)
        return self.op("FULLY_CONNECTED", operands, shape, quant, options_type=8, options=options)

    def add(self, x: int, y: int, *, activation: str = "NONE", scale_factor: float = 1.0) -> int:
        shape = np.broadcast_shapes(self.shape(x), self.shape(y))
        scale = float(np.float32((self.scale(x) + self.scale(y)) * 0.7 * scale_factor))
        options = [(0, "int8", ACTIVATIONS[activation])]
        return self.op("ADD", [x, y], shape, self.random_quant(scale), options_type=11, options=options)

    def pool_2d(
        self,
        kind: str,
        x: int,
        *,
        kernel: int | tuple[int, int] = 2,
        stride: int | tuple[int, int] = 2,
        padding: str = "VALID",
        activation: str = "NONE",
    ) -> int:
        """`kind` is AVERAGE_POOL_2D or MAX_POOL_2D."""
        (kh, kw), (sh, sw) = _pair(kernel), _pair(stride)
        rows, columns = self._swept(x, (kh, kw), (sh, sw), (1, 1), padding)
        options = [
            (0, "int8", PADDINGS[padding]),
            (1, "int32", sw),
            (2, "int32", sh),
            (3, "int32", kw),
            (4, "int32", kh),
            (5, "int8", ACTIVATIONS[activation]),
        ]
        shape = (1, rows, columns, self.shape(x)[3])
        return self.op(kind, [x], shape, self.tensors[x].quant, options_type=5, options=options)

    def mean(self, x: int, axes: Sequence[int] = (1, 2), *, keep_dims: bool = False, same_quant: bool = False) -> int:
        rank = len(self.shape(x))
        gone = {axis % rank for axis in axes}
        if keep_dims:
            shape = tuple(1 if axis in gone else size for axis, size in enumerate(self.shape(x)))
        else:
            shape = tuple(size for axis, size in enumerate(self.shape(x)) if axis not in gone)
        quant = self.tensors[x].quant if same_quant else self.random_quant(self.scale(x) * 0.5)
        operands = [x, self.constant(np.array(axes, np.int32))]
        return self.op("MEAN", operands, shape, quant, options_type=27, options=[(0, "bool", keep_dims)])

    def pad(self, x: int, paddings: Sequence[tuple[int, int]]) -> int:
        shape = [before + size + after for size, (before, after) in zip(self.shape(x), paddings, strict=True)]
        operands = [x, self.constant(np.array(paddings, np.int32))]
        return self.op("PAD", operands, shape, self.tensors[x].quant, options_type=22)

    def reshape(self, x: int, shape: Sequence[int]) -> int:
        """One size may be -1."""
        known = math.prod(size for size in shape if size != -1)
        sizes = [math.prod(self.shape(x)) // known if size == -1 else size for size in shape]
        operands = [x, self.constant(np.array(sizes, np.int32))]
        return self.op("RESHAPE", operands, sizes, self.tensors[x].quant, options_type=17)

    def softmax(self, x: int, beta: float = 1.0) -> int:
        quant = {"int8": ([1 / 256], [-128], 0), "int16": ([1 / 32768], [0], 0)}.get(self.dtype)
        return self.op("SOFTMAX", [x], self.shape(x), quant, options_type=9, options=[(0, "float32", beta)])

    def relu(self, x: int, *, kind: str = "RELU", same_quant: bool = True) -> int:
        """RELU or RELU6 as an operator of its own."""
        quant = self.tensors[x].quant if same_quant else self.random_quant(self.scale(x) * 0.7)
        return self.op(kind, [x], self.shape(x), quant)

    def quantize(self, x: int, *, scale: float | None = None, zero_point: int | None = None, dtype: str = "") -> int:
        """From any type to `dtype`, the model's where none is given."""
        quant = self.random_quant(scale, zero_point, dtype=dtype)
        return self.op("QUANTIZE", [x], self.shape(x), quant, options_type=89, dtype=dtype)

    def dequantize(self, x: int) -> int:
        return self.op("DEQUANTIZE", [x], self.shape(x), None, dtype="float32", options_type=38)

    def _swept(
        self, x: int, kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int], padding: str
    ) -> tuple[int, int]:
        sizes = []
        for size, reach, step, spread in zip(self.shape(x)[1:3], kernel, stride, dilation, strict=True):
            used = 0 if padding == "SAME" else (reach - 1) * spread
            sizes.append((size - used + step - 1) // step)
        return sizes[0], sizes[1]

    # --- the file ---

    def build(self, outputs: Sequence[int]) -> bytes:
        return FileWriter(SubgraphSpec(self.tensors, self.ops, self.inputs, outputs), *self.subgraphs).write()

    def tflite(self, outputs: Sequence[int]) -> TfliteModel:
        return TfliteModel(self.name, self.build(outputs))


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value
