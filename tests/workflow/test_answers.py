"""Answers belong to their prompts, whatever the order in which they come."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import SHARED
from latency_process import SERVER, latency_server
from running import CHECKOUT, Run


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The address of a server whose texts depend on the prompt only, with lognormal latency."""
    if not (SHARED / "upstream").exists():
        pytest.skip("the published prompts are not beside the checkout")
    with latency_server(tmp_path, "--latency", "lognormal:0.2,0.8") as address:
        yield address


def test_longbench_write_at_concurrency_64(tmp_path: Path, url: str) -> None:
    spec = importlib.util.spec_from_file_location("latency_server", SERVER)
    simulated = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(simulated)
    # The shipped config as it is, pointed elsewhere.
    override = tmp_path / "here.yaml"
    reached = {"backend": "openai", "base_url": url, "concurrency": 64}
    settings = {
        "models": {"sim": {**reached, "model": "sim"}},
        "judges": {"sim-judge": {**reached, "model": "sim-judge"}},
        "evaluate": {"models": ["sim"], "judges": ["sim-judge"]},
    }
    override.write_text(json.dumps(settings))
    command = [sys.executable, "-m", "snakemake", "-s", CHECKOUT / "Snakefile", "--directory", tmp_path]
    done = subprocess.run(
        [*command, "--configfile", CHECKOUT / "config/longbench-write.yaml", override],
        env=os.environ | {"LONGHAND_MIRROR": str(SHARED / "upstream")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    run = Run(tmp_path, {}, pages=False)
    prompts = {row["prompt_id"]: row["prompt"] for row in run.rows("results/longbench-write/prompts.parquet")}
    responses = run.rows("results/longbench-write/sim/responses.parquet")
    assert len(prompts) == len(responses) == 120
    right = [row["response"] == simulated.expected_text("sim", prompts[row["prompt_id"]]) for row in responses]
    assert sum(right) == 120
    texts = {row["prompt_id"]: row["response"] for row in responses}
    judgements = run.rows("results/longbench-write/sim/judgements/sim-judge.parquet")
    assert len(judgements) == 720
    for row in judgements:
        expected = simulated.expected_judge_scores(texts[row["prompt_id"]])
        assert row["score"] == expected[row["dimension"]]


def test_recorded_responses_are_matched_by_prompt(tmp_path: Path) -> None:
    shipped = CHECKOUT / "resources/datasets/longhand-mini.jsonl"
    prompts = [json.loads(line)["prompt"] for line in shipped.read_text(encoding="utf-8").splitlines()]
    recorded = [{"prompt": p, "response": f"text for {n}"} for n, p in enumerate(prompts)]
    recorded[3]["response"] = ""  # EvalScope's and LongWriter's form
    recorded = [*reversed(recorded[:-1]), {"prompt": "a prompt that is not in the dataset", "response": "x"}]
    (tmp_path / "pred.jsonl").write_text("\n".join(map(json.dumps, recorded)))
    models = {"old": {"backend": "recorded", "path": "pred.jsonl"}}
    run = Run(tmp_path, {"models": models, "evaluate": {"models": ["old"]}}, pages=False)
    assert run.planned()["import_responses"] == 1
    run.finish()
    responses = run.rows("results/longhand-mini/old/responses.parquet")
    assert [row["response"] for row in responses] == [None if n in (3, 23) else f"text for {n}" for n in range(24)], (
        "an empty and a missing response have no text"
    )
    assert [responses[n]["status"] for n in (2, 3, 23)] == ["ok", "empty", "failed"]
    scores = run.rows("results/longhand-mini/old/scores.parquet")
    assert [scores[n]["judge_status"] for n in (2, 3, 23)] == ["ok", "no_response", "no_response"]
    assert [(scores[n]["score_l"], scores[n]["score_q"]) for n in (3, 23)] == [(0, None), (None, None)], (
        "an empty response scores 0, a missing one nothing"
    )
    (overall,) = [row for row in run.rows("results/leaderboard.parquet") if row["slice_kind"] == "all"]
    counts = {name: overall[name] for name in ("n", "n_answered", "n_judged", "n_scored_l")}
    assert counts == {"n": 24, "n_answered": 22, "n_judged": 22, "n_scored_l": 23}
