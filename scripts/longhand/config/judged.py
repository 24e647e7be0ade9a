"""Which judges judge which datasets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from longhand.config.criteria_sources import by_category_source
from longhand.config.recorded import RECORDED, has_verdicts
from longhand.config.schema import RawSettings, suggestion
from longhand.judging.kinds import DIMENSIONS
from longhand.judging.template import check_together
from longhand.made.sources import drawn_from
from longhand.program.errors import LonghandError

_MADE_WITH_CONTEXT = {"answers", "documents", "queries"}
"""Kinds of made datasets whose prompts have contexts."""


def judges_for(dataset: str, model: str, raw: RawSettings) -> list[str]:
    """The judges that can judge a model's responses to a dataset, in the order of the config.

    Those that list their `datasets` judge these only. The others judge all that fit them. A recorded judge has its
    verdicts from the model's file.
    """
    entry = raw["datasets"][dataset]
    return [
        name
        for name, judge in raw["judges"].items()
        if dataset in judge.get("datasets", [dataset])
        and _unfit(judge, entry, raw["datasets"]) is None
        and (judge["backend"] != RECORDED or has_verdicts(raw["models"][model], dataset, raw))
    ]


def check_judged(raw: RawSettings) -> None:
    """Checks that judges and the datasets that they are to judge fit.

    A judge by a rubric leaves out datasets without one. A judge that looks into contexts must be told so, since it
    would be paid for half of its grades.

    Raises:
        LonghandError: an unknown dataset, or one that the judge cannot judge.
    """
    datasets = raw["datasets"]
    for name, judge in raw["judges"].items():
        where = f"config judges.{name}.datasets"
        for dataset in judge.get("datasets", []):
            if dataset not in datasets:
                raise LonghandError(f"unknown dataset '{dataset}', {suggestion(dataset, datasets)}", where)
            if (reason := _unfit(judge, datasets[dataset], datasets)) is not None:
                raise LonghandError(f"dataset {dataset} {reason[0]}", where, reason[1])
    _check_criteria(raw)
    for dataset, name, where in _asked_for(raw):
        if dataset not in datasets or name not in raw["judges"]:
            continue  # an error of its own
        judge = raw["judges"][name]
        reason = _unfit(judge, datasets[dataset], datasets)
        if reason is not None and judge["method"] in DIMENSIONS and "datasets" not in judge:
            fix = f"{reason[1]}; or list what it judges: judges.{name}.datasets"
            raise LonghandError(f"dataset {dataset} {reason[0]}, which judge {name} looks into", where, fix)


def check_panels(raw: RawSettings) -> None:
    """Checks that panels are made of judges of the evaluation that judge a dataset together.

    Raises:
        LonghandError: an unknown judge, a judge's name, or nothing that all of them judge.
    """
    chosen = raw["evaluate"]
    for name, judges in raw["scores"]["panels"].items():
        where = f"config scores.panels.{name}"
        if name in raw["judges"]:
            raise LonghandError(f"there is a judge '{name}'", where, "choose another name")
        for judge in judges:
            if judge not in chosen["judges"]:
                what = f"'{judge}' is no judge of evaluate.judges, {suggestion(judge, chosen['judges'])}"
                raise LonghandError(what, where)
        answered = ((dataset, model) for dataset in chosen["datasets"] for model in chosen["models"])
        if not any(set(judges) <= set(judges_for(*pair, raw)) for pair in answered):
            raise LonghandError("no dataset of evaluate.datasets is judged by all of them", where, "take the panel out")


def _asked_for(raw: RawSettings) -> Iterator[tuple[str, str, str]]:
    """Datasets and judges that are to judge responses to them, and where the config says so."""
    chosen = raw["evaluate"]
    yield from ((dataset, judge, "config evaluate") for dataset in chosen["datasets"] for judge in chosen["judges"])
    for section in ("preferences", "sft"):
        for name, entry in raw[section].items():
            if "judge" in entry:
                yield entry["dataset"], entry["judge"], f"config {section}.{name}"


def _check_criteria(raw: RawSettings) -> None:
    """Checks that datasets whose rubrics judge by criteria have some, and that judges are asked in a way that the
    rubrics are written for."""
    by_criteria = {name: rubric for name, rubric in raw["rubrics"].items() if "criteria" in rubric}
    for dataset, entry in raw["datasets"].items():
        unread = entry["fields"].get("criteria", "") is None and by_category_source(entry) is None
        if unread and entry["rubric"] in by_criteria:
            what = f"rubric {entry['rubric']} judges by the criteria of each prompt, and the dataset leaves them unread"
            raise LonghandError(what, f"dataset {dataset} fields.criteria", "name their column")
    for dataset, name, _ in _asked_for(raw):
        rubric = by_criteria.get(raw["datasets"].get(dataset, {}).get("rubric"))
        judge = raw["judges"].get(name)
        if rubric is None or judge is None or dataset not in judge.get("datasets", [dataset]):
            continue
        if judge["method"] not in DIMENSIONS and "template" in rubric:
            check_together(rubric, name, judge["together"])


def _unfit(
    judge: Mapping[str, Any], dataset: Mapping[str, Any], datasets: Mapping[str, Mapping[str, Any]]
) -> tuple[str, str] | None:
    """Why a judge cannot judge a dataset, and what to do; None where it can."""
    if judge["method"] not in DIMENSIONS:
        return ("has no rubric", "name one, `rubric: …`") if dataset["rubric"] is None else None
    if has_contexts(dataset, datasets):
        return None
    if "made" in dataset:
        return "is made without contexts", "make one of `answers` to its prompts, or judge another"
    return "names no context", "name its column, `fields: {context: …}`"


def has_contexts(dataset: Mapping[str, Any], datasets: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the config says that the prompts of a dataset have contexts; a sample has those of its source."""
    if (source := drawn_from(dataset.get("made", {}))) is not None:
        return has_contexts(datasets[source], datasets)
    named = dataset["fields"].get("context") is not None
    return named or bool(_MADE_WITH_CONTEXT & dataset.get("made", {}).keys())
