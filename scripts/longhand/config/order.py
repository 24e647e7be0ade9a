"""What of the config is made of what: datasets of responses, models of trainings, trainings of their data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from longhand.config.certify import labelled_responses
from longhand.config.schema import RawSettings
from longhand.config.succession import successions
from longhand.config.trainings import DATA
from longhand.made.sources import drawn_from, sources_of
from longhand.program.errors import LonghandError

Part = tuple[str, str]
"""A section of the config, and a name in it."""


def needs(part: Part, raw: RawSettings) -> Iterator[Part]:
    """What a part of the config is made of, right before it. Names that are not there are left out."""
    section, name = part
    entry = raw[section][name]
    for other in _named(section, entry):
        if other[1] in raw[other[0]]:
            yield other


def needed(parts: Iterable[Part], raw: RawSettings) -> list[Part]:
    """These parts and all that they are made of, each once, after what it is made of.

    Raises:
        LonghandError: one is made of itself, through whatever others.
    """
    ordered: dict[Part, None] = {}
    for part in parts:
        _follow(part, raw, (), ordered)
    return list(ordered)


def datasets_in_order(names: Iterable[str], raw: RawSettings) -> list[str]:
    """These datasets and all that they are made of, each after those; others by their names."""
    parts = needed((("datasets", name) for name in sorted(names)), raw)
    return [name for section, name in parts if section == "datasets"]


def check_order(raw: RawSettings) -> None:
    """Raises LonghandError, which shows the circle, when something of the config is made of itself."""
    needed(((section, name) for section in ("train", "datasets", "models") for name in raw[section]), raw)


def wanted(raw: RawSettings) -> list[Part]:
    """What a run makes, in order: what is evaluated or labelled, training data, trained models, and their parts."""
    roots = [(section, name) for section in ("datasets", "models") for name in raw["evaluate"][section]]
    roots += [(section, name) for section in ("preferences", "sft", "train") for name in raw[section]]
    for dataset, model in labelled(raw):
        roots += [("datasets", dataset), ("models", model)]
    roots += [part for each in successions(raw) for part in (("datasets", each.drawn), *_models(each.models))]
    return needed(((section, name) for section, name in roots if name in raw[section]), raw)


def responses_wanted(raw: RawSettings) -> list[tuple[str, str]]:
    """Datasets and models whose responses a run needs: evaluated, labelled, or what data or datasets are made of."""
    chosen = raw["evaluate"]
    pairs = [(dataset, model) for dataset in chosen["datasets"] for model in chosen["models"]] + labelled(raw)
    for section, name in wanted(raw):
        entry = raw[section][name]
        if section == "datasets" and "made" in entry:
            pairs += sources_of(entry["made"])
        elif section in DATA.values():
            pairs += [(entry["dataset"], model) for model in entry.get("models", [entry.get("model")])]
    pairs += [(each.drawn, model) for each in successions(raw) for model in each.models]
    return list(dict.fromkeys(pairs))


def labelled(raw: RawSettings) -> list[tuple[str, str]]:
    """Datasets and models whose responses judges are certified by."""
    return [responses for name, entry in raw["certify"].items() for responses in labelled_responses(name, entry)]


def _named(section: str, entry: Any) -> Iterator[Part]:
    """All that an entry names."""
    if section == "datasets" and "made" in entry:
        for dataset, model in sources_of(entry["made"]):
            yield from (("datasets", dataset), ("models", model))
        if (source := drawn_from(entry["made"])) is not None:
            yield "datasets", source
    elif section == "models" and "train" in entry:
        yield "train", entry["train"]
    elif section == "train":
        if "policy" in entry:
            yield "models", entry["policy"]
        yield DATA[entry["method"]], entry["data"]
    elif section in DATA.values():
        yield "datasets", entry["dataset"]
        yield from _models(entry.get("models", [entry.get("model")]))


def _models(names: Iterable[str]) -> Iterator[Part]:
    yield from (("models", name) for name in names)


def _follow(part: Part, raw: RawSettings, before: tuple[Part, ...], ordered: dict[Part, None]) -> None:
    if part in ordered:
        return
    if part in before:
        circle = [*before[before.index(part) :], part]
        shown = " <- ".join(f"{section}.{name}" for section, name in circle)
        raise LonghandError(f"is made of itself: {shown}", f"config {'.'.join(part)}", "name another in one of them")
    for other in needs(part, raw):
        _follow(other, raw, (*before, part), ordered)
    ordered[part] = None
