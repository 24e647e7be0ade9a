"""Self-Lengthen: an entry of the config that stands for datasets, models, `sft` and `train` entries.

They are written out before the config is checked, so that nothing else knows of the recipe. With NAME the entry's name
and i an iteration, of which the last is the collection, after the last training:

    NAME.i.slots -> NAME.instructor -> NAME.i.instructions -> NAME.i.generator -> NAME.i.initial -> NAME.i.extender
    sft and train NAME.i.generator and NAME.i.extender: the weights of the next iteration's models of these names
    texts of all iterations -> NAME.collected -> NAME.restater -> NAME.restated -> NAME.texts -> sft, train, model NAME

Source: arXiv 2410.23933, QwenLM/Self-Lengthen at 004e880.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from longhand.config.origins import Origins, entries_of
from longhand.config.schema import SCHEMA, RawSettings, checked_section, suggestion
from longhand.program.errors import LonghandError

Entry = dict[str, Any]

SECTION = "self_lengthen"
_ROLES = {"generator": ("checked", "prompt"), "extender": ("extend", "extend")}
"""Roles of an iteration -> the method of the model, and the question that it learns to answer."""
_EPOCHS = 4
_WEIGHTS = {"model", "revision", "train", "before"}  # of a model: what its weights are
_SHARED = SCHEMA["$defs"]["reached"]["properties"].keys() | {"train"}  # by the recipe's models, but sampling


def with_recipes(settings: RawSettings) -> tuple[dict[str, Any], Origins]:
    """Settings with what the entries of `self_lengthen` stand for, and where each entry is from.

    Args:
        settings: of the whole config, not checked yet. An entry of models has its backend.

    Raises:
        LonghandError: an entry of `self_lengthen` or its model is wrong, or what it stands for is there already.
    """
    whole, recipes = dict(settings), checked_section(SECTION, settings.get(SECTION, {}))
    origins = Origins(entries_of(settings)) if recipes else Origins()
    for name, recipe in recipes.items():
        base = _base_of(name, recipe, settings.get("models", {}))
        for section, entries in expansion(name, recipe, base).items():
            present = whole.get(section, {})
            if not isinstance(present, dict):
                return whole, origins  # the check of the whole config says so
            for entry in sorted(entries.keys() & present.keys()):
                other = origins.entries[f"{section}.{entry}"]
                what = "which is there already" if other == f"{section}.{entry}" else f"and so does {other}"
                what = f"it makes an entry '{entry}' of {section}, {what}"
                raise LonghandError(what, f"config {SECTION}.{name}", "give one of the two another name")
            whole[section] = present | entries
            for entry, made in entries.items():
                _trace(origins, name, section, entry, made, recipe)
    return whole, origins


def expansion(name: str, recipe: RawSettings, base: RawSettings) -> dict[str, dict[str, Entry]]:
    """The entries that one of `self_lengthen` stands for: section -> name -> settings.

    Args:
        name: the entry's.
        recipe: its settings, with defaults.
        base: the settings of its model.
    """
    training = recipe["train"]
    sft = {each: pairs | {"filters": _filters(recipe)} for each, pairs in _pairs(name, recipe)}
    train = {} if training is None else {each: _sft_of(each, each) | _with_epochs(training) for each in sft}
    final = {key: value for key, value in recipe["final"].items() if key != "train"}
    sft[name] = {"dataset": f"{name}.restated", "model": f"{name}.texts"} | final
    if training is not None:
        train[name] = _sft_of(name, recipe["model"]) | _with_epochs(_laid_over(training, recipe["final"]["train"]))
    return {
        "datasets": {each: settings | {"rubric": None} for each, settings in _datasets(name, recipe)},
        "models": dict(_models(name, recipe, base)),
        "sft": sft,
        "train": train,
    }


def _datasets(name: str, recipe: RawSettings) -> Iterator[tuple[str, Entry]]:
    last = recipe["iterations"] + 1
    sources = []
    for i in range(1, last + 1):
        number = recipe["collect" if i == last else "instructions"]
        slots = math.ceil(round(number * recipe["slots_per_instruction"], 6))
        yield f"{name}.{i}.slots", _made("slots", seeds=recipe["seeds"], number=slots, series=i)
        replies = {"dataset": f"{name}.{i}.slots", "model": f"{name}.instructor"}
        kept = {key: recipe[key] for key in ("near_duplicates", "least_share")}
        yield f"{name}.{i}.instructions", _made("instructions", **replies, number=number, **kept)
        initial = {"dataset": f"{name}.{i}.instructions", "model": f"{name}.{i}.generator"}
        yield f"{name}.{i}.initial", _made("answers", **{"from": [initial]}, drop_short=True)
        sources += [initial, {"dataset": f"{name}.{i}.initial", "model": f"{name}.{i}.extender"}]
    least, below = recipe["restate"]["words"]
    yield f"{name}.collected", _made("answers", **{"from": sources}, words=[least, below - 1])
    queries = {"dataset": f"{name}.collected", "model": f"{name}.restater"}
    yield f"{name}.restated", _made("restated", **queries) | {"length": "longen"}


def _models(name: str, recipe: RawSettings, base: RawSettings) -> Iterator[tuple[str, Entry]]:
    shared = {key: value for key, value in base.items() if key in _SHARED} | {"sampling": recipe["sampling"]}
    yield f"{name}.instructor", shared | {"method": "self-instruct", "self_instruct": recipe["self_instruct"]}
    for i in range(1, recipe["iterations"] + 2):
        for role, (method, _) in _ROLES.items():
            untrained = i == 1 or recipe["train"] is None
            writer = shared if untrained else _trained(shared, f"{name}.{i - 1}.{role}")
            yield (
                f"{name}.{i}.{role}",
                writer | {"method": method, method: recipe[method], "samples": recipe["samples"]},
            )
    yield f"{name}.restater", shared | {"method": "restate", "restate": recipe["restate"]}
    yield f"{name}.texts", {"backend": "recorded", "answers": "reference"}
    if recipe["train"] is not None:
        yield name, _trained(base, name)


def _made(kind: str, **settings: Any) -> Entry:
    return {"made": {kind: settings}}


def _trained(model: RawSettings, train: str) -> Entry:
    """A model as it is reached and asked, with weights that are trained here."""
    return {key: value for key, value in model.items() if key not in _WEIGHTS} | {"backend": "vllm", "train": train}


def _pairs(name: str, recipe: RawSettings) -> Iterator[tuple[str, Entry]]:
    """What generators and extenders learn: the extended texts of their iteration."""
    for i in range(1, recipe["iterations"] + 1):
        for role, (_, question) in _ROLES.items():
            source = {"dataset": f"{name}.{i}.initial", "model": f"{name}.{i}.extender"}
            yield f"{name}.{i}.{role}", source | {"question": question}


def _filters(recipe: RawSettings) -> Entry:
    return {"min_growth": recipe["extend"]["min_growth"], "drop_short": True}


def _sft_of(data: str, policy: str) -> Entry:
    return {"method": "sft", "data": data, "policy": policy}


def _with_epochs(training: RawSettings) -> Entry:
    return {**training} if {"epochs", "max_steps"} & training.keys() else {**training, "epochs": _EPOCHS}


def _laid_over(training: RawSettings, final: RawSettings) -> Entry:
    """Settings of the recipe's trainings with those that are different for the final one."""
    if isinstance(final.get("lora"), dict) and training["lora"] is not None:
        final = {**final, "lora": training["lora"] | final["lora"]}
    length = {"epochs", "max_steps"}  # one of them is given at most
    replaced = length if length & final.keys() else set()
    return {key: value for key, value in training.items() if key not in replaced} | dict(final)


