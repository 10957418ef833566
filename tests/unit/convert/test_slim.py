# SPDX-License-Identifier: Apache-2.0
"""The slimmer: fewer bytes, the same model."""

from __future__ import annotations

import inspect
import struct
from pathlib import Path

import numpy as np
import pytest
from flatbuffer_builder import ModelBuilder
from hypothesis import given, settings
from hypothesis import strategies as st

from edgekit.convert.compact_writer import CompactWriter
from edgekit.convert.listing import list_model
from edgekit.convert.slim import OPTIONS_FIELDS, OPTIONS_WITH_VECTORS, slim
from edgekit.errors import MalformedModelError, ModelError
from edgekit.importer import import_tflite
from edgekit.importer.reader import FlatBuffer
from edgekit.oracle import Oracle, is_installed
from edgekit.tflite import TfliteModel

MODELS = ["ad01_int8", "hello_world_int8", "kws_ref_model", "person_detect"]
#: LiteRT refuses person_detect itself: its weights name a channel axis that they do not have.
REFUSED_BY_LITERT = {"person_detect"}


def shared_model(shared_dir: Path, name: str) -> TfliteModel:
    return TfliteModel.read(shared_dir / "models" / f"{name}.tflite")


def built(seed: int = 0, channels: int = 4, per_channel: bool = True) -> TfliteModel:
    model = ModelBuilder(seed=seed)
    x = model.input((1, 8, 8, 2))
    x = model.conv_2d(x, channels, kernel=3, activation="RELU", per_channel=per_channel)
    y = model.conv_2d(x, channels, kernel=1, per_channel=per_channel)
    x = model.add(x, y)
    x = model.fully_connected(model.reshape(x, (1, -1)), 3)
    return model.tflite([model.softmax(x)])


def assert_same_graph(first: TfliteModel, second: TfliteModel) -> None:
    before, after = import_tflite(first), import_tflite(second)
    assert [(op.kind, op.name, op.inputs, op.outputs, op.attrs) for op in before.ops] == [
        (op.kind, op.name, op.inputs, op.outputs, op.attrs) for op in after.ops
    ]
    assert (before.inputs, before.outputs) == (after.inputs, after.outputs)
    for old, new in zip(before.tensors, after.tensors, strict=True):
        assert (old.shape, old.dtype, old.role, old.quant) == (new.shape, new.dtype, new.role, new.quant)
        assert (old.data is None) == (new.data is None)
        assert old.data is None or np.array_equal(old.data, new.data)


@pytest.mark.parametrize("name", MODELS)
def test_real_models_shrink_and_stay_the_same_graph(shared_dir: Path, name: str) -> None:
    model = shared_model(shared_dir, name)
    slimmed = slim(model)
    assert_same_graph(model, slimmed)
    assert slimmed.name == model.name and len(slimmed.content) < len(model.content)
    assert slim(slimmed).content == slimmed.content
    assert len(slim(model, names="none").content) <= len(slimmed.content)


def test_the_keyword_model_loses_thirty_percent(shared_dir: Path) -> None:
    model = shared_model(shared_dir, "kws_ref_model")
    assert len(slim(model).content) <= 0.7 * len(model.content)


@pytest.mark.skipif(not is_installed("tflite-micro"), reason="tflite-micro is not installed (Linux on x86-64 only)")
@pytest.mark.parametrize("name", MODELS)
def test_every_layer_is_the_same_on_tflm(shared_dir: Path, name: str) -> None:
    model = shared_model(shared_dir, name)
    random = np.random.default_rng(0)
    with Oracle(model) as before, Oracle(slim(model)) as after, Oracle(slim(model, names="none")) as nameless:
        for _ in range(3):
            sample = [random.integers(-128, 128, port.size_bytes, np.int8) for port in before.inputs]
            layers = before.layers(sample)
            assert after.layers(sample) == layers
            assert nameless.run(sample) == before.run(sample)


@pytest.mark.skipif(not is_installed("litert"), reason="no LiteRT is installed")
@pytest.mark.parametrize("name", [name for name in MODELS if name not in REFUSED_BY_LITERT])
def test_every_layer_is_the_same_on_litert(shared_dir: Path, name: str) -> None:
    model = shared_model(shared_dir, name)
    random = np.random.default_rng(0)
    with Oracle(model, engine="litert") as before, Oracle(slim(model), engine="litert") as after:
        sample = [random.integers(-128, 128, port.size_bytes, np.int8) for port in before.inputs]
        assert after.layers(sample) == before.layers(sample)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 20), st.booleans())
