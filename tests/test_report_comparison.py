"""The panels of any two models, of win rates and of training, against their tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from report_page import Page, build, cells, section
from report_run import Run, make_run

from longhand.report.differences import difference, turned
from longhand.report.panels import comparison
from longhand.report.panels.training import changes
from longhand.tables.comparison_tables import COMPARISON
from longhand.tables.files import Row, write_table

WRITERS = ["writer-a", "writer-b", "writer-c"]


def row(**changes: Any) -> Row:
    values = dict.fromkeys(COMPARISON.names) | {"dataset": "d", "judge": "j", "slice_kind": "all", "slice": "all"}
    values |= {"metric": "score", "model": "a", "other": "b", "trained": False, "guard": False, "n_prompts": 30}
    values |= {"mean_model": 60.0, "mean_other": 56.9, "difference": 3.1, "low": 0.4, "high": 5.8, "p": 0.03}
    return values | {"deviation": 7.0, "detectable": 3.7, "prompts_needed": 42} | changes


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, str]:
    run = make_run(tmp_path_factory.mktemp("run"), WRITERS, ["judge-a", "judge-b"])
    return run, build(run)


def test_a_difference_in_words() -> None:
    assert difference(row(), "a").words == "a over b: +3.1 [0.4, 5.8]" == difference(row(), "b").words
    mirrored = difference(row(), "b")
    assert (mirrored.value, mirrored.interval, mirrored.sure) == ("−3.1", "[−5.8, −0.4]", True)
    assert mirrored.means == (56.9, 60.0) and turned(turned(row())) == row()
    close = difference(row(difference=0.4, low=-1.2, high=2.0, prompts_needed=1234), "a")
    assert close.words == "a and b, not distinguishable, 1,234 prompts would show it: +0.4 [−1.2, 2.0]"
    assert not close.sure and close.remark == "not distinguishable, 1,234 prompts would show it"
    repeated = difference(row(difference=0.4, low=-1.2, high=2.0, prompts_needed=90, repeats=2, repeats_needed=7), "a")
    assert repeated.remark == "not distinguishable, 90 prompts or 7 repeats would show it"
    nothing = {"low": None, "high": None, "p": None, "prompts_needed": None}
    few = difference(row(n_prompts=1, doubt="few_prompts", **nothing), "a")
    assert (few.words, few.sure) == ("a and b, no interval from 1 prompt: +3.1", False)
    equal = difference(row(difference=0.0, doubt="all_equal", **nothing), "a")
    assert equal.words == "a and b, equal differences on all 30 prompts: no interval can be trusted: +0.0"
    assert difference(row(difference=-0.04, low=-1.0, high=0.9), "a").value == "+0.0"


def test_the_matrix_has_each_pair_of_each_judge(page: tuple[Run, str]) -> None:
    run, html = page
    part = section(html, "Any two models")
    rows = pq.read_table(run.folder / "results/comparison.parquet").to_pylist()
    board = {
        (row["judge"], row["model"]): row["score"]
        for row in pq.read_table(run.leaderboard).to_pylist()
        if row["slice_kind"] == "all"
    }
    for judge in ("judge-a", "judge-b"):
        table = next(t for t in part.split("<table>") if f"the column, judge {judge}" in t and "S̄" in t.split("<")[1])
        order = sorted(WRITERS, key=lambda model: -board[judge, model])
        assert re.findall(r"</svg>(\S+?)<", table.split("<tbody>")[0]) == order[1:]
        shown = cells(table)
        assert [line[0] for line in shown] == order[:2]
        of_judge = [r for r in rows if (r["judge"], r["slice"], r["metric"]) == (judge, "all", "score")]
        for (first, other), text in zip(
            [(order[0], order[1]), (order[0], order[2]), (order[1], order[2])],
            [shown[0][1], shown[0][2], shown[1][2]],
            strict=True,
        ):
            (pair,) = [r for r in of_judge if {r["model"], r["other"]} == {first, other}]
            value = pair["difference"] if pair["model"] == first else -pair["difference"]
            assert text.split()[0] == f"{value:+.1f}".replace("-", "−")
        for pair in of_judge:
            if pair["doubt"] is None and (pair["low"] > 0 or pair["high"] < 0):
                assert f'title="{difference(pair, pair["model"]).words}"' in table
    assert "Relevance" in part and "S̄ by required words, judge judge-a" in Page(part).text
    assert "English" in part and ">en<" not in part, "a language has its name, as in the other tables of the page"


def test_what_this_suite_can_show_is_on_the_page(page: tuple[Run, str]) -> None:
    run, html = page
    rows = pq.read_table(run.folder / "results/comparison.parquet").to_pylist()
    for metric in ("score", "score_l", "score_q"):
        ends = [r["detectable"] for r in rows if (r["judge"], r["slice"], r["metric"]) == ("judge-a", "all", metric)]
        known = [end for end in ends if end is not None]
        assert f"in 80 of 100 runs is {min(known):.1f}" in Page(section(html, "Any two models")).text


def test_win_rates_stand_under_their_own_scores(page: tuple[Run, str]) -> None:
    run, html = page
    part = section(html, "Win rates")
    assert "Half a win and half a loss are added" in part
    rows = pq.read_table(run.folder / "results/win_rates.parquet").to_pylist()
    for judge, table in zip(("judge-a", "judge-b"), part.split("<table>")[1:], strict=True):
        assert judge in table.split("</caption>")[0]
        for line in cells(table):
            expected = [line[0]]
            for metric in ("score", "score_l", "score_q"):
                (rate,) = [r for r in rows if (r["judge"], r["metric"], r["model"]) == (judge, metric, line[0])]
                expected += [f"{rate['win_rate']:.1f}", f"{rate['wins']}, {rate['ties']}, {rate['losses']}"]
            assert line == expected


def test_one_model_is_compared_with_nobody(tmp_path: Path) -> None:
    html = build(make_run(tmp_path, ["alone"], ["judge"], prompts=6))
    assert "Any two models" not in html and "Win rates" not in html


def test_many_models_show_the_best_of_them(page: tuple[Run, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "MOST_MODELS", 2)
    monkeypatch.setattr(comparison, "FEW_MODELS", 1)
    part = section(build(page[0]), "Any two models")
    assert "Shown are the 2 models with the highest scores, and not the other 1." in Page(part).text
    assert "These tables show the best model against the others" in part
    tables = part.split("<table>")[1:]
    assert {len(cells(table)) for table in tables} == {1} and len(tables) > 8


def test_training_shows_signs_and_ranges_that_are_always_there() -> None:
    base = {"trained": True, "model": "after", "other": "before", "metric": "score_l"}
    nothing = dict.fromkeys(("difference", "low", "high", "mean_model", "mean_other")) | {"n_prompts": 0}
    rows = [
        row(**base, mean_model=10.0, mean_other=50.0, difference=-40.0, low=-44.0, high=-36.0),
        row(**base, slice_kind="range", slice="[0,500)", guard=True, n_prompts=1, low=None, high=None),
        row(**base, slice_kind="range", slice="[500,2000)", guard=True, doubt="few_prompts", **nothing),
        row(**base | {"metric": "score_q"}, doubt="few_prompts", **nothing),
        row(**base, slice_kind="language", slice="en"),
    ]
    (change,) = changes("d", rows)
    assert (change.before, change.model, change.judge, change.metrics) == ("before", "after", "j", ["score_l"])
    assert [(line.name, line.guard, line.n) for line in change.lines] == [
        ("all", False, 30),
        ("[0,500)", True, 1),
        ("[500,2000)", True, 0),
    ]
    cell = change.lines[0].cells[0]
    assert cell and (cell.value, cell.interval, cell.sure) == ("−40.0", "[−44.0, −36.0]", True)


def test_the_page_has_the_change_of_a_trained_model(tmp_path: Path) -> None:
    run = make_run(tmp_path, WRITERS[:2], ["judge"], prompts=6)
    table = run.folder / "results/comparison.parquet"
    rows = pq.read_table(table).to_pylist()
    for changed in rows:
        changed["trained"] = True
    write_table(table, rows, COMPARISON, "compare_models")
    html = build(run)
    assert f"{rows[0]['other']} → {rows[0]['model']}, judge judge" in html.split("Before and after training")[-1]
