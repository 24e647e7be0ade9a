"""Which judges judge which datasets, and what the config says where they do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from longhand.config.judged import has_contexts, judges_for
from longhand.config.load import Config, load_config
from longhand.program.errors import LonghandError

DATASETS: dict[str, dict[str, Any]] = {
    "tasks": {"path": "tasks.jsonl"},  # with the default rubric, no context
    "texts": {"path": "texts.jsonl", "fields": {"context": "text"}},  # both
    "questions": {"path": "questions.jsonl", "fields": {"context": "text"}, "rubric": None},
    "plain": {"path": "plain.jsonl", "rubric": None},  # neither
}
READER: dict[str, Any] = {"backend": "demo", "method": "long-reward"}
GRADER: dict[str, Any] = {"backend": "demo"}


def config(*datasets: str, judges: dict[str, dict[str, Any]], **sections: Any) -> Config:
    """A config that evaluates these datasets by all judges."""
    chosen = {"datasets": [*datasets], "models": ["m"] if datasets else [], "judges": [*judges] if datasets else []}
    models = {"m": {"backend": "demo", "samples": 5}, "other": {"backend": "demo", "samples": 5}}
    whole = {"datasets": DATASETS, "models": models, "judges": judges, "evaluate": chosen}
    return load_config(whole | sections)


def judged(loaded: Config, model: str = "m") -> dict[str, list[str]]:
    """Dataset -> who judges a model's responses to it."""
    return {name: judges for name in DATASETS if (judges := loaded.judges_of(name, model))}


def test_judges_judge_what_fits_them() -> None:
    loaded = config("texts", "questions", judges={"grader": GRADER, "reader": READER})
    assert judged(loaded) == {"texts": ["grader", "reader"], "questions": ["reader"]}
    fitting = {name: judges_for(name, "m", loaded.raw) for name in DATASETS}
    assert fitting == {"tasks": ["grader"], "texts": ["grader", "reader"], "questions": ["reader"], "plain": []}
    assert judged(loaded, "other") == {}, "it is not evaluated"


def test_a_judge_judges_the_datasets_that_it_lists() -> None:
    judges = {"grader": GRADER, "reader": READER | {"datasets": ["questions"]}}
    loaded = config("tasks", "texts", "questions", "plain", judges=judges)
    assert judged(loaded) == {"tasks": ["grader"], "texts": ["grader"], "questions": ["reader"]}
    loaded = config("tasks", "texts", judges={"one": GRADER | {"datasets": ["tasks"]}, "two": GRADER})
    assert judged(loaded) == {"tasks": ["one", "two"], "texts": ["two"]}


def test_each_judge_has_its_own_dimensions() -> None:
    loaded = config("texts", judges={"grader": GRADER, "reader": READER})
    assert loaded.dimensions_of("texts", "reader") == ["helpfulness", "logicality", "faithfulness", "completeness"]
    assert loaded.dimensions_of("texts", "grader")[:2] == ["Relevance", "Accuracy"]
    assert loaded.dimensions_of("questions", "reader") == loaded.dimensions_of("texts", "reader"), (
        "without a rubric too"
    )


@pytest.mark.parametrize(
    ("datasets", "judges", "message"),
    [
        (
            ("texts", "tasks"),
            {"reader": READER},
            r"dataset tasks names no context, which judge reader looks into \(config evaluate\); fix: name its column, "
            r"`fields: {context: …}`; or list what it judges: judges.reader.datasets",
        ),
        (
            ("texts",),
            {"reader": READER | {"datasets": ["tasks"]}},
            r"dataset tasks names no context \(config judges.reader.datasets\); fix: name its column",
        ),
        (
            ("texts",),
            {"grader": GRADER | {"datasets": ["texts", "questions"]}},
            r"dataset questions has no rubric \(config judges.grader.datasets\); fix: name one, `rubric: …`",
        ),
        (
            ("texts",),
            {"grader": GRADER | {"datasets": ["text"]}},
            r"unknown dataset 'text', did you mean 'texts'\? known: .*\(config judges.grader.datasets\)",
        ),
        (("texts",), {"grader": GRADER | {"datasets": []}}, r"\(config judges.grader.datasets\)"),
    ],
)
def test_what_does_not_fit_ends_the_run(datasets: tuple[str, ...], judges: dict, message: str) -> None:
    with pytest.raises(LonghandError, match=message):
        config(*datasets, judges=judges)


