"""What the config says of rubrics with criteria, and which mistakes end a run before any job starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from running import mistake

import prepare_prompts
import prepare_rubric
from longhand.config.load import Config, load_config
from longhand.jobs.method import JUDGE
from longhand.jobs.roles import asks_of
from longhand.judging.template import settings_of
from longhand.program.errors import LonghandError

RUBRIC: dict[str, Any] = {
    "scale": [0, 1],
    "values": [0, 0.5, 1],
    "criteria": {},
    "template": "{prompt} {response} {criteria} {form}",
}
DIMENSIONS = {"scale": [1, 5], "dimensions": {"Wit": []}, "template": "{response}"}


def settings(
    rubric: dict[str, Any] | None = None, dataset: dict[str, Any] | None = None, **judge: Any
) -> dict[str, Any]:
    tales = {"path": "tales.jsonl", "rubric": rubric or RUBRIC} | (dataset or {})
    return {
        "datasets": {"tales": tales, "plain": {"path": "plain.jsonl", "rubric": DIMENSIONS}},
        "judges": {"j": {"backend": "demo"} | judge},
        "evaluate": {"datasets": ["tales", "plain"], "models": ["demo-short"], "judges": ["j"]},
    }


def config(*arguments: Any, **judge: Any) -> Config:
    given = settings(*arguments, **judge)
    return load_config(given | {"models": {"demo-short": {"backend": "demo"}}})


def test_a_judge_asks_by_criteria_where_a_rubric_has_them() -> None:
    chosen = config(together=False)
    assert chosen.has_criteria("tales") and not chosen.has_criteria("plain")
    assert chosen.dimensions_of("tales", "j") == [] and chosen.dimensions_of("plain", "j") == ["Wit"]
    asks = {name: json.loads(asks_of(JUDGE, chosen.judge_of(name, "j"), chosen.askable)) for name in ("tales", "plain")}
    assert asks["tales"]["method"] == "criteria" and asks["tales"]["settings"]["together"] is False
    assert asks["plain"]["method"] == "rubric" and "together" not in asks["plain"]["settings"]
    assert asks["tales"]["identities"] == asks["plain"]["identities"]


@pytest.mark.parametrize(
    ("named", "rubric"),
    [
        ({"fields": {"criteria": "list"}}, "checklist"),
        ({"fields": {"criteria": "list"}, "criteria": {"name": "title"}}, "checklist"),
        ({"fields": {"criteria": "list"}, "rubric": "longbench-write"}, "longbench-write"),
        ({"fields": {"criteria": None}}, "longbench-write"),
        ({}, "longbench-write"),
    ],
)
def test_named_criteria_are_what_judges_are_asked_by_default(named: dict[str, Any], rubric: str) -> None:
    assert load_config({"datasets": {"tales": {"path": "tales.jsonl"} | named}}).datasets["tales"]["rubric"] == rubric


def test_a_change_of_the_way_is_a_change_of_what_is_asked() -> None:
    ways = [config(**judge) for judge in ({}, {"together": None}, {"together": True}, {"together": False})]
    asks = [asks_of(JUDGE, each.judge_of("tales", "j"), each.askable) for each in ways]
    assert asks[0] == asks[1] and len({*asks}) == 3


def test_what_a_rubric_writes_for_its_judges(tmp_path: Path) -> None:
    rubric = config(RUBRIC | {"cut": {"over": 9, "to": 8}, "criteria": {"item": "{description}"}}).rubrics["tales"]
    prepare_rubric.main(settings=json.dumps(settings_of(rubric)), template=[], out=tmp_path / "rubric.json")
    written = json.loads((tmp_path / "rubric.json").read_text())
    assert written["criteria"] == {"together": True, "item": "{description}"}
    assert (written["cut"], written["values"]) == ({"over": 9, "to": 8}, [0, 0.5, 1]) and "dimensions" not in written


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (settings(RUBRIC | {"dimensions": {"Wit": []}}), "needs either 'dimensions' or 'criteria' (rubric tales)"),
        (settings({"scale": [0, 1], "template": "x"}), "needs either 'dimensions' or 'criteria' (rubric tales)"),
        (settings(RUBRIC | {"values": [0, 2]}), "value 2 is not on the scale [0, 1] (rubric tales values)"),
        (settings(RUBRIC | {"values": [1, 0]}), "values [1, 0] must rise (rubric tales)"),
        (settings(RUBRIC | {"template": "{response}"}), "the template has no placeholder {criteria} (rubric tales)"),
        (settings(RUBRIC | {"placeholders": {"criteria": "$C"}}), "the template has no placeholder $C (rubric tales)"),
        (
            settings(RUBRIC | {"criteria": {"other_template": "{criteria}"}}),
            "the template has no placeholder {response} (rubric tales criteria.other_template)",
        ),
        (settings(RUBRIC | {"criteria": {"item": "{number}"}}), "`item` has neither {name} nor {description} (rubric"),
        (settings(RUBRIC | {"criteria": {"togther": True}}), "unknown key 'togther', did you mean 'together'?"),
        (settings(RUBRIC | {"cut": {"over": 9}}), "'to' is missing (config datasets.tales.rubric.cut)"),
        (settings(RUBRIC | {"cut": {"over": 9, "to": 0}}), "0 must be at least 1 (config datasets.tales.rubric.cut"),
        (
            settings(RUBRIC | {"template": "{response} {criteria}"}, together=False),
            "`together` is false, and the rubric's template is written for the other way (config judges.j.together); "
            "fix: give the rubric criteria.other_template, or {form} in the template for the form of the reply",
        ),
        (
            settings(dataset={"fields": {"criteria": None}}),
            "rubric tales judges by the criteria of each prompt, and the dataset leaves them unread (dataset tales "
            "fields.criteria); fix: name their column",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(tmp_path: Path, given: dict[str, Any], error: str) -> None:
    assert mistake(given, tmp_path).startswith(error)


def test_a_judge_that_is_asked_the_other_way_of_another_dataset_is_no_mistake() -> None:
    of_one = RUBRIC | {"template": "{response} {criteria}"}
    config(of_one, together=True)
    config(of_one, together=False, datasets=["plain"])
    config(RUBRIC, together=False)
    config(of_one | {"criteria": {"other_template": "{response} {criteria}!"}}, together=False)


def test_a_prompt_without_criteria_is_named_before_anything_is_asked(tmp_path: Path) -> None:
    lines = [{"prompt": "Write of rain.", "criteria": ["Is it wet?"]}, {"prompt": "Write of snow.", "criteria": None}]
    (tmp_path / "tales.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    step = {"name": "tales", "fields": '{"prompt": "prompt"}', "kind": "jsonl", "file": tmp_path / "tales.jsonl"}
    prepare_prompts.main(**step, out=tmp_path / "prompts.parquet")
    with pytest.raises(LonghandError) as raised:
        prepare_prompts.main(**step, criteria='{"needed": true}', out=tmp_path / "prompts.parquet")
    assert str(raised.value) == (
        "the prompt has no criteria, and the dataset's rubric judges by them: 'Write of snow.' "
        f"({tmp_path}/tales.jsonl line 2); fix: give it some, name their column in `fields`, or choose another rubric"
    )
