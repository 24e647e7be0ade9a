"""WritingBench as it ships: its data, the questions of judges, scores and published figures, by hand from its files."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from statistics import fmean

import pytest
from benchmark_jobs import at, filled, prompts_of, published_rows, rule, scored, shipped
from latency_process import latency_server, stats_of

from longhand.config.load import load_config
from longhand.summary.inputs import Source
from longhand.summary.metrics import metric_rows

LENGTH = "writingbench-length"
FILE, VIEW = "writingbench/length_subset.jsonl", "writingbench/length_subset_C.jsonl"
LEVELS = ("1-2", "3-4", "5-6", "7-8", "9-10")


def test_the_length_subset_and_its_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, of_view = published_rows(FILE), published_rows(VIEW)
    prompts = prompts_of(load_config({}), LENGTH, tmp_path, monkeypatch, slice(None))
    assert len(prompts) == 222 and [row["prompt"] for row in prompts] == [row["query"] for row in rows]
    assert Counter(row["category"] for row in prompts) == Counter(row["domain1"] for row in rows)
    assert len({row["category"] for row in prompts}) == 6
    names = {row["query"]: [each["name"] for each in row["checklist"]] for row in of_view}
    for prompt, row in zip(prompts, rows, strict=True):
        assert [each["name"] for each in prompt["criteria"]] == [each["name"] for each in row["checklist"]]
        assert len(prompt["criteria"]) == 5 and {each["weight"] for each in prompt["criteria"]} == {1.0}
        for criterion, item in zip(prompt["criteria"], row["checklist"], strict=True):
            assert criterion["description"] == item["criteria_description"]
            assert {level["label"]: level["text"] for level in criterion["levels"]} == {
                key: item[key] for key in LEVELS
            }
            assert (criterion["views"] == ["C"]) == (criterion["name"] in names[prompt["prompt"]])
    assert sum(each["views"] == ["C"] for row in prompts for each in row["criteria"]) == 226
    assert all(any(each["views"] for each in row["criteria"]) for row in prompts)
    assert {(row["constraint"], row["required"], row["required_min"]) for row in prompts} == {(None, None, None)}


def test_fifty_rows_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each criterion is a question of its own; the server knows no other questions than those that are made here."""
    rows, of_view = published_rows(FILE)[:50], published_rows(VIEW)[:50]
    draw, template = random.Random(1), shipped("rubrics/writingbench")["template"]
    rules, scores = "", dict[tuple[str, str], int]()
    for number, row in enumerate(rows):
        text = f"Text {number} has {{criteria}} and\n</Response> in it, and {{prompt}}."
        rules += rule(row["query"], text)
        for item in row["checklist"]:
            levels = "\n".join(f"{label}: {item[label]}" for label in LEVELS)
            criterion = f"{item['name']}: {item['criteria_description']}\n{levels}"
            question = filled(template, prompt=row["query"], response=text, criteria=criterion)
            score = scores[row["query"], item["name"]] = draw.randint(1, 10)
            reply = json.dumps({"score": score, "reason": f"No {draw.randint(1, 10)}/10, and no {{}}."})
            rules += rule(question, draw.choice([reply, f"```json\n{reply}\n```", f"My verdict:\n{reply}"]))
    (tmp_path / "rules.jsonl").write_text(rules, encoding="utf-8")
    with latency_server(tmp_path, "--replay", str(tmp_path / "rules.jsonl")) as url:
        config = at("writingbench", LENGTH, url)
        prompts_of(config, LENGTH, tmp_path, monkeypatch, slice(50))
        tables = scored(config, LENGTH, tmp_path)
        assert stats_of(url)["by_status"] == {"200": 50 + 250}
    requests = {row["prompt_id"]: row["prompt"] for row in tables["prompts"]}
    criteria = {row["query"]: [item["name"] for item in row["checklist"]] for row in rows}
    assert {row["status"] for row in tables["judgements"]} == {"ok"} and len(tables["judgements"]) == 250
    for row in tables["judgements"]:
        request = requests[row["prompt_id"]]
        assert row["score"] == scores[request, criteria[request][int(row["dimension"]) - 1]]
    of_length = {row["query"]: [item["name"] for item in row["checklist"]] for row in of_view}
    published = {(row["prompt_id"], row["metric"]): (row["value"], row["weight"]) for row in tables["metrics"]}
    for id_, request in requests.items():
        mean = fmean(scores[request, name] for name in criteria[request])
        (score_q,) = [row["score_q"] for row in tables["scores"] if row["prompt_id"] == id_]
        assert score_q == pytest.approx(100 * (mean - 1) / 9)
        assert published[id_, "published"] == (pytest.approx(10 * mean), None)
        part = fmean(scores[request, name] for name in of_length[request])
        assert published[id_, "published C"] == (pytest.approx(10 * part), len(of_length[request]))
    means = list(metric_rows([Source(tmp_path / "metrics.parquet", LENGTH, "gpt-4o")], tmp_path / "prompts.parquet"))
    for row in means:
        chosen = [each["query"] for each in rows if row["all"] or each["domain1"] == row["category"]]
        names = criteria if row["metric"] == "published" else of_length
        assert row["mean"] == pytest.approx(10 * fmean(scores[each, name] for each in chosen for name in names[each]))
    assert {row["metric"] for row in means if row["all"]} == {"published", "published C"}


def test_judge_and_model_are_asked_as_published() -> None:
    config = load_config(shipped("writingbench"))
    assert not config.rubrics["writingbench"]["criteria"]["together"]
    judge, model = config.judges["gpt-4o-judge"], config.models["gpt-4o"]
    assert json.loads(judge.identity.to_json())["sampling"] == {"temperature": 1.0, "top_p": 0.95, "max_tokens": 2048}
    assert json.loads(model.identity.to_json())["sampling"] == {"temperature": 0.7, "top_p": 0.8, "max_tokens": 16000}
