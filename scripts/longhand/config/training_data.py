"""Checks what the config says of training data: entries that name datasets, models and judges of other sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from longhand.config.judged import judges_for
from longhand.config.recorded import RECORDED
from longhand.config.schema import RawSettings, suggestion
from longhand.program.errors import LonghandError

_LEAST_WEIGHT = 1e-6  # of a reward: numbers near the smallest there are would make ties of different scores


def check_preferences(name: str, entry: RawSettings, raw: RawSettings) -> None:
    """Checks one entry of `preferences`.

    Args:
        name: the entry's.
        entry: with defaults.
        raw: the config with defaults.

    Raises:
        LonghandError: an unknown name, rewards that nothing could give, or too few candidates for a pair.
    """
    where = f"config preferences.{name}"
    _known(entry["dataset"], "dataset", raw["datasets"], where)
    for model in entry["models"]:
        _known(model, "model", raw["models"], where)
    weights = entry["reward"]
    if weights["length"] + weights["quality"] < _LEAST_WEIGHT:
        raise LonghandError("reward has no weight above 0", where)
    if weights["quality"] > 0 and "judge" not in entry:
        raise LonghandError("reward counts quality, so it needs a judge", where, "name one, or `reward: {length: 1}`")
    if "judge" in entry:
        _judged(entry, entry["models"], raw, where)
    if entry["min_margin"] == "noise":
        _check_noise(entry, raw["judges"], where)
    models = [raw["models"][model] for model in entry["models"]]
    candidates = sum(model["samples"] for model in models)
    if candidates < entry["min_candidates"]:
        too_few = f"each prompt has {candidates} candidates, min_candidates is {entry['min_candidates']}"
        raise LonghandError(too_few, where, "raise the models' samples")
    if len({model.get("system") for model in models}) > 1:
        raise LonghandError("its models differ in their system message, so their answers are not to one prompt", where)


def _check_noise(entry: RawSettings, judges: Mapping[str, Any], where: str) -> None:
    """Raises LonghandError where the noise that margins are to exceed would not be measured."""
    if entry["reward"]["quality"] == 0:
        raise LonghandError("noise is of the judge, and the reward counts no quality", f"{where}.min_margin")
    if judges[entry["judge"]]["repeats"] < 2:
        what = f"judge {entry['judge']} gives each response one verdict, so nothing says what its noise is"
        raise LonghandError(what, f"{where}.min_margin", f"judges.{entry['judge']}.repeats: 2, or give points")


def check_sft(name: str, entry: RawSettings, raw: RawSettings) -> None:
    """Checks one entry of `sft`; see check_preferences."""
    where = f"config sft.{name}"
    _known(entry["dataset"], "dataset", raw["datasets"], where)
    _known(entry["model"], "model", raw["models"], where)
    if "judge" in entry:
        _judged(entry, [entry["model"]], raw, where)
    elif "min_quality" in entry["filters"]:
        raise LonghandError("min_quality needs a judge", where)
    if entry["question"] == "extend" and raw["models"][entry["model"]]["method"] != "extend":
        what = f"question is extend, but model '{entry['model']}' has no such method, and so no template for it"
        raise LonghandError(what, where, "name a model with `method: extend`")
    _check_mix(entry, where)


def _check_mix(entry: RawSettings, where: str) -> None:
    """Checks the sets of general conversations that are mixed in."""
    shares = sum(Fraction(str(chat["share"])) for chat in entry["mix"].values())  # 0.7 + 0.2 + 0.1 is 1
    if shares >= 1:
        what = f"its shares make {float(shares):g} of the table, so no row of the model would be left"
        raise LonghandError(what, f"{where}.mix", "shares are of all rows; together they are under 1")
    if entry["dataset"] in entry["mix"]:
        what = f"a set has the name of the dataset '{entry['dataset']}', so `source` would not tell their rows apart"
        raise LonghandError(what, f"{where}.mix", "choose another name")
    for name, chat in entry["mix"].items():
        fields = chat["fields"].keys()
        if len(fields & {"messages", "prompt", "response"}) not in (0, 1 if "messages" in fields else 2):
            what = f"fields names {', '.join(sorted(fields))}"
            raise LonghandError(what, f"{where}.mix.{name}", "either `messages`, or `prompt` and `response`")


def _judged(entry: RawSettings, models: Sequence[str], raw: RawSettings, where: str) -> None:
    _known(entry["judge"], "judge", raw["judges"], where)
    for model in models:
        if entry["judge"] not in judges_for(entry["dataset"], model, raw):
            what = f"judge {entry['judge']} does not judge dataset {entry['dataset']}"
            fix = "name another judge; or see the dataset's `rubric`, and the judge's `datasets`"
            if raw["judges"][entry["judge"]]["backend"] == RECORDED:
                what = f"judge {entry['judge']} is recorded, and has no verdicts on model {model}"
                fix = "name another judge; or see the model's `fields`"
            raise LonghandError(what, where, fix)


def _known(name: str, kind: str, known: Mapping[str, Any], where: str) -> None:
    if name not in known:
        raise LonghandError(f"unknown {kind} '{name}', {suggestion(name, known)}", where)
