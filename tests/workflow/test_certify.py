"""Judges held against labels, through the workflow: made pairs, and verdicts that were published."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from conftest import SHARED
from running import Run

from longhand.prompts.fetching import MIRROR

WORDS = "river stone light garden morning silver quiet distant house music".split()
PAIRS = "results/preferences/p/"


def label_table(folder: Path) -> list[dict[str, str]]:
    """Two pairs for each of thirty prompts: the chosen text is whole, the rejected one a word again and again."""
    dice = random.Random(5)
    rows = []
    for number in range(60):
        chosen, rejected = (f"{dice.choice(WORDS)} {number} " for _ in range(2))
        chosen += " ".join(dice.choice(WORDS) for _ in range(dice.randint(80, 200))) + "."
        rejected += "again " * dice.randint(60, 220)
        rows.append({"prompt": f"Write a text about topic {number // 2}.", "chosen": chosen, "rejected": rejected})
    (folder / "pairs.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return rows


def config(**scores: Any) -> dict[str, Any]:
    certify = {"pairs": {"path": "pairs.jsonl", "fields": {}}, "people": True, "labels": "three readers"}
    return {
        "models": {"m": {"backend": "demo", "samples": 2, "engine": {"max-words": 300}}},
        "judges": {"j": {"backend": "demo"}},
        "certify": {"readers": certify | {"threshold": 0.5, "least": 20, "ranges": [0, 100]}},
        "preferences": {"p": {"dataset": "longhand-mini", "models": ["m"], "judge": "j"}},
        "evaluate": {"datasets": ["longhand-mini"], "models": ["m"], "judges": ["j"]},
        "scores": scores,
    }


def by_hand(run: Run, rows: list[dict[str, str]]) -> tuple[float, float]:
    """How often the judge and the longer text are right, by the texts of the responses table and their scores."""
    texts = {
        row["prompt_id"]: row["response"].strip() for row in run.rows("results/readers/readers.texts/responses.parquet")
    }
    scores = {
        texts[row["prompt_id"]]: (row["score_q"], row["words"])
        for row in run.rows("results/readers/readers.texts/scores.parquet")
    }
    right, longer = defaultdict(list), defaultdict(list)
    for row in rows:
        (chosen, words), (rejected, fewer) = (scores[row[side].strip()] for side in ("chosen", "rejected"))
        right[row["prompt"]].append(0.5 if chosen == rejected else float(chosen > rejected))
        longer[row["prompt"]].append(0.5 if words == fewer else float(words > fewer))
    accuracy, baseline = (fmean(map(fmean, each.values())) for each in (right, longer))
    return accuracy, baseline


def test_pairs_certify_and_what_is_not_certified_is_marked_and_can_be_refused(tmp_path: Path) -> None:
    rows = label_table(tmp_path)
    run = Run(tmp_path, config())
    output = run.finish()
    table = {(row["slice_kind"], row["slice"]): row for row in run.rows("results/certification.parquet")}
    whole = table["all", "all"]
    assert (whole["accuracy"], whole["baseline"]) == pytest.approx(by_hand(run, rows))
    assert (whole["n"], whole["n_prompts"], whole["rubrics"], whole["kind"]) == (60, 30, ["longbench-write"], "pairs")
    assert whole["certified"] == (whole["low"] > max(0.5, whole["baseline"]) and whole["gain_low"] > 0)
    assert whole["gain"] == pytest.approx(whole["accuracy"] - whole["baseline"])
    assert set(table) == {("all", "all"), ("language", "en"), ("range", "[0,100)"), ("range", "[100,∞)")}
    of_board = {(row["slice_kind"], row["slice"]): row["certified"] for row in run.rows("results/leaderboard.parquet")}
    assert of_board["language", "zh"] == of_board["all", "all"] == "not_tested", "the labels have no Chinese"
    assert of_board["language", "en"] == ("certified" if table["language", "en"]["certified"] else "not_certified")
    note = "Judge j is not tested against enough labels by people."
    assert note in (tmp_path / "results/leaderboard.md").read_text() and "readers, judge j, en:" in output
    page = (tmp_path / "results/report.html").read_text()
    assert page.count(note) == 2, "at the head, and under the leaderboard"
    assert "labels by three readers" in page
    assert "Is the judge certified" in (tmp_path / PAIRS / "README.md").read_text()
    figures = {row["figure"]: row["n"] for row in run.rows(f"{PAIRS}audit.parquet") if row["part"] == "certification"}
    assert sum(figures.values()) == len(run.rows(f"{PAIRS}pairs.parquet")) and figures["not_tested"]
    answers = run.paid()
    stricter = config()
    stricter["certify"]["readers"]["threshold"] = 0.6
    marked = Run(tmp_path, stricter).planned()
    assert marked["certify_judges"] == marked["build_leaderboard"] == marked["export_pairs"] == 1
    assert "build_pairs" not in marked, "no pair depends on it"
    refusing = Run(tmp_path, config(require_certified=True), pages=False)
    failed = refusing.snakemake("results/leaderboard.parquet").stdout
    assert "error: judge j is not tested for longhand-mini, all prompts: " in failed
    of_pairs = refusing.snakemake(f"{PAIRS}pairs.parquet").stdout
    assert re.search(r"error: judge j is not (certified|tested) for pairs in en, \[0,500\) words: ", of_pairs), of_pairs
    assert run.paid() == answers and not {"judge_responses", "generate_responses"} & run.planned().keys()


@pytest.mark.skipif(not (SHARED / "upstream/hellobench").exists(), reason="published data are not beside the checkout")
def test_published_verdicts_of_a_model_show_agreement_and_certify_nothing(tmp_path: Path) -> None:
    models = ["gpt4o_0806", "longwriter_9b"]
    graded = {"against": "gpt-4o-published", "datasets": ["hellobench-completion"], "models": models, "judges": ["j"]}
    certify = {"checklists": graded | {"people": False, "labels": "GPT-4o", "threshold": 0.5, "least": 20}}
    nothing: dict[str, list[str]] = {"datasets": [], "models": [], "judges": []}
    settings = {"judges": {"j": {"backend": "demo"}}, "certify": certify, "evaluate": nothing}
    run = Run(tmp_path, settings, base="hellobench.yaml")
    output = run.finish("results/certification.parquet", **{MIRROR: str(SHARED / "upstream")})
    assert "agreement with GPT-4o, which certifies nothing" in output
    scores = {model: run.rows(f"results/hellobench-completion/{model}/scores.parquet") for model in models}
    of = {
        (judge, model): {row["prompt_id"]: row for row in scores[model] if row["judge"] == judge}
        for judge in ("j", "gpt-4o-published")
        for model in models
    }
    right, longer = [], []
    for prompt in of["j", models[0]]:
        labels, judged, words = (
            [of[judge, model][prompt][column] for model in models]
            for judge, column in (("gpt-4o-published", "score_q"), ("j", "score_q"), ("j", "words"))
        )
        if labels[0] != labels[1]:
            sign = 1 if labels[0] > labels[1] else -1
            right.append((1 + ((judged[0] > judged[1]) - (judged[0] < judged[1])) * sign) / 2)
            longer.append((1 + ((words[0] > words[1]) - (words[0] < words[1])) * sign) / 2)
    whole = next(row for row in run.rows("results/certification.parquet") if row["slice_kind"] == "all")
    assert (whole["n"], whole["n_prompts"], whole["n_left_out"]) == (len(right), len(right), 77 - len(right))
    assert (whole["accuracy"], whole["baseline"]) == pytest.approx((fmean(right), fmean(longer)))
    assert (whole["certified"], whole["reason"], whole["n_graded"]) == (False, "not_by_people", 154)
    assert 0 < whole["exact"] < 1 and whole["alpha_low"] < whole["alpha"] < whole["alpha_high"]
    assert not any(row["certified"] for row in run.rows("results/certification.parquet"))
