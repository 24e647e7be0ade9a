"""Panels of judges: their S_Q, where it stands, and what the config says of them."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pandas as pd
import pytest
import report_rows
from report_page import build
from report_run import make_run

from build_leaderboard import main as build_leaderboard
from compare_models import main as compare_models
from longhand.config.load import load_config
from longhand.program.errors import LonghandError
from longhand.report.templates import environment
from longhand.results.panels import panels_for, with_panels
from longhand.summary.settings import ReportSettings
from longhand.tables.files import read_rows, read_table, write_table
from longhand.tables.score_tables import SCORES, with_dimensions

PANEL = {"both": ["judge-a", "judge-b"]}


def test_a_panel_is_the_mean_of_its_judges_where_each_has_one() -> None:
    keys = [("p", 0), ("p", 1), ("q", 0), ("r", 0)]
    of = {"a": [80.0, 60.0, None, None], "b": [50.0, 41.0, 30.0, None], "c": [0.0] * 4}
    status = {"a": ["ok", "ok", "unparsed", "no_response"], "b": ["ok"] * 3 + ["refused"], "c": ["ok"] * 4}
    rows = [
        {"prompt_id": prompt, "sample": sample, "judge": judge, "judge_status": status[judge][n], "score_l": 10.0}
        | {"score_q": of[judge][n], "score": None, "judge_prompt_tokens": 7, "Clarity": 50.0, "words": 100 + n}
        for judge in "cab"
        for n, (prompt, sample) in enumerate(keys)
    ]
    scores = pd.DataFrame(rows).sample(frac=1, random_state=1)  # rows are matched by what they are of, not by place
    made = with_panels(scores, {"both": ["a", "b"]})
    pd.testing.assert_frame_equal(made.iloc[:12], scores.reset_index(drop=True), check_dtype=False)
    panel = made.iloc[12:].sort_values(["prompt_id", "sample"])
    assert set(panel["judge"]) == {"both"} and panel["score_q"].tolist()[:2] == [65.0, 50.5]
    assert panel["score_q"].isna().tolist() == [False, False, True, True]
    assert panel["judge_status"].tolist() == ["ok", "ok", "unparsed", "no_response"]
    assert panel["score"].tolist()[:2] == [37.5, 30.25] and panel["words"].tolist() == [100, 101, 102, 103]
    assert panel["judge_prompt_tokens"].isna().all() and panel["Clarity"].isna().all()
    assert with_panels(scores, {}) is scores
    recorded = scores[scores["judge"] != "b"]  # on a model that it has no verdicts on
    assert set(with_panels(recorded, {"both": ["a", "b"], "other": ["b", "c"]})["judge"]) == {"a", "c"}


def test_a_panel_is_where_all_its_judges_are() -> None:
    panels = {"ab": ["a", "b"], "bc": ["b", "c"]}
    assert panels_for(panels, ["a", "b"]) == {"ab": ["a", "b"]} and panels_for(panels, "abc") == panels


def write_scores(path: Path, strength: int) -> Path:
    """Scores of twelve prompts by two judges; each could not read one."""
    blank = dict.fromkeys(SCORES.names) | {"sample": 0, "status": "ok", "language": "en", "required": 100}
    blank |= {name: 90 for name in SCORES.names if name.startswith("words")} | {"range": "[0,500)", "score_l": 70.0}
    rows = []
    for number, judge in enumerate(PANEL["both"]):
        for prompt in range(12):
            score = None if prompt == number else 40.0 + strength + 10 * number + (prompt * (number + 3)) % 7
            about = {"prompt_id": f"p{prompt}", "judge": judge, "judge_status": "ok" if score else "unparsed"}
            whole = None if score is None else (70 + score) / 2
            rows.append(blank | about | {"score_q": score, "score": whole, "Clarity": score})
    write_table(path, rows, with_dimensions(SCORES, ["Clarity"]), "join_scores")
    return path


def test_the_tables_have_the_panel_beside_its_judges(tmp_path: Path) -> None:
    dataset, leaderboard = "d", tmp_path / "leaderboard.parquet"
    scores = [
        write_scores(tmp_path / dataset / name / "scores.parquet", strength)
        for strength, name in enumerate(("model-a", "model-b"))
    ]
    dimensions = json.dumps({dataset: {"judge-a": ["Clarity"], "judge-b": ["Clarity"]}})
    outs: dict[str, Any] = {"csv": tmp_path / "x.csv", "markdown": tmp_path / "x.md", "out": leaderboard}
    common: dict[str, Any] = {"dimensions": dimensions, "panels": json.dumps(PANEL), "missing": "exclude"}
    build_leaderboard(scores=scores, prices="{}", judge_prices="{}", **common, **outs)
    board = {(row["model"], row["judge"]): row for row in read_rows(leaderboard) if row["slice_kind"] == "all"}
    assert [judge for model, judge in board if model == "model-a"] == ["judge-a", "judge-b", "both"]
    assert [row["panel"] for (model, _), row in board.items() if model == "model-a"] == [None, None, "judge-a, judge-b"]
    assert "**d**, judged by panel both (mean of judge-a, judge-b)" in outs["markdown"].read_text(encoding="utf-8")
    for path in scores:
        by_response: dict[tuple[str, int], list[float | None]] = {}
        for each in read_table(path, SCORES).to_pylist():
            by_response.setdefault((each["prompt_id"], each["sample"]), []).append(each["score_q"])
        means = [sum(pair) / 2 for pair in by_response.values() if None not in pair]
        row = board[path.parent.name, "both"]
        assert row["score_q"] == pytest.approx(sum(means) / len(means))
        assert (row["n_judged"], row["n_scored_q"], row["n"]) == (len(means), len(means), len(by_response))
        assert row["n_judged"] < len(by_response) and row["judge_cost"] is None and row["Clarity"] is None
    compare_models(scores=scores, seed=1, **common, out=tmp_path / "c.parquet", win_rates=tmp_path / "w.parquet")
    assert {row["judge"] for row in read_rows(tmp_path / "c.parquet")} == {"judge-a", "judge-b", "both"}
    assert {row["judge"] for row in read_rows(tmp_path / "w.parquet")} == {"judge-a", "judge-b", "both"}


def test_the_page_says_whose_mean_a_panel_is() -> None:
    templates = environment()
    templates.globals |= {"settings": ReportSettings(panels=PANEL), "demo_judges": [], "published": None}
    caption = templates.from_string('{% from "macros.html.jinja" import judged_by %}{{ judged_by(name) }}')
    assert caption.render(name="both").strip() == "Panel both, the mean of judge-a and judge-b"
    assert caption.render(name="judge-a").split() == ["Judge", "judge-a"]


def test_texts_are_linked_by_each_judge_and_not_by_a_panel(tmp_path: Path) -> None:
    """The reader lists texts by the scores of one judge."""
    run = make_run(tmp_path, ["weak"], [*PANEL["both"]], prompts=8)
    run.settings |= {"panels": PANEL, "reader": True}
    of_judges = dict.fromkeys(PANEL["both"], report_rows.DIMENSIONS)
    build_leaderboard(
        scores=run.tables("scores"),
        dimensions=json.dumps({"longbench-write": of_judges}),
        panels=json.dumps(PANEL),
        missing="exclude",
        prices="{}",
        judge_prices="{}",
        out=run.leaderboard,
        csv=run.leaderboard.with_suffix(".csv"),
        markdown=run.leaderboard.with_suffix(".md"),
    )
    html = build(run)
    links = re.findall(r'href="(browse/index.html#/longbench-write\?[^"]*)">its texts, worst first', html)
    judges = [dict(parse_qsl(unescape(link).partition("?")[2]))["judge"] for link in links]
    assert "Panel both, the mean of" in html and judges == PANEL["both"]


def config(panels: dict[str, list[str]], judges: tuple[str, ...] = ("a", "b")) -> Any:
    entries: dict[str, Any] = {name: {"backend": "demo"} for name in "ab"}
    entries["reader"] = {"backend": "demo", "method": "long-reward", "datasets": ["texts"]}
    datasets = {"tasks": {"path": "t.jsonl"}, "texts": {"path": "x.jsonl", "fields": {"context": "c"}}}
    chosen = {"datasets": ["tasks"], "models": ["m"], "judges": [*judges]}
    models = {"m": {"backend": "demo"}}
    whole = {"datasets": datasets, "models": models, "judges": entries, "evaluate": chosen}
    return load_config(whole | {"scores": {"panels": panels}})


def test_a_panel_of_the_config() -> None:
    assert config({"both": ["a", "b"]}).raw["scores"]["panels"] == {"both": ["a", "b"]}


@pytest.mark.parametrize(
    ("panels", "message"),
    [
        ({"a": ["a", "b"]}, "there is a judge 'a' (config scores.panels.a)"),
        ({"both": ["a", "bb"]}, "'bb' is no judge of evaluate.judges, did you mean 'b'?"),
        ({"both": ["a", "reader"]}, "no dataset of evaluate.datasets is judged by all of them"),
        ({"both": ["a"]}, "config scores.panels.both"),
        ({"both": ["a", "a"]}, "'a' stands there twice"),
        ({"a/b": ["a", "b"]}, "A name is at most 150 letters"),
    ],
)
def test_mistakes_in_panels_are_told(panels: dict[str, list[str]], message: str) -> None:
    with pytest.raises(LonghandError) as caught:
        config(panels, ("a", "b", "reader"))
    assert message in str(caught.value)
