"""The config as plain typed objects: what is run, on what, how each model is reached and asked."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from longhand.config.certify import check_certify, judging, labelled_responses, with_labels
from longhand.config.criteria_sources import criteria_sources
from longhand.config.judged import check_judged, check_panels, judges_for
from longhand.config.limits import check_limits
from longhand.config.made import check_answering, check_made
from longhand.config.order import check_order, wanted
from longhand.config.origins import Origins
from longhand.config.published import check_totals
from longhand.config.reached import ConfigEntry, reached
from longhand.config.recorded import check_recorded, check_recorded_judges, check_unasked
from longhand.config.registry import registered
from longhand.config.rubrics import check_rubric, with_rubrics
from longhand.config.schema import checked, suggestion
from longhand.config.self_lengthen import with_recipes
from longhand.config.sources import one_source
from longhand.config.succession import bridging, check_retired, successions, with_drawn, with_samples
from longhand.config.succession_checks import check_successions
from longhand.config.training_data import check_preferences, check_sft
from longhand.config.trainings import check_policies, check_trainings
from longhand.config.unused import check_unused
from longhand.config.wanted_files import wanted_documents, wanted_files
from longhand.judging.kinds import CRITERIA, DIMENSIONS
from longhand.program.errors import LonghandError
from longhand.prompts.file_kinds import check_kind, kind_of
from longhand.prompts.folders import text_files
from longhand.prompts.forms import check_forms

FILE_ENDINGS = (".parquet", ".csv", ".json", ".jsonl", ".html", ".md")  # of what results/ and work/ have beside folders
TRACES_ENDING = ".traces"  # {judge}.traces.parquet lies beside {judge}.parquet
RESERVED_NAMES = {
    "preferences",
    "sft",
    "train",
    "figures",
    "self_lengthen",
    "evalscope",
    "browse",
    "summary",
}  # folders of results/


@dataclass(frozen=True)
class Config:
    """The checked config; `raw` is the settings with defaults filled in, `origins` says who wrote an entry."""

    raw: dict[str, Any]
    origins: Origins
    datasets: dict[str, dict[str, Any]]
    rubrics: dict[str, dict[str, Any]]
    models: dict[str, ConfigEntry]
    judges: dict[str, ConfigEntry]
    embedders: dict[str, ConfigEntry]

    def judges_of(self, dataset: str, model: str) -> list[str]:
        """The judges of a model's responses to a dataset: the evaluation's, and those of training data made of them.

        Those that are held against labels of these responses, or against another judge, come last.
        """
        chosen = self.raw["evaluate"]
        evaluated = dataset in chosen["datasets"] and model in chosen["models"]
        entries = [(entry, entry["models"]) for entry in self.raw["preferences"].values()]
        entries += [(entry, [entry["model"]]) for entry in self.raw["sft"].values()]
        for_training = [
            entry["judge"]
            for entry, models in entries
            if dataset == entry["dataset"] and model in models and "judge" in entry
        ]
        fitting = judges_for(dataset, model, self.raw)
        held = [*judging(self.raw), *bridging(self.raw)]
        compared = [judge for *responses, judge in held if responses == [dataset, model]]
        wanted_judges = [*(chosen["judges"] if evaluated else []), *for_training, *compared]
        return [name for name in dict.fromkeys(wanted_judges) if name in fitting]

    def datasets_in_use(self) -> list[str]:
        """The datasets that are evaluated or make training data, and those that these are made of, which come first."""
        return [name for section, name in wanted(self.raw) if section == "datasets"]

    def is_by_rubric(self, judge: str) -> bool:
        """Whether a judge judges by the datasets' rubrics; else it looks into contexts, by its method's dimensions."""
        return self.judges[judge].settings["method"] not in DIMENSIONS

    def has_criteria(self, dataset: str) -> bool:
        """Whether a dataset's rubric judges by the criteria of each prompt."""
        return "criteria" in self.rubrics.get(self.datasets[dataset]["rubric"], {})

    def judge_of(self, dataset: str, judge: str) -> ConfigEntry:
        """A judge as it is asked about a dataset that it can judge: by a rubric with criteria, its method is theirs."""
        entry = self.judges[judge]
        is_by_criteria = self.is_by_rubric(judge) and self.has_criteria(dataset)
        return replace(entry, settings=entry.settings | {"method": CRITERIA}) if is_by_criteria else entry

    def dimensions_of(self, dataset: str, judge: str) -> list[str]:
        """What a judge scores in responses to a dataset that it can judge; nothing where each prompt has criteria."""
        by_method = DIMENSIONS.get(self.judges[judge].settings["method"])
        return list(by_method or self.rubrics[self.datasets[dataset]["rubric"]].get("dimensions", ()))

    @property
    def askable(self) -> dict[str, dict[str, ConfigEntry]]:
        """What a method's roles may name, by section of the config."""
        return {"models": self.models, "embedders": self.embedders}

    def shards(self, dataset: str) -> list[str]:
        """Names of a dataset's shards: 000, 001, …"""
        return [f"{i:03d}" for i in range(self.datasets[dataset].get("shards", self.raw["shards"]))]


