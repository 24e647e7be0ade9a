"""What a run prints at its end: the leaderboard, the verdict, what it cost, and the one thing to look at first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from longhand.tables.comparison_tables import COMPARISON
from longhand.tables.files import write_table
from longhand.tables.score_tables import LEADERBOARD
from longhand.tables.summary_tables_run import COSTS, PAID
from show_leaderboard import main

ROW: dict[str, Any] = {
    "dataset": "set", "slice_kind": "all", "slice": "all",
    "n": 40, "n_answered": 40,
    "score_l_low": 58.0, "score_l_high": 66.0, "n_prompts_score_l": 20, "n_scored_l": 40, "words_mean": 900.0,
}  # fmt: skip


def written(path: Path, schema: pa.Schema, rows: list[dict[str, Any]]) -> Path:
    """A table; a number that is not given is 0, or null where it may be."""
    given = {field.name: None if field.nullable else 0 for field in schema}
    write_table(path, [given | row for row in rows], schema, "test")
    return path


def test_a_run_ends_with_scores_the_verdict_the_cost_and_what_to_look_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rows = [
        ROW | {"model": "first", "score_l": 62.26, "score_l_leads": True, "cost": 0.5, "n_looped": 8},
        ROW | {"model": "second", "score_l": 61.0, "score_l_leads": True, "n_truncated": 30},
        ROW | {"model": "third", "score_l": 20.0, "score_l_low": 15.0, "score_l_high": 25.0, "score_l_leads": False},
    ]
    whole = {"used_for": "evaluation", "kind": None, "name": None}
    main(
        leaderboard=written(tmp_path / "board.parquet", LEADERBOARD, rows),
        comparison=written(tmp_path / "comparison.parquet", COMPARISON, []),
        costs=written(
            tmp_path / "costs.parquet", COSTS, [whole | {"what": w, "cost": 7.5} for w in ("responses", "all")]
        ),
        paid=written(tmp_path / "paid.parquet", PAID, [{"name": None, "usd": 9.25, "usd_at_most": 9.25}]),
    )
    out = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "first" in next(line for line in lines if "62.3 40 of 40 900 $0.50" in line)
    assert [line.split()[-1] for line in lines if "[" in line] == ["[58–66]", "[58–66]", "[15–25]"]
    assert "first and second lead and cannot be told apart; third is behind them." in lines
    assert "Cost $7.50 for responses" in next(line for line in lines if "$9.25" in line)
    assert lines[-1] == (
        "Look at this first: second: 30 of 40 texts were cut off when the tokens ran out. (1 more note in the report)"
    )
