# SPDX-License-Identifier: Apache-2.0
"""Builds .tflite files from a few lines, with seeded random weights.

    model = ModelBuilder(seed=1)
    x = model.input((1, 8, 8, 3))
    y = model.conv_2d(x, 8, kernel=3, stride=2, padding="SAME", activation="RELU")
    y = model.fully_connected(model.reshape(y, (1, -1)), 4)
    content = model.build(outputs=[model.softmax(y)])

Every method adds one operator and returns its output tensor's index; `op` adds any other. Field numbers are those of
the TFLite schema, written down here once more on purpose: a mistake in the importer's own table must not hide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np

from edgekit.tflite import TfliteModel

TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "bool": 6, "int16": 7, "int8": 9}
CODES = {
    "ADD": 0,
    "AVERAGE_POOL_2D": 1,
    "CONCATENATION": 2,
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 4,
    "DEQUANTIZE": 6,
    "FULLY_CONNECTED": 9,
    "LOGISTIC": 14,
    "MAX_POOL_2D": 17,
    "RELU": 19,
    "RELU6": 21,
    "RESHAPE": 22,
    "SOFTMAX": 25,
    "CUSTOM": 32,
    "PAD": 34,
    "MEAN": 40,
    "SQUEEZE": 43,
    "QUANTIZE": 114,
    "BROADCAST_TO": 130,
}
ACTIVATIONS = {"NONE": 0, "RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3, "TANH": 4}
PADDINGS = {"SAME": 0, "VALID": 1}

Quant = tuple[Sequence[float], Sequence[int], int]


@dataclass
class TensorSpec:
    name: str
    shape: tuple[int, ...]
    dtype: str = "int8"
    quant: Quant | None = None
    data: np.ndarray[Any, Any] | None = None
    signature: tuple[int, ...] | None = None
    variable: bool = False


@dataclass
class OpSpec:
    kind: str
    inputs: list[int]
    outputs: list[int]
    options_type: int = 0
    # (field number, type, value) for each option
    options: list[tuple[int, str, Any]] = field(default_factory=list)


class ModelBuilder:
    """A model in the making; `tensors` and `ops` may be changed freely before `build`."""

    def __init__(self, seed: int = 0, name: str = "built") -> None:
        self.random = np.random.default_rng(seed)
        self.name = name
        self.tensors: list[TensorSpec] = []
        self.ops: list[OpSpec] = []
        self.inputs: list[int] = []

    # --- tensors ---

    def tensor(self, spec: TensorSpec) -> int:
        self.tensors.append(spec)
        return len(self.tensors) - 1

    def input(
        self, shape: Sequence[int], *, scale: float | None = None, zero_point: int | None = None, dtype: str = "int8"
    ) -> int:
        quant = self.random_quant(scale, zero_point) if dtype == "int8" else None
        signature = (-1, *tuple(shape)[1:])
        spec = TensorSpec(f"input_{len(self.inputs)}", tuple(shape), dtype, quant, signature=signature)
        self.inputs.append(self.tensor(spec))
        return self.inputs[-1]

    def constant(self, data: np.ndarray[Any, Any], quant: Quant | None = None, name: str = "") -> int:
        label = name or f"const_{len(self.tensors)}"
        return self.tensor(TensorSpec(label, data.shape, data.dtype.name, quant, data))

    def random_quant(self, scale: float | None = None, zero_point: int | None = None) -> Quant:
        """A per-tensor quantization; what is not given is drawn."""
        drawn = float(np.float32(self.random.uniform(0.005, 0.1)))
        return (
            [drawn if scale is None else scale],
            [int(self.random.integers(-128, 128)) if zero_point is None else zero_point],
            0,
        )

    def scale(self, index: int) -> float:
        quant = self.tensors[index].quant
        assert quant is not None
        return quant[0][0]

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
        dtype: str = "int8",
        name: str = "",
    ) -> int:
        """Any operator with one output; -1 stands for an absent input."""
        label = name or f"model/{kind.lower()}_{len(self.ops)}/{kind}"
        output = self.tensor(TensorSpec(label, tuple(shape), dtype, quant))
        self.ops.append(OpSpec(kind, list(inputs), [output], options_type, list(options)))
        return output

    def _weights(self, shape: tuple[int, ...], axis: int, per_channel: bool, name: str) -> tuple[int, float]:
        count = shape[axis] if per_channel else 1
        scales = [float(np.float32(s)) for s in self.random.uniform(0.002, 0.02, count)]
        data = self.random.integers(-127, 128, shape).astype(np.int8)
        return self.constant(data, (scales, [0] * count, axis), name), float(np.mean(scales))

    def _filtered_quant(self, x: int, weight_scale: float, depth: int, factor: float) -> Quant:
        """An output scale that uses most of int8 for random weights and inputs; `factor` stretches it."""
        spread = self.scale(x) * weight_scale * math.sqrt(depth) * 75 * 75
        return self.random_quant(float(np.float32(spread / 50 * factor)))

    def _bias(self, channels: int, bias: bool, depth: int) -> int:
        if not bias:
            return -1
        reach = 75 * 75 * math.sqrt(depth)
        return self.constant(self.random.integers(-int(reach), int(reach) + 1, channels).astype(np.int32))

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
    ) -> int:
        (kh, kw), (sh, sw), (dh, dw) = _pair(kernel), _pair(stride), _pair(dilation)
        depth = self.shape(x)[3]
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
        if bias and not per_channel:
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
        quant = ([1 / 256], [-128], 0)
        return self.op("SOFTMAX", [x], self.shape(x), quant, options_type=9, options=[(0, "float32", beta)])

    def relu(self, x: int, *, kind: str = "RELU", same_quant: bool = True) -> int:
        """RELU or RELU6 as an operator of its own."""
        quant = self.tensors[x].quant if same_quant else self.random_quant(self.scale(x) * 0.7)
        return self.op(kind, [x], self.shape(x), quant)

    def quantize(self, x: int, *, scale: float | None = None, zero_point: int | None = None) -> int:
        return self.op("QUANTIZE", [x], self.shape(x), self.random_quant(scale, zero_point), options_type=89)

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
        return _FileWriter(self).write(list(outputs))

    def tflite(self, outputs: Sequence[int]) -> TfliteModel:
        return TfliteModel(self.name, self.build(outputs))


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


class _FileWriter:
    """Tables, vectors and strings in the order that flatbuffers wants: inner ones first."""

    def __init__(self, model: ModelBuilder) -> None:
        self.model = model
        self.builder = flatbuffers.Builder(1024)
        self.kinds = sorted({op.kind for op in model.ops})

    def write(self, outputs: list[int]) -> bytes:
        buffers = [self.table([])]
        tensors = []
        for spec in self.model.tensors:
            number = 0
            if spec.data is not None:
                number = len(buffers)
                raw = np.frombuffer(spec.data.astype(spec.data.dtype.newbyteorder("<")).tobytes(), np.uint8)
                buffers.append(self.table([(0, "offset", self.numbers(raw, 16))]))
            tensors.append(self.tensor(spec, number))
        ops = [self.operator(op) for op in self.model.ops]
        subgraph = self.table(
            [
                (0, "offset", self.offsets(tensors)),
                (1, "offset", self.numbers(np.array(self.model.inputs, np.int32))),
                (2, "offset", self.numbers(np.array(outputs, np.int32))),
                (3, "offset", self.offsets(ops)),
            ]
        )
        codes = self.offsets([self.operator_code(kind) for kind in self.kinds])
        root = self.table(
            [
                (0, "uint32", 3),
                (1, "offset", codes),
                (2, "offset", self.offsets([subgraph])),
                (4, "offset", self.offsets(buffers)),
            ]
        )
        self.builder.Finish(root, b"TFL3")
        return bytes(self.builder.Output())

    def operator_code(self, kind: str) -> int:
        code = CODES[kind]
        return self.table([(0, "int8", min(code, 127)), (2, "int32", 1), (3, "int32", code)])

    def operator(self, op: OpSpec) -> int:
        fields: list[tuple[int, str, Any]] = [
            (0, "uint32", self.kinds.index(op.kind)),
            (1, "offset", self.numbers(np.array(op.inputs, np.int32))),
            (2, "offset", self.numbers(np.array(op.outputs, np.int32))),
        ]
        if op.options_type:
            fields += [(3, "uint8", op.options_type), (4, "offset", self.table(op.options))]
        return self.table(fields)

    def tensor(self, spec: TensorSpec, buffer: int) -> int:
        fields: list[tuple[int, str, Any]] = [
            (0, "offset", self.numbers(np.array(spec.shape, np.int32))),
            (1, "int8", TYPES[spec.dtype]),
            (2, "uint32", buffer),
            (3, "offset", self.builder.CreateString(spec.name)),
            (5, "bool", spec.variable),
        ]
        if spec.quant is not None:
            scales, zero_points, axis = spec.quant
            quant = [
                (2, "offset", self.numbers(np.array(scales, np.float32))),
                (3, "offset", self.numbers(np.array(zero_points, np.int64))),
                (6, "int32", axis),
            ]
            fields.append((4, "offset", self.table(quant)))
        if spec.signature is not None:
            fields.append((7, "offset", self.numbers(np.array(spec.signature, np.int32))))
        return self.table(fields)

    def numbers(self, values: np.ndarray[Any, Any], alignment: int = 4) -> int:
        """A vector of numbers, its first item aligned."""
        item = values.dtype.itemsize
        self.builder.StartVector(item, values.size, max(item, alignment))
        raw = values.astype(values.dtype.newbyteorder("<")).tobytes()
        self.builder.head -= len(raw)
        self.builder.Bytes[self.builder.head : self.builder.head + len(raw)] = raw
        return int(self.builder.EndVector())

    def offsets(self, tables: Sequence[int]) -> int:
        self.builder.StartVector(4, len(tables), 4)
        for table in reversed(tables):
            self.builder.PrependUOffsetTRelative(table)
        return int(self.builder.EndVector())

    def table(self, fields: Sequence[tuple[int, str, Any]]) -> int:
        self.builder.StartObject(max((number for number, _, _ in fields), default=-1) + 1)
        prepend = {
            "int8": self.builder.PrependInt8,
            "uint8": self.builder.PrependUint8,
            "bool": self.builder.PrependBool,
            "int32": self.builder.PrependInt32,
            "uint32": self.builder.PrependUint32,
            "float32": self.builder.PrependFloat32,
            "offset": self.builder.PrependUOffsetTRelative,
        }
        for number, form, value in fields:
            prepend[form](value)
            self.builder.Slot(number)
        return int(self.builder.EndObject())


def random_model(seed: int, most_ops: int = 6) -> TfliteModel:
    """A model of random shape over every operator, the same for the same seed."""
    model = ModelBuilder(seed, name=f"random_{seed}")
    random = model.random
    height, width, channels = (int(size) for size in random.integers(1, 12, 3))
    x = model.input((1, height, width, channels))
    for _ in range(int(random.integers(1, most_ops + 1))):
        x = _random_image_op(model, x)
    outputs = [x]
    if random.random() < 0.5:
        flat = model.mean(x) if random.random() < 0.4 else model.reshape(x, (1, -1))
        logits = model.fully_connected(flat, int(random.integers(1, 12)), **_random_filter_options(model))
        outputs = [model.softmax(logits, beta=float(random.choice([1.0, 0.5])))]
        if random.random() < 0.3:
            outputs.append(logits)
    return model.tflite(outputs)


def _random_filter_options(model: ModelBuilder) -> dict[str, Any]:
    random = model.random
    return {
        "activation": str(random.choice(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])),
        "bias": bool(random.random() < 0.8),
        "scale_factor": float(random.choice([0.3, 1.0, 4.0])),
        "per_channel": bool(random.random() < 0.7),
    }


def _random_image_op(model: ModelBuilder, x: int) -> int:
    random = model.random
    _, height, width, channels = model.shape(x)

    def pair(most: int) -> tuple[int, int]:
        first, second = random.integers(1, most + 1, 2)
        return int(first), int(second)

    def window(dilated: bool) -> dict[str, Any]:
        dilation = pair(2) if dilated else (1, 1)
        kernel = pair(4)
        fits = (kernel[0] - 1) * dilation[0] < height and (kernel[1] - 1) * dilation[1] < width
        padding = "VALID" if fits and random.random() < 0.5 else "SAME"
        stride = pair(3)
        options = {"kernel": kernel, "stride": stride, "padding": padding}
        return {**options, "dilation": dilation} if dilated else options

    kind = int(random.integers(0, 10))
    if kind <= 1:
        return model.conv_2d(x, int(random.integers(1, 17)), **window(True), **_random_filter_options(model))
    if kind == 2:
        # The reference interpreter crashes on a depthwise convolution without bias.
        options = {**_random_filter_options(model), "bias": True}
        return model.depthwise_conv_2d(x, pair(3)[0], **window(True), **options)
    if kind == 3:
        pool = str(random.choice(["AVERAGE_POOL_2D", "MAX_POOL_2D"]))
        return model.pool_2d(pool, x, **window(False), activation=str(random.choice(["NONE", "RELU", "RELU6"])))
    if kind == 4:
        row = model.random.integers(-128, 128, channels).astype(np.int8)
        others = (lambda: x, lambda: model.quantize(x), lambda: model.constant(row, model.random_quant()))
        other = others[int(random.integers(0, 3))]()
        return model.add(x, other, activation=str(random.choice(["NONE", "RELU"])))
    if kind == 5:
        return model.pad(x, ((0, 0), pair(2), pair(2), (0, 0)))
    if kind == 6:
        # RELU6 of the reference interpreter does not rescale.
        return model.relu(x, kind="RELU6") if random.random() < 0.5 else model.relu(x, same_quant=False)
    if kind == 7:
        return model.quantize(x)
    if kind == 8:
        return model.mean(x, (1, 2), keep_dims=True, same_quant=bool(random.random() < 0.5))
    return model.reshape(model.reshape(x, (1, -1)), (1, width, height, channels))
