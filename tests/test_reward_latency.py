"""The table of modes on the latency server, which knows nothing of us: numbers worked out apart, calls counted."""

from __future__ import annotations

import json
import random
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import scipy.stats
from latency_process import latency_server, stats_of
from mode_jobs import ModeJobs

PROMPTS, SAMPLES, CLAIMS = 8, 4, 2
NAMES = ("No", "Partially", "Fully")
TEMPLATES = {
    "facts": "facts|{query}|{chunk}",
    "statements": "statements|{query}|{answer}",
    "support": "support|{statement}|{passages}",
    "supports": "supports|{statements}|{passages}",
    **{step: step + "|{answer}|{query}|" for step in ("helpfulness", "logicality")},
    "completeness": "completeness|{answer}|{query}|{facts}",
}
ANSWERS = [(p, s) for p in range(PROMPTS) for s in range(SAMPLES)]
draw = random.Random(7)
GRADES = {key: [draw.randint(2, 9) for _ in range(3)] for key in ANSWERS}
ALONE = {key: [draw.randint(0, 2) for _ in range(CLAIMS)] for key in ANSWERS}
TOGETHER = {key: [min(level + draw.randint(0, 1), 2) for level in levels] for key, levels in ALONE.items()}


def support(level: int) -> str:
    return f"[[{NAMES[level]} support{'ed' if level else ''}]]"


def rules() -> list[dict[str, str]]:
    """What the server replies: the first rule whose text is in the question."""
    replies = {"facts|": "- A fact."}
    for (p, s), grades in GRADES.items():
        name = f"Answer {p}-{s}."
        replies[f"statements|Question {p}|{name}"] = "\n".join(f"- Claim {p}-{s}-{i}." for i in range(CLAIMS))
        for step, grade in zip(("helpfulness", "logicality", "completeness"), grades, strict=True):
            replies[f"{step}|{name}"] = f"[[{grade}]]"
        for i, level in enumerate(ALONE[p, s]):
            replies[f"support|Claim {p}-{s}-{i}."] = support(level)
        lines = [f"{n}: {support(level)}" for n, level in enumerate(TOGETHER[p, s], 1)]
        replies[f"supports|1: Claim {p}-{s}-0."] = "\n".join(lines)
    return [{"contains": text, "content": reply} for text, reply in replies.items()]


def rewards(levels: dict[tuple[int, int], list[int]]) -> dict[tuple[int, int], float]:
    """On 0-100: four grades, the last by the statements' support."""
    return {key: 10 * fmean([*GRADES[key], 10 * fmean(levels[key]) / 2]) for key in ANSWERS}


def pair(of_prompt: list[float]) -> tuple[int, int]:
    last = len(of_prompt) - 1
    return of_prompt.index(max(of_prompt)), last - of_prompt[::-1].index(min(of_prompt))


def test_the_table_is_what_it_is_by_hand(tmp_path: Path) -> None:
    (tmp_path / "rules.jsonl").write_text("\n".join(map(json.dumps, rules())))
    files = {}
    for step, text in TEMPLATES.items():
        (tmp_path / f"{step}.txt").write_text(text)
        files[step] = {"en": str(tmp_path / f"{step}.txt")}
    slow = ("--latency", "lognormal:0.02,0.8", "--p503", "0.01", "--replay", str(tmp_path / "rules.jsonl"))
    with latency_server(tmp_path, *slow) as url:
        settings: dict[str, Any] = {"prompts": files}
        jobs = ModeJobs(
            tmp_path,
            url,
            [{"prompt_id": f"p{p}", "prompt": f"Question {p}", "context": f"Text {p}. " * 9} for p in range(PROMPTS)],
            {f"p{p}": [f"Answer {p}-{s}." for s in range(SAMPLES)] for p in range(PROMPTS)},
            {
                "alone": {"repeats": 2, "long_reward": settings},
                "together": {"long_reward": settings | {"batch_statements": True}},
            },
        )
        for name in jobs.names:
            jobs.judge(name)
        reference, again, shared, apart = jobs.modes()
        counts = stats_of(url)
    first, second = rewards(ALONE), rewards(TOGETHER)
    for row in (shared, apart):
        by_prompt = [
            ([first[p, s] for s in range(SAMPLES)], [second[p, s] for s in range(SAMPLES)]) for p in range(PROMPTS)
        ]
        assert row["rank_within"] == pytest.approx(fmean(scipy.stats.spearmanr(*both).statistic for both in by_prompt))
        assert row["rank_all"] == pytest.approx(scipy.stats.spearmanr([*first.values()], [*second.values()]).statistic)
        assert row["shift"] == pytest.approx(fmean(second[key] - first[key] for key in ANSWERS))
        assert 0 < row["shift_low"] < row["shift"] < row["shift_high"], "kinder together than one by one"
        assert row["pairs_changed"] == fmean(pair(a) != pair(b) for a, b in by_prompt) > 0
    assert (again["rank_within"], again["shift"], again["pairs_changed"]) == (pytest.approx(1), 0, 0)
    calls = {"alone": PROMPTS + len(ANSWERS) * (4 + CLAIMS), "together": PROMPTS + len(ANSWERS) * 5}
    assert [row["calls"] for row in (reference, again, shared)] == [calls["alone"], calls["alone"], calls["together"]]
    assert [row["calls_shared"] for row in (reference, again, shared)] == [0, PROMPTS, calls["together"] - len(ANSWERS)]
    sent = sum(row["calls"] - row["calls_shared"] for row in (reference, again, shared))
    assert counts["by_status"]["200"] == sent and counts["redone_after_good_answer"] == 0