def load_config(settings: Mapping[str, Any]) -> Config:
    """Checks a whole config and resolves the names in it.

    Raises:
        LonghandError: one line that names the key, the value and what is allowed.
    """
    registries = {kind: registered(kind, settings.get(kind, {})) for kind in ("datasets", "rubrics")}
    registries["datasets"] = with_rubrics(registries["datasets"])
    written = {**settings, **registries, "models": _served(settings.get("models", {}))}
    whole, origins = with_recipes(written)
    whole = with_samples(with_drawn(with_labels(whole, origins)), origins)
    with origins.named():
        raw = checked(whole)
        check_unasked(whole)
        check_unused(whole)
        return _resolved(raw, origins)


def _resolved(raw: dict[str, Any], origins: Origins) -> Config:
    """The config of settings with defaults, whose entries fit each other; see load_config."""
    _name_rubrics(raw["datasets"], raw["rubrics"])
    check_trainings(raw)
    check_made(raw)
    check_order(raw)
    check_policies(raw)
    datasets, rubrics = raw["datasets"], raw["rubrics"]
    models = {name: reached("models", name, entry, raw) for name, entry in raw["models"].items()}
    judges = {name: reached("judges", name, entry, raw) for name, entry in raw["judges"].items()}
    embedders = {name: reached("embedders", name, entry, raw) for name, entry in raw["embedders"].items()}
    check_limits({"models": models, "judges": judges, "embedders": embedders})
    _check_commands(raw["commands"])
    known: dict[str, dict[str, Any]] = {key: raw[key] for key in ("datasets", "models", "judges")}
    for kind, entries in known.items():
        endings = (*FILE_ENDINGS, TRACES_ENDING) if kind == "judges" else FILE_ENDINGS
        for name in entries:
            if name.lower().endswith(endings):
                what = f"'{name}' cannot be a {kind[:-1]}'s name: it ends as the files of results/ do"
                raise LonghandError(what, f"config {kind}", "choose another name")
        for name in raw["evaluate"][kind]:
            if kind == "models" and name not in entries and name in raw["self_lengthen"]:
                what = f"there is no model '{name}': self_lengthen.{name} has `train: null`"
                raise LonghandError(what, "config evaluate.models", "take it out, or have it trained")
            if name not in entries:
                raise LonghandError(
                    f"unknown {kind[:-1]} '{name}', {suggestion(name, entries)}", f"config evaluate.{kind}"
                )
    check_recorded(raw)
    check_judged(raw)
    check_retired(raw)
    check_panels(raw)
    check_certify(raw)
    check_successions(raw)
    for name, dataset in datasets.items():
        where = f"dataset {name}"
        one_source(dataset, ("path", "url", "made"), where)
        if name in RESERVED_NAMES:
            raise LonghandError(f"'{name}' cannot be a dataset's name: it is a folder of results/", where)
        if dataset["rubric"] is not None and dataset["rubric"] not in rubrics:
            raise LonghandError(
                f"unknown rubric '{dataset['rubric']}', {suggestion(dataset['rubric'], rubrics)}", f"{where} rubric"
            )
        if dataset["ranges"] != sorted(dataset["ranges"]):
            raise LonghandError(f"ranges {dataset['ranges']} must rise", where)
        check_forms(dataset["forms"], f"{where} forms")
        for setting, source in criteria_sources(dataset).items():
            one_source(source, ("path", "url"), f"{where} {setting}")
    for name, entry in raw["preferences"].items():
        check_preferences(name, entry, raw)
    for name, entry in raw["sft"].items():
        check_sft(name, entry, raw)
        for chat, source in entry["mix"].items():
            one_source(source, ("path", "url"), f"config sft.{name}.mix.{chat}")
    for dataset, model, where in _answering(raw):
        check_answering(dataset, model, raw, where)
    check_recorded_judges(raw)
    for name, rubric in rubrics.items():
        one_source(rubric, ("template", "url"), f"rubric {name}")
        check_rubric(rubric, f"rubric {name}")
    check_totals(datasets, rubrics)
    return Config(raw, origins, datasets, rubrics, models, judges, embedders)


