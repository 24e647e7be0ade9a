"""Succession of judges: what an entry stands for, and what is said of one that does not fit."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from longhand.config.load import Config, check_selection, load_config
from longhand.config.order import responses_wanted
from longhand.program.errors import LonghandError

FILE = {"url": "https://example.org/pred.jsonl", "sha256": "0" * 64}
API = {"backend": "openai", "base_url": "https://example.org/v1", "model": "m"}
SETTINGS: dict[str, Any] = {
    "datasets": {
        "essays": {
            "path": "essays.jsonl",
            "fields": {"category": "kind"},
            "length": "longen",
            "ranges": [0, 900],
            "rubric": "longen",
            "forms": {"a": "{context}\n\nAsk: {prompt}"},
        },
        "tales": {"path": "tales.jsonl"},
    },
    "models": {
        **{name: {"backend": "demo"} for name in ("a", "b", "c", "d", "e")},
        "told": {"backend": "recorded", "files": {"essays": FILE, "tales": FILE}, "fields": {"verdicts": "v"}},
    },
    "judges": {
        "old": API | {"retired": True, "datasets": ["essays", "tales"]},
        "new": API,
        "newer": {"backend": "demo"},
        "people": {"backend": "recorded"},
    },
    "evaluate": {"datasets": ["tales"], "models": ["a"], "judges": ["new"]},
    "succession": {
        "s": {"from": "old", "to": ["new", "newer"], "datasets": ["essays", "tales"], "models": ["a", "b"], "sample": 9}
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The settings with another value at a path of keys."""
    settings = copy.deepcopy(SETTINGS)
    place, *keys = path.split(".")
    within = settings.setdefault(place, {})
    for key in keys[:-1]:
        within = within.setdefault(key, {})
    within[keys[-1]] = value
    return settings


def mistake(path: str, value: Any) -> str:
    with pytest.raises(LonghandError) as raised:
        load_config(changed(path, value))
    return str(raised.value)


def loaded() -> Config:
    return load_config(copy.deepcopy(SETTINGS))


def test_what_an_entry_stands_for() -> None:
    config = loaded()
    sample, source = config.datasets["s.essays"], config.datasets["essays"]
    assert sample["made"] == {"drawn": {"dataset": "essays", "number": 9, "series": 0}}
    assert "path" not in sample and sample["fields"] == {"prompt": "prompt"} and sample["forms"] == {}
    assert [sample[key] for key in ("length", "ranges", "rubric")] == [
        source[k] for k in ("length", "ranges", "rubric")
    ]
    assert config.judges_of("s.essays", "a") == ["old", "new", "newer"]
    assert config.judges_of("tales", "a") == ["new"] and config.judges_of("s.tales", "e") == []
    samples = {(dataset, model) for dataset in ("s.essays", "s.tales") for model in "ab"}
    assert set(responses_wanted(config.raw)) == {("tales", "a"), *samples}
    assert config.datasets_in_use() == ["tales", "essays", "s.essays", "s.tales"]
    assert config.raw["evaluate"]["datasets"] == ["tales"], "samples are not on the leaderboard"


def test_a_run_may_only_draw_the_line() -> None:
    nothing: dict[str, list[str]] = {"datasets": [], "models": [], "judges": []}
    models = {name: {"backend": "demo"} for name in "abc"}
    judges = {name: {"backend": "demo", "model": name} for name in ("old", "new")}
    entry = {"from": "old", "to": ["new"], "datasets": ["longhand-mini"], "models": [*models]}
    check_selection(load_config({"models": models, "judges": judges, "succession": {"s": entry}, "evaluate": nothing}))


def test_samples_of_what_is_recorded() -> None:
    settings = changed("succession.s", SETTINGS["succession"]["s"] | {"from": "people", "models": ["told"]})
    config = load_config(settings)
    assert config.models["told"].settings["files"]["s.tales"] == FILE
    assert config.judges_of("s.essays", "told") == ["people", "new", "newer"]


def test_a_retired_judge_is_the_same_judge() -> None:
    active = load_config(changed("judges.old", API)).judges["old"]
    retired = loaded().judges["old"]
    assert retired.identity == active.identity, "its answers are found"
    assert retired.serving.retired and not active.serving.retired


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        ("succession.s.from", "gone", "unknown judge 'gone'"),
        ("succession.s.to", ["new", "gone"], "unknown judge 'gone'"),
        ("succession.s.to", ["old"], "'old' would take its own place"),
        ("succession.s.to", [], "[] is empty"),
        ("succession.s.models", ["a", "x"], "unknown model 'x'"),
        ("succession.s.models", ["a", "a"], "'a' stands there twice"),
        ("succession.s.datasets", ["essay"], "unknown dataset 'essay', did you mean 'essays'?"),
        ("succession.s.sample", 7, "7 must be at least 8"),
        ("succession.s.samples", 9, "unknown key 'samples'"),
        ("succession.s.from", "people", "judge people does not judge responses of a to essays"),
        ("succession.t", SETTINGS["succession"]["s"], "judge new continues another judge's scores on essays already"),
        ("datasets.essays.rubric", None, "dataset essays has no rubric"),
        (
            "judges.old",
            {"backend": "vllm", "model": "m", "retired": True},
            "`retired` is for judges that are reached by",
        ),
        ("judges.people.retired", True, "retired"),
    ],
)
def test_what_does_not_fit(path: str, value: Any, what: str) -> None:
    assert what in mistake(path, value)


def test_a_mistake_in_a_sample_is_named_at_its_entry() -> None:
    settings = copy.deepcopy(SETTINGS)
    settings["datasets"]["s.essays"] = {"path": "x.jsonl"}
    with pytest.raises(LonghandError, match="it makes an entry 's.essays' of datasets, which is there already") as e:
        load_config(settings)
    assert e.value.where == "config succession.s"
    del settings["datasets"]["s.essays"]
    settings["datasets"]["essays"]["shards"] = 0
    with pytest.raises(LonghandError) as e:
        load_config(settings)
    assert e.value.where in ("config datasets.essays.shards", "config succession.s")
