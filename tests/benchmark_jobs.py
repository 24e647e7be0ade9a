"""A shipped benchmark from its published files to metrics, run by the scripts' `main` on some of its rows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import SHARED
from running import CHECKOUT

import generate_responses
import join_scores
import judge_responses
import prepare_prompts
import prepare_rubric
import score_length
import score_metrics
from longhand.config.criteria_sources import by_category_source, criteria_settings, view_sources
from longhand.config.load import Config, load_config
from longhand.config.published import published_way
from longhand.jobs.method import GENERATE, JUDGE
from longhand.jobs.roles import asks_of, reached_by
from longhand.judging.template import settings_of
from longhand.prompts.fetching import MIRROR, download
from longhand.tables.files import Row, read_rows

UPSTREAM = SHARED / "upstream"


def shipped(name: str) -> dict[str, Any]:
    """A config that ships, or with a slash a dataset or rubric."""
    folder = "resources" if "/" in name else "config"
    entry: dict[str, Any] = yaml.safe_load((CHECKOUT / folder / f"{name}.yaml").read_text(encoding="utf-8"))
    return entry


def published_file(name: str) -> Path:
    """A file of the published data; the test is skipped where it is not beside the checkout."""
    if not (UPSTREAM / name).exists():
        pytest.skip(f"published data are not beside the checkout: {name}")
    return UPSTREAM / name


def published_rows(name: str) -> list[Row]:
    return [json.loads(line) for line in published_file(name).read_text(encoding="utf-8").splitlines()]


def prompts_of(config: Config, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, chosen: slice) -> list[Row]:
    """The prompts table of a dataset, of what its addresses have; of `chosen` rows of its file and its views.

    The test is skipped where these are not beside the checkout.
    """
    if not UPSTREAM.exists():
        pytest.skip(f"published data are not beside the checkout: {name}")
    entry = config.datasets[name]
    monkeypatch.setenv(MIRROR, str(UPSTREAM))

    def fetched(source: Mapping[str, Any]) -> Path:
        file = folder / source["sha256"]
        download(source["url"], source["sha256"], file)
        return file

    def rows_of(source: Mapping[str, Any]) -> Path:
        part = fetched(source).with_suffix(".part")
        lines = part.with_suffix("").read_text(encoding="utf-8").splitlines(keepends=True)
        part.write_text("".join(lines[chosen]), encoding="utf-8")
        return part

    views, by_category = view_sources(entry), by_category_source(entry)
    prepare_prompts.main(
        name=name,
        fields=json.dumps(entry["fields"]),
        kind="jsonl",
        criteria=json.dumps(criteria_settings(entry)),
        views=json.dumps([{"name": view, "kind": "jsonl"} for view in views]),
        view_files=tuple(rows_of(source) for source in views.values()),
        by_category=() if by_category is None else (fetched(by_category),),
        categories=json.dumps(entry.get("categories", [])),
        file=rows_of(entry),
        out=folder / "prompts.parquet",
    )
    return list(read_rows(folder / "prompts.parquet"))


def scored(config: Config, dataset: str, folder: Path) -> dict[str, list[Row]]:
    """The tables of the only evaluated model and judge of a config, from `prompts.parquet` in the folder on."""
    (model,), (judge,) = config.raw["evaluate"]["models"], config.raw["evaluate"]["judges"]
    rubric = config.rubrics[config.datasets[dataset]["rubric"]]
    names = ("prompts", "responses", "lengths", "judgements", "scores", "metrics")
    files = {name: folder / f"{name}.parquet" for name in names}
    of_job = {"dataset": dataset, "model": model, "prompts": files["prompts"]}
    of_job |= {"journal": folder / "journal", "server_log": folder / "log"}

    def asking(step: str) -> dict[str, str]:
        entry = config.models[model] if step == GENERATE else config.judge_of(dataset, judge)
        return {"asks": asks_of(step, entry, config.askable), "reached": reached_by(step, entry, config.askable)}

    prepare_rubric.main(settings=json.dumps(settings_of(rubric)), template=[], out=folder / "rubric.json")
    generate_responses.main(**of_job, **asking(GENERATE), out=files["responses"])
    judging = {"judge": judge, "responses": files["responses"], "rubric": [folder / "rubric.json"]}
    judge_responses.main(**of_job, **judging, **asking(JUDGE), out=files["judgements"])
    of_model = {name: files[name] for name in ("prompts", "responses")}
    score_length.main(**of_model, rule=config.datasets[dataset]["length"], out=files["lengths"])
    join_scores.main(
        **of_model,
        lengths=files["lengths"],
        judgements=[files["judgements"]],
        dimensions=json.dumps({judge: config.dimensions_of(dataset, judge)}),
        ranges=config.datasets[dataset]["ranges"],
        missing="exclude",
        min_coverage=0.9,
        out=files["scores"],
    )
    score_metrics.main(
        **of_model,
        judgements=[files["judgements"]],
        published=json.dumps(published_way(rubric)),
        out=files["metrics"],
    )
    return {name: list(read_rows(path)) for name, path in files.items()}


def at(config_name: str, dataset: str, url: str) -> Config:
    """A shipped config with the model and judge that it evaluates, as they are, at a server's address."""
    settings = shipped(config_name)
    for section in ("models", "judges"):
        (name,) = settings["evaluate"][section]
        entry = {key: value for key, value in settings[section][name].items() if key != "api_key_env"}
        settings[section] = {name: entry | {"base_url": url, "model": name, "concurrency": 64}}
    return load_config(settings | {"evaluate": settings["evaluate"] | {"datasets": [dataset]}})


def filled(template: str, **texts: str) -> str:
    """A template with texts in their places, by hand: all at once, so that a placeholder inside a text stays text."""
    return re.sub(r"\{(prompt|response|criteria)\}", lambda match: texts[match[1]], template)


def rule(question: str, content: str) -> str:
    """What the latency server is to reply to a question, letter by letter: a line of its replay file."""
    return json.dumps({"prompt_sha256": hashlib.sha256(question.encode()).hexdigest(), "content": content}) + "\n"
