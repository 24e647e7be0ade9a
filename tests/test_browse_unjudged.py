"""The reader where a recorded judge has verdicts on some models only."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import patch

import report_rows
from browse_files import listed, unpacked
from browse_run import OF_JUDGE, write_browse
from report_run import make_run

import build_leaderboard
import join_scores

JUDGED = {"weak": {"judge", "strict"}, "strong": {"judge"}, "bare": set[str]()}


def test_a_model_without_verdicts_of_a_judge_is_shown_without_them(tmp_path: Path) -> None:
    with patch.object(build_leaderboard, "main"):
        run = make_run(tmp_path, [*JUDGED], ["judge", "strict"], prompts=4)
    for model, judges in JUDGED.items():
        home = tmp_path / "results/longbench-write" / model
        for path in (home / "judgements").iterdir():
            if path.stem not in judges:
                path.unlink()
        join_scores.main(
            prompts=home.parent / "prompts.parquet",
            responses=home / "responses.parquet",
            lengths=home / "lengths.parquet",
            judgements=sorted((home / "judgements").iterdir()),
            dimensions=json.dumps(OF_JUDGE),
            ranges=report_rows.RANGES,
            missing="exclude",
            min_coverage=0.0,
            out=home / "scores.parquet",
        )
    browse = write_browse(run)
    (dataset,) = unpacked(browse, "run")["datasets"]
    file = unpacked(browse, "samples/longbench-write/0")
    models = [dataset["models"][place] for place in file["samples"]["model"]]
    assert len(models) == 12
    for judge in ("judge", "strict"):
        columns = file["judges"][judge]
        judged = {model for model, status in zip(models, columns["status"], strict=True) if status}
        assert judged == {model for model, judges in JUDGED.items() if judge in judges}
        assert len(columns["score_q"]) == len(columns["score"]) == len(models)
    shown = {model: {row["judge"] for row in listed(browse, f"verdicts/longbench-write/{model}/0")} for model in JUDGED}
    assert shown == JUDGED
