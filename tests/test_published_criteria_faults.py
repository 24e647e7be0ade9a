"""Faults of the published code of WritingBench and HelloBench, against jobs by the shipped rubrics."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmark_jobs import scored
from fault_server import FaultServer, no_fault

import prepare_prompts
from longhand.config.load import Config, load_config
from longhand.program.errors import LonghandError
from longhand.tables.files import Row

TASKS = [f"Write about rain, part {number}." for number in range(6)]
NAMES = ("Plot", "Style")


def bench(folder: Path, url: str, rubric: str, **judge: Any) -> Config:
    """A dataset of six prompts with two criteria each, by a shipped rubric."""
    rows = [{"prompt": task, "criteria": [{"name": name} for name in NAMES]} for task in TASKS]
    (folder / "d.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "journal").mkdir(exist_ok=True)
    reached = {"backend": "openai", "base_url": url, "concurrency": 1}
    settings = {
        "datasets": {"d": {"path": "d.jsonl", "rubric": rubric}},
        "models": {"m": reached | {"model": "m"}},
        "judges": {"j": reached | {"model": "j"} | judge},
        "evaluate": {"datasets": ["d"], "models": ["m"], "judges": ["j"]},
    }
    prepare_prompts.main(
        name="d", fields='{"prompt": "prompt"}', kind="jsonl", file=folder / "d.jsonl", out=folder / "prompts.parquet"
    )
    return load_config(settings)


def judging(verdict: Callable[[str], str]) -> Callable[[str], str]:
    """Texts for tasks, and verdicts for what shows a task and a text."""
    return lambda prompt: verdict(prompt) if "<Response>" in prompt else f"A text: {prompt}"


def test_nothing_is_judged_twice_after_a_restart(tmp_path: Path) -> None:
    """WritingBench's code goes on with the row that it finished last, and its file has that row twice."""
    verdict = json.dumps({"score": 7, "reason": "So."})

    def full(prompt: str, _: int) -> str | None:
        judged = sum("<Response>" in each for each in server.answered)
        return "401" if stopped and judged >= 7 and "<Response>" in prompt else None

    stopped = True
    with FaultServer(full, text=judging(lambda _: verdict)) as server:
        config = bench(tmp_path, server.url, "writingbench")
        with pytest.raises(LonghandError, match="the API refused the key"):
            scored(config, "d", tmp_path)
        assert sum("<Response>" in each for each in server.answered) == 7, "three rows, and half of the fourth"
        stopped = False
        tables = scored(config, "d", tmp_path)
    judged = {prompt: count for prompt, count in server.answered.items() if "<Response>" in prompt}
    assert len(judged) == len(TASKS) * len(NAMES) and {*judged.values()} == {1}
    keys = [(row["prompt_id"], row["dimension"]) for row in tables["judgements"]]
    assert len(keys) == len({*keys}) == len(judged) and {row["score"] for row in tables["judgements"]} == {7}
    assert {row["value"] for row in tables["metrics"]} == {70}


@pytest.mark.parametrize(
    "reply",
    [
        'json```\n{"score": 7, "reason": "json, so no json"}\n```',
        '{"score": 7, "reason": "json, so no json"}\n```json|',
        'json|{"score": 7, "reason": "json, so no json"}',
        'no: {"score": 7, "reason": "json, so no json"} so',
    ],
)
def test_letters_around_a_reply_are_no_marks(reply: str, tmp_path: Path) -> None:
    """WritingBench's code strips the letters j, s, o and n, and the marks ` and |, from both ends of a reply."""
    with FaultServer(no_fault, text=judging(lambda _: reply)) as server:
        rows = scored(bench(tmp_path, server.url, "writingbench"), "d", tmp_path)["judgements"]
    assert {(row["score"], row["reason"], row["attempts"]) for row in rows} == {(7, "json, so no json", 1)}


def listed(reasons: list[str], scores: list[object]) -> list[Row]:
    pairs = zip(reasons, scores, strict=True)
    return [
        {"checklist_id": n, "reason": reason, "evaluation_score": score} for n, (reason, score) in enumerate(pairs, 1)
    ]


def test_a_judges_text_is_read_and_never_run(tmp_path: Path) -> None:
    """HelloBench asks for a list that is "directly executed in Python"."""
    made = tmp_path / "made"
    call = f"[__import__('pathlib').Path({str(made)!r}).touch() or 1]"
    with FaultServer(no_fault, text=judging(lambda _: call)) as server:
        config = bench(tmp_path, server.url, "hellobench")
        with pytest.raises(LonghandError, match="replies on 6 responses can be read|under min_coverage"):
            scored(config, "d", tmp_path)
    assert not made.exists()


@pytest.mark.parametrize(
    "reply",
    [
        repr(listed(["It's so.", 'Say "no".'], [0.25, 1.0])),  # a list of Python's, whose quotes differ
        json.dumps(listed(["a\\b\n\nc", "n"], ["0.25", "1"])),  # the published code drops backslashes and line ends
        "```python\n" + json.dumps(listed(["1", "0.5"], [0.25, 1])) + "\n```",
    ],
)
def test_a_list_of_verdicts_in_any_quotes(reply: str, tmp_path: Path) -> None:
    with FaultServer(no_fault, text=judging(lambda _: reply)) as server:
        tables = scored(bench(tmp_path, server.url, "hellobench"), "d", tmp_path)
    assert {(row["dimension"], row["score"], row["attempts"]) for row in tables["judgements"]} == {
        ("1", 0.25, 1),
        ("2", 1, 1),
    }
    assert {row["score_q"] for row in tables["scores"]} == {62.5}
    assert {row["value"] for row in tables["metrics"]} == {-50}