def _answering(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Which models answer which datasets for the leaderboard and for training data, and where the config says so."""
    chosen = raw["evaluate"]
    yield from ((dataset, model, "config evaluate") for dataset in chosen["datasets"] for model in chosen["models"])
    for section in ("preferences", "sft"):
        for name, entry in raw[section].items():
            models = entry["models"] if section == "preferences" else [entry["model"]]
            yield from ((entry["dataset"], model, f"config {section}.{name}") for model in models)
    for name, entry in raw["certify"].items():
        yield from ((*responses, f"config certify.{name}") for responses in labelled_responses(name, entry))
    for each in successions(raw):
        yield from ((each.drawn, model, f"config succession.{each.name}") for model in each.models)


def check_selection(config: Config) -> None:
    """Checks that there is something to evaluate, and that the user's files are in place.

    Once results are finished, Snakemake does not miss a file that they were made from; nor would the user.

    Raises:
        LonghandError: no dataset or no model is named, or a file is missing (relative to the working directory) or of a
            kind that is not read.
    """
    chosen = config.raw["evaluate"]
    entries = [entry for key in ("preferences", "sft", "certify", "succession") for entry in config.raw[key].values()]
    for key in ("datasets", "models"):
        if not chosen[key] and (chosen["datasets"] or chosen["models"] or not entries):
            fix = "name some; a file laid over another is given after it: --configfile config/config.yaml mine.yaml"
            raise LonghandError("names nothing, so there is nothing to do", f"config evaluate.{key}", fix)
    with config.origins.named():
        for where, documents in wanted_documents(config.raw):
            if os.path.isdir(documents):
                text_files(Path(documents))  # raises where there are none
            elif os.path.isfile(documents):
                check_kind(kind_of({"path": documents}), where)
            else:
                what = f"there is no folder or file '{documents}'"
                raise LonghandError(what, where, "a path is relative to the run folder")
        for where, path in wanted_files(config.raw):
            if path is not None and not Path(path).is_file():
                raise LonghandError(f"there is no file '{path}'", where, "a path is relative to the run folder")
            if path is not None:
                check_kind(kind_of({"path": path}), where)
        for name, entry in config.raw["sft"].items():  # or it would be seen once all answers are there
            for chat, source in entry["mix"].items():
                check_kind(kind_of(source), f"config sft.{name}.mix.{chat}")


def _name_rubrics(datasets: Mapping[str, dict[str, Any]], rubrics: dict[str, dict[str, Any]]) -> None:
    """Rubrics that datasets bring themselves become entries of `rubrics`, by the names of their datasets."""
    for name, dataset in datasets.items():
        if isinstance(rubric := dataset["rubric"], dict):
            if name in rubrics:
                fix = "give the dataset another name"
                raise LonghandError("it brings a rubric, and there is one of its name", f"dataset {name}", fix)
            rubrics[name] = checked(rubric, "rubric", f"dataset {name} rubric")
            dataset["rubric"] = name


def _served(models: Any) -> Any:
    """The entries of models; one that is trained here needs no backend: vLLM serves it."""
    if not isinstance(models, dict):
        return models
    trained = {name: entry for name, entry in models.items() if isinstance(entry, dict) and "train" in entry}
    return models | {name: {"backend": "vllm"} | entry for name, entry in trained.items()}


def _check_commands(commands: Mapping[str, str]) -> None:
    for name, command in commands.items():
        try:
            words = shlex.split(command)
        except ValueError as e:
            raise LonghandError(
                f"{e}: {command}", f"config commands.{name}", "it is split into words as in a shell"
            ) from None
        if not words:
            raise LonghandError("the command has no words", f"config commands.{name}")
