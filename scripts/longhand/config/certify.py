"""Certification: an entry of the config that holds judges against labels.

Labelled pairs stand for a dataset NAME, whose rows are the texts of the pairs, and a recorded model NAME.texts, whose
responses they are: they are written out before the config is checked, so that judging knows nothing of labels.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from longhand.config.judged import judges_for
from longhand.config.origins import Origins
from longhand.config.recorded import RECORDED
from longhand.config.schema import RawSettings, checked_section, suggestion
from longhand.judging.kinds import DIMENSIONS
from longhand.program.errors import LonghandError
from longhand.text.requirement import COLUMNS

SECTION = "certify"
_TEXTS = ("chosen", "rejected")
_UNREAD = ("reference", "examples", *COLUMNS)
"""Columns of ours that a label table may have for another purpose."""


def with_labels(settings: RawSettings, origins: Origins) -> dict[str, Any]:
    """Settings with the datasets and models that the pairs of `certify` stand for.

    Args:
        settings: of the whole config, not checked yet.
        origins: gets where each entry is from.

    Raises:
        LonghandError: an entry of `certify` is wrong, or what it stands for is there already.
    """
    entries, whole = checked_section(SECTION, settings.get(SECTION, {})), dict(settings)
    for name, entry in entries.items():
        if "pairs" not in entry:
            continue
        for section, made, one in (
            ("datasets", name, _dataset(entry)),
            ("models", texts_of(name), {"backend": RECORDED, "answers": "reference"}),
        ):
            present = whole.get(section, {})
            if not isinstance(present, dict):
                return whole  # the check of the whole config says so
            if made in present:
                what = f"it makes an entry '{made}' of {section}, which is there already"
                raise LonghandError(what, f"config {SECTION}.{name}", "give one of the two another name")
            whole[section] = present | {made: one}
            origins.entries[f"{section}.{made}"] = f"{SECTION}.{name}.pairs"
        origins.settings |= {f"datasets.{name}.{key}": f"{SECTION}.{name}.{key}" for key in ("rubric", "ranges")}
        whole["judges"] = _judging(whole.get("judges", {}), name)
    return whole


def texts_of(name: str) -> str:
    """The recorded model whose responses are the texts of an entry's pairs."""
    return f"{name}.texts"


