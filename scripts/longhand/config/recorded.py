"""What the config says of what was made elsewhere: files of recorded models, and verdicts that stand in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from longhand.config.schema import RawSettings, suggestion
from longhand.config.sources import one_source
from longhand.program.errors import LonghandError

RECORDED = "recorded"
_NUMBER = re.compile("[1-9][0-9]*")  # of a criterion
_OF_FILES = {"path", "files", "fields", "verdicts"}
"""Settings of models that only recorded ones have."""
_OF_JUDGES = {"backend", "datasets"}
"""Settings that a recorded judge may have."""


def recorded_file(model: RawSettings, dataset: str) -> Mapping[str, Any] | None:
    """Where a recorded model's responses to a dataset are: `path`, or `url` and `sha256`; None: in no file."""
    if "path" in model:
        return {"path": model["path"]}
    file: Mapping[str, Any] | None = model.get("files", {}).get(dataset)
    return file


def has_verdicts(model: RawSettings, dataset: str, raw: RawSettings) -> bool:
    """Whether a model's responses to a dataset come with verdicts by the dataset's rubric.

    Args:
        model: an entry of `models`.
        dataset: its name.
        raw: the config with defaults.
    """
    if model["backend"] != RECORDED or recorded_file(model, dataset) is None:
        return False
    fields, rubric = model["fields"], raw["rubrics"].get(raw["datasets"][dataset]["rubric"])
    if rubric is None or "scores" not in fields:
        return rubric is not None and "verdicts" in fields
    column_of: Mapping[str, str] = fields["scores"]
    return (
        column_of.keys() == rubric["dimensions"].keys()
        if "dimensions" in rubric
        else all(map(_NUMBER.fullmatch, column_of))
    )


def check_recorded(raw: RawSettings) -> None:
    """Checks the files of recorded models.

    Raises:
        LonghandError: an unknown dataset, a file without one source, or columns of scores that are no dimension's.
    """
    for name, model in raw["models"].items():
        where = f"config models.{name}"
        if model["backend"] != RECORDED:
            continue
        if sum(key in model for key in ("path", "files", "answers")) > 1:
            raise LonghandError("has more than one of `path`, `files` and `answers`", where, "remove the others")
        for dataset, file in model.get("files", {}).items():
            if dataset not in raw["datasets"]:
                raise LonghandError(
                    f"unknown dataset '{dataset}', {suggestion(dataset, raw['datasets'])}", f"{where}.files"
                )
            one_source(file, ("path", "url"), f"{where}.files.{dataset}")
        _check_fields(model["fields"], where)


def check_answered(dataset: str, name: str, raw: RawSettings, where: str) -> None:
    """Raises LonghandError where a recorded model has files, and none for a dataset that it is to answer."""
    model = raw["models"][name]
    if "files" in model and recorded_file(model, dataset) is None:
        what = f"model '{name}' is recorded, and has no file for dataset '{dataset}'"
        raise LonghandError(what, where, f"models.{name}.files: {{{dataset}: …}}, or evaluate it apart")


def check_recorded_judges(raw: RawSettings) -> None:
    """Checks that recorded judges of the evaluation have verdicts.

    Raises:
        LonghandError: one has none on any response, or columns of scores are not all those of a rubric.
    """
    chosen = raw["evaluate"]
    for name in chosen["judges"]:
        judge = raw["judges"].get(name, {})
        pairs = [
            (dataset, model)
            for dataset in chosen["datasets"]
            for model in chosen["models"]
            if dataset in judge.get("datasets", [dataset])
        ]
        if judge.get("backend") != RECORDED or not pairs:
            continue
        for dataset, model in pairs:
            _check_scores(raw["models"][model], dataset, raw, f"config models.{model}.fields.scores")
        if not any(has_verdicts(raw["models"][model], dataset, raw) for dataset, model in pairs):
            what = f"judge {name} is recorded, and no model of evaluate.models has verdicts on these datasets"
            fix = "name their column: models.….fields: {verdicts: …} or {scores: {…}}"
            raise LonghandError(what, "config evaluate.judges", fix)


def check_unasked(settings: RawSettings) -> None:
    """Checks that settings of what is recorded, and of what is asked, are where they count.

    Args:
        settings: the config without defaults, in which everything has its type.

    Raises:
        LonghandError: a recorded judge has settings of one that is asked, or a model that is asked has files.
    """
    for name, judge in settings.get("judges", {}).items():
        if judge["backend"] == RECORDED and (odd := sorted(judge.keys() - _OF_JUDGES)):
            what = f"judge {name} is recorded and asked nothing, so it has no `{odd[0]}`"
            raise LonghandError(what, f"config judges.{name}.{odd[0]}", "remove it")
    for name, model in settings.get("models", {}).items():
        if model["backend"] != RECORDED and (odd := sorted(model.keys() & _OF_FILES)):
            what = f"`{odd[0]}` is for backend recorded, not {model['backend']}"
            raise LonghandError(what, f"config models.{name}.{odd[0]}", "remove it")


def _check_fields(fields: Mapping[str, Any], where: str) -> None:
    if "verdicts" in fields and "scores" in fields:
        raise LonghandError("has both `verdicts` and `scores`", f"{where}.fields", "remove one")
    if "reason" in fields and "scores" not in fields:
        what = "`reason` is the column beside columns of `scores`"
        raise LonghandError(what, f"{where}.fields", "for items of `verdicts`: verdicts: {reason: …}")


def _check_scores(model: RawSettings, dataset: str, raw: RawSettings, where: str) -> None:
    """Raises LonghandError where columns of scores are some of a rubric's dimensions, and not all, or others too."""
    scores = model["fields"].get("scores", {})
    rubric = raw["rubrics"].get(raw["datasets"][dataset]["rubric"], {})
    dimensions = rubric.get("dimensions", {})
    if scores.keys() & dimensions.keys() and (odd := sorted(scores.keys() ^ dimensions.keys())):
        what = "is no dimension" if odd[0] in scores else "has no column, and is a dimension"
        hint = f"known: {', '.join(dimensions)}"
        raise LonghandError(f"'{odd[0]}' {what} of the rubric of dataset '{dataset}', {hint}", where)
