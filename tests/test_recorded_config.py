"""Recorded models with a file for each dataset, and recorded judges: what the config says where they do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from longhand.config.load import Config, check_selection, load_config
from longhand.program.errors import LonghandError

FILE = {"url": "https://example.org/pred.jsonl", "sha256": "0" * 64}
FIVE = {"template": "{response}", "scale": [1, 5], "dimensions": {"Clarity": [], "Depth": []}}
CHECKLIST = {"template": "{criteria} {response}", "scale": [0, 1], "criteria": {"together": True}}
DATASETS = {
    "essays": {"path": "essays.jsonl", "rubric": FIVE},
    "checked": {"path": "checked.jsonl", "rubric": CHECKLIST},
    "other": {"path": "other.jsonl", "rubric": None},
}
COLUMN = {"verdicts": "v"}


def config(models: dict[str, dict[str, Any]], *datasets: str, **sections: Any) -> Config:
    """A config that evaluates models on datasets by a judge that is asked and one that is recorded."""
    judges = {"people": {"backend": "recorded"} | sections.pop("people", {}), "j": {"backend": "demo"}}
    chosen = {"datasets": [*datasets], "models": [*models], "judges": sections.pop("chosen", ["people", "j"])}
    return load_config({"datasets": DATASETS, "models": models, "judges": judges, "evaluate": chosen} | sections)


def recorded(*datasets: str, **settings: Any) -> dict[str, Any]:
    return {"backend": "recorded", "files": dict.fromkeys(datasets, FILE), "fields": COLUMN} | settings


def by_path(**settings: Any) -> dict[str, Any]:
    return {"backend": "recorded", "path": "pred.jsonl"} | settings


def test_a_recorded_judge_judges_what_comes_with_verdicts() -> None:
    models = {"one": recorded("essays", "checked"), "bare": by_path(), "asked": {"backend": "demo"}}
    loaded = config(models, "essays", "checked")
    judges = {name: [loaded.judges_of(dataset, name) for dataset in ("essays", "checked")] for name in models}
    assert judges == {"one": [["people", "j"]] * 2, "bare": [["j"]] * 2, "asked": [["j"]] * 2}
    references = {"backend": "recorded", "answers": "reference", "fields": COLUMN}  # in no file
    assert config(models | {"r": references}, "essays", "checked").judges_of("essays", "r") == ["j"]
    loaded = config(models, "essays", "checked", people={"datasets": ["checked"]})
    assert [loaded.judges_of(name, "one") for name in ("essays", "checked")] == [["j"], ["people", "j"]]


def test_columns_of_scores_are_those_of_one_rubric() -> None:
    """Of criteria they have the numbers."""
    models = {"of-essays": by_path(fields={"scores": {"Depth": "d", "Clarity": "c"}})}
    models |= {"of-checked": by_path(fields={"scores": {"1": "a", "2": "b"}})}
    loaded = config(models, "essays", "checked", chosen=["people"])
    judged = {(name, model) for name in DATASETS for model in models if loaded.judges_of(name, model)}
    assert judged == {("essays", "of-essays"), ("checked", "of-checked")}


@pytest.mark.parametrize(
    ("models", "sections", "message"),
    [
        ({"m": recorded("essay")}, {}, r"unknown dataset 'essay', did you mean 'essays'.*\(config models.m.files\)"),
        (
            {"m": recorded("checked")},
            {},
            r"model 'm' is recorded, and has no file for dataset 'essays' \(config evaluate\); fix: models.m.files",
        ),
        ({"m": recorded(files={"essays": "p.jsonl"})}, {}, r"'p.jsonl' is not a mapping; its keys: path, sha256, url"),
        ({"m": recorded(files={"essays": {"url": FILE["url"]}})}, {}, r"'sha256' is missing.*models.m.files.essays"),
        ({"m": recorded(files={"essays": FILE | {"path": "p"}})}, {}, r"needs either 'path' or 'url' .*files.essays"),
        ({"m": recorded("essays", path="p.jsonl")}, {}, r"more than one of `path`, `files` and `answers`"),
        ({"m": {"backend": "recorded"}}, {}, r"'path' is missing, backend recorded needs it"),
        ({"m": {"backend": "demo", "files": {"essays": FILE}}}, {}, r"`files` is for backend recorded, not demo"),
        ({"m": {"backend": "demo", "path": "p.jsonl"}}, {}, r"`path` is for backend recorded, not demo"),
        ({"m": by_path()}, {}, r"judge people is recorded, and no model of evaluate.models has verdicts on these"),
        ({"m": by_path(fields=COLUMN | {"scores": {"Depth": "d"}})}, {}, "has both `verdicts` and `scores`"),
        ({"m": by_path(fields=COLUMN | {"reason": "why"})}, {}, r"`reason` is the column beside columns of `scores`"),
        (
            {"m": by_path(fields={"scores": {"Depth": "d", "Clear": "c"}})},
            {},
            r"'Clarity' has no column, and is a dimension of the rubric of dataset 'essays', known: Clarity, Depth",
        ),
        (
            {"m": by_path(fields={"scores": {"Depth": "d", "Clarity": "c", "Wit": "w"}})},
            {},
            r"'Wit' is no dimension of the rubric of dataset 'essays'.*\(config models.m.fields.scores\)",
        ),
        ({"m": by_path(fields=COLUMN)}, {"people": {"datasets": ["other"]}}, "dataset other has no rubric"),
        *(
            (
                {"m": by_path(fields=COLUMN)},
                {"people": {key: value}},
                rf"judge people is recorded and asked nothing, so it has no `{key}` \(config judges.people.{key}\)",
            )
            for key, value in {
                "sampling": {"temperature": 0},
                "price": {"input": 1, "output": 1},
                "repeats": 2,
                "attempts": 1,
                "model": "gpt-4o",
                "method": "long-reward",
                "base_url": "https://example.org/v1",
            }.items()
        ),
    ],
)
def test_mistakes_are_named(models: dict[str, Any], sections: dict[str, Any], message: str) -> None:
    with pytest.raises(LonghandError, match=message):
        config(models, "essays", **sections)


def test_training_data_by_a_recorded_judge() -> None:
    pairs = {"dataset": "essays", "models": ["one", "bare"], "judge": "people"}
    models = {"one": recorded("essays", samples=2), "bare": by_path()}
    with pytest.raises(LonghandError, match="judge people is recorded, and has no verdicts on model bare"):
        config(models, preferences={"p": pairs})
    more = by_path(samples=2, fields={"scores": {"Depth": "d", "Clarity": "c", "Wit": "w"}})
    with pytest.raises(LonghandError, match="has no verdicts on model more"):
        config({"more": more}, preferences={"p": pairs | {"models": ["more"]}})
    loaded = config(models, preferences={"p": pairs | {"models": ["one"]}})
    assert loaded.judges_of("essays", "one") == ["people"] and loaded.judges_of("essays", "bare") == []


def test_only_the_files_of_evaluated_datasets_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "essays.jsonl").touch()
    models = {"m": recorded(files={"essays": {"path": "a.jsonl"}, "checked": {"path": "b.jsonl"}})}
    with pytest.raises(LonghandError, match=r"no file 'a.jsonl' \(config models.m.files.essays\)"):
        check_selection(config(models, "essays"))
    (tmp_path / "a.jsonl").touch()
    check_selection(config(models, "essays"))
