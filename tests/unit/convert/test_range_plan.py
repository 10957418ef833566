# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from layer_graphs import GraphBuilder

from edgekit.convert.range_plan import plan_ranges
from edgekit.convert.simulation import LIMITS, largest_steps, nudge, on_grid
from edgekit.errors import ModelError


def test_a_convolution_and_its_relu_have_one_range_together() -> None:
    net = GraphBuilder((8, 8, 3))
    conv = net.conv("conv", net.inputs[0], 4)
    relu = net.relu("relu", conv)
    plan = plan_ranges(net.build(relu))
    assert conv not in plan.ranges
    assert plan.ranges[relu] == "relu"
    assert plan.learned == ("input:in0", "relu")


def test_a_convolution_read_twice_keeps_a_range_that_its_relu_shares() -> None:
    net = GraphBuilder((8, 8, 3))
    conv = net.conv("conv", net.inputs[0], 4)
    relu = net.relu("relu", conv)
    plan = plan_ranges(net.build(net.call("Add", "add", conv, relu)))
    assert plan.ranges[conv] == plan.ranges[relu] == "conv"


def test_pooling_and_flattening_keep_the_range_of_their_input() -> None:
    net = GraphBuilder((8, 8, 3))
    conv = net.conv("conv", net.inputs[0], 4)
    pool = net.call("MaxPooling2D", "pool", conv, shape=(4, 4, 4))
    flat = net.flatten("flat", pool)
    plan = plan_ranges(net.build(flat))
    assert {plan.ranges[tensor] for tensor in (conv, pool, flat)} == {"conv"}


def test_all_parts_of_a_concatenation_share_one_range() -> None:
    net = GraphBuilder((8, 8, 3))
    left, right = net.conv("left", net.inputs[0], 4), net.conv("right", net.inputs[0], 4)
    joined = net.call("Concatenate", "joined", left, right, shape=(8, 8, 8))
    plan = plan_ranges(net.build(joined))
    assert plan.ranges[left] == plan.ranges[right] == plan.ranges[joined]


def test_softmax_has_the_prescribed_range() -> None:
    net = GraphBuilder((10,))
    out = net.call("Softmax", "softmax", net.dense("dense", net.inputs[0], 4))
    plan = plan_ranges(net.build(out))
    assert plan.fixed == {"softmax": (0.0, 255 / 256)}
    assert plan.learned == ("input:in0", "dense")


def gated(net: GraphBuilder, *activations: str) -> list[int]:
    return [
        net.call("Activation", f"gate_{kind}", net.dense(f"a_{kind}", net.inputs[0], 4), activation=kind)
        for kind in activations
    ]


def test_a_prescribed_range_joined_with_another_is_brought_to_that() -> None:
    net = GraphBuilder((10,))
    (gate,), other = gated(net, "sigmoid"), net.dense("b", net.inputs[0], 4)
    joined = net.call("Concatenate", "joined", gate, other, shape=(8,))
    plan = plan_ranges(net.build(joined))
    assert plan.ranges[joined] == plan.ranges[other] == "b"
    assert plan.ranges[gate] == "gate_sigmoid" and plan.changed == {("joined", gate): "b"}


def test_different_prescribed_ranges_meet_in_a_new_one_and_equal_ones_stay() -> None:
    net = GraphBuilder((10,))
    both = gated(net, "sigmoid", "tanh")
    joined = net.call("Concatenate", "joined", *both, shape=(8,))
    plan = plan_ranges(net.build(joined))
    assert plan.changed == {("joined", tensor): "joined" for tensor in both} and "joined" in plan.learned
    net = GraphBuilder((10,))
    both = gated(net, "sigmoid", "softmax")
    joined = net.call("Concatenate", "joined", *both, shape=(8,))
    plan = plan_ranges(net.build(joined))
    assert not plan.changed and plan.fixed[plan.ranges[joined]] == (0.0, 255 / 256)


def test_an_unknown_layer_is_refused_by_name_and_kind() -> None:
    net = GraphBuilder((10, 4))
    with pytest.raises(ModelError, match=r"'memory' \(LSTM"):
        plan_ranges(net.build(net.call("LSTM", "memory", net.inputs[0])))


def test_a_range_always_holds_zero_exactly() -> None:
    for low, high in ((0.3, 2.0), (-1.0, -0.2), (-0.37, 5.1), (0.0, 0.0)):
        low, high = nudge(low, high)
        scale = (high - low) / 255
        assert low <= 0 <= high and high > low
        assert abs(low / scale - round(low / scale)) < 1e-3


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_weights_on_the_grid_stay_on_it(bits: int) -> None:
    net = GraphBuilder((8, 8, 3))
    net.conv("conv", net.inputs[0], 4)
    layer = net.layers["conv"]
    steps = largest_steps(layer, bits)
    once = on_grid(layer.weights["kernel"], steps, bits)
    assert np.array_equal(once, on_grid(once, steps, bits))
    assert np.abs(once / steps).max() <= LIMITS[bits] + 1e-3
    assert np.abs(once - layer.weights["kernel"]).max() <= steps.max() / 2 * 1.001
