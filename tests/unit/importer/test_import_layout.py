# SPDX-License-Identifier: Apache-2.0
"""Operators that move data: their attributes, and the words for forms that are not generated."""

from __future__ import annotations

from collections.abc import Callable

import layout_ops as ops
import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder

from edgekit.errors import EdgekitError, MalformedModelError, UnsupportedOpError
from edgekit.importer import import_tflite
from edgekit.ir.attributes import StridedSliceAttrs, TransposeConvAttrs


def _last(model: ModelBuilder, position: int, *values: int) -> None:
    """Give the last operator's input at `position` other numbers."""
    model.tensors[model.ops[-1].inputs[position]].data = np.array(values, np.int32)


def test_strided_slices_arrive_with_their_masks_resolved() -> None:
    model = ModelBuilder()
    y = ops.strided_slice(model, model.input((1, 5, 6, 7)), 0, slice(None, None, -2), slice(-4, None), slice(1, 3))
    (op,) = import_tflite(model.tflite([y])).ops
    assert op.attrs == StridedSliceAttrs((0, 4, 2, 1), (1, 3, 4, 2), (1, -2, 1, 1), (0,))


def test_transposed_convolutions_take_their_padding_from_the_output() -> None:
    model = ModelBuilder()
    y = ops.transpose_conv(model, model.input((1, 4, 4, 2)), 3, kernel=(4, 3), stride=(2, 2))
    (op,) = import_tflite(model.tflite([y])).ops
    assert op.attrs == TransposeConvAttrs(2, 2, 1, 0)
    assert [None if index is None else index for index in op.inputs] == [0, 1, 2]


def test_several_outputs_keep_their_order() -> None:
    model = ModelBuilder()
    parts = ops.split_v(model, model.input((1, 6)), (1, 2, 3), 1)
    graph = import_tflite(model.tflite(parts))
    assert graph.outputs == graph.ops[0].outputs
    assert [graph.tensors[index].shape for index in graph.outputs] == [(1, 1), (1, 2), (1, 3)]


def _concatenation_with_relu(model: ModelBuilder) -> int:
    y = ops.concatenation(model, [model.input((1, 2)), 0], 1)
    model.ops[-1].options = [(0, "int32", 1), (1, "int8", 1)]
    return y


def _concatenation_of_scales(model: ModelBuilder) -> int:
    return ops.concatenation(model, [model.input((1, 2)), model.input((1, 2))], 1)


def _computed_order(model: ModelBuilder) -> int:
    y = ops.transpose(model, model.input((2, 3)), (1, 0))
    model.tensors[model.ops[-1].inputs[1]].data = None
    return y


def _order(*order: int) -> Callable[[ModelBuilder], int]:
    def build(model: ModelBuilder) -> int:
        y = ops.transpose(model, model.input((2, 3)), (1, 0))
        _last(model, 1, *order)
        return y

    return build


def _new_axis(model: ModelBuilder) -> int:
    y = ops.strided_slice(model, model.input((2, 3)), slice(None), slice(None))
    model.ops[-1].options.append((3, "int32", 1))
    return y


def _empty_slice(model: ModelBuilder) -> int:
    y = ops.strided_slice(model, model.input((2, 3)), slice(None), slice(1, 2))
    _last(model, 2, 0, 1)
    return y


def _slice_outside(model: ModelBuilder) -> int:
    y = ops.slice_(model, model.input((2, 3)), (0, 1), (2, 2))
    _last(model, 1, 0, 2)
    return y


def _uneven_split(model: ModelBuilder) -> int:
    parts = ops.split(model, model.input((1, 4)), 2, 1)
    model.tensors[parts[1]].shape = (1, 3)
    return parts[0]


def _wide_mirror(model: ModelBuilder) -> int:
    return ops.mirror_pad(model, model.input((1, 3)), ((0, 0), (3, 0)), "REFLECT")


def _mirror_without_options(model: ModelBuilder) -> int:
    y = ops.mirror_pad(model, model.input((1, 3)), ((0, 0), (1, 0)), "REFLECT")
    model.ops[-1].options_type = 0
    return y


def _uneven_block(model: ModelBuilder) -> int:
    y = ops.space_to_depth(model, model.input((1, 4, 4, 1)), 2)
    model.ops[-1].options = [(0, "int32", 3)]
    return y


def _both_corner_rules(model: ModelBuilder) -> int:
    return ops.resize(model, "RESIZE_BILINEAR", model.input((1, 2, 2, 1)), 4, 4, True, True)


def _batches(model: ModelBuilder) -> int:
    return ops.resize(model, "RESIZE_BILINEAR", model.input((2, 2, 2, 1)), 4, 4, False, False)


def _batched_transpose_conv(model: ModelBuilder) -> int:
    return ops.transpose_conv(model, model.input((2, 2, 2, 1)), 4)


FORMS: list[tuple[Callable[[ModelBuilder], int], type[EdgekitError], str]] = [
    (_concatenation_with_relu, UnsupportedOpError, "fused activation.*before the Concatenate"),
    (_concatenation_of_scales, MalformedModelError, "same scale and zero point"),
    (_computed_order, UnsupportedOpError, "computed at run time"),
    (_order(0, 0), MalformedModelError, "no order of 2 dimensions"),
    (_order(0, 5), MalformedModelError, "axis 5"),
    (_new_axis, UnsupportedOpError, "new axis.*Reshape"),
    (_empty_slice, UnsupportedOpError, "empty result"),
    (_slice_outside, MalformedModelError, "not among 3"),
    (_uneven_split, MalformedModelError, "cannot become"),
    (_wide_mirror, MalformedModelError, "too few elements to mirror"),
    (_mirror_without_options, MalformedModelError, "no options to tell its mode"),
    (_uneven_block, MalformedModelError, "no multiple of the block size 3"),
    (_both_corner_rules, MalformedModelError, "both align_corners and half_pixel_centers"),
    (_batches, UnsupportedOpError, "batch size of 1"),
    (_batched_transpose_conv, UnsupportedOpError, "batch size of 1"),
]


@pytest.mark.parametrize("build,error,message", FORMS, ids=lambda value: getattr(value, "__name__", None))
def test_bad_forms_are_named(build: Callable[[ModelBuilder], int], error: type[EdgekitError], message: str) -> None:
    model = ModelBuilder()
    output = build(model)
    with pytest.raises(error, match=message) as caught:
        import_tflite(model.tflite([output]))
    assert "\n" not in str(caught.value)
