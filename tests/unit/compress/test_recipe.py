# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edgekit.compress.recipe import built_in_recipes, check_order, load_recipe, parse_recipe
from edgekit.compress.techniques import PLANNED, TECHNIQUES
from edgekit.errors import UsageError


def steps(*names: str, **settings: str) -> str:
    tables = [f'[[step]]\ntechnique = "{name}"\n{settings.get(name, "")}\n' for name in names]
    return "schema = 1\n" + "\n".join(tables)


def test_three_recipes_are_built_in_and_explain_themselves() -> None:
    recipes = built_in_recipes()
    assert sorted(recipe.name for recipe in recipes) == ["balanced", "quick", "smallest"]
    assert all(recipe.summary.endswith(".") for recipe in recipes)


def test_the_quick_recipe_trains_nothing() -> None:
    assert [step.technique.name for step in load_recipe("quick").steps] == ["fold_batchnorm"]


def test_every_technique_says_what_it_does() -> None:
    assert all(technique.summary.endswith(".") for technique in TECHNIQUES.values())
    assert all(technique.reason for technique in TECHNIQUES.values() if technique.destroys)


def test_settings_come_with_their_types(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(steps("prune_weights", prune_weights='sparsity = 0.8\nskip = ["first"]\nlearning_rate = 1'))
    step = load_recipe(str(file)).steps[0]
    described = step.described()["settings"]
    assert described["sparsity"] == 0.8 and described["skip"] == ("first",) and described["learning_rate"] == 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema = 1", r"at least one \[\[step\]\]"),
        ("schema = 2", "schema must be 1"),
        ("schema = ", "not TOML"),
        ("schema = 1\ncolour = 3\n" + steps("finetune")[10:], "unknown key 'colour'"),
        (steps("shrink"), "'shrink' is not known; there are"),
        (steps("finetune", finetune="stepz = 3"), "unknown setting 'stepz'; it has"),
        (steps("finetune", finetune='steps = "many"'), "steps must be a int"),
        (steps("finetune", finetune="steps = -1"), "must not be negative"),
        (steps("finetune") + '\n[task]\nkind = "guess"', "kind must be one of"),
        (steps("finetune") + "\n[task]\nkind = 3", "holds texts"),
    ],
)
def test_a_mistake_in_a_recipe_is_named_with_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_recipe(text)


@pytest.mark.parametrize("name", PLANNED)
def test_a_technique_that_is_still_to_come_is_said_to_be(name: str) -> None:
    with pytest.raises(UsageError, match="not there yet"):
        parse_recipe(steps(name))


def test_an_unknown_recipe_is_answered_with_the_built_in_ones() -> None:
    with pytest.raises(UsageError, match="balanced, quick, smallest"):
        load_recipe("fastest")


@pytest.mark.parametrize("late", ["finetune", "distill", "prune_channels", "prune_weights"])
def test_training_after_quantization_aware_training_is_refused_with_the_reason(late: str) -> None:
    with pytest.raises(UsageError, match=rf"{late} must not come after quantize_aware: .+"):
        parse_recipe(steps("quantize_aware", late))


def test_cutting_channels_out_of_an_nm_pattern_is_refused() -> None:
    with pytest.raises(UsageError, match="prune_channels must not come after prune_weights"):
        parse_recipe(steps("prune_weights", "prune_channels", prune_weights='pattern = "2:4"'))
    parse_recipe(steps("prune_weights", "prune_channels"))


def test_properties_that_a_model_brings_along_are_respected() -> None:
    recipe = parse_recipe(steps("finetune"))
    check_order(recipe.steps)
    with pytest.raises(UsageError, match="an earlier compression"):
        check_order(recipe.steps, frozenset({"ranges"}))


def test_recipes_are_read_without_tensorflow() -> None:
    code = (
        "import sys; from edgekit.compress import built_in_recipes; built_in_recipes()\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
