"""What the report says of lengths: the rules side by side, how far a model reaches, the health of the texts."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from report_page import Page, build, cells, section
from report_run import Run, make_run

from build_report import main
from longhand.report import wording
from longhand.tables.files import Row, write_table
from longhand.tables.summary_tables import SUMMARY


@pytest.fixture
def longen(tmp_path: Path) -> Run:
    return make_run(tmp_path, ["writer-a", "writer-b"], ["judge"], datasets=("longen",), rule="longen")


def of_run(run: Run, name: str, model: str) -> list[Row]:
    rows = pq.read_table(run.folder / f"results/summary/{name}.parquet").to_pylist()
    return [row for row in rows if row["model"] == model]


def test_page_shows_what_the_tables_hold(longen: Run) -> None:
    html = build(longen)
    shown = cells(section(html, "Length rules side by side"))
    assert {row[0] for row in shown} == {"writer-a", "writer-b"}
    for row in shown:
        means = of_run(longen, "length_rule_means", row[0])
        assert [each["rule"] for each in means] == ["longen", "longbench-write", "lifebench"]
        assert means[0]["n"] < 24 * 3 / 4 + 1  # a quarter are ranges, which two of the rules do not know
        expected = [row[0], str(means[0]["n"])]
        for each in means:
            both = [r for model in ("writer-a", "writer-b") for r in of_run(longen, "length_rule_means", model)]
            same = {r["rank"] for r in both if r["rule"] == each["rule"]}
            expected += [f"{each['mean']:.1f}", f"{each['rank']}{'=' if len(same) == 1 else ''}"]
        words = of_run(longen, "length_rule_words", row[0])
        assert row == expected + [f"{each['words']:,.0f}" for each in words]
    assert (
        "No two of the 2 models stand in another order by another rule, as far as an order is sure." in Page(html).text
    )
    for row in cells(section(html, "How far a model reaches")):
        course = of_run(longen, "reach", row[0])
        assert row[1] == f"{course[0]['longest']:,}"
        names = [f"{c['required']:,.0f}" if c["uniform"] else c["range"] for c in course if c["ends"]]
        limited = [c["ends"] == "cut_off" for c in course if c["ends"]]
        assert row[2] == (f"{'cut off at ' if limited[0] else ''}{names[0]}" if names else "nowhere")
        assert row[3:] == [f"{c['words']:,.0f}" + (f" {c['cut']} cut" if c["cut"] else "") for c in course]
    health_section = section(html, "Text health")
    loud, quiet = [], []
    for row in cells(health_section):
        (line,) = of_run(longen, "health", row[0])
        assert row[1:4] == [str(line[name]) for name in ("texts", "cut", "looped")]
        assert row[5:7] == [str(line[name]) for name in ("unclosed", "other_language")]
        loud += [str(line[name]) for name in ("cut", "looped", "other_language") if line[name]]
        quiet += [str(line["unclosed"])] if line["unclosed"] else []
    assert quiet and loud
    assert re.findall(r'<span class="flag number">(\d+)<', health_section) == loud
    assert re.findall(r'<span class="flag number quiet">(\d+)<', health_section) == quiet


def test_models_that_another_rule_turns_round_are_counted(longen: Run) -> None:
    arguments = longen.arguments()
    path = longen.folder / "results/summary/length_rule_means.parquet"
    rows = pq.read_table(path).to_pylist()
    for row in rows:
        first, of_dataset = row["model"] == "writer-a", row["rule"] == "longen"
        turned = {"above": int(not first and not of_dataset), "below": int(first and not of_dataset)}
        row |= {"rank": 1 if first == of_dataset else 2, "leads": first == of_dataset} | turned
    write_table(path, rows, SUMMARY["length_rule_means"], "summarize_run")
    main(**arguments)
    html = arguments["out"].read_text(encoding="utf-8")
    shown = {row[0]: row for row in cells(section(html, "Length rules side by side"))}
    assert [shown["writer-a"][i] for i in (3, 5, 7)] == ["1", "2 ▼1", "2 ▼1"]
    assert [shown["writer-b"][i] for i in (3, 5, 7)] == ["2", "1 ▲1", "1 ▲1"]
    turns = "LongBench-Write turns 1 pair of models round and LIFEBench turns 1 pair of models round"
    assert f"Against LonGen, {turns}; each order is sure." in Page(html).text


def test_health_that_was_not_measured_is_not_shown(longen: Run) -> None:
    arguments = longen.arguments()
    path = longen.folder / "results/summary/health.parquet"
    rows = [row | {"repeated": None} for row in pq.read_table(path).to_pylist()]
    write_table(path, rows, SUMMARY["health"], "summarize_run")
    main(**arguments)
    assert "Text health" not in arguments["out"].read_text(encoding="utf-8")


def test_constraints_are_told(longen: Run) -> None:
    html = build(longen)
    page = Page(html)
    prompts = pq.read_table(longen.tables("prompts")[0]).to_pylist()
    ends = [row[name] for row in prompts for name in ("required", "required_min", "required_max") if row[name]]
    assert f"{min(ends):,} to {max(ends):,} words required" in page.text
    summaries = [Page(each).text for each in re.findall(r"<summary>(.*?)</summary>", html, re.S)]
    assert sum("words required" in each for each in summaries) == 3
    assert "About T words allow [0.8T, 1.2T]" in page.text
    about = {"required": None, "required_min": None, "required_max": None, "constraint": None}
    assert wording.required(about) == "No required length"
    assert wording.required(about | {"required": 1, "constraint": "about"}) == "1 word required"
    assert wording.required(about | {"required_min": 2500, "constraint": "above"}) == "Over 2,500 words required"
    assert wording.required(about | {"required_max": 2500, "constraint": "below"}) == "Under 2,500 words required"
    both = {"required_min": 2500, "required_max": 3500, "constraint": "range"}
    assert wording.required(about | both) == "2,500–3,500 words required"
    labels = ("[0,500)", "[500,2000)", "[30000,∞)", "other")
    assert [wording.range_name(label) for label in labels] == ["0–500", "500–2k", "30k+", "other"]
    lengths = (50.0, 999, 1000, 1500, 1024, 1250, 16384, 100_000)
    assert [wording.short(n) for n in lengths] == ["50", "999", "1k", "1.5k", "1,024", "1,250", "16,384", "100k"]
