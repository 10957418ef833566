# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flatbuffer_builder import ModelBuilder

from edgekit.codegen import cost
from edgekit.codegen.cost import cheapest, features, predict
from edgekit.codegen.generate import generate_model
from edgekit.codegen.generated import KernelCall
from edgekit.codegen.lowering.registry import LOWERINGS, candidates, lower_op, sites
from edgekit.errors import UnsupportedOpError
from edgekit.importer import import_tflite
from edgekit.ir.graph import Graph

CALL = KernelCall(0, "CONV_2D", "conv", "ek_a_s8", "portable", "", (), (), macs=1)


def call(function: str) -> KernelCall:
    return replace(CALL, function=function)


def convolution(**options: object) -> Graph:
    model = ModelBuilder(seed=1)
    return import_tflite(model.tflite([model.conv_2d(model.input((1, 5, 6, 3)), 7, **options)]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("costs", "best", "runner_up"),
    [
        ((30, 10, 20), "b", ("c", 20)),
        ((10, 10, 20), "a", ("b", 10)),
        ((None, 10, 20), "a", ("b", 10)),  # a new kernel keeps its place in the order
        ((30, None, 20), "c", ("a", 30)),
        ((None, None, None), "a", ("b", None)),
    ],
)
def test_the_cheapest_is_taken_and_the_order_decides_the_rest(
    costs: tuple[int | None, ...], best: str, runner_up: tuple[str, int | None]
) -> None:
    chosen = cheapest([call(name) for name in "abc"], costs)
    assert chosen.function == best and chosen.choice is not None
    assert chosen.choice.instructions == costs["abc".index(best)]
    assert (chosen.choice.runner_up, chosen.choice.runner_up_instructions) == runner_up


def test_reasons_say_what_was_compared() -> None:
    assert cheapest([call("ek_a_s8")], [5]).reason == "nothing else applies"
    assert cheapest([call("a"), call("b")], [10, 25]).reason == "2.50 times as many with b"
    assert cheapest([call("a"), call("b")], [None, 25]).reason == "preferred to b, costs are not known"


def test_features_count_windows_tiles_and_leftovers() -> None:
    graph = convolution(kernel=3, stride=1, padding="SAME")
    found = features(graph, graph.ops[0])
    assert (found["calls"], found["rows"], found["pixels"], found["outputs"]) == (1, 5, 30, 210)
    assert found["macs"] == 30 * 27 * 7
    assert found["copied"] == 7 * 8 * 3
    assert found["window words"] == 30 * 3 * 3  # rows of 9 bytes in 3 words
    assert found["macs of pixels over 4"] == 2 * 27 * 7 and "macs of pixels over 2" not in found


def test_costs_are_predicted_for_the_family_of_the_core(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = convolution()
    costs = {
        "portable/cortex-m3": {"ek_conv_2d_s8": {"calls": 5.0, "outputs": 2.0}},
        "portable/cortex-m0": {"ek_conv_2d_s8": {"outputs": 3.0}},
    }
    monkeypatch.setattr(cost, "_costs", lambda: costs)
    (op,) = graph.ops
    assert predict("portable", "cortex-m3", "ek_conv_2d_s8", graph, op) == 5 + 2 * 210
    assert predict("portable", "cortex-m0plus", "ek_conv_2d_s8", graph, op) == 3 * 210
    assert predict("portable", "cortex-m7", "ek_conv_2d_s8", graph, op) == 5 + 2 * 210  # plain C on a larger core
    assert predict("helium", "cortex-m55", "ek_conv_2d_s8", graph, op) is None
    assert predict("portable", "cortex-m3", "", graph, op) == 0


def test_a_measured_cost_changes_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = convolution()
    (site,) = sites(graph, "model", "cortex_m_dsp", core="cortex-m4f")
    first, *_, portable = candidates(site)
    assert lower_op(site).function in {each.function for each in candidates(site)}
    cheap = {first.function: {"outputs": 2.0}, portable.function: {"outputs": 1.0}}
    monkeypatch.setattr(cost, "_costs", lambda: {"cortex_m_dsp/cortex-m4f": cheap})
    assert lower_op(site).function == portable.function
    assert lower_op(replace(site, small=True)).function == first.function
    assert lower_op(replace(site, kernel=first.function)).function == first.function


def test_what_plain_c_refuses_may_have_another_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = convolution()
    (site,) = sites(graph, "model", "cortex_m_dsp")

    def refuse(site: object) -> KernelCall:
        raise UnsupportedOpError("no")

    monkeypatch.setitem(LOWERINGS, ("CONV_2D", "int8"), refuse)
    assert all(each.function.endswith("dsp_s8") for each in candidates(site))
    with pytest.raises(UnsupportedOpError):
        candidates(replace(site, arch="portable"))


def test_in_place_a_cheaper_kernel_takes_no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ModelBuilder(seed=1)
    graph = import_tflite(model.tflite([model.depthwise_conv_2d(model.input((1, 8, 8, 8)), kernel=3)]))
    (site,) = sites(graph, "model", "cortex_m_dsp", in_place=True)
    calls = candidates(site)
    free = {each.function: {"outputs": float(len(calls) - number)} for number, each in enumerate(calls)}
    monkeypatch.setattr(cost, "_costs", lambda: {"cortex_m_dsp/cortex-m4f": free})
    chosen = lower_op(site)
    assert chosen.scratch_bytes <= calls[0].scratch_bytes
    assert (chosen.overlap_bytes is None) == (calls[0].overlap_bytes is None)


def test_the_measured_costs_are_of_kernels_that_exist_and_choose_well() -> None:
    content = json.loads(cost.COSTS.read_text(encoding="utf-8"))
    for target, kernels in content["targets"].items():
        for function, fit in kernels.items():
            assert function.startswith("ek_"), function
            assert all(factor >= 0 for factor in fit["factors"].values()), (target, function)
        judged = content["judged"][target]
        assert judged["right"] >= 0.95 * judged["layers_with_a_choice"], target


def test_a_models_prediction_is_the_sum_of_its_layers() -> None:
    graph = convolution()
    made = generate_model(graph, name="m", core="cortex-m4f", model_sha256="00" * 32)
    counts = [each.choice.instructions for each in made.kernels if each.choice is not None]
    assert made.predicted_instructions == (None if None in counts else sum(counts))  # type: ignore[arg-type]
