# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from layer_graphs import GraphBuilder

from edgekit.compress.sparsity import Pattern, fits, make_masks, parse_pattern, polynomial
from edgekit.convert.keras_graph import Layer
from edgekit.errors import UsageError


def two_layers() -> dict[str, Layer]:
    net = GraphBuilder((8, 8, 4))
    net.dense("head", net.flatten("flat", net.conv("conv", net.inputs[0], 8)), 10)
    return {name: net.layers[name] for name in ("conv", "head")}


def masks(share: float, pattern: Pattern | None = None, *, everywhere: bool = True) -> dict[str, np.ndarray]:
    layers = two_layers()
    kernels = {name: layer.weights["kernel"] for name, layer in layers.items()}
    return make_masks(layers, kernels, share, pattern or Pattern(), everywhere=everywhere)


def test_the_smallest_weights_of_each_layer_go() -> None:
    layers, found = two_layers(), masks(0.75, everywhere=False)
    for name, mask in found.items():
        kernel = np.abs(layers[name].weights["kernel"])
        assert (~mask).mean() == pytest.approx(0.75, abs=1 / mask.size)
        assert kernel[~mask].max() <= kernel[mask].min()


def test_all_layers_together_reach_the_share_where_they_compete() -> None:
    found = masks(0.6)
    total = sum(mask.size for mask in found.values())
    assert sum(int((~mask).sum()) for mask in found.values()) == round(0.6 * total)


def test_nothing_goes_at_a_share_of_zero() -> None:
    assert all(mask.all() for mask in masks(0.0).values())


@pytest.mark.parametrize(("kept", "group"), [(2, 4), (1, 4), (1, 2)])
def test_n_of_every_m_weights_along_an_output_channels_sum_live(kept: int, group: int) -> None:
    found = masks(1.0, Pattern(kept, group))
    for mask in found.values():
        assert (mask.reshape(-1, mask.shape[-1]).T.reshape(-1, group).sum(1) == kept).all()


def test_an_nm_pattern_grows_by_shares() -> None:
    found = masks(0.5, Pattern(2, 4))
    assert sum(int((~mask).sum()) for mask in found.values()) == sum(mask.size // 4 for mask in found.values())
    for mask in found.values():
        assert (mask.reshape(-1, mask.shape[-1]).T.reshape(-1, 4).sum(1) >= 2).all()


def test_blocks_live_or_die_together() -> None:
    found = masks(0.5, Pattern(4, 4, True))
    for mask in found.values():
        assert set(np.unique(mask.reshape(-1, mask.shape[-1]).T.reshape(-1, 4).sum(1))) <= {0, 4}


def test_a_pattern_that_does_not_divide_a_layer_does_not_fit() -> None:
    net = GraphBuilder((8, 8, 1))
    net.conv("conv", net.inputs[0], 8)
    assert not fits(net.layers["conv"], Pattern(2, 4)) and fits(net.layers["conv"], Pattern(1, 3))


def test_patterns_are_read_and_others_refused() -> None:
    assert parse_pattern("2:4") == Pattern(2, 4) and parse_pattern("block:4") == Pattern(4, 4, True)
    for text in ("4:2", "4:4", "0:4", "block:1", "random", "2:4:8"):
        with pytest.raises(UsageError, match="2:4"):
            parse_pattern(text)


def test_the_schedule_climbs_from_nothing_to_the_final_share() -> None:
    shares = [polynomial(0.8, step, 10, 60) for step in range(80)]
    assert shares[10] == 0 and shares[60] == 0.8 and shares == sorted(shares)
    assert shares[35] == pytest.approx(0.8 * (1 - 0.5**3))
