"""Settings that nothing would read are mistakes: they belong to a choice that was not made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from longhand.config.load import check_selection, load_config
from longhand.program.errors import LonghandError

API = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "m"}
VLLM = {"backend": "vllm", "model": "some/model", "revision": "a"}
SFT = {"dataset": "longhand-mini", "model": "m"}
TRAIN = {"policy": "v", "max_length": 1024}


def line_of(**sections: Any) -> str:
    """What is said of a config."""
    base: dict[str, dict[str, Any]] = {
        "models": {"m": API | {"samples": 2}, "v": VLLM},
        "sft": {"data": SFT},
        "preferences": {"data": {"dataset": "longhand-mini", "models": ["m"], "reward": {"quality": 0}}},
    }
    with pytest.raises(LonghandError) as raised:
        load_config({section: base.get(section, {}) | sections.get(section, {}) for section in base.keys() | sections})
    return str(raised.value)


@pytest.mark.parametrize("method", [{}, {"method": "direct"}, {"method": "checked"}])
@pytest.mark.parametrize("section", ["agentwrite", "extend", "self_instruct", "restate"])
def test_a_section_of_another_method(section: str, method: dict[str, str]) -> None:
    name = section.replace("_", "-")
    chosen = method.get("method", "direct")
    what = f"`{section}` has settings of method {name}, and the method is {chosen}"
    fix = f"fix: `method: {name}`, or remove it"
    assert line_of(models={"x": API | method | {section: {}}}) == f"{what} (config models.x.{section}); {fix}"


def test_a_recorded_model_is_asked_by_no_method() -> None:
    line = line_of(models={"x": {"backend": "recorded", "path": "r.jsonl", "method": "agentwrite"}})
    assert line.startswith("a recorded model is asked nothing, so it has no method (config models.x.method)")


@pytest.mark.parametrize(
    ("section", "entry", "key"),
    [
        ("train", TRAIN | {"method": "sft", "data": "data", "beta": 0.5}, "beta"),
        ("train", TRAIN | {"method": "sft", "data": "data", "sft_weight": 0.1}, "sft_weight"),
        ("train", TRAIN | {"method": "dpo", "data": "data", "packing": True}, "packing"),
        ("sft", SFT | {"dropped_lines": 0.5}, "dropped_lines"),
        ("sft", SFT | {"question": "prompt", "dropped_lines": 0.5}, "dropped_lines"),
    ],
)
def test_a_setting_of_another_choice(section: str, entry: dict[str, Any], key: str) -> None:
    line = line_of(**{section: {"x": entry}})
    assert line.startswith(f"`{key}` is for ") and f"(config {section}.x.{key}); fix: " in line


def test_the_model_of_a_recipe_that_trains_none() -> None:
    """Its name is close to those of the recipe's own models, none of which is meant."""
    recipe = {"model": "m", "train": None, "extend": {"prefix": True}}
    line = line_of(self_lengthen={"long": recipe}, evaluate={"datasets": ["longhand-mini"], "models": ["m", "long"]})
    assert line.startswith("there is no model 'long': self_lengthen.long has `train: null` (config evaluate.models)")


def test_a_file_to_mix_in_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    entry = SFT | {"mix": {"chat": {"path": "no.jsonl", "share": 0.5}}}
    config = load_config({"models": {"m": API}, "sft": {"x": entry}})
    with pytest.raises(LonghandError, match=r"there is no file 'no.jsonl' \(config sft.x.mix.chat.path\)"):
        check_selection(config)
