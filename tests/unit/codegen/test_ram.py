# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from mobile_models import random_mobile_model

from edgekit.codegen import GeneratedModel, generate_model
from edgekit.codegen.bands import run_by_bands
from edgekit.codegen.lowering.registry import sites
from edgekit.codegen.row_slices import slice_rows
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.ir.graph import Graph
from edgekit.ir.reference import evaluate_op
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel


def generate(graph: Graph, optimize: str, core: str = "cortex-m4") -> GeneratedModel:
    return generate_model(graph, name="net", core=core, optimize=optimize, model_sha256="0" * 64)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(12))
def test_slices_of_rows_are_rows_of_the_whole(seed: int) -> None:
    graph = import_tflite(random_mobile_model(seed))
    random = np.random.default_rng(seed)
    sample = [random.integers(-128, 128, graph.tensors[index].shape).astype(np.int8) for index in graph.inputs]
    values = evaluate(graph, sample)
    for number, op in enumerate(graph.ops):
        if op.kind not in ("CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "MAX_POOL_2D"):
            continue
        height = graph.output_tensor(op).shape[1]
        first = int(random.integers(0, height))
        part = slice_rows(graph, number, first, int(random.integers(first, height)) + 1)
        assert op.inputs[0] is not None
        rows = values[op.inputs[0]][:, part.input_first : part.input_last]
        constants = [None if index is None else graph.tensors[index].data for index in op.inputs[1:]]
        (result,) = evaluate_op(part.graph, part.graph.ops[number], [rows, *constants])
        expected = values[op.outputs[0]][:, part.first : part.last]
        assert np.array_equal(result.reshape(expected.shape), expected)


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m3"])
@pytest.mark.parametrize("seed", range(4))
def test_ram_needs_no_more_than_speed_and_says_so(seed: int, core: str) -> None:
    graph = run_passes(import_tflite(random_mobile_model(seed)))
    ram, speed = generate(graph, "ram", core), generate(graph, "speed", core)
    assert ram.arena_bytes <= speed.arena_bytes
    assert ram.plan.lower_bound_bytes == speed.plan.lower_bound_bytes
    assert ram.plan.gap_bytes >= 0
    assert ram.macs == speed.macs
    for call in ram.kernels:
        if call.scratch_bytes:
            assert ram.plan.scratch_offsets[call.op] + call.scratch_bytes <= ram.arena_bytes


def pointwise_and_depthwise() -> Graph:
    model = ModelBuilder(5)
    x = model.conv_2d(model.input((1, 16, 16, 8)), 32, kernel=1, activation="RELU")
    return import_tflite(model.tflite([model.depthwise_conv_2d(x, stride=2, activation="RELU")]))


def test_neighbours_are_fused_where_the_tensor_between_is_the_largest() -> None:
    model = generate(pointwise_and_depthwise(), "ram")
    first, second = model.kernels
    assert (first.fused_into, second.fused_into) == (1, None)
    assert model.arena_bytes < 8192 < model.plan.lower_bound_bytes
    source = model.files["net.c"]
    assert "_in_bands(void)" in source and "for (int32_t i = 0;" in source and "with layer 1" in source
    profile = model.files["net_profile.c"]
    assert "*bytes = 0;" in profile and "return arena;" in profile


def test_bands_hold_their_weights_once() -> None:
    graph = pointwise_and_depthwise()
    speed, ram = generate(graph, "speed"), generate(graph, "ram")
    arrays = [array for call in ram.kernels for array in call.arrays]
    assert sum(array.size_bytes for array in arrays) == sum(
        array.size_bytes for call in speed.kernels for array in call.arrays
    )


def test_a_band_moves_the_rows_that_it_shares_with_the_one_before() -> None:
    first, second = sites(pointwise_and_depthwise(), "net", "portable")
    group = run_by_bands(first, second, 2)
    assert group is not None
    kinds = [(step.band, step.function) for step in group.last.steps if step.band < 2]
    assert kinds == [
        (0, "ek_conv_2d_s8"),
        (0, "ek_depthwise_conv_2d_s8"),
        (1, "ek_copy_rows_s8"),
        (1, "ek_conv_2d_s8"),
        (1, "ek_depthwise_conv_2d_s8"),
    ]
    alone = run_by_bands(None, second, 2)
    assert alone is not None
    assert alone.last.overlap_bytes == 0


def test_an_op_without_rows_does_not_run_by_bands() -> None:
    model = ModelBuilder(5)
    graph = import_tflite(model.tflite([model.softmax(model.input((1, 8)))]))
    assert run_by_bands(None, sites(graph, "net", "portable")[0], 1) is None


@pytest.mark.parametrize(
    ("name", "core", "limit"),
    [
        ("kws_ref_model", "cortex-m4", 8_960),
        ("kws_ref_model", "cortex-m3", 9_600),
        ("kws_ref_model", "cortex-m55", 9_152),
        ("person_detect", "cortex-m4", 27_584),
        ("person_detect", "cortex-m3", 33_000),
        ("person_detect", "cortex-m55", 26_624),
        ("ad01_int8", "cortex-m3", 768),
    ],
)
def test_real_models_fit_small_arenas_that_are_proved(shared_dir: Path, name: str, core: str, limit: int) -> None:
    graph = run_passes(import_tflite(TfliteModel.read(shared_dir / "models" / f"{name}.tflite")))
    model = generate(graph, "ram", core)
    assert model.arena_bytes <= limit
    assert model.plan.gap_bytes == 0
