"""LongReward's own example, one long text and ten answers, through everything with the demo engine.

What is expected is computed from the files and tables alone, by code that imports nothing of ours.
"""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import SHARED
from running import Run

QUESTIONS = SHARED / "upstream/long_reward_sft.jsonl"
ANSWERS = SHARED / "upstream/long_reward_sampled_responses.jsonl"
GRADES = ("helpfulness", "logicality", "faithfulness", "completeness")
MODEL = "example/sampled"

pytestmark = pytest.mark.skipif(not ANSWERS.exists(), reason="the published example is not beside the checkout")

Rows = list[dict[str, Any]]


def lines(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def settings() -> dict[str, Any]:
    judge = {"backend": "demo", "model": "judge", "method": "long-reward", "sampling": {"temperature": 0.01}}
    return {
        "datasets": {
            "example": {
                "path": str(QUESTIONS),
                "fields": {"prompt": "query", "context": "context", "reference": "answer"},
                "rubric": None,
            }
        },
        "models": {
            "sampled": {
                "backend": "recorded",
                "path": str(ANSWERS),
                "fields": {"prompt": "query", "response": "answer"},
                "samples": 10,
            }
        },
        "embedders": {"vectors": {"backend": "demo", "model": "vectors"}},
        "judges": {"by-words": judge, "by-vectors": judge | {"long_reward": {"retrieval": "vectors"}}},
        "preferences": {
            "best-against-worst": {
                "dataset": "example",
                "models": ["sampled"],
                "judge": "by-words",
                "reward": {"length": 0, "quality": 1},
                "rejected": "worst",
                "min_candidates": 5,
            }
        },
        "evaluate": {"datasets": ["example"], "models": ["sampled"], "judges": ["by-words", "by-vectors"]},
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("long-reward"), settings(), base=None)
    run.finish("all", "all_judge_modes", "--cores", "2")
    return run


def table(run: Run, name: str) -> Rows:
    return pq.read_table(run.folder / "results" / f"{name}.parquet").to_pylist()


def judgements(run: Run, judge: str) -> dict[int, dict[str, dict[str, Any]]]:
    """Sample -> dimension -> row."""
    rows = defaultdict(dict)
    for row in table(run, f"{MODEL}/judgements/{judge}"):
        rows[row["sample"]][row["dimension"]] = row
    return rows


def rewards(run: Run, judge: str) -> dict[int, float]:
    """Sample -> mean of the four grades, on 0-10."""
    return {s: fmean(rows[name]["score"] for name in GRADES) for s, rows in judgements(run, judge).items()}


def requests(run: Run, judge: str) -> set[str]:
    """Ids of all requests of a judge and its embedder."""
    traces, facts = table(run, f"{MODEL}/judgements/{judge}.traces"), table(run, f"example/{judge}.facts")
    of_context = {name for row in facts for name in (row["request_id"], *row["embedding_requests"])}
    return of_context | {row["request_id"] for row in traces if row["attempts"]}


def test_the_question_and_its_ten_answers_are_the_published_ones(run: Run) -> None:
    (published,), (prompt,) = lines(QUESTIONS), table(run, "example/prompts")
    assert [prompt[name] for name in ("prompt", "context", "reference")] == [
        published[name] for name in ("query", "context", "answer")
    ]
    responses = table(run, f"{MODEL}/responses")
    assert [row["response"] for row in sorted(responses, key=lambda row: row["sample"])] == [
        line["answer"] for line in lines(ANSWERS)
    ]


def test_facts_are_taken_once_from_the_whole_context(run: Run) -> None:
    (prompt,) = table(run, "example/prompts")
    by_words, by_vectors = (table(run, f"example/{judge}.facts") for judge in ("by-words", "by-vectors"))
    assert [row["request_id"] for row in by_words] == [row["request_id"] for row in by_vectors]
    assert "".join(prompt["context"][row["start"] : row["end"]] for row in by_words) == prompt["context"]
    journal = [line for path in run.folder.glob("journal/judges/**/*.jsonl") for line in lines(path)]
    ids = [line["id"] for line in journal if "id" in line]
    assert len(by_words) == 3 and len(ids) == len(set(ids)) and {row["request_id"] for row in by_words} <= set(ids)
    for row in by_words:
        listed = re.findall(r"^- (.+)$", row["reply"], re.M)
        assert row["status"] == "ok" and row["facts"] == listed
        chunk = " ".join(prompt["context"][row["start"] : row["end"]].split())
        assert all(" ".join(fact.split()) in chunk for fact in listed)
    assert any(row["facts"] for row in by_words)


@pytest.mark.parametrize("judge", ["by-words", "by-vectors"])
def test_grades_are_those_of_the_replies(run: Run, judge: str) -> None:
    traces = table(run, f"{MODEL}/judgements/{judge}.traces")
    texts = {(row["sample"], row["step"], row["number"]): row["text"] for row in traces if row["attempts"]}
    findings = defaultdict(list)
    (prompt,) = table(run, "example/prompts")
    for row in traces:
        if row["step"] == "statement":
            findings[row["sample"]].append(row)
            assert 1 <= len(row["passages"]) <= 5
            starts = [passage["start"] for passage in row["passages"]]
            assert starts == sorted(starts) and row["passages"][-1]["end"] <= len(prompt["context"])
            level = re.search(r"\[\[(\w+) support(?:ed)?\]\]$", texts[row["sample"], "support", row["number"]])
            assert row["grade"] == {"Fully": 1, "Partially": 0.5, "No": 0}[level[1]]
    answers = {n: " ".join(line["answer"].split()) for n, line in enumerate(lines(ANSWERS))}
    for sample, rows in judgements(run, judge).items():
        assert {row["status"] for row in rows.values()} == {"ok"}
        for step in ("helpfulness", "logicality", "completeness"):
            assert rows[step]["score"] == int(re.search(r"\[\[(\d+)\]\]$", texts[sample, step, 0])[1])
        statements = [row["part"] for row in findings[sample]]
        assert statements == re.findall(r"^- (.+)$", texts[sample, "statements", 0], re.M)
        assert all(" ".join(statement.split()).lstrip("- ") in answers[sample] for statement in statements)
        assert rows["faithfulness"]["score"] == pytest.approx(10 * fmean(row["grade"] for row in findings[sample]))
    assert len({row["grade"] for rows in findings.values() for row in rows}) == 3, "the demo's judge tells them apart"


@pytest.mark.parametrize("judge", ["by-words", "by-vectors"])
def test_a_reward_is_the_mean_of_the_four_grades(run: Run, judge: str) -> None:
    scores = {row["sample"]: row for row in table(run, f"{MODEL}/scores") if row["judge"] == judge}
    expected = rewards(run, judge)
    assert {s: row["score_q"] for s, row in scores.items()} == pytest.approx({s: 10 * r for s, r in expected.items()})
    (line,) = [row for row in table(run, "leaderboard") if (row["judge"], row["slice_kind"]) == (judge, "all")]
    assert line["score_q"] == pytest.approx(10 * fmean(expected.values())) and line["n_scored_q"] == 10
    assert len(set(expected.values())) > 3


def test_the_pair_is_the_best_against_the_worst(run: Run) -> None:
    by_sample = rewards(run, "by-words")
    (pair,) = table(run, "preferences/best-against-worst/pairs")
    best = min(s for s, r in by_sample.items() if r == max(by_sample.values()))
    worst = max(s for s, r in by_sample.items() if r == min(by_sample.values()))
    assert (pair["chosen_sample"], pair["rejected_sample"]) == (best, worst)
    assert pair["margin"] == pytest.approx(10 * (by_sample[best] - by_sample[worst]))
    answers, (question,) = lines(ANSWERS), lines(QUESTIONS)
    assert pair["chosen"][0]["content"] == answers[best]["answer"]
    assert pair["rejected"][0]["content"] == answers[worst]["answer"]
    assert question["context"] in pair["prompt"][0]["content"] and question["query"] in pair["prompt"][0]["content"]


def test_the_report_and_the_table_of_modes_have_both_judges(run: Run) -> None:
    page = (run.folder / "results/report.html").read_text(encoding="utf-8")
    statements = [row["part"] for row in table(run, f"{MODEL}/judgements/by-words.traces") if row["part"]]
    assert all(name in page for name in ("by-words", "by-vectors", "faithfulness", html.escape(statements[0])))
    first, second = table(run, "judge-modes")
    expected, other = (rewards(run, judge) for judge in ("by-words", "by-vectors"))
    assert (first["judge"], second["judge"], second["n_compared"]) == ("by-words", "by-vectors", 10)
    assert second["shift"] == pytest.approx(10 * fmean(other[s] - expected[s] for s in expected))
    ids = [requests(run, judge) for judge in ("by-words", "by-vectors")]
    assert [row["calls"] for row in (first, second)] == [len(one) for one in ids]
    assert second["calls_shared"] == len(ids[0] & ids[1]) >= 3 + 10 * 4, "facts, three grades, statements"


def test_each_request_is_paid_once_whatever_answers_share_it(run: Run) -> None:
    """Both judges ask alike what has nothing to do with retrieval, and several answers state the same."""
    assert run.counted() == run.paid() and set(run.paid()) == {"judges", "embedders"}
    shared = {row["what"]: row["shared"] for row in run.rows("results/summary/costs.parquet") if row["name"] is None}
    assert shared["verdicts"] >= 10 * 3
