"""A judge takes the place of a retired one: samples, the line and bridged scores, through the whole graph."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from running import Run

ANCHORS = {f"a{words}": {"backend": "demo", "engine": {"max-words": words}} for words in (30, 150, 600)}
WRITTEN = 14
SAMPLE = 10
OLD, NEW = {"backend": "demo", "model": "elder"}, {"backend": "demo", "model": "younger", "repeats": 2}


def answers(run: Run, judge: str) -> int:
    """Answers in a judge's journal."""
    files = (run.folder / f"journal/judges/{judge}").rglob("*.jsonl")
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)


def test_a_retired_judge_is_continued(tmp_path: Path) -> None:
    topics = ("lamps", "tides", "bread", "rain", "maps", "bells", "salt")
    prompts = [{"prompt": f"Write {n} words about {t}.", "kind": "ab"[n == 90]} for t in topics for n in (90, 700)]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, prompts)), encoding="utf-8")
    dataset = {"d": {"path": "p.jsonl", "fields": {"category": "kind", "stated": "prompt"}}}
    first: dict[str, Any] = {"datasets": dataset, "models": ANCHORS, "judges": {"old": OLD}}
    first["evaluate"] = {"datasets": ["d"], "models": [*ANCHORS], "judges": ["old"]}
    run = Run(tmp_path, first, base=None, pages=False)
    run.finish("all_judgements")
    paid = answers(run, "old")
    assert paid >= WRITTEN * len(ANCHORS)

    later = {"n400": {"backend": "demo", "engine": {"max-words": 400}}}
    run.config = first | {
        "models": ANCHORS | later,
        "judges": {"old": OLD | {"retired": True}, "new": NEW},
        "evaluate": {"datasets": ["d"], "models": [*later], "judges": ["new"]},
        "succession": {"s": {"from": "old", "to": ["new"], "datasets": ["d"], "models": [*ANCHORS], "sample": SAMPLE}},
    }
    output = run.finish()
    assert answers(run, "old") == paid, "nothing is sent to a judge that has retired"
    verdicts = {name: run.rows(f"results/s.d/{name}/judgements/old.parquet") for name in ANCHORS}
    assert all({row["status"] for row in rows} == {"ok"} for rows in verdicts.values())

    sample, source = run.rows("results/s.d/prompts.parquet"), run.rows("results/d/prompts.parquet")
    assert len(sample) == SAMPLE and Counter(row["category"] for row in sample) == {"a": 5, "b": 5}
    of_text = {row["prompt"]: row for row in source}
    for row in sample:
        assert row == of_text[row["prompt"]] | {"prompt_id": row["prompt_id"]}

    (line,) = run.rows("results/succession.parquet")
    assert (line["succession"], line["dataset"], line["judge"], line["bridged_to"]) == ("s", "d", "new", "old")
    assert (line["n_systems"], line["n_prompts"], line["n_texts"]) == (3, SAMPLE, 3 * SAMPLE)
    for anchor in line["anchors"]:
        for side in ("old", "new"):
            scores = run.rows(f"results/s.d/{anchor['model']}/judgements/{side}.parquet")
            assert anchor[side] == pytest.approx(np.mean([row["score_100"] for row in scores])), "all dimensions alike"

    board = {row["model"]: row for row in run.rows("results/leaderboard.parquet") if row["slice_kind"] == "all"}
    assert board.keys() == {*later}, "samples and anchors are not on the leaderboard"
    row = board["n400"]
    assert (row["bridged_to"], row["bridged_doubt"], line["exploratory"]) == ("old", "exploratory", True)
    assert row["bridged"] == pytest.approx(line["intercept"] + line["slope"] * row["score_q"])
    assert row["bridged_low"] < row["bridged"] < row["bridged_high"]
    assert f"n400: old would give S_Q {row['bridged']:.1f}" in output
