# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from layer_graphs import GraphBuilder

from edgekit.compress.channels import Coupling, choose_channels, couple_channels, remove_channels, silence_channels
from edgekit.compress.cost import MEASURES, flash_bytes, macs
from edgekit.convert.keras_graph import LayerGraph


def price(coupling: Coupling, measure: str):  # type: ignore[no-untyped-def]
    def total(keep: np.ndarray) -> float:
        return sum(MEASURES[measure](call, *coupling.count(keep)(call)) for call in coupling.costs)

    return total


def residual() -> LayerGraph:
    net = GraphBuilder((6, 6, 3))
    stem = net.relu("stem_relu", net.batchnorm("stem_norm", net.conv("stem", net.inputs[0], 16)))
    deep = net.conv("wide", net.relu("dw_relu", net.depthwise("dw", stem)), 16, 1)
    return net.build(net.dense("head", net.flatten("flat", net.call("Add", "add", stem, deep)), 10))


def test_a_residual_add_couples_both_of_its_branches() -> None:
    coupling = couple_channels(residual())
    assert np.array_equal(coupling.outputs["stem"], coupling.outputs["wide"])
    assert np.array_equal(coupling.outputs["stem"], coupling.outputs["dw"])
    assert len(coupling.classes) == 1 and len(coupling.classes[0]) == 16


def test_the_channels_of_inputs_and_outputs_are_locked() -> None:
    coupling = couple_channels(residual())
    assert coupling.locked[coupling.inputs["stem"]].all()
    assert coupling.locked[coupling.outputs["head"]].all()
    assert not coupling.locked[coupling.outputs["stem"]].any()


def test_flatten_spreads_a_channel_over_all_its_positions() -> None:
    coupling = couple_channels(residual())
    assert len(coupling.inputs["head"]) == 6 * 6 * 16
    assert np.array_equal(coupling.inputs["head"].reshape(36, 16)[17], coupling.outputs["stem"])


def test_concatenated_branches_stay_apart_and_a_later_add_joins_their_parts() -> None:
    net = GraphBuilder((6, 6, 3))
    left, right = net.conv("left", net.inputs[0], 8), net.conv("right", net.inputs[0], 12)
    joined = net.call("Concatenate", "joined", left, right, shape=(6, 6, 20))
    other = net.conv("other", net.inputs[0], 20)
    head = net.conv("head", net.call("Add", "add", joined, other), 4)
    coupling = couple_channels(net.build(head))
    assert sorted(len(units) for units in coupling.classes) == [8, 12]
    assert np.array_equal(coupling.outputs["other"][:8], coupling.outputs["left"])
    assert np.array_equal(coupling.outputs["other"][8:], coupling.outputs["right"])


def test_an_unknown_layer_locks_what_goes_through_it() -> None:
    net = GraphBuilder((6, 6, 3))
    mixed = net.call("Softmax", "mix", net.conv("conv", net.inputs[0], 8), axis=-1)
    coupling = couple_channels(net.build(net.conv("head", mixed, 4)))
    assert coupling.classes == ()


def test_widths_stay_multiples_and_every_layer_keeps_some_channels() -> None:
    graph = residual()
    coupling = couple_channels(graph)
    importance = np.random.default_rng(3).random(len(coupling.locked))
    for target in (0.7, 0.4, 0.0):
        total = price(coupling, "macs")
        keep = choose_channels(coupling, importance, total, target * total(np.ones_like(coupling.locked)))
        small = remove_channels(graph, coupling, keep)
        assert small.layers["stem"].config["filters"] % 4 == 0
        assert small.layers["stem"].config["filters"] >= 4
    assert small.layers["stem"].config["filters"] == 4


def test_the_least_important_channels_go_first() -> None:
    net = GraphBuilder((6, 6, 3))
    graph = net.build(net.conv("head", net.conv("body", net.inputs[0], 8), 4))
    coupling = couple_channels(graph)
    importance = np.zeros(len(coupling.locked))
    importance[coupling.outputs["body"]] = [5, 1, 6, 2, 7, 3, 8, 4]
    keep = choose_channels(coupling, importance, price(coupling, "flash"), 0.0)
    assert np.flatnonzero(keep[coupling.outputs["body"]]).tolist() == [0, 2, 4, 6]


@pytest.mark.parametrize("measure", ["macs", "flash"])
def test_the_price_foretells_the_cost_of_the_smaller_model(measure: str) -> None:
    graph = residual()
    coupling = couple_channels(graph)
    importance = np.random.default_rng(3).random(len(coupling.locked))
    total = price(coupling, measure)
    keep = choose_channels(coupling, importance, total, 0.5 * total(np.ones_like(coupling.locked)))
    small = remove_channels(graph, coupling, keep)
    assert total(keep) == (macs(small) if measure == "macs" else flash_bytes(small))
    assert total(keep) <= 0.5 * total(np.ones_like(keep))


def test_removal_keeps_exactly_the_weights_that_connect_kept_channels() -> None:
    graph = residual()
    coupling = couple_channels(graph)
    keep = np.ones(len(coupling.locked), bool)
    keep[coupling.outputs["stem"][[0, 5, 6, 9]]] = False
    small, silent = remove_channels(graph, coupling, keep), silence_channels(graph, coupling, keep)
    kept = [c for c in range(16) if c not in (0, 5, 6, 9)]
    assert np.array_equal(
        small.layers["wide"].weights["kernel"], graph.layers["wide"].weights["kernel"][:, :, kept][..., kept]
    )
    assert small.layers["dw"].weights["kernel"].shape == (3, 3, 12, 1)
    assert small.layers["stem_norm"].weights["gamma"].shape == (12,)
    head = silent.layers["head"].weights["kernel"].reshape(36, 16, 10)
    assert not head[:, [0, 5, 6, 9]].any() and head[:, kept].all()
    assert small.layers["head"].weights["kernel"].shape == (36 * 12, 10)
    assert small.parameters() < graph.parameters() == silent.parameters()


def test_what_works_on_another_axis_than_the_channels_locks_them() -> None:
    for config in ({"axis": 1}, {"data_format": "channels_first"}):
        net = GraphBuilder((6, 6, 3))
        conv = net.conv("conv", net.inputs[0], 8)
        kind = "BatchNormalization" if "axis" in config else "MaxPooling2D"
        odd = net.call(kind, "odd", conv, **config)
        assert couple_channels(net.build(net.conv("head", odd, 4))).classes == ()


def test_a_constant_added_to_the_channels_locks_them() -> None:
    net = GraphBuilder((6, 6, 3))
    shifted = net.call("Add", "shift", net.conv("conv", net.inputs[0], 8))
    assert couple_channels(net.build(net.conv("head", shifted, 4))).classes == ()
