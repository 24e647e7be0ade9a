"""Published totals over several datasets: the mean of their published scores, or why there is none."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from statistics import fmean, variance
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from report_page import Page, build, cells
from report_run import make_run
from scipy.stats import t

from build_leaderboard import main as build_leaderboard
from build_totals import main as build_totals
from longhand.config.load import load_config
from longhand.config.published import published_totals
from longhand.program.errors import LonghandError
from longhand.results.exports import as_markdown
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.score_tables import LEADERBOARD, METRICS, TOTALS
from show_leaderboard import main as show_leaderboard
from show_leaderboard import total_line

TASKS = ["task-a", "task-b"]
A = [-20.0, 10.0, 40.0, 15.0, 5.0, 30.0, 20.0, -10.0]
B = [60.0, 80.0, 55.0, 70.0, 90.0, 65.0, 75.0, 85.0, 50.0]


def metrics(folder: Path, dataset: str, model: str, scores: list[float | None], judge: str = "j") -> Path:
    """A prompt for each score; the first has two samples, 5 above and 5 under it. A view and another judge say 0."""
    path = folder / dataset / model / "metrics.parquet"
    rows: list[Row] = []
    for number, score in enumerate(scores):
        nothing: Row = {"prompt_id": f"p{number}", "judge": judge, "weight": None, "lowest": -300, "highest": 100}
        for sample, apart in ((0, 5), (1, -5)) if number == 0 and score is not None else ((0, 0),):
            value = None if score is None else score + apart
            rows.append(nothing | {"sample": sample, "metric": "published", "value": value})
        rows.append(nothing | {"sample": 0, "metric": "published C", "value": 0.0, "weight": 2.0})
        rows.append(nothing | {"sample": 0, "metric": "published", "value": 0.0, "judge": "of training data"})
    write_table(path, rows, METRICS, "score_metrics")
    return path


def totals(folder: Path, *tables: Path, tasks: list[str] = TASKS) -> list[Row]:
    out = folder / "totals.parquet"
    build_totals(metrics=[*tables], totals=json.dumps({"Bench": tasks}), judges=["j", "k"], out=out)
    return list(read_rows(out, TOTALS))


def test_a_total_is_the_mean_of_the_tasks_and_not_of_their_prompts(tmp_path: Path) -> None:
    (row,) = totals(tmp_path, metrics(tmp_path, "task-a", "m", [*A]), metrics(tmp_path, "task-b", "m", [*B]))
    assert (row["total"], row["judge"], row["model"]) == ("Bench", "j", "m")
    assert row["mean"] == pytest.approx((11.25 + 70.0) / 2), "11.25 and 70 by hand"
    assert row["parts"] == [
        {"dataset": "task-a", "n_prompts": 8, "mean": pytest.approx(11.25)},
        {"dataset": "task-b", "n_prompts": 9, "mean": pytest.approx(70.0)},
    ]
    errors = variance(A) / 8, variance(B) / 9
    freedom = sum(errors) ** 2 / (errors[0] ** 2 / 7 + errors[1] ** 2 / 8)
    reach = t.ppf(0.975, freedom) * math.sqrt(sum(errors)) / 2
    assert (row["low"], row["high"]) == (pytest.approx(40.625 - reach), pytest.approx(40.625 + reach))


@pytest.mark.parametrize("unread", [False, True])
def test_without_one_of_its_tasks_there_is_no_total(unread: bool, tmp_path: Path) -> None:
    """It is not evaluated, or nothing of it could be read."""
    tables = [metrics(tmp_path, "task-b", "m", [*B])]
    tables += [metrics(tmp_path, "task-a", "m", [None] * 8)] if unread else []
    (row,) = totals(tmp_path, *tables)
    assert (row["mean"], row["low"], row["high"]) == (None, None, None)
    assert [(part["dataset"], part["mean"]) for part in row["parts"]] == [("task-a", None), ("task-b", 70.0)]
    why = "no total: no published score of task-a"
    assert total_line(row) == f"Bench, m: published (judge j): {why}"
    assert f"m: {why}." in as_markdown([], [row]).replace("\\", "")


def test_the_interval_of_a_total_ends_with_the_scale(tmp_path: Path) -> None:
    high = [40.0, *[100.0] * 7]
    (row,) = totals(tmp_path, metrics(tmp_path, "task-a", "m", high), metrics(tmp_path, "task-b", "m", high))
    assert row["mean"] == pytest.approx(92.5) and row["low"] < 85 and row["high"] == 100


def test_few_prompts_of_a_task_leave_a_total_without_an_interval(tmp_path: Path) -> None:
    (row,) = totals(tmp_path, metrics(tmp_path, "task-a", "m", [*A[:7]]), metrics(tmp_path, "task-b", "m", [*B]))
    assert row["mean"] == pytest.approx((fmean(A[:7]) + 70) / 2) and row["low"] is row["high"] is None
    assert row["doubt"] == "few_prompts"
    why = "no interval: a dataset has scores of fewer than 8 prompts"
    assert total_line(row) == f"Bench, m: published (judge j): total {row['mean']:.2f}, the mean of 2 datasets; {why}"
    assert f"m: {why}." in as_markdown([], [row]).replace("\\", "")


def test_equal_scores_of_a_task_leave_a_total_without_an_interval(tmp_path: Path) -> None:
    (row,) = totals(tmp_path, metrics(tmp_path, "task-a", "m", [40.0] * 8), metrics(tmp_path, "task-b", "m", [*B]))
    assert (row["mean"], row["low"], row["doubt"]) == (55.0, None, "all_equal")
    assert total_line(row).endswith("; no interval: all scores of a dataset are equal")


def test_a_total_stands_in_the_card_in_the_terminal_and_on_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path, ["weak", "strong", "part"], ["j", "k"], prompts=8)
    tables = [
        metrics(tmp_path, "task-a", model, [a + more for a in A]) for model, more in (("weak", 0), ("strong", 20))
    ]
    tables += [metrics(tmp_path, "task-b", model, [*B]) for model in ("weak", "strong", "part")]
    tables += [metrics(tmp_path / "of-k", task, "weak", scores, "k") for task, scores in (("task-a", A), ("task-b", B))]
    rows = totals(tmp_path, *tables)
    assert [f"{row['judge']} {row['model']}" for row in rows] == ["j weak", "j strong", "j part", "k weak"]
    (of_strong,) = (row for row in rows if row["model"] == "strong")
    low, high = f"{of_strong['low']:.2f}", f"{of_strong['high']:.2f}"

    build_leaderboard(
        scores=run.tables("scores"),
        dimensions=json.dumps({"longbench-write": {"j": [], "k": []}}),
        totals=[tmp_path / "totals.parquet"],
        missing="exclude",
        prices="{}",
        judge_prices="{}",
        out=run.leaderboard,
        csv=tmp_path / "l.csv",
        markdown=tmp_path / "l.md",
    )
    card = (tmp_path / "l.md").read_text(encoding="utf-8").split("**Bench**, judged by j, scores as published\n")[1]
    lines = [line for line in card.splitlines() if line.startswith("|")]
    assert lines[:5] == [
        "| Model | total | task-a | task-b |",
        "|---|---:|---:|---:|",
        f"| strong | 50.62 [{low}, {high}] | 31.25 | 70.00 |",
        lines[3],
        "| part | – | – | 70.00 |",
    ]
    assert lines[3].startswith("| weak | 40.62 [") and "part: no total: no published score of task-a." in card

    show_leaderboard(leaderboard=run.leaderboard, totals=tmp_path / "totals.parquet")
    shown = capsys.readouterr().out
    assert f"Bench, strong: published (judge j): total 50.62 [{low} to {high}], the mean of 2 datasets\n" in shown
    assert "Bench, part: published (judge j): no total: no published score of task-a\n" in shown

    (tmp_path / "results/totals.parquet").write_bytes((tmp_path / "totals.parquet").read_bytes())
    part = build(run).split("<h2>Totals as published</h2>")[1].split("<h2>")[0]
    of_j, of_k = part.split("<table>")[1:]
    assert "Bench, judge j" in Page(of_j).text and "Bench, judge k" in Page(of_k).text
    assert cells(of_j) == [
        ["strong", "50.62", "31.25", "70.00"],
        ["weak", "40.62", "11.25", "70.00"],
        ["part no total: no published score of task-a", "—", "—", "70.00"],
    ]
    assert cells(of_k) == [["weak", "40.62", "11.25", "70.00"]]
    assert f"{low} to {high}" in of_j and "n 9" in of_k


def test_a_total_says_that_its_judge_is_not_certified_for_one_of_its_tasks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path, ["a"], ["j", "k"], prompts=10)
    tasks = ["longbench-write", "task-b"]
    rows = totals(
        tmp_path, *(metrics(tmp_path / judge, task, "a", [*A], judge) for judge in "jk" for task in tasks), tasks=tasks
    )
    board = pq.read_table(run.leaderboard)
    statuses = pa.array([{"j": "not_certified", "k": "certified"}[judge] for judge in board["judge"].to_pylist()])
    pq.write_table(board.set_column(board.column_names.index("certified"), "certified", statuses), run.leaderboard)
    sentence = "Judge j is not certified."

    card = as_markdown(list(read_rows(run.leaderboard, LEADERBOARD)), rows).split("**Bench**")
    assert [sentence in table for table in card] == [True, True, False]
    show_leaderboard(leaderboard=run.leaderboard, totals=tmp_path / "totals.parquet")
    of_j, of_k = capsys.readouterr().out.split("Bench, a: published (judge ")[1:]
    assert of_j.endswith(f"\n{sentence}\n") and "certified" not in of_k
    (tmp_path / "results/totals.parquet").write_bytes((tmp_path / "totals.parquet").read_bytes())
    part = build(run).split("<h2>Totals as published</h2>")[1].split("<h2>")[0]
    assert re.findall(r'<p class="note"><a href="#certification">(.*?)</a>', part) == [sentence]


def test_the_totals_of_a_config() -> None:
    sample: dict[str, Any] = {"made": {"drawn": {"dataset": "hellobench-qa", "number": 5}}}
    mine = {"path": "x.jsonl", "total": "Mine", "rubric": "hellobench", "fields": {"criteria": "c"}}
    datasets = load_config({"datasets": {"one": mine, "two": mine, "some": sample}}).datasets
    tasks = ["chat", "completion", "heuristic", "qa", "summarization"]
    assert published_totals(datasets, ["hellobench-qa"]) == {"HelloBench": [f"hellobench-{task}" for task in tasks]}
    assert published_totals(datasets, ["two", "longbench-write"]) == {"Mine": ["one", "two"]}
    assert published_totals(datasets, ["some"]) == {}


def test_a_total_of_which_nothing_publishes_scores_is_a_mistake() -> None:
    """It would never be there, and nothing would say so."""
    mine = {"path": "x.jsonl", "total": "Mine"}
    with pytest.raises(LonghandError) as raised:
        load_config({"datasets": {"one": mine, "two": mine}})
    assert str(raised.value) == (
        "`total` is a mean of published scores, and no rubric of total Mine has `published` (dataset one);"
        " fix: name a rubric that has it, or set `total: null`"
    )
    load_config({"datasets": {"one": mine | {"rubric": "hellobench", "fields": {"criteria": "c"}}, "two": mine}})
