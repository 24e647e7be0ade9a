"""Where the page's numbers come from: whose verdicts it shows, who made its tables, who answered, what it cost."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from report_page import Page, build, cells, section
from report_rows import DIMENSIONS
from report_run import PRICE, Run, make_run

import longhand.tables.makers
import score_length
from compare_models import main as compare_models
from export_eval_quality import main as export_eval_quality
from longhand.preferences.audit import figure
from longhand.report import wording
from longhand.results.exports import as_csv
from longhand.tables.files import read_table, write_table
from longhand.tables.makers import made_with, makers
from longhand.tables.schemas import INT, PROMPTS, schema_of
from longhand.tables.training_tables import AUDIT
from longhand.wire.identity import Identity
from show_leaderboard import main as show_leaderboard

WRITERS = ["writer-a", "writer-b"]


@pytest.fixture
def judged(tmp_path: Path) -> Run:
    return make_run(tmp_path, WRITERS, ["judge"], prompts=12)


def rewrite(path: Path, **changes: object) -> None:
    """Changes columns of a table that are not null; its metadata stays."""
    table = pq.read_table(path)
    rows = [
        row | {k: v for k, v in changes.items() if row[k] is not None or k == "server"} for row in table.to_pylist()
    ]
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)


@pytest.mark.parametrize("judges", [["judge"], []])
def test_a_judge_of_pairs_alone_ranks_nobody(
    judges: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is in the tables of scores; the leaderboard, the page and EvalScope's file have the evaluation's judges."""
    run = make_run(tmp_path, WRITERS, ["pairs-judge", "judge"], evaluated=judges, prompts=12)
    rows = pq.read_table(run.leaderboard).to_pylist()
    whole = [row for row in rows if row["slice_kind"] == "all"]
    assert {row["judge"] for row in rows} == set(judges or [None])
    assert [(row["model"], row["n"]) for row in whole] == [(model, 12) for model in WRITERS]
    for row in whole:
        scores = pq.read_table(run.folder / f"results/longbench-write/{row['model']}/scores.parquet").to_pylist()
        assert {line["judge"] for line in scores} == {"judge", "pairs-judge"}
        known = [line["score_l"] for line in scores if line["judge"] == "judge" and line["score_l"] is not None]
        assert row["score_l"] == pytest.approx(sum(known) / len(known))
        assert (row["score_q"] is None) == (row["judge_completion_tokens"] is None) == (not judges)
    html = build(run)
    assert "pairs-judge" not in html
    assert ("S<sub>Q</sub>" in "".join(re.findall(r"<thead>.*?</thead>", html, re.S))) == bool(judges)
    assert len(re.findall(r"S<sub>Q</sub> [\d.—]+ \(", html)) == (html.count("<h5>") if judges else 0)  # under samples
    capsys.readouterr()
    show_leaderboard(leaderboard=run.leaderboard)
    assert "pairs-judge" not in capsys.readouterr().out
    _, after = run.tables("scores")
    dimensions = json.dumps(dict.fromkeys(judges, DIMENSIONS))
    tables = {"out": tmp_path / "comparison.parquet", "win_rates": tmp_path / "win_rates.parquet"}
    of_datasets = f'{{"longbench-write": {dimensions}}}'
    compare_models(scores=run.tables("scores"), dimensions=of_datasets, missing="exclude", seed=1, **tables)
    for table in tables.values():
        rows = pq.read_table(table).to_pylist()
        assert {row["judge"] for row in rows} == set(judges or [None])
        assert next(row["n_prompts"] for row in rows if row["metric"] == "score_l") > 9
    export_eval_quality(scores=after, dimensions=dimensions, missing="exclude", out=tmp_path / "quality.jsonl")
    assert len((tmp_path / "quality.jsonl").read_text().splitlines()) == len(judges)


