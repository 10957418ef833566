# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from flatbuffer_builder import ModelBuilder

from edgekit.codegen import GeneratedModel, generate_model
from edgekit.codegen.c_writer import c_float
from edgekit.errors import UsageError
from edgekit.importer import import_tflite
from edgekit.ir.graph import Graph

GOLDEN = Path(__file__).resolve().parent.parent.parent / "golden"


def gesture() -> Graph:
    """A small classifier with every sort of line in its C code."""
    model = ModelBuilder(seed=1, name="gesture")
    x = model.input((1, 6, 5, 1), scale=0.0235294122, zero_point=-1)
    y = model.conv_2d(x, 6, stride=2, activation="RELU")
    y = model.depthwise_conv_2d(y, activation="RELU6")
    y = model.conv_2d(y, 5, kernel=1)
    y = model.reshape(model.pool_2d("AVERAGE_POOL_2D", y, kernel=(3, 3), stride=1), (1, -1))
    return import_tflite(model.tflite([model.softmax(model.fully_connected(y, 4))]))


def generate(graph: Graph | None = None, **options: object) -> GeneratedModel:
    settings = {"name": "gesture", "core": "cortex-m3", "model_sha256": "9f2c41d0" * 8, **options}
    return generate_model(graph or gesture(), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "file", ["gesture.c", "gesture.h", "gesture_profile.c", "gesture_weights.c", "gesture_weights.h"]
)
def test_generated_text_is_the_expected_one(file: str, request: pytest.FixtureRequest) -> None:
    text = generate(labels=["wave", "clap", 'the "other"', "\u00f8"], arch="portable").files[file]
    expected = GOLDEN / file
    if request.config.getoption("--update-golden"):
        expected.write_text(text)
    assert text == expected.read_text()


def test_same_input_gives_same_bytes_and_no_path_of_this_machine() -> None:
    first, second = generate(), generate()
    assert first.files == second.files
    everything = "\n".join(first.files.values())
    assert str(Path.cwd()) not in everything and str(Path.home()) + "/" not in everything
    assert not re.search(r"\b20\d\d-\d\d-\d\d\b", everything)


def test_only_kernels_in_use_are_copied() -> None:
    model = ModelBuilder(seed=2)
    files = generate(import_tflite(model.tflite([model.relu(model.input((1, 4)))]))).files
    assert {name for name in files if name.startswith("kernels/")} == {
        "kernels/ek_compiler.h",
        "kernels/ek_math.h",
        "kernels/ek_relu_s8.c",
        "kernels/ek_relu_s8.h",
    }


def test_sources_are_files_and_all_c_but_the_profile_build() -> None:
    model = generate()
    assert set(model.sources) == {name for name in model.files if name.endswith(".c")} - {"gesture_profile.c"}
    assert model.sources[:2] == ("gesture.c", "gesture_weights.c")


def test_figures_add_up() -> None:
    model = generate()
    arrays = [array for call in model.kernels for array in call.arrays]
    assert model.macs == sum(call.macs for call in model.kernels) > 0
    assert model.weight_bytes > sum(array.size_bytes for array in arrays)
    assert f"#define GESTURE_ARENA_BYTES {model.plan.arena_bytes}\n" in model.files["gesture.h"]
    assert f"#define GESTURE_LAYER_COUNT {len(model.kernels)}\n" in model.files["gesture.h"]


def test_numbers_stand_in_the_weights_file_alone() -> None:
    model = generate()
    for name, text in model.files.items():
        if name.startswith("gesture") and name != "gesture_weights.c":
            assert not re.search(r"(-?\d+, *){8}", text), name


def test_several_inputs_and_outputs_are_numbered() -> None:
    builder = ModelBuilder(seed=3)
    a, b = builder.input((1, 4)), builder.input((1, 4))
    total = builder.add(a, b)
    model = generate(import_tflite(builder.tflite([total, builder.relu(total)])))
    assert [len(model.inputs), len(model.outputs)] == [2, 2]
    assert "#define INPUT_1 (arena + " in model.files["gesture.c"]
    assert "#define GESTURE_OUTPUT_1_BYTES 4\n" in model.files["gesture.h"]


def test_engine_that_is_not_there_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="the tflm engine is not there yet; use --engine aot"):
        generate(engine="tflm")


def test_unknown_core_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="unknown core"):
        generate(core="pentium")


def test_hostile_model_names_become_prefixes() -> None:
    model = generate(name="../3*/ class")
    assert model.name == "n_3_class"
    assert set(model.files) >= {"n_3_class.h", "n_3_class.c", "n_3_class_weights.c"}


@pytest.mark.parametrize("value", [0.1, 1.0, 0.00392156886, 1e-30, 123456792.0, 3.4e38])
def test_scales_read_back_exactly(value: float) -> None:
    (exact,) = struct.unpack("f", struct.pack("f", value))
    literal = c_float(exact)
    assert literal.endswith("f") and re.search(r"[.e]", literal)
    assert struct.unpack("f", struct.pack("f", float(literal[:-1])))[0] == exact
