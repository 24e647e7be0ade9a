"""The shipped config of LIFEBench, on a hand-made file in its form, from its plan to its leaderboard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from running import CHECKOUT, Run

TASKS = [
    {"task": "Write {word_count_type} {word_count} words on rain.", "type": "a", "category": "CW", "lang": "en"},
    {"task": "写一篇{word_count_type}{word_count}字的文章，谈谈雨。", "type": "a", "category": "CW", "lang": "cn"},
]
REQUESTS = len(TASKS) * 10 * 3


def test_from_the_plan_to_the_leaderboard(tmp_path: Path) -> None:
    shipped = yaml.safe_load((CHECKOUT / "config/lifebench.yaml").read_text(encoding="utf-8"))
    chosen = {"datasets": ["lifebench"], "models": ["demo-short"], "judges": []}
    run = Run(tmp_path, shipped | {"evaluate": chosen}, pages=False)
    assert "there is no file 'lifebench.jsonl' (dataset lifebench)" in run.error("-n")
    (tmp_path / "lifebench.jsonl").write_text("\n".join(map(json.dumps, TASKS)), encoding="utf-8")

    (line,) = run.plan()["asks"]
    assert (line["step"], line["requests"]) == ("generate", REQUESTS)

    run.finish()
    scores = run.rows("results/lifebench/demo-short/scores.parquet")
    assert len({row["prompt_id"] for row in scores}) == len(scores) == REQUESTS
    assert all(row["score_l"] == row["lifebench"] is not None and row["score_q"] is None for row in scores)
    board = {(row["slice_kind"], row["slice"]): row for row in run.rows("results/leaderboard.parquet")}
    assert board["all", "all"]["n_scored_l"] == REQUESTS
    assert board["all", "all"]["score_l"] == pytest.approx(sum(row["score_l"] for row in scores) / REQUESTS)
    ranges = [label for kind, label in board if kind == "range"]
    assert (ranges[0], ranges[-1], len(ranges)) == ("[16,32)", "[8192,∞)", 10)
    assert {label: board[kind, label]["n"] for kind, label in board if kind == "constraint"} == {
        "about": REQUESTS / 3,
        "above": REQUESTS / 3,
        "below": REQUESTS / 3,
    }
    assert board["range", "[8192,∞)"]["score_l"] < 50, "1,200 words are enough for at most 8,192 only"
