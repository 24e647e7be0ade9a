"""The report's part on AgentWrite: its numbers against the traces, counted apart; texts call by call; hostile text."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from report_page import Page, build, cells, foreign, section
from report_run import Run, make_run
from report_traces import add_agentwrite, call

from longhand.report.calls import call_reasons
from longhand.summary.calls import REASONS_EACH, count_calls, reason_rows
from longhand.summary.inputs import Source
from longhand.summary.readings import FIRST_CALLS, LAST_CALLS
from longhand.tables.files import Row, write_table
from longhand.tables.schemas import TRACES

DIRECT, PLANNED = "writer-a", ["writer-b", "writer-c"]
HEADINGS = ("How AgentWrite made its texts", "Texts call by call")


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = make_run(tmp_path_factory.mktemp("planned"), [DIRECT, *PLANNED], ["judge"], prompts=40)
    add_agentwrite(run, PLANNED)
    (scores,) = [path for path in run.tables("scores") if path.parent.name == PLANNED[0]]
    table = pq.read_table(scores)
    rejected = [i % 7 == 3 for i in range(table.num_rows)]
    status = pc.if_else(pa.array(rejected), "rejected", table["status"])
    pq.write_table(
        table.set_column(table.schema.get_field_index("status"), table.schema.field("status"), status), scores
    )
    return run


@pytest.fixture(scope="module")
def html(planned: Run) -> str:
    return build(planned)


def rows_of(run: Run, table: str, model: str) -> list[Row]:
    (path,) = [path for path in run.tables(table) if path.parent.name == model]
    return pq.read_table(path).to_pylist()


def tables_of(part: str) -> dict[str, str]:
    """The tables of a part of the page by their captions, or by their labels where they have none."""
    labelled = re.findall(r'aria-label="([^"]*)">\s*<table>(.*?)</table>', part, re.S)
    captions = [(re.search(r"<caption>(.*?)</caption>", table, re.S), label, table) for label, table in labelled]
    return {Page(caption[1]).text if caption else label: table for caption, label, table in captions}


def middle(values: list[float]) -> str:
    return f"{median(values):,.0f}"


def test_words_of_whole_texts(planned: Run, html: str) -> None:
    shown = cells(tables_of(section(html, HEADINGS[0]))["Words of whole texts"])
    assert [line[0] for line in shown] == PLANNED
    assert "Rejected: no plan passed the checks, or a section before the last came without a text." in html
    for line in shown:
        scores, traces = rows_of(planned, "scores", line[0]), rows_of(planned, "traces", line[0])
        plans = Counter(one["prompt_id"] for one in traces if one["step"] == "plan")
        whole = [row for row in scores if row["status"] == "ok" and row["required"]]
        sums = [
            sum(one["required"] for one in traces if one["step"] == "write" and one["prompt_id"] == row["prompt_id"])
            for row in whole
        ]
        near = sum(0.8 <= row["words_longbench_write"] / row["required"] <= 1.2 for row in whole)
        assert 0 < len(whole) < len(scores) and max(plans.values()) > 1
        assert line[1:] == [
            str(len(scores)),
            str(sum(row["status"] == "rejected" for row in scores)),
            str(sum(n > 1 for n in plans.values())),
            str(len(whole)),
            middle([row["required"] for row in whole]),
            middle(sums),
            middle([row["words_longbench_write"] for row in whole]),
            str(near),
        ]


def test_where_lengths_fall_behind(planned: Run, html: str) -> None:
    part = section(html, HEADINGS[0])
    table = tables_of(part)["Where in the text lengths fall behind"]
    names = re.findall(r'<th class="num first" scope="col">(.*?)</th>', table)
    assert names == [*map(str, range(1, 11)), "11–15", "16–20", "21–30", "31–40", "41+"]
    ends = [(int(re.split("[–+]", name)[0]), int(name.rpartition("–")[2]) if name[-1] != "+" else 50) for name in names]
    for line, row in zip(
        cells(table), re.findall(r"<tr><th class=\"name\" scope=\"row\">.*?</tr>", table, re.S), strict=True
    ):
        calls = [
            one for one in rows_of(planned, "traces", line[0]) if one["step"] == "write" and one["status"] != "failed"
        ]
        by_place = [[one for one in calls if first <= one["number"] + 1 <= last] for first, last in ends]
        assert sum(map(len, by_place)) == len(calls)
        assert line[1:] == [
            middle([100 * (one["words"] or 0) / one["required"] for one in of_place]) + "%" for of_place in by_place
        ]
        assert re.findall(r"n ([\d,]+)", row) == [str(len(of_place)) for of_place in by_place]
        near = sum(0.8 <= (one["words"] or 0) / one["required"] <= 1.2 for one in calls)
        assert f"{near} of {len(calls)} sections within 20%" in part


def test_calls_by_status_and_why(planned: Run, html: str) -> None:
    tables = tables_of(section(html, HEADINGS[0]))
    for caption, step in (("Plans asked for", "plan"), ("Sections", "write")):
        heads = re.findall(r'<th class="num" scope="col">(.*?)</th>', tables[caption])
        for line in cells(tables[caption]):
            of_step = [one for one in rows_of(planned, "traces", line[0]) if one["step"] == step]
            counts = [sum(one["status"] == status for one in of_step) for status in heads[:-1]]
            assert [int(cell) for cell in line[1:]] == [*counts, len(of_step)] and sum(counts) == len(of_step)
    reasons = {(line[0], line[1]): line for line in cells(tables["Calls that were not ok"])}
    refused = [
        sum(one["step"] == "plan" and one["status"] == "rejected" for one in rows_of(planned, "traces", model))
        for model in PLANNED
    ]
    why = "the plan has N words, and N are required"
    assert reasons["all", ""][2:4] == [str(len(rows_of(planned, "traces", model))) for model in PLANNED]
    assert reasons["plan", "rejected"] == ["plan", "rejected", *map(str, refused), why] and all(refused)
    assert reasons["write", "too_long"][-1] == "HTTP 503: overloaded"  # what a server says keeps its numbers


def test_texts_are_read_call_by_call(planned: Run, html: str) -> None:
    part = section(html, HEADINGS[1])
    assert part.count("<details>") == 3
    prompts = {row["prompt_id"]: row for row in pq.read_table(planned.tables("prompts")[0]).to_pylist()}
    for each in part.split("<details>")[1:]:
        (prompt,) = [row for row in prompts.values() if Page(each).text.count(row["prompt"]) == 1]
        for model, of_model in zip(PLANNED, each.split("<h5>")[1:], strict=True):
            calls = [one for one in rows_of(planned, "traces", model) if one["prompt_id"] == prompt["prompt_id"]]
            labels = [re.split(" · | <", label)[0] for label in re.findall(r'<li><p class="facts">(.*?)</p>', of_model)]
            every = ["Plan" if one["step"] == "plan" else f"Section {one['number'] + 1}" for one in calls]
            left_out = max(len(every) - FIRST_CALLS - LAST_CALLS, 0)
            assert labels == (every[:FIRST_CALLS] + every[-LAST_CALLS:] if left_out else every)
            assert (f"{left_out} calls not shown" in of_model) == bool(left_out)
            for one in calls[: FIRST_CALLS if left_out else None]:
                if one["text"]:
                    assert Page(of_model).text.count(one["text"][:40])
    assert len(part) < 150_000


def test_hostile_traces_stay_text(tmp_path: Path) -> None:
    run = make_run(tmp_path, ["writer-a"], [], prompts=12)
    add_agentwrite(run, ["writer-a"], "<script>alert(1)</script>\"><img src=x onerror='alert(2)'>\x00\x1b[2J\u202e")
    html = build(run)
    assert foreign(html) == []
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 8 and not re.search("[\x00\x1b\u202e]", html)


def test_without_agentwrite_there_is_no_such_part(tmp_path: Path) -> None:
    run = make_run(tmp_path, ["writer-a", "writer-b"], ["judge"])
    html = build(run)
    assert not any(heading in html for heading in HEADINGS)
    add_agentwrite(run, ["writer-b"])
    run.settings["models"]["writer-b"]["method"] = "outline"  # another method of several calls has no sections
    html = build(run)
    assert HEADINGS[0] not in html and HEADINGS[1] in html


def test_texts_without_a_section(tmp_path: Path) -> None:
    """All plans were refused, or nothing was asked yet."""
    run = make_run(tmp_path, ["writer-a"], [], prompts=4)
    (path,) = add_agentwrite(run, ["writer-a"])
    plans = [row for row in pq.read_table(path).to_pylist() if row["step"] == "plan"]
    for rows in (plans, []):
        write_table(path, rows, TRACES, "collect_traces")
        part = section(build(run), HEADINGS[0])
        (line,) = cells(tables_of(part)["Words of whole texts"])
        assert line[4:] == ["0", "—", "—", "—", "—"] and "<figure" not in part


def test_what_the_server_filtered_is_no_text(tmp_path: Path) -> None:
    """The trace of a filtered section may have the words that came before the filter did: they are in no text."""
    run = make_run(tmp_path, ["writer-a"], [], prompts=4)
    (path,) = add_agentwrite(run, ["writer-a"])
    rows = [row | {"status": "refused" if row["step"] == "write" else "ok"} for row in pq.read_table(path).to_pylist()]
    assert any(row["words"] for row in rows if row["status"] == "refused")
    write_table(path, rows, TRACES, "collect_traces")
    part = section(build(run), HEADINGS[0])
    (line,) = cells(tables_of(part)["Where in the text lengths fall behind"])
    assert {cell.split("%")[0] for cell in line[1:]} <= {"0", "—"} and "0" in line[1].split("%")[0]


def test_reasons_are_few(tmp_path: Path) -> None:
    """Alike remarks are one reason; texts that a remark quotes are none; the rest is one line."""
    key = {"prompt_id": "p", "sample": 0}
    remarks = [f"a line of the plan has no word count: {quoted}" for quoted in "abc"] + [
        "it has 1,200 words",
        "it has 7 words",
    ]
    calls = [call(key, "plan", 0, "x", status="rejected", error=error) for error in remarks]
    calls += [call(key, "write", i, None, status="failed", error=f"HTTP {i}: gone") for i in range(REASONS_EACH)]
    calls += [call(key, "write", 0, "x")]
    write_table(tmp_path / "traces.parquet", calls, TRACES, "collect_traces")
    counted = {Source(tmp_path, "d", model): count_calls(tmp_path / "traces.parquet") for model in "ab"}
    rows = list(reason_rows("d", counted))
    columns, lines = call_reasons(rows, {("d", "b"): "second", ("d", "a"): "first", ("d", "c"): "nobody"})
    assert columns == ["second", "first"]
    assert (lines[0].step, lines[0].counts) == ("all", [len(calls)] * 2)
    assert [(line.text, line.counts) for line in lines[1:4]] == [
        ("a line of the plan has no word count", [3, 3]),
        ("it has N words", [2, 2]),
        ("HTTP 0: gone", [1, 1]),
    ]
    assert len(lines) == REASONS_EACH + 2 and (lines[-1].text, lines[-1].counts) == ("2 other reasons", [2, 2])
    assert not list(reason_rows("d", {Source(tmp_path, "d", "ok"): Counter({("write", "ok", ""): 3})}))
