"""What is told of a mistake in an entry `self_lengthen`, and in what it stands for."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from running import mistake

from longhand.config.self_lengthen import with_recipes
from longhand.program.errors import LonghandError

BASE = {"backend": "vllm", "model": "hub/base", "revision": "abc", "engine": {"max-model-len": 32768}}
NO_SHARES = {"about": 0, "range": 0, "above": 0, "below": 0}


def wrong(recipe: Any, base: dict[str, Any] = BASE, **sections: Any) -> str:
    settings = {"models": {"base": base}, "self_lengthen": {"long": recipe}}
    for section, entries in sections.items():
        settings[section] = settings.get(section, {}) | entries
    before = copy.deepcopy(settings)
    with pytest.raises(LonghandError) as raised:
        with_recipes(settings)
    assert settings == before, "the user's settings are left as they are"
    return str(raised.value)


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({}, "'model' is missing (config self_lengthen.long)"),
        ({"model": "bse"}, "unknown model 'bse', did you mean 'base'? known: base (config self_lengthen.long.model)"),
        ({"model": "base", "iteration": 2}, "unknown key 'iteration', did you mean 'iterations'?"),
        ({"model": "base", "iterations": 0}, "0 must be at least 1 (config self_lengthen.long.iterations)"),
        ({"model": "base", "checked": {"attempts": 0}}, "(config self_lengthen.long.checked.attempts)"),
        ({"model": "base", "extend": {"check": "qwn"}}, "(config self_lengthen.long.extend.check)"),
        (
            {"model": "base", "restate": {"words": [8000, 2000]}},
            "words [8000, 2000] must rise (config self_lengthen.long.restate.words)",
        ),
        ({"model": "base", "train": {"lora": {"rank": 8}}}, "unknown key 'rank', known:"),
        ({"model": "base", "train": {"policy": "base"}}, "unknown key 'policy', known:"),
        ({"model": "base", "final": {"train": {"lora": {"r": 0}}}}, "(config self_lengthen.long.final.train.lora.r)"),
        ({"model": "base", "final": {"train": {"data": "x"}}}, "unknown key 'data'"),
        ({"model": "base", "final": {"filters": {"loop": True}}}, "did you mean 'loops'?"),
        (
            {"model": "base", "train": None, "final": {"train": {"epochs": 1}}},
            "`train: null` trains nothing (config self_lengthen.long.final.train); fix: remove it",
        ),
        ([], "[] is not a mapping; its keys: checked, "),
    ],
)
def test_a_wrong_recipe_is_told_by_its_own_keys(recipe: Any, message: str) -> None:
    assert message in wrong(recipe)


def test_what_no_recipe_can_be_for() -> None:
    recipe = {"model": "base"}
    fix = "fix: `train: null` makes the data and trains nothing"
    for backend in ({"backend": "demo"}, {"backend": "openai", "model": "m", "base_url": "http://x/v1"}):
        message = wrong(recipe, backend)
        assert "model 'base' has no weights here to train" in message and fix in message
        assert "(config self_lengthen.long.train)" in message
    assert "is recorded: it writes nothing" in wrong(recipe, {"backend": "recorded", "path": "x"})
    assert "(config models.base.backend)" in wrong(recipe, {"backend": "vlm"}), "not that of an entry made of it"
    message = wrong({"model": "base", "train": None}, BASE | {"price": {"input": 1, "output": 1}, "budget": 5})
    assert "has a budget, which each model of the recipe would have for itself" in message


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("models", "long"),
        ("models", "long.1.generator"),
        ("datasets", "long.2.slots"),
        ("sft", "long.1.extender"),
        ("train", "long"),
    ],
)
def test_a_clash_names_both(section: str, name: str) -> None:
    message = wrong({"model": "base"}, **{section: {name: {}}})
    assert message.startswith(f"it makes an entry '{name}' of {section}, which is there already")
    assert "(config self_lengthen.long)" in message


def test_a_clash_of_two_recipes_names_both() -> None:
    recipe = {"model": "base", "iterations": 1}
    with pytest.raises(LonghandError) as raised:
        with_recipes({"models": {"base": BASE}, "self_lengthen": {"long": recipe, "long.1.generator": recipe}})
    assert "'long.1.generator' of models, and so does self_lengthen.long (" in str(raised.value)
    assert "(config self_lengthen.long.1.generator)" in str(raised.value)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("config train.long.1.generator.lora.r", "config self_lengthen.long.train.lora.r"),
        ("config train.long.2.extender accelerate", "config self_lengthen.long.train.accelerate"),
        ("config train.long.1.extender", "config self_lengthen.long.train"),
        ("config train.long.epochs", "config self_lengthen.long.final.train.epochs"),
        ("config train.long.lora.r", "config self_lengthen.long.train.lora.r"),
        ("config train.long.mine.lora.r", "config train.long.mine.lora.r"),
        ("config train.longer", "config train.longer"),
        ("config models.long.instructor.sampling", "config self_lengthen.long.sampling"),
        ("config models.long.3.extender extend.prompts", "config self_lengthen.long.extend.prompts"),
        ("config models.long.1.generator.engine", "config self_lengthen.long"),
        ("config models.base.sampling", "config models.base.sampling"),
        ("config sft.long.filters.loops", "config self_lengthen.long.final.filters.loops"),
        ("config sft.long.mix.chat", "config self_lengthen.long.final.mix.chat"),
        ("config sft.long.1.generator", "config self_lengthen.long"),
        ("dataset long.1.slots", "config self_lengthen.long"),
        ("dataset long.1.slots seeds", "config self_lengthen.long.seeds"),
        ("dataset longen", "dataset longen"),
        ("rubric long", "rubric long"),
    ],
)
def test_a_mistake_in_what_was_made_is_told_where_the_user_wrote_it(where: str, expected: str) -> None:
    recipe = {"model": "base", "final": {"train": {"epochs": 2}}}
    settings = {"models": {"base": BASE}, "self_lengthen": {"long": recipe}, "train": {"long.mine": {}}}
    _, origins = with_recipes(settings)
    assert origins.of(where) == expected
    with pytest.raises(LonghandError, match="what") as raised, origins.named():
        raise LonghandError("what", where, "fix")
    assert (raised.value.where, raised.value.fix) == (expected, "fix")


@pytest.mark.parametrize(
    ("recipe", "message", "key"),
    [
        ({"train": {"accelerate": "zero3"}}, "there is no file 'zero3'", "train.accelerate"),
        ({"train": {"gpus": 3, "accelerate": "zero3-offload"}}, "batch_size 8 is no multiple of", "train"),
        ({"train": {"max_steps": 1, "epochs": 1}}, "has both `epochs` and `max_steps`", "train"),
        ({"final": {"train": {"learning_rate": "0e1"}}}, "must be above 0", "final.train"),
        ({"final": {"mix": {"chat": {"share": 0.5}}}}, "needs either 'path' or 'url'", "final.mix.chat"),
        ({"final": {"filters": {"min_quality": 50}}}, "min_quality needs a judge", "final"),
        ({"sampling": {"top_kk": 3}}, "did you mean 'top_k'?", "sampling"),
        ({"sampling": {"max_tokens": 65536}}, "is over the engine's max-model-len 32768", ""),
        ({"restate": {"shares": NO_SHARES}}, "all shares are 0, so no length could be drawn", "restate.shares"),
        ({"seeds": "nowhere.jsonl"}, "there is no file 'nowhere.jsonl'", "seeds"),
    ],
)
def test_mistakes_that_only_the_whole_config_shows(
    tmp_path: Path, recipe: dict[str, Any], message: str, key: str
) -> None:
    line = mistake({"models": {"base": BASE}, "self_lengthen": {"long": {"model": "base"} | recipe}}, tmp_path)
    assert message in line and f"(config self_lengthen.long{'.' if key else ''}{key})" in line, line