@pytest.mark.parametrize("section", ["preferences", "sft"])
def test_judges_of_training_data(section: str) -> None:
    """The judge that an entry names judges the responses that its data are made of, and fits or is a mistake."""

    def entry(dataset: str, judge: str) -> dict[str, Any]:
        models = {"models": ["other"]} if section == "preferences" else {"model": "other"}
        return {section: {"mine": {"dataset": dataset, "judge": judge} | models}}

    judges = {"grader": GRADER, "reader": READER}
    loaded = config("texts", judges={"grader": GRADER, "reader": READER}, **entry("questions", "reader"))
    assert judged(loaded, "other") == {"questions": ["reader"]}
    assert judged(loaded) == {"texts": ["grader", "reader"]}
    assert judged(config(judges=judges, **entry("texts", "reader")), "other") == {"texts": ["reader"]}
    with pytest.raises(LonghandError, match=rf"dataset tasks names no context, .* \(config {section}.mine\)"):
        config(judges=judges, **entry("tasks", "reader"))
    with pytest.raises(LonghandError, match=rf"judge grader does not judge dataset plain \(config {section}.mine\)"):
        config(judges=judges, **entry("plain", "grader"))
    listed = judges | {"reader": READER | {"datasets": ["texts"]}}
    with pytest.raises(
        LonghandError, match=rf"judge reader does not judge dataset questions \(config {section}.mine\)"
    ):
        config(judges=listed, **entry("questions", "reader"))
    with pytest.raises(LonghandError, match=rf"unknown judge 'raeder', did you mean 'reader'.*{section}.mine"):
        config(judges=judges, **entry("texts", "raeder"))
    with pytest.raises(LonghandError, match=rf"unknown dataset 'txts', did you mean 'texts'.*{section}.mine"):
        config(judges=judges, **entry("txts", "reader"))


def test_prompts_made_of_answers_have_contexts() -> None:
    """Each holds the answer that it was made of; other kinds of made datasets have none."""
    sources = {"from": [{"dataset": "tasks", "model": "m"}]}
    loaded = config(
        "answered", judges={"reader": READER}, datasets=DATASETS | {"answered": {"made": {"answers": sources}}}
    )
    assert loaded.judges_of("answered", "m") == ["reader"]
    unread = {"path": "texts.jsonl", "fields": {"context": None}}
    assert [has_contexts(loaded.datasets[name], loaded.datasets) for name in ("tasks", "texts", "answered")] == [
        False,
        True,
        True,
    ]
    with pytest.raises(LonghandError, match="dataset texts names no context"):
        config("texts", judges={"reader": READER}, datasets={"texts": unread})


def longer(**sections: Any) -> Config:
    """Self-Lengthen of a model, whose datasets are judged."""
    models = {"base": {"backend": "demo"}}
    recipe = {"longer": {"model": "base", "train": None, "iterations": 1}}
    return load_config({"models": models, "self_lengthen": recipe, "judges": {"reader": READER}} | sections)


def test_datasets_of_self_lengthen_are_judged_by_their_own_names() -> None:
    evaluate = {"datasets": ["longer.1.initial"], "models": ["base"], "judges": ["reader"]}
    assert longer(evaluate=evaluate).judges_of("longer.1.initial", "base") == ["reader"]
    listed = {"reader": READER | {"datasets": ["longer.1.initial"]}}
    both = evaluate | {"datasets": ["longer.1.initial", "longer.restated"]}
    loaded = longer(evaluate=both, judges=listed)
    assert [loaded.judges_of(name, "base") for name in both["datasets"]] == [["reader"], []]
    unfit = r"longer.restated is made without contexts, which judge reader looks into \(config evaluate\); fix: make"
    with pytest.raises(LonghandError, match=unfit):
        longer(evaluate=both)
    with pytest.raises(
        LonghandError, match=r"longer.1.slots is made without contexts \(config judges.reader.datasets\)"
    ):
        longer(evaluate=evaluate, judges={"reader": READER | {"datasets": ["longer.1.slots"]}})
    with pytest.raises(LonghandError, match=r"did you mean 'longer.1.initial'\?.*\(config judges.reader.datasets\)"):
        longer(evaluate=evaluate, judges={"reader": READER | {"datasets": ["longer.1.inital"]}})
