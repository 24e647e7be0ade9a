"""Sweeps: prompts that are templates, in LIFEBench's form."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from running import CHECKOUT, mistake

from longhand.program.errors import LonghandError
from longhand.prompts.datasets import prepare_prompts
from longhand.prompts.sweep import sweep_prompt
from longhand.text.requirement import Requirement, requirement_of

SHIPPED = yaml.safe_load((CHECKOUT / "config/lifebench.yaml").read_text(encoding="utf-8"))["datasets"]["lifebench"]
# In LIFEBench's form; the texts are ours.
TASKS = [
    {"task": "Write {word_count_type} {word_count} words on rain.", "type": "a", "category": "CW", "lang": "en"},
    {"task": "写一篇{word_count_type}{word_count}字的文章，谈谈雨。", "type": "a", "category": "CW", "lang": "cn"},
    {
        "task": "Say in {word_count_type} {word_count} words ({word_count}!): {x}",
        "type": "b",
        "category": "Q",
        "lang": "en",
    },
]


def swept(
    folder: Path, tasks: list[dict[str, Any]], sweep: dict | None = None, fields: dict | None = None
) -> list[dict]:
    file = folder / "tasks.jsonl"
    file.write_text("\n".join(json.dumps(task) for task in tasks), encoding="utf-8")
    return list(prepare_prompts("d", fields or SHIPPED["fields"], file, "jsonl", sweep or SHIPPED["sweep"]))


def test_every_task_with_every_length_and_constraint(tmp_path: Path) -> None:
    rows = swept(tmp_path, TASKS)
    assert len(rows) == len({row["prompt_id"] for row in rows}) == len({row["prompt"] for row in rows}) == 3 * 10 * 3
    assert Counter(row["language"] for row in rows) == {"en": 60, "zh": 30}
    assert Counter(row["category"] for row in rows) == {"CW": 60, "Q": 30}
    assert {requirement_of(row).stated for row in rows} == {2**n for n in range(4, 14)}
    assert not any("{word" in row["prompt"] for row in rows)


def test_360_tasks_are_the_10800_requests_of_lifebench(tmp_path: Path) -> None:
    tasks = [{**TASKS[n % 3], "task": f"{n}. {TASKS[n % 3]['task']}"} for n in range(360)]
    assert len({row["prompt_id"] for row in swept(tmp_path, tasks)}) == 10_800


@pytest.mark.parametrize(
    ("prompt", "required"),
    [
        ("Write equal to 64 words on rain.", Requirement("about", required=64)),
        ("Write at most 64 words on rain.", Requirement("below", required_max=64)),
        ("Write at least 64 words on rain.", Requirement("above", required_min=64)),
        ("写一篇等于64字的文章，谈谈雨。", Requirement("about", required=64)),
        ("写一篇至多有64字的文章，谈谈雨。", Requirement("below", required_max=64)),
        ("写一篇至少有64字的文章，谈谈雨。", Requirement("above", required_min=64)),
        ("Say in at least 8192 words (8192!): {x}", Requirement("above", required_min=8192)),
    ],
)
def test_the_wording_is_the_languages_own_and_the_requirement_is_what_it_says(
    tmp_path: Path, prompt: str, required: Requirement
) -> None:
    (row,) = [row for row in swept(tmp_path, TASKS) if row["prompt"] == prompt]
    assert requirement_of(row) == required


def test_without_constraints_a_length_is_meant_about_so() -> None:
    sweep = {"length": {"placeholder": "N", "values": [10, 20]}}
    assert list(sweep_prompt("Write N words.", "en", sweep, "here")) == [
        ("Write 10 words.", Requirement("about", required=10)),
        ("Write 20 words.", Requirement("about", required=20)),
    ]


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ({"task": "Write {word_count_type} many words."}, "does not have the sweep's placeholder {word_count} ("),
        ({"task": "Write {word_count} words."}, "does not have the sweep's placeholder {word_count_type} ("),
        ({"required": 100}, "the row has required of its own, and its dataset a sweep"),
        ({"required_max": 100}, "the row has required_max of its own, and its dataset a sweep"),
        ({"constraint": "about"}, "`fields: {constraint: null}` does not read the column"),
    ],
)
def test_a_row_that_cannot_be_swept_is_named(tmp_path: Path, task: dict, message: str) -> None:
    with pytest.raises(LonghandError) as raised:
        swept(tmp_path, [TASKS[0], {**TASKS[1], **task}])
    assert message in str(raised.value) and "tasks.jsonl line 2" in str(raised.value) and "\n" not in str(raised.value)


def test_a_language_without_wording_is_told(tmp_path: Path) -> None:
    constraint = {"placeholder": "{word_count_type}", "values": {"about": {"en": "equal to"}}}
    with pytest.raises(LonghandError, match="no wording of 'about' for language zh .*line 2"):
        swept(tmp_path, TASKS, SHIPPED["sweep"] | {"constraint": constraint})


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ({}, "'length' is missing (config datasets.d.sweep)"),
        ({"length": {"values": [10]}}, "'placeholder' is missing (config datasets.d.sweep.length)"),
        ({"length": {"placeholder": "N", "values": [0]}}, "0 must be at least 1"),
        ({"length": {"placeholder": "N", "values": ["10"]}}, "'10' is not a whole number"),
        (
            {**SHIPPED["sweep"], "constraint": {"placeholder": "C", "values": {"equal": {"en": "equal to"}}}},
            "unknown key 'equal', known: about, above, below (config datasets.d.sweep.constraint.values)",
        ),
        (
            {**SHIPPED["sweep"], "constraint": {"placeholder": "C", "values": {"about": {"cn": "等于"}}}},
            "unknown key 'cn', known: en, zh",
        ),
    ],
)
def test_a_wrong_sweep_is_told_in_one_line(tmp_path: Path, sweep: dict, message: str) -> None:
    assert message in mistake({"datasets": {"d": {"path": "x.jsonl", "sweep": sweep}}}, tmp_path)
