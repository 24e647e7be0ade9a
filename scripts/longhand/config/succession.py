"""Succession of judges: an entry of the config that stands for samples of datasets, which two judges judge.

They are written out before the config is checked: with NAME the entry's name, `NAME.DATASET` is a sample of DATASET.
What the config says of DATASET elsewhere, it says of the sample too: files of recorded models, datasets of judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from longhand.config.origins import Origins, entries_of
from longhand.config.schema import RawSettings, checked_section, suggestion
from longhand.program.errors import LonghandError

SECTION = "succession"
_OF_THE_FILE = {"path", "url", "sha256", "made", "fields", "sweep", "forms", "criteria", "categories", "labels"}
_NOT_OF_SAMPLES = _OF_THE_FILE | {"total"}
"""Settings of a dataset as a whole: where its prompts are from, which a sample has as they came out, and its total."""
_CAN_RETIRE = ("openai", "demo")


class Succession(NamedTuple):
    """An entry of `succession`, of one dataset.

    Attributes:
        name: the entry's.
        dataset: that both judges judge; drawn: the sample of it.
        old: the judge whose scores are continued; new: those that continue them.
        models: the anchors.
    """

    name: str
    dataset: str
    drawn: str
    old: str
    new: list[str]
    models: list[str]


def successions(raw: RawSettings) -> Iterator[Succession]:
    """All of them, in the order of the config with defaults."""
    for name, entry in raw[SECTION].items():
        for dataset in entry["datasets"]:
            yield Succession(name, dataset, f"{name}.{dataset}", entry["from"], entry["to"], entry["models"])


def bridging(raw: RawSettings) -> Iterator[tuple[str, str, str]]:
    """Dataset, model and judge of all verdicts that successions need."""
    for each in successions(raw):
        for model in each.models:
            yield from ((each.drawn, model, judge) for judge in (each.old, *each.new))


def with_samples(settings: RawSettings, origins: Origins) -> dict[str, Any]:
    """Settings with the samples that entries of `succession` stand for.

    Args:
        settings: of the whole config, not checked yet.
        origins: gets where each entry is from.

    Raises:
        LonghandError: an entry is wrong, its dataset is unknown, or a sample's name is taken.
    """
    entries, whole = checked_section(SECTION, settings.get(SECTION, {})), dict(settings)
    kinds = ("datasets", "models", "judges")
    if not entries or not all(isinstance(settings.get(kind, {}), dict) for kind in kinds):
        return whole  # the check of the whole config says so
    origins.entries = entries_of(settings) | origins.entries
    datasets = dict(settings["datasets"])
    samples: dict[str, str] = {}  # its name -> the dataset that it is of
    for name, entry in entries.items():
        where = f"config {SECTION}.{name}"
        for dataset in entry["datasets"]:
            if dataset not in settings["datasets"]:
                hint = suggestion(dataset, settings["datasets"])
                raise LonghandError(f"unknown dataset '{dataset}', {hint}", f"{where}.datasets")
            sample = f"{name}.{dataset}"
            if sample in datasets:
                what = f"it makes an entry '{sample}' of datasets, which is there already"
                raise LonghandError(what, where, "give one of the two another name")
            samples[sample] = dataset
            datasets[sample] = _sample_of(dataset, settings["datasets"][dataset], entry)
            origins.entries[f"datasets.{sample}"] = f"{SECTION}.{name}"
    whole["datasets"] = datasets
    whole["models"] = {key: _with_files(model, samples) for key, model in settings.get("models", {}).items()}
    whole["judges"] = {key: _with_datasets(judge, samples) for key, judge in settings.get("judges", {}).items()}
    return whole


def with_drawn(settings: RawSettings) -> dict[str, Any]:
    """Settings in which each dataset that is drawn from another has what that one has, where it names nothing else.

    Args:
        settings: of the whole config, not checked yet. What is wrong in them is left to their check.
    """
    whole, datasets, models = dict(settings), settings.get("datasets"), settings.get("models")
    if not isinstance(datasets, dict) or not isinstance(models, dict):
        return whole
    samples: dict[str, str] = {}  # its name -> the dataset that it is of in the end
    filled = dict(datasets)
    for name, entry in datasets.items():
        source, passed = _drawn_from(entry), [name]
        while source in datasets and source not in passed:
            of_source = {key: value for key, value in datasets[source].items() if key not in _NOT_OF_SAMPLES}
            filled[name], samples[name] = of_source | filled[name], source
            passed.append(source)
            source = _drawn_from(datasets[source])
    whole["datasets"] = filled
    whole["models"] = {name: _with_files(model, samples) for name, model in models.items()}
    return whole


def _drawn_from(entry: Any) -> Any:
    making = entry.get("made") if isinstance(entry, dict) else None
    drawn = making.get("drawn") if isinstance(making, dict) else None
    source = drawn.get("dataset") if isinstance(drawn, dict) else None
    return source if isinstance(source, str) else None


def check_retired(raw: RawSettings) -> None:
    """Raises LonghandError where a judge has retired that is no API's: it has weights, or is asked nothing anyway."""
    for name, judge in raw["judges"].items():
        if judge["retired"] and judge["backend"] not in _CAN_RETIRE:
            what = f"`retired` is for judges that are reached by API, and the backend is {judge['backend']}"
            raise LonghandError(what, f"config judges.{name}.retired", "remove it")


def _sample_of(dataset: str, entry: Any, of: RawSettings) -> Any:
    if not isinstance(entry, dict):
        return entry
    settings = {key: value for key, value in entry.items() if key not in _NOT_OF_SAMPLES}
    return settings | {"made": {"drawn": {"dataset": dataset, "number": of["sample"], "series": of["series"]}}}


def _with_files(model: Any, samples: Mapping[str, str]) -> Any:
    """A recorded model with the files of samples: those of the datasets that they are of, where it names no other."""
    if not isinstance(model, dict) or not isinstance(files := model.get("files"), dict):
        return model
    return model | {"files": {name: files[source] for name, source in samples.items() if source in files} | files}


def _with_datasets(judge: Any, samples: Mapping[str, str]) -> Any:
    """A judge that lists its datasets, with the samples of these."""
    if not isinstance(judge, dict) or not isinstance(listed := judge.get("datasets"), list):
        return judge
    return judge | {"datasets": [*listed, *(name for name, source in samples.items() if source in listed)]}
