"""What the config says of judges that are held against labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from running import mistake

from longhand.config.certify import judging
from longhand.config.load import Config, check_selection, load_config
from longhand.config.order import responses_wanted
from longhand.program.errors import LonghandError

PAIRS = {"pairs": {"path": "pairs.jsonl", "fields": {}}}
ENTRY = {"people": True, "labels": "three readers", "threshold": 0.6}
JUDGES = {
    "j": {"backend": "demo"},
    "picky": {"backend": "demo", "datasets": ["longhand-mini"]},
    "old": {"backend": "recorded"},
}
RECORDED = {
    "backend": "recorded",
    "path": "texts.jsonl",
    "fields": {"prompt": "prompt", "response": "response", "verdicts": "v"},
}


def config(folder: Path, entry: dict[str, Any], **more: Any) -> Config:
    for name in ("pairs.jsonl", "texts.jsonl"):
        (folder / name).touch()
    return load_config({"judges": JUDGES, "models": {"r": RECORDED}, "certify": {"people": ENTRY | entry}} | more)


def test_pairs_stand_for_a_dataset_and_a_recorded_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fields = {"chosen": "better", "rejected": "worse", "language": "lang"}
    made = config(
        tmp_path, {"pairs": {"path": "pairs.jsonl", "fields": fields}, "judges": ["j", "picky"], "rubric": "longen"}
    )
    dataset = made.datasets["people"]
    assert dataset["labels"] == {"chosen": "better", "rejected": "worse"} and dataset["rubric"] == "longen"
    assert dataset["fields"]["language"] == "lang" and dataset["fields"]["reference"] is None
    assert made.judges_of("people", "people.texts") == ["j", "picky"], "also one that lists what it judges"
    assert made.datasets_in_use() == ["people"] and responses_wanted(made.raw) == [("people", "people.texts")]
    check_selection(made)  # a run may do nothing else


def test_graded_labels_have_their_responses_judged_by_both(tmp_path: Path) -> None:
    graded = {"against": "old", "datasets": ["longhand-mini"], "models": ["r"], "people": False}
    evaluate = {"datasets": ["longhand-mini"], "models": ["r"], "judges": ["j", "old"]}
    made = config(tmp_path, graded, evaluate=evaluate)
    assert made.judges_of("longhand-mini", "r") == ["j", "old"] and "people" not in made.datasets
    needed = [("longhand-mini", "r", judge) for judge in ("j", "old")]
    assert [list(judging(made.raw, names)) for names in (["people"], ["other"])] == [needed, []]
    alone = config(tmp_path, graded | {"judges": ["picky"]})
    assert alone.judges_of("longhand-mini", "r") == ["picky", "old"]


GRADED = {"against": "old", "datasets": ["longhand-mini"], "models": ["r"], "judges": ["j"]}
SHOWS_REFERENCE = {
    "judged": {"template": "{prompt} {response} {reference} JSON", "dimensions": {"Clarity": []}, "scale": [1, 5]}
}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "needs either 'pairs' or 'against' (config certify.people)"),
        (PAIRS | GRADED, "needs either 'pairs' or 'against' (config certify.people)"),
        (
            PAIRS | {"judges": ["jj"]},
            "unknown judge 'jj', did you mean 'j'? known: demo-judge, j, old, picky (config certify.people.judges)",
        ),
        (
            PAIRS | {"judges": ["old"]},
            "judge 'old' is recorded: it judges no texts of pairs (config certify.people.judges)",
        ),
        (PAIRS | {"judges": ["j"], "ranges": [500, 0]}, "ranges [500, 0] must rise (config certify.people.ranges)"),
        (
            PAIRS | {"judges": ["j"], "rubric": "longbench"},
            "writingbench (config certify.people.rubric)",
        ),
        (
            {"pairs": "my/pairs.csv"},
            "is not a mapping; its keys: fields, path, sha256, url (config certify.people.pairs)",
        ),
        (PAIRS | {"judges": ["j"], "rubric": "judged"}, "rubric 'judged' shows the judge a reference"),
        (PAIRS | {"judges": ["j"], "models": ["r"]}, "`models` is for labels of `against`, not for pairs"),
        (PAIRS | {"judges": ["j"], "threshold": 2}, "2 must be at most 1 (config certify.people.threshold)"),
        ({"pairs": {"url": "http://x/a.jsonl", "fields": {}}, "judges": ["j"]}, "'sha256' is missing"),
        (
            {"pairs": {"path": "no.jsonl", "fields": {}}, "judges": ["j"]},
            "there is no file 'no.jsonl' (config certify.people.pairs)",
        ),
        (GRADED | {"against": "j", "judges": ["picky"]}, "judge 'j' is asked here, so its verdicts are no labels"),
        (GRADED | {"judges": ["j", "old"]}, "judge 'old' would be held against itself"),
        (
            GRADED | {"models": ["writer"]},
            "judge 'old' has no verdicts on the responses of 'writer' to 'longhand-mini'",
        ),
        ({"against": "old", "judges": ["j"]}, "'datasets' is missing: whose responses have the labels"),
    ],
)
def test_a_mistake_is_one_line_at_its_setting(tmp_path: Path, entry: dict[str, Any], message: str) -> None:
    for name in ("pairs.jsonl", "texts.jsonl"):
        (tmp_path / name).touch()
    models = {"r": RECORDED, "writer": {"backend": "demo"}}
    settings = {"judges": JUDGES, "models": models, "rubrics": SHOWS_REFERENCE, "certify": {"people": ENTRY | entry}}
    assert message in mistake(settings, tmp_path)


def test_a_name_that_is_there_already_and_nothing_that_could_be_required(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").touch()
    taken = {"datasets": {"people": {"path": "pairs.jsonl"}}, "certify": {"people": ENTRY | PAIRS}}
    assert "it makes an entry 'people' of datasets, which is there already" in mistake(taken, tmp_path)
    nobody = {"certify": {"people": ENTRY | PAIRS}, "evaluate": {"judges": []}}
    assert "names no judges, and neither does evaluate.judges (config certify.people.judges)" in mistake(
        nobody, tmp_path
    )
    required = {"scores": {"require_certified": True}}
    assert "nothing is certified in this run (config scores.require_certified)" in mistake(required, tmp_path)
    assert json.dumps(taken)  # unchanged: settings are the user's


@pytest.mark.parametrize("section", ["models", "judges", "datasets"])
@pytest.mark.parametrize("wrong", [7, ["a"], {"a": 7}])
def test_sections_of_another_type_are_an_error_of_their_own(section: str, wrong: object) -> None:
    succession = {"s": {"from": "old", "to": ["j"], "datasets": ["longhand-mini"], "models": ["r"]}}
    with pytest.raises(LonghandError, match=section):
        load_config({section: wrong, "certify": {"people": ENTRY | PAIRS}, "succession": succession})