def test_the_banner_covers_judges_and_models_of_pairs(judged: Run) -> None:
    run, audit = judged, figure("outcome", "paired", 1.0, 4)
    write_table(run.folder / "results/preferences/mine/audit.parquet", [audit], AUDIT, "audit_pairs")
    run.settings["pairs"] = {
        "mine": {"dataset": "longbench-write", "models": ["writer-a", "toy"], "judge": "toy-judge"}
    }
    run.settings["models"]["toy"] = run.settings["judges"]["toy-judge"] = {"backend": "demo"}
    html = build(run)
    page = Page(html)
    sentence = "the texts of toy are n-gram noise and the verdicts of toy-judge are simple text statistics"
    assert page.text.count(sentence) == 2  # banner and footer
    assert page.text.count("toy-judge demo") == 2  # at the pairs and among the settings
    assert not re.search("toy", section(html, "Leaderboard")) and "2 models," in page.text


def test_the_same_made_again_by_the_same_is_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schema, rows = schema_of(("n", INT)), [{"n": 1}]
    made = made_with("pandas", settings={"b": 1, "a": 2}, identity=Identity("openai", "asked", system="x" * 9))
    written = [tmp_path / name for name in "abc"]
    write_table(written[0], rows, schema, "join_scores", made)
    write_table(written[1], rows, schema, "join_scores", made_with("pandas", settings={"a": 2, "b": 1}) | made)
    assert written[0].read_bytes() == written[1].read_bytes()
    record = json.loads(pq.read_metadata(written[0]).metadata[b"longhand"])
    assert set(record) == {"step", "version", "packages", "config", "model"} and "xxx" not in str(record)
    monkeypatch.setattr(longhand.tables.makers, "__version__", "9.9")
    write_table(written[2], rows, schema, "judge_responses")
    gathered = tmp_path / "gathered"
    write_table(gathered, rows, schema, "gather_shards", made_with(sources=[*written, *written]))
    steps = [(maker.step, dict(maker.versions)["longhand"], maker.model) for maker in makers(gathered)]
    assert steps[0] == ("gather_shards", "9.9", None) and len(steps) == 3
    assert set(steps[1:]) == {("join_scores", longhand.__version__, "asked"), ("judge_responses", "9.9", None)}


