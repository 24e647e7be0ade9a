"""HelloBench as it ships: its data, the questions of judges, weights and published figures, by hand from its files."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from statistics import fmean

import pytest
from benchmark_jobs import at, filled, prompts_of, published_file, published_rows, rule, scored, shipped
from latency_process import latency_server, stats_of

from longhand.config.load import load_config
from longhand.summary.inputs import Source
from longhand.summary.metrics import metric_rows
from longhand.tables.files import Row

TASKS = {
    "hellobench-qa": "open_ended_qa",
    "hellobench-chat": "chat",
    "hellobench-completion": "text_completion",
    "hellobench-heuristic": "heuristic_text_generation",
}
SUMMARIES = "hellobench-summarization"
RESULTS = "hellobench/results/judgements/main_exp/gpt4o_0806/summarization_results.jsonl"
FIRST_WORDS = {
    "researcher. Summarize": "academic_article",
    "following report": "report",
    "following dialog": "long_dialogue",
    "following news": "news",
    "following blog": "blogs",
}
ITEMS = {"hellobench-qa": {7}, "hellobench-chat": {6}, "hellobench-completion": {5}, "hellobench-heuristic": {5}}
SYSTEM = shipped("hellobench")["judges"]["gpt-4o-judge"]["system"]


def weights() -> dict[str, list[float]]:
    by_category: dict[str, list[float]] = json.loads(published_file("hellobench/weights.json").read_text())
    return by_category


def rows_of(dataset: str) -> list[Row]:
    """The published rows: instruction, category, checklists."""
    if dataset != SUMMARIES:
        return published_rows(f"hellobench/data/main_data/{TASKS[dataset]}.jsonl")
    checklists = json.loads(published_file("hellobench/checklists/summarization_checklist.json").read_text())
    rows = []
    for row in published_rows(RESULTS):
        (category,) = [name for words, name in FIRST_WORDS.items() if words in row["instruction"].split("\n")[0]]
        rows.append(row | {"category": category, "checklists": checklists[category]})
    return rows


@pytest.mark.parametrize("dataset", [*TASKS, SUMMARIES])
def test_rows_categories_criteria_and_weights(dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, of_category = rows_of(dataset), weights()
    prompts = prompts_of(load_config({}), dataset, tmp_path, monkeypatch, slice(None))
    assert len(prompts) == {"qa": 200, "chat": 147, "completion": 77, "heuristic": 123}.get(dataset[11:], 100)
    assert {len(row["criteria"]) for row in prompts} == ITEMS.get(dataset, {6, 7})
    for prompt, row in zip(prompts, rows, strict=True):
        assert (prompt["prompt"], prompt["category"], prompt["language"]) == (row["instruction"], row["category"], "en")
        assert [each["description"] for each in prompt["criteria"]] == row["checklists"]
        given = [each["weight"] for each in prompt["criteria"]]
        assert given == pytest.approx(of_category[row["category"]], abs=5e-7) and sum(given) == pytest.approx(100)


@pytest.mark.parametrize("thousands", [2, 4, 8, 16])
def test_each_rung_of_the_ladder_requires_its_length(
    thousands: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = prompts_of(load_config({}), f"hellobench-heuristic-{thousands}k", tmp_path, monkeypatch, slice(None))
    assert len(prompts) == 123 and all(f"shorter than {1000 * thousands} words" in row["prompt"] for row in prompts)
    required = {(row["constraint"], row["required_min"], row["required"], row["required_max"]) for row in prompts}
    assert required == {("above", 1000 * thousands, None, None)}
    assert Counter(row["category"] for row in prompts)["argumentative_writing"] == 23


@pytest.mark.parametrize("dataset", [*TASKS, SUMMARIES])
def test_ten_rows_of_each_task_by_hand(dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All criteria in one question; the server knows no other questions than those that are made here."""
    start = 15 if dataset == SUMMARIES else 0  # two categories
    rows, of_category = rows_of(dataset)[start : start + 10], weights()
    draw, template = random.Random(2), shipped("rubrics/hellobench")["template"]
    rules, scores = "", dict[str, list[float]]()
    for number, row in enumerate(rows):
        text = f"Text {number} has {{criteria}} and\n</Response> in it, and {{prompt}}."
        checklist = "\n".join(f"{place}. {item}" for place, item in enumerate(row["checklists"], 1))
        values = scores[row["instruction"]] = [draw.choice([0, 0.25, 0.5, 0.75, 1]) for _ in row["checklists"]]
        items = [
            {
                "checklist_id": place,
                "reason": "It's so: 0.5 or 1.",
                "evaluation_score": draw.choice([value, str(value)]),
            }
            for place, value in enumerate(values, 1)
        ]
        draw.shuffle(items)
        reply = json.dumps(items, indent=draw.choice([None, 1]))
        question = filled(template, prompt=row["instruction"], response=text, criteria=checklist)
        rules += rule(row["instruction"], text)
        rules += rule(f"{SYSTEM}\n{question}", draw.choice([reply, f"```json\n{reply}\n```"]))
    (tmp_path / "rules.jsonl").write_text(rules, encoding="utf-8")
    with latency_server(tmp_path, "--replay", str(tmp_path / "rules.jsonl")) as url:
        config = at("hellobench", dataset, url)
        prompts_of(config, dataset, tmp_path, monkeypatch, slice(start, start + 10))
        tables = scored(config, dataset, tmp_path)
        assert stats_of(url)["by_status"] == {"200": 20}
    requests = {row["prompt_id"]: row["prompt"] for row in tables["prompts"]}
    assert {row["status"] for row in tables["judgements"]} == {"ok"}
    for row in tables["judgements"]:
        assert row["score"] == scores[requests[row["prompt_id"]]][int(row["dimension"]) - 1]
    category = {row["instruction"]: row["category"] for row in rows}
    total = {
        request: sum(w * v for w, v in zip(of_category[category[request]], values, strict=True))
        for request, values in scores.items()
    }
    for row in tables["scores"]:
        assert row["score_q"] == pytest.approx(total[requests[row["prompt_id"]]], abs=1e-4)
    for row in tables["metrics"]:
        assert row["value"] == pytest.approx((total[requests[row["prompt_id"]]] - 75) * 4, abs=1e-4)
    means = list(metric_rows([Source(tmp_path / "metrics.parquet", dataset, "gpt-4o")], tmp_path / "prompts.parquet"))
    for row in means:
        chosen = [each for each in total if row["all"] or category[each] == row["category"]]
        assert row["mean"] == pytest.approx(fmean((total[each] - 75) * 4 for each in chosen), abs=1e-4)
        assert row["low"] is None or -300 <= row["low"] <= row["high"] <= 100
    assert len(means) == 1 + (dataset in (SUMMARIES, "hellobench-chat")) * len({category[each] for each in total})


def test_judge_and_model_are_asked_as_published() -> None:
    config = load_config(shipped("hellobench"))
    rubric = config.rubrics["hellobench"]
    assert rubric["criteria"]["together"] and rubric["cut"] == {"over": 15000, "to": 16000}
    judge, model = config.judges["gpt-4o-judge"], config.models["gpt-4o"]
    assert json.loads(judge.identity.to_json())["sampling"] == {"temperature": 0.8, "top_p": 1.0, "max_tokens": 4096}
    assert json.loads(model.identity.to_json())["sampling"] == {"temperature": 0.8, "top_p": 1.0, "max_tokens": 16384}
    assert judge.settings["attempts"] == 3
