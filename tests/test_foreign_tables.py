"""Tables that another program has written into results/: it may say NaN where a number is missing."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import report_rows
from browse_files import listed, unpacked
from browse_run import write_browse
from report_run import Run, make_run

import build_leaderboard
import join_scores
import score_metrics
from longhand.program.errors import LonghandError
from longhand.summary.inputs import batches_of
from longhand.tables.files import read_rows, read_table
from longhand.tables.score_tables import METRICS


def test_nan_is_read_as_missing(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    numbers = pa.table({"score": pa.array([1.5, math.nan, None]), "n": [1, 2, 3], "name": ["nan", "", None]})
    pq.write_table(numbers, path, row_group_size=2)
    expected = [
        {"score": 1.5, "n": 1, "name": "nan"},
        {"score": None, "n": 2, "name": ""},
        {"score": None, "n": 3, "name": None},
    ]
    assert list(read_rows(path)) == read_table(path).to_pylist() == expected
    assert [row["score"] for row in read_rows(path, columns=["score"])] == [1.5, None, None]


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_an_infinite_number_is_an_error_that_names_its_table_and_column(tmp_path: Path, value: float) -> None:
    """It would make means infinite, and pages that no browser reads."""
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"n": [1, 2], "score": pa.array([math.nan, value], pa.float32())}), path)
    line = f"column 'score' has a number that is infinite \\({path}\\); fix: delete it; it will be made again"
    for read in (
        lambda: list(read_rows(path)),
        lambda: read_table(path),
        lambda: list(batches_of(path, pa.schema([]), ["score"])),
    ):
        with pytest.raises(LonghandError, match=line):
            read()
    assert [row["n"] for row in read_rows(path, columns=["n"])] == [1, 2]


def with_nan(run: Run, prompt: int, value: float | None) -> Path:
    """Rewrites a judgements table so that the scores of a response have this value, as if it had been read."""
    (path,) = run.tables("judgements/judge")
    table = pq.read_table(path)
    rows: list[dict[str, Any]] = table.to_pylist()
    ids = list(dict.fromkeys(row["prompt_id"] for row in rows))
    for row in rows:
        if row["prompt_id"] == ids[prompt]:
            row |= {"score": value, "score_100": value, "status": "ok"}
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    return path


@pytest.mark.parametrize("value", [math.nan, None])
def test_a_score_that_is_nan_is_no_score_from_judgements_to_the_reader(value: float | None, tmp_path: Path) -> None:
    with patch.object(build_leaderboard, "main"):
        run = make_run(tmp_path, ["weak"], ["judge"], prompts=4)
    path = with_nan(run, 1, value)
    home = path.parent.parent
    of_model: dict[str, Any] = {"prompts": home.parent / "prompts.parquet", "responses": home / "responses.parquet"}
    join_scores.main(
        **of_model,
        lengths=home / "lengths.parquet",
        judgements=[path],
        dimensions=json.dumps({"judge": report_rows.DIMENSIONS}),
        ranges=report_rows.RANGES,
        missing="exclude",
        min_coverage=0.0,
        out=home / "scores.parquet",
    )
    way = json.dumps({"factor": 1, "offset": 0, "scale": [1, 5]})
    score_metrics.main(**of_model, judgements=[path], published=way, out=home / "metrics.parquet")
    values = [row["value"] for row in read_rows(home / "metrics.parquet", METRICS)]
    assert values[1] is None and all(each is None or math.isfinite(each) for each in values)
    browse = write_browse(run)
    assert unpacked(browse, "samples/longbench-write/0")["judges"]["judge"]["score_q"][1] is None
    (verdict,) = listed(browse, "verdicts/longbench-write/weak/1")
    assert all("score" not in score for score in verdict["scores"])
    assert len(verdict["scores"]) == len(report_rows.DIMENSIONS)
