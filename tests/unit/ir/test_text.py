# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest
from flatbuffer_builder import ModelBuilder

from edgekit.importer import import_tflite
from edgekit.ir.graph import Graph
from edgekit.ir.macs import graph_macs, op_macs
from edgekit.ir.text import to_text
from edgekit.passes import run_passes

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "graphs"


def small_cnn(seed: int = 7) -> Graph:
    model = ModelBuilder(seed, name="small_cnn")
    x = model.input((1, 8, 8, 1), dtype="float32")
    x = model.quantize(x)
    x = model.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0)))
    x = model.conv_2d(x, 4, stride=2, padding="VALID", activation="RELU")
    y = model.depthwise_conv_2d(x, 1, per_channel=False)
    x = model.add(x, model.relu(y, kind="RELU6"))
    x = model.pool_2d("MAX_POOL_2D", x)
    x = model.fully_connected(model.mean(x), 3, bias=False)
    return import_tflite(model.tflite([model.dequantize(model.softmax(x))]))


@pytest.mark.parametrize("stage", ["imported", "optimized"])
def test_the_text_of_a_graph_is_as_recorded(stage: str, request: pytest.FixtureRequest) -> None:
    graph = small_cnn()
    text = to_text(graph if stage == "imported" else run_passes(graph))
    path = GOLDEN / f"small_cnn_{stage}.txt"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert text == path.read_text(), "see pytest --update-golden"


def test_texts_differ_where_weights_do() -> None:
    assert to_text(small_cnn(7)) == to_text(small_cnn(7))
    assert to_text(small_cnn(7)) != to_text(small_cnn(8))


def test_macs_count_every_product_of_a_weight() -> None:
    graph = small_cnn()
    macs = {op.kind: op_macs(graph, op) for op in graph.ops}
    assert macs["CONV_2D"] == 4 * 4 * 4 * 9
    assert macs["DEPTHWISE_CONV_2D"] == 4 * 4 * 4 * 9
    assert macs["FULLY_CONNECTED"] == 12
    assert macs["ADD"] == macs["MEAN"] == 0
    assert graph_macs(graph) == sum(macs.values())