def labelled_responses(name: str, entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The datasets and models whose responses an entry has judged."""
    if "pairs" in entry:
        return [(name, texts_of(name))]
    return [(dataset, model) for dataset in entry["datasets"] for model in entry["models"]]


def judges_of(entry: Mapping[str, Any], raw: RawSettings) -> list[str]:
    """The judges that an entry holds against its labels."""
    names: list[str] = entry.get("judges", raw["evaluate"]["judges"])
    return [name for name in names if raw["judges"].get(name, {}).get("backend") != RECORDED or "judges" in entry]


def judging(raw: RawSettings, names: Collection[str] | None = None) -> Iterator[tuple[str, str, str]]:
    """Dataset, model and judge of all verdicts that certification, or these entries of it, need.

    Those of graded labels are among them.
    """
    for name, entry in raw[SECTION].items():
        labelling = [entry["against"]] if "against" in entry else []
        for dataset, model in labelled_responses(name, entry) if names is None or name in names else ():
            yield from ((dataset, model, judge) for judge in [*judges_of(entry, raw), *labelling])


def check_certify(raw: RawSettings) -> None:
    """Checks that judges and labels fit.

    Raises:
        LonghandError: an unknown name, labels of both kinds or none, judges that cannot judge the labelled texts, a
            rubric that shows references, ranges that do not rise, or nothing that could be required.
    """
    for name, entry in raw[SECTION].items():
        where = f"config {SECTION}.{name}"
        if ("pairs" in entry) == ("against" in entry):
            raise LonghandError("needs either 'pairs' or 'against'", where)
        if entry["ranges"] != sorted(entry["ranges"]):
            raise LonghandError(f"ranges {entry['ranges']} must rise", f"{where}.ranges")
        _check_names(entry, raw, where)
        _check_pairs(entry, raw, where) if "pairs" in entry else _check_graded(entry, raw, where)
        for dataset, model in labelled_responses(name, entry):
            fitting = judges_for(dataset, model, raw)
            for judge in judges_of(entry, raw):
                if judge not in fitting:
                    what = f"judge '{judge}' does not judge the responses of '{model}' to '{dataset}'"
                    raise LonghandError(what, f"{where}.judges", "see its `method` and `datasets`")
    if raw["scores"]["require_certified"] and not raw[SECTION]:
        fix = "name labels under `certify`, or leave it out"
        raise LonghandError("nothing is certified in this run", "config scores.require_certified", fix)


def _check_names(entry: RawSettings, raw: RawSettings, where: str) -> None:
    if not judges_of(entry, raw):
        what = "names no judges, and neither does evaluate.judges"
        raise LonghandError(what, f"{where}.judges", "name those that are held against the labels")
    names = [("judges", judge) for judge in judges_of(entry, raw)]
    names += [(kind, name) for kind in ("datasets", "models") for name in entry.get(kind, [])]
    for kind, name in names:
        if name not in raw[kind]:
            what = f"unknown {kind[:-1]} '{name}', {suggestion(name, raw[kind])}"
            raise LonghandError(what, f"{where}.{kind}")


def _check_pairs(entry: RawSettings, raw: RawSettings, where: str) -> None:
    for key in ("datasets", "models"):
        if key in entry:
            raise LonghandError(f"`{key}` is for labels of `against`, not for pairs", f"{where}.{key}", "remove it")
    for judge in judges_of(entry, raw):
        if raw["judges"][judge]["backend"] == RECORDED:
            raise LonghandError(f"judge '{judge}' is recorded: it judges no texts of pairs", f"{where}.judges")
    rubric = raw["rubrics"].get(entry["rubric"], {})
    mark = rubric.get("placeholders", {}).get("reference")
    if mark and mark in rubric.get("template", ""):
        what = f"rubric '{entry['rubric']}' shows the judge a reference, and labelled pairs have none"
        raise LonghandError(what, f"{where}.rubric", "name another")


def _check_graded(entry: RawSettings, raw: RawSettings, where: str) -> None:
    for key in ("datasets", "models"):
        if key not in entry:
            raise LonghandError(f"'{key}' is missing: whose responses have the labels", where)
    label = entry["against"]
    if label not in raw["judges"]:
        raise LonghandError(f"unknown judge '{label}', {suggestion(label, raw['judges'])}", f"{where}.against")
    if raw["judges"][label]["backend"] != RECORDED:
        what = f"judge '{label}' is asked here, so its verdicts are no labels"
        raise LonghandError(what, f"{where}.against", "name a judge of backend recorded")
    if label in judges_of(entry, raw):
        raise LonghandError(f"judge '{label}' would be held against itself", f"{where}.judges", "take it out")
    for dataset, model in labelled_responses("", entry):
        if label not in judges_for(dataset, model, raw):
            what = f"judge '{label}' has no verdicts on the responses of '{model}' to '{dataset}'"
            raise LonghandError(what, f"{where}.against")


def rubrics_of(name: str, judge: str, raw: RawSettings) -> list[str] | None:
    """The rubrics that a judge of an entry is asked by; None: it judges by its method, without one."""
    if raw["judges"][judge]["method"] in DIMENSIONS:
        return None
    return sorted({raw["datasets"][dataset]["rubric"] for dataset, _ in labelled_responses(name, raw[SECTION][name])})


def _dataset(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The dataset that pairs stand for."""
    fields = dict(entry["pairs"]["fields"])
    labels = {side: fields.pop(side) for side in _TEXTS}
    unread = dict.fromkeys(_UNREAD)
    return {**entry["pairs"], "fields": unread | fields, "labels": labels, "rubric": entry["rubric"]}


def _judging(judges: Any, dataset: str) -> Any:
    """The judges, of which those that list what they judge may also judge this dataset."""
    if not isinstance(judges, dict):
        return judges
    listing = {
        name: judge | {"datasets": [*judge["datasets"], dataset]}
        for name, judge in judges.items()
        if isinstance(judge, dict) and isinstance(judge.get("datasets"), list)
    }
    return judges | listing