def _base_of(name: str, recipe: RawSettings, models: Any) -> Entry:
    """The model that a recipe is for, checked for what every model of the recipe has of it."""
    where, model = f"config {SECTION}.{name}", recipe["model"]
    if not isinstance(models, dict) or model not in models:
        known = models if isinstance(models, dict) else ()
        raise LonghandError(f"unknown model '{model}', {suggestion(model, known)}", f"{where}.model")
    base: Entry = models[model]
    checked_section("models", {model: base})
    if base["backend"] == "recorded":
        raise LonghandError(f"'{model}' is recorded: it writes nothing", f"{where}.model")
    if recipe["train"] is not None and base["backend"] != "vllm":
        what = f"model '{model}' has no weights here to train (backend vllm has)"
        raise LonghandError(what, f"{where}.train", "`train: null` makes the data and trains nothing")
    if recipe["train"] is None and recipe["final"]["train"]:
        raise LonghandError("`train: null` trains nothing", f"{where}.final.train", "remove it")
    if (words := recipe["restate"]["words"])[0] >= words[1]:
        raise LonghandError(f"words {words} must rise", f"{where}.restate.words")
    if "budget" in base:
        what = f"model '{model}' has a budget, which each model of the recipe would have for itself"
        raise LonghandError(what, f"{where}.model", "name an entry without one; `make plan` says what a run costs")
    return base


def _trace(origins: Origins, name: str, section: str, entry: str, made: Entry, recipe: RawSettings) -> None:
    """Notes where an entry and the settings that it took over are in the recipe."""
    whole, place = f"{section}.{entry}", f"{SECTION}.{name}"
    final = recipe["final"] if entry == name else {"train": {}}
    origins.entries[whole] = place
    sources: dict[str, RawSettings] = {}
    if section == "train":
        sources = {".train": recipe["train"], ".final.train": final["train"]}
        origins.entries[whole] += ".final.train" if final["train"] else ".train"
    elif section == "sft":
        sources = {".final": final}
        origins.entries[whole] += ".final" if entry == name else ""
    elif section == "datasets" or entry != name:
        sources = {"": {key: value for key, value in recipe.items() if key not in ("model", "train")}}
    if section == "datasets":
        made = next(iter(made["made"].values()))
    for source, settings in sources.items():
        for key in made.keys() & settings.keys():
            origins.settings[f"{whole}.{key}"] = f"{place}{source}.{key}"
