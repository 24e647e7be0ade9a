"""Checks what the config says of datasets that the run makes."""

from __future__ import annotations

from typing import Any

from longhand.config.recorded import check_answered
from longhand.config.schema import RawSettings, suggestion
from longhand.made.sources import drawn_from, sources_of
from longhand.program.errors import LonghandError

_WRITTEN_BY = {"instructions": "self-instruct", "queries": "query", "restated": "restate"}
"""Kinds whose source must be a model of one method."""
_ABOUT_A_TEXT = {"extend": "answers", "restate": "answers", "query": "documents"}
"""Methods that need prompts with a text of some kind as their context, and the kind of dataset that has it."""
_WITH_REFERENCE = ("answers", "restated")


def check_made(raw: RawSettings) -> None:
    """Checks all datasets that have `made`, and the models that answer them.

    Args:
        raw: the config with defaults.

    Raises:
        LonghandError: not exactly one kind, an unknown name, or a model that cannot write what the kind is made of.
    """
    for name, entry in raw["datasets"].items():
        if "made" in entry:
            _check(entry, raw, f"config datasets.{name}")


def kind_of_made(entry: RawSettings) -> str | None:
    """The kind of a dataset that the run makes; None for one with a file."""
    return next(iter(entry["made"]), None) if "made" in entry else None


def check_answering(dataset: str, model: str, raw: RawSettings, where: str) -> None:
    """Raises LonghandError where a recorded model has no file for a dataset, or one that is made has not what a model
    needs to answer it."""
    check_answered(dataset, model, raw, where)
    kind, entry = kind_of_made(_drawn_from(dataset, raw)), raw["models"][model]
    if kind is None:
        return
    if "answers" in entry and kind not in _WITH_REFERENCE:
        what = f"model '{model}' answers with references, and dataset '{dataset}' ({kind}) has none"
        raise LonghandError(what, where)
    if (needed := _ABOUT_A_TEXT.get(entry["method"], kind)) != kind:
        what = f"model '{model}' ({entry['method']}) needs a dataset made of `{needed}`, and '{dataset}' is of `{kind}`"
        raise LonghandError(what, where, "make one and name that")


def _drawn_from(dataset: str, raw: RawSettings) -> RawSettings:
    """The entry of a dataset; of a sample, that of the dataset that it is of."""
    entry: RawSettings = raw["datasets"][dataset]
    source = drawn_from(entry.get("made", {}))
    return entry if source is None else _drawn_from(source, raw)


def _check(entry: RawSettings, raw: RawSettings, where: str) -> None:
    made: dict[str, Any] = entry["made"]
    if len(made) != 1:
        named = ", ".join(made) or "none"
        raise LonghandError(f"needs exactly one kind, has {named}", f"{where}.made", "see Datasets made here")
    for key in ("sweep", "forms", "criteria", "categories"):
        if entry.get(key):
            raise LonghandError(f"`{key}` is for prompts of a file", where, "remove it")
    kind, place = next(iter(made)), f"{where}.made.{next(iter(made))}"
    for dataset, model in sources_of(made):
        for of, name in (("dataset", dataset), ("model", model)):
            if name not in raw[f"{of}s"]:
                raise LonghandError(f"unknown {of} '{name}', {suggestion(name, raw[f'{of}s'])}", place)
        _check_writer(kind, model, raw["models"][model], place)
        check_answering(dataset, model, raw, place)
    if (source := drawn_from(made)) is not None and source not in raw["datasets"]:
        raise LonghandError(f"unknown dataset '{source}', {suggestion(source, raw['datasets'])}", place)
    if (words := made[kind].get("words")) is not None and words[0] > words[1]:
        raise LonghandError(f"words {words} must be [least, most]", place)
    if kind == "documents" and not any(made[kind]["kinds"].values()):
        raise LonghandError("all shares are 0, so no kind of query could be drawn", f"{place}.kinds", "raise one")
    if kind == "slots" and (pool := made[kind]["pool"]) is not None and pool < made[kind]["examples"]:
        raise LonghandError(f"a pool of {pool} has no {made[kind]['examples']} examples", place)


def _check_writer(kind: str, model: str, entry: RawSettings, where: str) -> None:
    needed, method = _WRITTEN_BY.get(kind), entry["method"]
    if needed is not None and method != needed:
        what = f"{kind} are made of what method {needed} writes, and model '{model}' has method {method}"
        raise LonghandError(what, where, f"name a model with `method: {needed}`")
    if needed is None and method in _WRITTEN_BY.values():
        right = next(kind for kind, name in _WRITTEN_BY.items() if name == method)
        what = f"model '{model}' has method {method}, which writes no answers to prompts"
        raise LonghandError(what, where, f"make it with `{right}`")
