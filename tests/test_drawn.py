"""Datasets that are samples of others: which prompts are drawn, and with what."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from made_tables import made, prompt
from planned_jobs import generating, look, making

from longhand.config.judged import has_contexts
from longhand.config.load import load_config
from longhand.plan.contents import Contents
from longhand.plan.requests import Lookout
from longhand.prompts.datasets import prompt_id
from longhand.tables.files import Row, write_table
from longhand.tables.schemas import PROMPTS

CRITERIA = [{"name": "Plot", "description": None, "levels": None, "values": None, "weight": 2.0, "views": ["C"]}]
CATEGORIES = ["story"] * 60 + ["letter"] * 30 + ["poem"] * 9 + ["ode"]
DRAWN = {"dataset": "source", "number": 20, "series": 0}


def source(folder: Path, categories: list[str] = CATEGORIES) -> list[Path]:
    """A table of prompts with all that a prompt may have."""
    more: dict[str, Any] = {"reference": "r", "other_references": ["s"], "required": 300, "criteria": CRITERIA}
    more |= {"examples": [{"answer": "a", "score": 1.0}], "constraint": "about"}
    rows = (
        prompt(f"Prompt {number}.", category=category, language=["en", "zh"][number % 2], context=f"c {number}", **more)
        for number, category in enumerate(categories)
    )
    write_table(folder / "prompts.parquet", rows, PROMPTS, "test")
    return [folder / "prompts.parquet"]


def drawn(folder: Path, number: int = 20, seed: int = 42, series: int = 0, **files: list[Path]) -> list[Row]:
    settings = DRAWN | {"number": number, "series": series}
    return made(folder, "drawn", settings, seed, prompts=files.get("prompts") or source(folder))[0]


def test_a_sample_has_all_that_its_prompts_have(tmp_path: Path) -> None:
    rows = drawn(tmp_path)
    assert len(rows) == 20
    for row in rows:
        number = int(row["prompt"].split()[1][:-1])
        assert row["prompt_id"] == prompt_id("made", f"Prompt {number}.", f"c {number}"), "an id of the sample's own"
        assert (row["category"], row["language"]) == (CATEGORIES[number], ["en", "zh"][number % 2])
        assert row["criteria"] == CRITERIA and row["other_references"] == ["s"] and row["required"] == 300
    numbers = [int(row["prompt"].split()[1][:-1]) for row in rows]
    assert numbers == sorted(numbers), "in the order of the source"


def test_each_language_and_category_has_its_share(tmp_path: Path) -> None:
    rows = drawn(tmp_path, 27)
    counts = Counter((row["category"], row["language"]) for row in rows)
    # One of each of the seven, and 20 by what is left of them: 29, 29, 14, 14, 4, 3 and 0 of 93.
    assert counts == {
        ("story", "en"): 7,
        ("story", "zh"): 7,
        ("letter", "en"): 4,
        ("letter", "zh"): 4,
        ("poem", "en"): 2,
        ("poem", "zh"): 2,
        ("ode", "zh"): 1,
    }


def test_draws_are_by_seed_and_series(tmp_path: Path) -> None:
    texts = {key: {row["prompt"] for row in drawn(tmp_path, **key_of)} for key, key_of in DRAWS.items()}
    assert texts["first"] == texts["again"]
    assert len({frozenset(some) for some in texts.values()}) == len(texts) - 1


DRAWS = {"first": {}, "again": {}, "seed": {"seed": 43}, "series": {"series": 1}}


@pytest.mark.parametrize(("number", "expected"), [(1, 1), (3, 3), (7, 7), (99, 99), (100, 100), (5000, 100)])
def test_as_many_as_there_are(tmp_path: Path, number: int, expected: int) -> None:
    rows = drawn(tmp_path, number)
    assert len(rows) == len({row["prompt_id"] for row in rows}) == expected
    if expected == 7:
        assert len({(row["category"], row["language"]) for row in rows}) == 7


def test_a_larger_sample_keeps_nearly_all_of_a_smaller_one(tmp_path: Path) -> None:
    few, many = ({row["prompt"] for row in drawn(tmp_path, number)} for number in (20, 40))
    assert few <= many, "each part goes on in its order"


def test_the_plan_draws_as_the_step_does(tmp_path: Path) -> None:
    reached = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "w"}
    datasets = {"source": {"path": "p.jsonl"}, "sample": {"made": {"drawn": {"dataset": "source", "number": 20}}}}
    config = load_config({"datasets": datasets, "models": {"writer": reached}})
    (tmp_path / "results/source").mkdir(parents=True)
    table = source(tmp_path)[0].rename(tmp_path / "results/source/prompts.parquet")
    jobs = [making("sample"), generating(config, "sample", "writer"), generating(config, "source", "writer")]
    planned = {job.job.dataset: job for job in look(tmp_path, config, jobs)}
    assert (planned["source"].rows, len(planned["source"].missing)) == (100, 100)
    assert (planned["sample"].rows, len(planned["sample"].missing)) == (20, 0), "what is asked alike is asked once"
    lookout = Lookout(tmp_path, Contents(tmp_path, config, jobs))
    imagined = [row["prompt"] for row in asyncio.run(lookout._prompts("sample")).whole()]
    assert imagined == [row["prompt"] for row in drawn(tmp_path, prompts=[table])]


def test_what_a_sample_does_not_name_is_as_its_source_has_it() -> None:
    source_of = {"path": "p.jsonl", "rubric": "hellobench", "length": "longen", "fields": {"criteria": "list"}}
    few = {"made": {"drawn": {"dataset": "source", "number": 5}}}
    fewer = {"made": {"drawn": {"dataset": "few", "number": 3}}, "length": "lifebench"}
    models = {"recorded": {"backend": "recorded", "files": {"source": {"path": "r.jsonl"}}}}
    config = load_config({"datasets": {"source": source_of, "few": few, "fewer": fewer}, "models": models})
    shown = {name: config.datasets[name] for name in ("few", "fewer")}
    assert {name: (entry["rubric"], entry["length"]) for name, entry in shown.items()} == {
        "few": ("hellobench", "longen"),
        "fewer": ("hellobench", "lifebench"),
    }
    assert all("path" not in entry and not entry["fields"].get("criteria") for entry in shown.values())
    assert {file["path"] for file in config.raw["models"]["recorded"]["files"].values()} == {"r.jsonl"}
    assert set(config.raw["models"]["recorded"]["files"]) == {"source", "few", "fewer"}


def test_a_sample_has_contexts_where_its_source_has() -> None:
    sample = {"made": {"drawn": {"dataset": "source", "number": 5}}}
    for fields, expected in (({"context": "text"}, True), ({}, False)):
        datasets = {"source": {"path": "p.jsonl", "fields": fields}, "sample": sample}
        again = {"again": {"made": {"drawn": {"dataset": "sample", "number": 2}}}}
        loaded = load_config({"datasets": datasets | again})
        assert [has_contexts(loaded.datasets[name], loaded.datasets) for name in ("sample", "again")] == [expected] * 2
