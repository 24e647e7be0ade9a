"""A user's checklist benchmark is one YAML file and one data file: from there to pairs, in both ways of asking."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from running import Run

YAML = """
description: Tales, each with a checklist.
path: tales.csv
fields: {prompt: task, required: words, criteria: checklist}
rubric:
  scale: [0, 1]
  values: [0, 0.25, 0.5, 0.75, 1]
  criteria: {}
  published: 100
  cut: {over: 5, to: 5}
  template: |
    <Request>
    {prompt}
    </Request>
    <Response>
    {response}
    </Response>
    How far does the response do what is asked here?
    {criteria}
    Reply with JSON only: {form}
"""
CHECKLISTS: list[list[Any]] = [
    ["Is it about rain?"],
    ["Is it about snow?", {"name": "Ending", "description": "Does it end well?", "weight": 3}],
    [
        "Is it about hail?",
        {"name": "Ending", "levels": {"0": "None.", "1": "A good one."}, "values": [0, 1]},
        "Is it wet?",
    ],
]
JUDGES, SAMPLES = ("each", "together"), 2


def write_data(folder: Path, checklists: list[list[Any]]) -> None:
    quoted = (json.dumps(checklist).replace('"', '""') for checklist in checklists)
    lines = [f'Write 30 words of tale {number}.,30,"{items}"' for number, items in enumerate(quoted)]
    (folder / "tales.csv").write_text("\n".join(["task,words,checklist", *lines]) + "\n", encoding="utf-8")


def requests_planned(run: Run) -> dict[str, int]:
    """Judge -> questions that it would be asked."""
    return {line["asked"]: line["requests"] for line in run.plan("all_judgements")["asks"] if line["step"] == "judge"}


def test_checklists_end_to_end_and_what_a_change_asks(tmp_path: Path) -> None:
    data = tmp_path / "datasets"
    data.mkdir()
    (data / "tales.yaml").write_text(YAML, encoding="utf-8")
    write_data(data, CHECKLISTS)
    chosen = {"datasets": ["tales"], "models": ["demo-short"], "judges": list(JUDGES)}
    pairs = {"dataset": "tales", "models": ["demo-short"], "judge": "each", "reward": {"length": 0, "quality": 1}}
    run = Run(
        tmp_path,
        {
            "models": {"demo-short": {"samples": SAMPLES}},
            "judges": {"each": {"backend": "demo", "together": False}, "together": {"backend": "demo", "repeats": 2}},
            "evaluate": chosen,
            "preferences": {"dpo": pairs},
            "exports": ["evalscope"],
        },
        pages=False,
    )
    output = run.finish("all", "all_judge_modes")
    items = sum(map(len, CHECKLISTS))
    assert requests_planned(run) == {}, "all is done"
    paid = run.paid()["judges"][0]
    assert paid == SAMPLES * (items + 2 * len(CHECKLISTS)), "a call for each criterion, and one for all, twice"

    prompts = run.rows("results/tales/prompts.parquet")
    weights = {row["prompt_id"]: [each["weight"] for each in row["criteria"]] for row in prompts}
    assert list(weights.values()) == [[1], [1, 3], [1, 1, 1]]
    scores = run.rows("results/tales/demo-short/scores.parquet")
    metrics = run.rows("results/tales/demo-short/metrics.parquet")
    for judge in JUDGES:
        verdicts = run.rows(f"results/tales/demo-short/judgements/{judge}.parquet")
        repeats = 1 + (judge == "together")
        assert len(verdicts) == SAMPLES * items * repeats and {row["status"] for row in verdicts} == {"ok"}
        assert all(row["words_cut"] and row["reason"] for row in verdicts)
        for row in (row for row in scores if row["judge"] == judge):
            key = row["prompt_id"], row["sample"]
            total = sum(
                each["score"] * weights[key[0]][int(each["dimension"]) - 1] / repeats
                for each in verdicts
                if (each["prompt_id"], each["sample"]) == key
            )
            mean = pytest.approx(100 * total / sum(weights[key[0]]))
            assert row["score_q"] == mean
            published = [each["value"] for each in metrics if (each["prompt_id"], each["sample"]) == key]
            assert len(published) == len(JUDGES) and mean in published
    modes = {(row["judge"], row["repeat"], row["against"]): row for row in run.rows("results/judge-modes.parquet")}
    quality = {judge: {} for judge in JUDGES}
    for row in scores:
        quality[row["judge"]].setdefault(row["prompt_id"], []).append(row["score_q"])
    calls = {(judge, repeat): row["calls"] for (judge, repeat, _), row in modes.items()}
    assert calls == {("each", 0): SAMPLES * items, ("together", 0): 6, ("together", 1): 6}
    shifts = [modes["together", repeat, 0]["shift"] for repeat in (0, 1)]
    differences = [fmean(quality["together"][name]) - fmean(quality["each"][name]) for name in quality["each"]]
    assert fmean(shifts) == pytest.approx(fmean(differences)), "S_Q of the table of scores is the mean of both repeats"
    exported = {path.name for path in (tmp_path / "results/evalscope/tales/demo-short").iterdir()}
    assert exported == {"pred.jsonl", "eval_length.jsonl", "eval_length_scatter.png"}
    assert "EvalScope: results/evalscope/tales/ has no eval_quality.jsonl: EvalScope's form" in output
    log = (tmp_path / "logs/judge_responses/tales/demo-short/each.log").read_text(encoding="utf-8")
    assert "6 ok; 6 of 6 responses were cut for the judge" in log
    board = [row for row in run.rows("results/leaderboard.parquet") if row["slice_kind"] == "all"]
    assert {row["judge"]: (row["n"], row["n_judged"]) for row in board} == dict.fromkeys(JUDGES, (6, 6))
    candidates = run.rows("results/preferences/dpo/candidates.parquet")
    assert [row["reward"] for row in candidates] == [row["score_q"] for row in scores if row["judge"] == "each"]
    assert run.rows("results/preferences/dpo/audit.parquet")

    heavier = [CHECKLISTS[0], [CHECKLISTS[1][0], CHECKLISTS[1][1] | {"weight": 9}], CHECKLISTS[2]]
    write_data(data, heavier)
    assert requests_planned(run) == dict.fromkeys(JUDGES, 0), "a weight asks nothing"
    run.finish("all_scores")
    assert run.paid()["judges"][0] == paid
    changed = run.rows("results/tales/demo-short/scores.parquet")
    differing = {row["prompt_id"] for row, before in zip(changed, scores, strict=True) if row != before}
    assert differing == {prompts[1]["prompt_id"]}, "and counts"

    write_data(data, [heavier[0], ["Is it about sleet?", heavier[1][1]], heavier[2]])
    assert requests_planned(run) == {"each": SAMPLES, "together": 2 * SAMPLES}, "of that prompt, what has changed"
