"""What a plan says beside its numbers of the rows that it has read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from planned_jobs import generating, judging

from longhand.config.load import Config, load_config
from longhand.plan.summary import make_plan
from longhand.tables.files import Row, write_table
from longhand.tables.schemas import PROMPTS, RESPONSES

CRITERION = {"name": "1", "description": "Is it old?"} | dict.fromkeys(("levels", "values", "views")) | {"weight": 1.0}
JUDGES = {name: {"backend": "demo", "method": "long-reward"} for name in ("first", "second")}


def settings() -> Config:
    datasets = {"d": {"path": "p.jsonl", "rubric": None, "fields": {"context": "context"}}}
    model = {"backend": "demo", "samples": 2, "sampling": {"max_tokens": 500}}
    return load_config({"datasets": datasets, "models": {"m": model}, "judges": JUDGES})


def write_prompts(run: Path, rows: Sequence[Row]) -> None:
    nothing = dict.fromkeys(PROMPTS.names) | {"language": "en"}
    whole = [nothing | {"prompt_id": str(n), "prompt": f"What is {n}?"} | row for n, row in enumerate(rows)]
    write_table(run / "results/d/prompts.parquet", whole, PROMPTS, "test")


def write_responses(run: Path, prompts: int, texts: Sequence[str]) -> None:
    nothing = dict.fromkeys(RESPONSES.names) | {"status": "ok", "model": "m", "attempts": 1}
    rows = [
        nothing | {"prompt_id": str(n), "sample": sample, "response": text}
        for n in range(prompts)
        for sample, text in enumerate(texts)
    ]
    write_table(run / "results/d/m/responses.parquet", rows, RESPONSES, "test")


@pytest.mark.parametrize(("required", "noted"), [(None, False), (300, False), (900, True)])
def test_only_a_required_length_can_be_over_the_limit(tmp_path: Path, required: int | None, noted: bool) -> None:
    """A question without a length is taken to be answered in 500 words, which nobody requires."""
    lengths = {"constraint": "about", "required": required, "required_min": required, "required_max": required}
    write_prompts(tmp_path, [lengths if required else {}] * 3)
    notes = asyncio.run(make_plan(tmp_path, settings(), [generating(settings(), "d", "m")])).notes
    text = "6 of 6 requests to m require more words than its limit of 500 tokens is likely to hold"
    assert any(note.startswith(text) for note in notes) == noted
    assert any("require more words" in note for note in notes) == noted


def test_prompts_without_a_context_are_noted_before_anything_is_paid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_prompts(tmp_path, [{"context": "The tower is old."}, {"context": None}, {"context": " \n"}])
    write_responses(tmp_path, 3, ["It is old.", "It is new.", "It is old."])
    jobs = [judging(settings(), "d", "m", judge) for judge in JUDGES]
    notes = asyncio.run(make_plan(tmp_path, settings(), jobs)).notes
    assert [note.split(" has no verdict")[0] for note in notes if "no context" in note] == [
        f"2 prompts have no context in d: judge {judge}" for judge in JUDGES
    ]


@pytest.mark.parametrize(("rubric", "noted"), [("longbench-write", True), ("checklist", False)])
def test_criteria_that_judges_do_not_grade_by_are_noted(
    rubric: str, noted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data file may have a column `criteria` that the config does not name."""
    monkeypatch.chdir(tmp_path)
    write_prompts(tmp_path, [{"criteria": [CRITERION]}, {"criteria": [CRITERION] if rubric == "checklist" else None}])
    write_responses(tmp_path, 2, ["It is old.", "It is new."])
    datasets = {"d": {"path": "p.jsonl", "rubric": rubric}}
    judges = {name: {"backend": "demo"} for name in ("a", "b")}
    model = {"backend": "demo", "samples": 2}
    config = load_config({"datasets": datasets, "models": {"m": model}, "judges": judges})
    notes = asyncio.run(make_plan(tmp_path, config, [judging(config, "d", "m", judge) for judge in judges])).notes
    note = "1 prompt has criteria in d, and its rubric does not judge by them; `rubric: checklist` does"
    assert [each for each in notes if "criteria" in each] == ([note] if noted else [])