def test_random_models_stay_the_same_graph(seed: int, channels: int, per_channel: bool) -> None:
    model = built(seed, channels, per_channel)
    assert_same_graph(model, slim(model))


def test_weights_lie_at_multiples_of_sixteen() -> None:
    model = built(channels=7)
    slimmed = slim(model)
    root = FlatBuffer(slimmed.content).root()
    places = [table.extent(0, 1, "data") for table in root.tables(4, "buffers", 1000)]
    assert sum(place is not None for place in places) > 3
    assert all(place is None or place[0] % 16 == 0 for place in places)


def test_equal_weights_are_stored_once() -> None:
    model = ModelBuilder(seed=3)
    x = model.input((1, 64))
    weights = model.constant(np.arange(64 * 64, dtype=np.int8).reshape(64, 64), ([0.1], [0], 0))
    again = model.constant(np.arange(64 * 64, dtype=np.int8).reshape(64, 64), ([0.2], [0], 0))
    y = model.op("FULLY_CONNECTED", [x, weights, -1], (1, 64), ([0.5], [0], 0))
    y = model.op("FULLY_CONNECTED", [y, again, -1], (1, 64), ([0.5], [0], 0))
    content = slim(model.tflite([y])).content
    assert len(content) < 64 * 64 + 1000
    quants = [list_model(content)[0].tensors[index].scales for index in (weights, again)]
    assert quants == [(np.float32(0.1),), (np.float32(0.2),)]


def test_names_stay_readable_or_go() -> None:
    model = ModelBuilder(seed=3)
    x = model.input((1, 8))
    model.tensors[x].name = "serving_default_image:0"
    x = model.fully_connected(x, 4)
    model.tensors[x].name = "net/hidden/MatMul;net/hidden/BiasAdd;net/hidden/Relu"
    tflite = model.tflite([model.fully_connected(x, 2)])
    short = list_model(slim(tflite).content)[0]
    assert short.tensors[short.inputs[0]].name == "image" and short.tensors[x].name == "hidden"
    assert {tensor.name for tensor in list_model(slim(tflite, names="none").content)[0].tensors} == {""}


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.data())
def test_damaged_files_end_in_a_model_or_one_line(data: st.DataObject) -> None:
    content = bytearray(built().content)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))]
    try:
        list_model(slim(TfliteModel("damaged", bytes(content))).content)
    except ModelError as error:
        assert "\n" not in str(error)


def test_other_files_are_refused() -> None:
    with pytest.raises(MalformedModelError, match=r"not a \.tflite file"):
        slim(TfliteModel("text", b"hello, this is text"))


def test_the_table_of_options_agrees_with_the_schema() -> None:
    schema = pytest.importorskip("ai_edge_litert.schema_py_generated", reason="ai-edge-litert is not installed")
    kinds = {number: name for name, number in vars(schema.BuiltinOptions).items() if isinstance(number, int)}
    assert set(kinds) == set(range(len(OPTIONS_FIELDS)))
    for number, name in kinds.items():
        if number == 0:
            continue
        start = inspect.getsource(getattr(schema, f"{name}Start"))
        assert f"StartObject({OPTIONS_FIELDS[number]})" in start, name
        methods = dict(inspect.getmembers(getattr(schema, name), inspect.isfunction))
        source = {key: inspect.getsource(method) for key, method in methods.items()}
        offsets = [(4 + 2 * field) for field in OPTIONS_WITH_VECTORS.get(number, {})]
        pointing = {
            _slot(text)
            for text in source.values()
            if ".Vector(" in text or ".String(" in text or ".Indirect(" in text
        }  # fmt: skip
        assert pointing == set(offsets), name


def _slot(source: str) -> int:
    """The vtable offset that a generated accessor reads."""
    return int(source.split(".Offset(")[1].split(")")[0])


def test_the_writer_shares_equal_parts_and_points_forward() -> None:
    writer = CompactWriter()
    vector = writer.vector(struct.pack("<2i", 1, 2), 2, 4)
    assert writer.vector(struct.pack("<2i", 1, 2), 2, 4) == vector
    inner = writer.table({0: vector, 1: ("B", 7)})
    file = writer.finish(writer.table({0: writer.references([inner, inner]), 2: ("I", 9)}), b"TEST")
    root = FlatBuffer(file).root()
    first, second = root.tables(0, "tables", 10)
    assert file[4:8] == b"TEST" and root.integer(2, "uint32") == 9 and not root.has(1)
    assert first.raw() == second.raw() and second.integer(1, "uint8") == 7
    numbers = first.array(0, "int32", "numbers")
    assert numbers is not None and numbers.tolist() == [1, 2]