def test_versions_are_those_of_the_tables(judged: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run = judged
    card = build(run).split("Versions that made the tables")[1]
    shown = dict(re.findall(r'<th scope="row">(\S+)</th><td>(.*?)</td>', card))
    assert shown["longhand"] == longhand.__version__ and shown["python"] == ".".join(map(str, sys.version_info[:3]))
    assert set(shown) == {"longhand", "python", "pyarrow", "pandas", "numpy", "scipy"}
    monkeypatch.setattr(longhand.tables.makers, "__version__", "9.9")  # one table is made again, by another Longhand
    home = run.folder / "results/longbench-write"
    made = {"prompts": home / "prompts.parquet", "responses": home / "writer-b/responses.parquet"}
    score_length.main(**made, rule="longbench-write", out=home / "writer-b/lengths.parquet")
    rewrite(home / "writer-a/responses.parquet", server="vllm 0.14.0")
    rows = read_table(home / "prompts.parquet")
    write_table(home / "prompts.parquet", rows.to_pylist(), PROMPTS, "prepare_prompts")
    card = build(run).split("Versions that made the tables")[1]
    assert "<td>0.1.0 (7 tables); 9.9 (longbench-write/prompts)</td>" in card
    assert re.search(r'<th scope="row">vllm</th><td>0.14.0</td>', card)


def test_other_names_that_servers_reported_are_told(judged: Run) -> None:
    assert "Names that servers reported" not in build(judged)
    odd, run = "gpt-9 \u202egpj\x1b[31m <b>", judged
    for path in run.tables("responses"):
        rewrite(path, reported_model=odd)
    html = build(run)
    shown = cells(section(html, "Names that servers reported"))
    answered = {
        path.parent.name: sum(row["reported_model"] == odd for row in pq.read_table(path).to_pylist())
        for path in run.tables("responses")
    }
    assert shown == [[model, model, "gpt-9 gpj <b>", str(answered[model])] for model in WRITERS]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", html)


def test_the_page_tells_cost_duration_and_dates(judged: Run) -> None:
    run = judged
    responses = [row for path in run.tables("responses") for row in pq.read_table(path).to_pylist()]
    verdicts = [row for path in run.tables("judgements/*") for row in pq.read_table(path).to_pylist()]
    usd, seconds = [], []
    for rows in (responses, verdicts):
        tokens = {side: sum(row[f"{side}_tokens"] or 0 for row in rows) for side in ("prompt", "completion")}
        usd.append((tokens["prompt"] * PRICE["input"] + tokens["completion"] * PRICE["output"]) / 1e6)
        seconds.append(sum(row["seconds"] or 0 for row in rows))
    for path in run.folder.rglob("*.parquet"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    os.utime(run.tables("responses")[0], (1_600_000_000, 1_600_000_000))
    text = Page(build(run)).text
    assert f"Cost ${sum(usd):.2f}: ${usd[0]:.2f} for responses and ${usd[1]:.2f} for verdicts, by the prices" in text
    both = [f"{s:.0f} s" if s < 99.5 else f"{round(s / 60)} min" for s in seconds]
    assert f"Requests took {both[0]} for responses and {both[1]} for verdicts, added up" in text
    assert "Tables written from 2020-09-13 12:26 to 2023-11-14 22:13 UTC, this page at" in text
    assert (
        abs(datetime.now(UTC) - datetime.fromisoformat(re.findall(r"this page at (.*?) UTC", text)[0] + "Z")).days < 1
    )
    assert [wording.hours(s) for s in (9, 99, 100, 5999, 7980)] == ["9 s", "99 s", "2 min", "1 h 40 min", "2 h 13 min"]


def test_prompts_that_the_rule_does_not_score_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A range has no score by LongBench-Write's rule; that is no fault of a model."""
    run = make_run(tmp_path, ["writer"], ["judge"], rule="longen", score_by="longbench-write")
    prompts = pq.read_table(run.tables("prompts")[0]).to_pylist()
    ranges = sum(row["constraint"] == "range" for row in prompts)
    (whole,) = (row for row in pq.read_table(run.leaderboard).to_pylist() if row["slice_kind"] == "all")
    assert whole["n_without_rule"] == ranges == 6 and whole["n_without_length"] == 0
    failed = sum(row["status"] == "failed" for row in pq.read_table(run.tables("responses")[0]).to_pylist())
    assert whole["n_scored_l"] + ranges + failed >= 24 > whole["n_scored_l"] + ranges - 1
    why = "a range of words is required, which the dataset's length rule does not score."
    assert f"6 of 24 prompts without S L : {why}" in Page(build(run)).text
    capsys.readouterr()
    show_leaderboard(leaderboard=run.leaderboard)
    assert f"6 of 24 responses without S_L: {why}" in " ".join(capsys.readouterr().out.split())


def test_no_text_of_the_csv_is_a_formula(judged: Run) -> None:
    labels = {"=HYPERLINK(1)": "'=HYPERLINK(1)", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": "'=1", "\r-2": "'-2"}
    labels |= {'plain = "1", 公文': 'plain = "1", 公文', "\x1b[31mred\rline": "red line"}
    board = pq.read_table(judged.leaderboard).to_pandas().iloc[[0] * len(labels)]
    board = board.assign(slice=list(labels), score_l=-1.5).rename(columns={"lifebench": "=lifebench"})
    rows = list(csv.DictReader(io.StringIO(as_csv(board), newline="")))
    assert [row["slice"] for row in rows] == list(labels.values())
    assert {row["score_l"] for row in rows} == {"-1.5000"} and "'=lifebench" in rows[0]
    assert {row["model"] for row in rows} == {"writer-a"}


def test_what_is_shown_in_the_terminal_obeys_nobody(judged: Run, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J \u202ekcab\u2066 \u200f"
    rewrite(judged.leaderboard, dataset=f"d{hostile}", model=f"m{hostile}")
    capsys.readouterr()
    show_leaderboard(leaderboard=judged.leaderboard)
    shown = capsys.readouterr().out
    assert "d kcab" in shown and "m kcab" in shown and not re.search("[\u200f\u202e\u2066\x07\x1b]", shown)
