# SPDX-License-Identifier: Apache-2.0
"""Each technique alone on small problems: what it promises, for every kind of task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras_nets
import numpy as np
import pytest

from edgekit.compress.channel_pruning import graph_price
from edgekit.compress.cost import widths
from edgekit.compress.journal import Journal
from edgekit.compress.recipe import parse_recipe
from edgekit.compress.students import float_predictor, quantized_predictor
from edgekit.compress.task import Task, infer_kind, score
from edgekit.compress.techniques import Context, State
from edgekit.compress.training import make_deterministic
from edgekit.convert.keras_graph import read_graph
from edgekit.convert.layer_kinds import WEIGHTED
from edgekit.convert.rewrite import canonicalize
from edgekit.errors import UsageError
from edgekit.progress import silent

keras = pytest.importorskip("keras", reason="Keras is not installed (edgekit[train])")

QUICK = "steps = 12\ncopies = 1\nlearning_rate = 0.003\n"


def chain(*layers: Any) -> Any:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((6, 6, 2), name="x"), *layers])


def classifier() -> Any:
    layers = keras.layers
    return chain(
        layers.Conv2D(16, 3, padding="same", name="stem"),
        layers.BatchNormalization(name="norm"),
        layers.ReLU(),
        layers.SeparableConv2D(16, 3, activation="relu", name="deep"),
        layers.BatchNormalization(),
        layers.GlobalAveragePooling2D(),
        layers.Dropout(0.1),
        layers.Dense(3, activation="softmax", name="head"),
    )


def problem(kind: str) -> tuple[Any, np.ndarray, np.ndarray | None]:
    random = np.random.default_rng(0)
    label = random.integers(0, 3, 120)
    x = (random.normal(size=(120, 6, 6, 2)) + label[:, None, None, None]).astype(np.float32)
    layers = keras.layers
    body = [layers.Conv2D(8, 3, activation="relu"), layers.Flatten()]
    if kind == "classification":
        return classifier(), x, label
    if kind == "binary":
        return chain(*body, layers.Dense(1, activation="sigmoid")), x, (label > 0).astype(int)
    if kind == "regression":
        return chain(*body, layers.Dense(2)), x, np.stack([label, -label], 1) + 0.25
    return chain(layers.Flatten(), layers.Dense(12, activation="relu"), layers.Dense(72)), x, None


class Bench:
    """Runs steps on a problem."""

    def __init__(self, kind: str) -> None:
        make_deterministic(0)
        model, self.x, self.y = problem(kind)
        self.original = canonicalize(read_graph(model))
        self.task = Task(infer_kind(self.original, self.y))
        self.context = self.fresh()

    def fresh(self) -> Context:
        def load(name: str) -> Any:
            raise UsageError(name)

        teachers = {"original": self.original}
        return Context(self.task, (self.x,), self.y, 0, Journal(), silent, teachers, load)

    def run(self, *steps: str) -> State:
        state = State(self.original)
        recipe = parse_recipe("schema = 1\n" + "\n".join(f"[[step]]\n{step}" for step in steps))
        for number, step in enumerate(recipe.steps):
            self.context.step = f"{number}"
            state = step.technique.run(state, step.settings, self.context)
        return state

    def loss(self, state: State) -> float:
        predict = float_predictor(state.graph)
        if state.quantization is not None:
            predict = quantized_predictor(state.graph, state.quantization)
        outputs = predict([self.x])[0]
        if self.task.kind == "classification":
            assert self.y is not None
            return float(-np.log(outputs[np.arange(len(outputs)), self.y] + 1e-9).mean())
        found = score(self.task, outputs, self.x, self.y)
        return found.value if found.metric == "mse" else -found.value


@pytest.mark.parametrize("kind", ["classification", "binary", "regression", "autoencoder"])
def test_training_lowers_the_loss_and_its_int8_form_follows(kind: str) -> None:
    bench = Bench(kind)
    before = bench.loss(State(bench.original))
    tuned = 'technique = "finetune"\nteacher = "none"\n' + QUICK.replace("12", "60")
    assert bench.context.task.kind == kind
    after = bench.loss(bench.run(tuned))
    assert after < before or (kind == "binary" and after <= before)
    bench.context = bench.fresh()
    trained = bench.run(tuned, 'technique = "quantize_aware"\n' + QUICK)
    assert trained.quantization is not None
    assert bench.loss(trained) < after + 0.5 * abs(before - after) + 0.05


@pytest.mark.parametrize(
    "settings", ['ranges = "ema"', 'ranges = "learned"', "bits = 4", 'bits = 4\nranges = "learned"']
)
def test_quantization_aware_training_moves_weights_on_their_grid(settings: str) -> None:
    bench = Bench("classification")
    state = bench.run(f'technique = "quantize_aware"\n{settings}\n{QUICK}')
    quantization = state.quantization
    assert quantization is not None
    for name, layer in state.graph.layers.items():
        if layer.kind in WEIGHTED:
            codes = layer.weights["kernel"] / quantization.steps[name]
            assert np.abs(codes - np.rint(codes)).max() < 1e-3
            assert np.abs(codes).max() <= 2 ** (quantization.bits[name] - 1) - 1 + 1e-3
    assert all(low <= 0 < high for low, high in quantization.ranges.values())


def test_layers_can_keep_eight_bits() -> None:
    state = Bench("classification").run(
        f'technique = "quantize_aware"\nbits = 4\nkeep_8bit = ["first", "last", "depthwise"]\n{QUICK}'
    )
    assert state.quantization is not None
    bits = state.quantization.bits
    assert [bits[name] for name in ("stem", "deep_depthwise", "deep_pointwise", "head")] == [8, 8, 4, 8]


@pytest.mark.parametrize(
    ("importance", "cost"),
    [("taylor", "macs"), ("taylor", "flash"), ('taylor"\nloss = "task', "macs"), ("l1", "flash"), ("bn_scale", "macs")],
)
def test_channel_pruning_reaches_its_target_in_whole_fours(importance: str, cost: str) -> None:
    bench = Bench("classification")
    state = bench.run(
        f'technique = "prune_channels"\ntarget = 0.5\ncost = "{cost}"\nimportance = "{importance}"\nrounds = 2\n'
        f"round_steps = 4\n{QUICK}"
    )
    assert graph_price(state.graph, cost) <= 0.5 * graph_price(bench.original, cost)
    assert all(after % 4 == 0 for name, (_, after) in widths(state.graph).items() if name != "head")
    assert state.graph.parameters() < bench.original.parameters()


def test_a_target_out_of_reach_is_an_error_that_says_how_far_it_goes() -> None:
    with pytest.raises(UsageError, match=r"cannot be reached, only \d+\.\d%"):
        Bench("classification").run(f'technique = "prune_channels"\ntarget = 0.001\nround_steps = 1\n{QUICK}')


def test_bn_scale_without_batchnorm_is_refused() -> None:
    with pytest.raises(UsageError, match='"bn_scale" needs a BatchNormalization'):
        Bench("classification").run(
            'technique = "fold_batchnorm"', f'technique = "prune_channels"\nimportance = "bn_scale"\n{QUICK}'
        )


def test_taylor_takes_the_channels_that_nobody_listens_to() -> None:
    bench = Bench("classification")
    graph = bench.original
    silenced = graph.layers["deep_pointwise"].weights["kernel"].copy()
    silenced[:, :, [1, 4, 5, 9], :] = 0
    layers = {**graph.layers, "deep_pointwise": graph.layers["deep_pointwise"].with_weights(kernel=silenced)}
    bench.original = replace(graph, layers=layers)
    bench.context = bench.fresh()
    state = bench.run(
        'technique = "prune_channels"\ntarget = 0.88\nrounds = 1\nsteps = 1\nlearning_rate = 0.0\nteacher = "original"'
    )
    stem, kept = state.graph.layers["stem"].weights["kernel"], [c for c in range(16) if c not in (1, 4, 5, 9)]
    assert stem.shape[-1] == 12
    assert np.array_equal(stem, bench.original.layers["stem"].weights["kernel"][..., kept])


@pytest.mark.parametrize(
    ("pattern", "late"),
    [
        ("unstructured", 'technique = "finetune"'),
        ("2:4", 'technique = "quantize_aware"'),
        ("block:4", 'technique = "distill"'),
    ],
)
def test_masks_hold_through_later_steps(late: str, pattern: str) -> None:
    bench = Bench("classification")
    state = bench.run(
        f'technique = "prune_weights"\nskip = ["first", "depthwise"]\npattern = "{pattern}"\nevery = 3\n{QUICK}',
        f"{late}\n{QUICK}",
    )
    assert set(state.masks) == {"deep_pointwise", "head"}
    for name, mask in state.masks.items():
        assert not state.graph.layers[name].weights["kernel"][~mask].any()
    zeros = sum(int((~mask).sum()) for mask in state.masks.values())
    assert zeros == pytest.approx(0.5 * sum(mask.size for mask in state.masks.values()), abs=4)


def test_masks_are_cut_with_their_channels() -> None:
    bench = Bench("classification")
    state = bench.run(
        f'technique = "prune_weights"\n{QUICK}',
        f'technique = "prune_channels"\ntarget = 0.6\nrounds = 1\n{QUICK}',
    )
    for name, mask in state.masks.items():
        kernel = state.graph.layers[name].weights["kernel"]
        assert mask.shape == kernel.shape and not kernel[~mask].any()


def test_feature_matching_draws_a_narrow_student_to_its_teacher() -> None:
    bench = Bench("classification")
    narrow = f'technique = "prune_channels"\ntarget = 0.5\nrounds = 1\n{QUICK}'
    matched = f'technique = "distill"\nfeatures = ["global_average_pooling2d=global_average_pooling2d"]\n{QUICK}'
    name = next(n.name for n in bench.original.nodes if bench.original.layer_of(n).kind == "GlobalAveragePooling2D")
    state = bench.run(narrow, matched.replace("global_average_pooling2d", name))
    assert state.graph.parameters() < bench.original.parameters()
    with pytest.raises(UsageError, match="the student has no layer 'nowhere'"):
        bench.run(f'technique = "distill"\nfeatures = ["nowhere"]\n{QUICK}')


def test_a_student_of_ones_own_must_fit_the_model() -> None:
    bench = Bench("classification")
    with pytest.raises(UsageError, match=r"has outputs of shape \[\(5,\)\], the model \[\(3,\)\]"):
        bench.run(f'technique = "distill"\nstudent = "test_students:wrong"\n{QUICK}')
    state = bench.run(f'technique = "distill"\nstudent = "test_students:right"\n{QUICK}')
    assert state.graph.name == "right"


@pytest.fixture(autouse=True)
def students(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    def student(units: int, name: str) -> Callable[[], Any]:
        def make() -> Any:
            layers = [keras.Input((6, 6, 2)), keras.layers.Flatten(), keras.layers.Dense(units, activation="softmax")]
            return keras.Sequential(layers, name=name)

        return make

    module = types.ModuleType("test_students")
    module.right, module.wrong = student(3, "right"), student(5, "wrong")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "test_students", module)


def test_the_same_seed_gives_the_same_weights() -> None:
    recipe = (f'technique = "finetune"\n{QUICK}', f'technique = "quantize_aware"\nbits = 4\n{QUICK}')
    one, two = (Bench("classification").run(*recipe) for _ in range(2))
    for left, right in zip(one.graph.layers.values(), two.graph.layers.values(), strict=True):
        for name, value in left.weights.items():
            assert np.array_equal(value, right.weights[name])


def test_two_inputs_and_a_shared_layer_train_for_int8() -> None:
    make_deterministic(0)
    graph = canonicalize(read_graph(keras_nets.two_inputs()))
    random = np.random.default_rng(0)
    inputs = tuple(random.normal(size=(40, 8, 8, 3)).astype(np.float32) for _ in range(2))
    context = Context(Task("classification"), inputs, random.integers(0, 4, 40), 0, Journal(), silent,
                      {"original": graph}, lambda name: graph)  # fmt: skip
    step = parse_recipe(f'schema = 1\n[[step]]\ntechnique = "quantize_aware"\n{QUICK}').steps[0]
    state = step.technique.run(State(graph), step.settings, context)
    assert state.quantization is not None and {"input:left", "input:right"} <= set(state.quantization.ranges)
