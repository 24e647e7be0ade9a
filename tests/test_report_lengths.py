"""What the report says of lengths: the rules side by side, how far a model reaches, the health of the texts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from longhand.report.health_counts import health_counts
from report_page import Page, build, cells, section
from report_run import Run, make_run

from longhand.report import wording
from longhand.report.marks import marks_of
from longhand.report.reach import reach
from longhand.report.rules import side_by_side
from longhand.results.leaderboard import leaderboard_rows
from longhand.summary.inputs import Source
from longhand.tables.files import Row, write_table
from longhand.tables.score_tables import SCORES


def scores(folder: Path, models: dict[str, list[Row]]) -> tuple[dict[str, Source], Any]:
    """Tables of scores, and how the models are marked. A row needs only what a test is about."""
    written = {}
    for model, rows in models.items():
        whole = dict.fromkeys(SCORES.names) | {"sample": 0, "status": "ok", "language": "en", "words": 0}
        whole |= {"words_longbench_write": 0, "words_longen": 0}
        path = folder / "d" / model / "scores.parquet"
        write_table(path, [whole | {"prompt_id": f"p{i}"} | row for i, row in enumerate(rows)], SCORES, "test")
        written[model] = Source(path, "d", model)
    return written, marks_of(models, ())


def ruled(*means: float | None) -> Row:
    return dict(zip(("longbench_write", "longen", "lifebench"), means, strict=True))


def test_ranks_between_rules(tmp_path: Path) -> None:
    tables, marks = scores(
        tmp_path,
        {
            "a": [ruled(90.0, 70.0, 50.0)],
            "b": [ruled(80.0, 80.0, 50.04)],
            "c": [ruled(70.0, 90.0, 50.5)],
            "silent": [{"status": "failed"}],
        },
    )
    compared = side_by_side("longbench-write", tables, marks)
    assert compared and [line.mark.name for line in compared.lines] == ["a", "b", "c", "silent"]
    places = {line.mark.name: [(place.rank, place.rise) for place in line.places] for line in compared.lines}
    assert places["a"] == [("1", 0), ("3", -2), ("2=", -1)]
    assert places["b"] == [("2", 0), ("2", 0), ("2=", 0)]
    assert places["c"] == [("3", 0), ("1", 2), ("1", 2)]
    assert places["silent"] == [("", 0)] * 3
    assert compared.agreement == "Changed ranks against LongBench-Write, of 3 models: 2 by LonGen, 2 by LIFEBench."
    other = side_by_side("longen", tables, marks)
    assert other and other.rules[0] == ("LonGen", "its own") and other.lines[0].mark.name == "c"


def test_rules_are_compared_on_the_same_texts(tmp_path: Path) -> None:
    rows = [
        {"prompt_id": "p", "sample": 0, "words_longbench_write": 100, "words_longen": 110, **ruled(90.0, 80.0, 70.0)},
        {"prompt_id": "p", "sample": 1, "words_longbench_write": 300, "words_longen": 330, **ruled(50.0, 40.0, 30.0)},
        {"prompt_id": "q", "words_longbench_write": 400, "words_longen": 440, **ruled(10.0, 20.0, 30.0)},
        {"prompt_id": "range", "words_longbench_write": 9000, "words_longen": 9000, **ruled(None, 100.0, None)},
        {"prompt_id": "failed", "status": "failed"},
    ]
    tables, marks = scores(tmp_path, {"m": rows})
    compared = side_by_side("longen", tables, marks)
    assert compared and compared.agreement == ""
    (line,) = compared.lines
    assert line.n == 3 and [place.rank for place in line.places] == ["", "", ""]
    assert [place.score.value for place in line.places] == [40.0, 40.0, 40.0]  # longen, longbench-write, lifebench
    assert line.words == [300.0, 330.0]
    assert not any(place.score.has_interval for place in line.places), "of two prompts"


@pytest.mark.parametrize("rows", [[], [{"status": "failed"}], [ruled(None, 50.0, None)]])
def test_no_comparison_of_fewer_than_two_rules(tmp_path: Path, rows: list[Row]) -> None:
    assert side_by_side("longen", *scores(tmp_path, {"m": rows})) is None


def test_intervals_are_the_leaderboards(tmp_path: Path) -> None:
    """To the last bit, over the same rows: also where the first sample of some prompts failed."""
    rows: list[Row] = []
    for sample in range(3):
        for i in range(200):
            score = (i * 37 + sample * 11) % 101 / 1.01
            failed = i % 5 == 0 and sample == 0
            row = {"prompt_id": f"{i * 7919 % 1000:03}", "sample": sample, "status": "failed" if failed else "ok"}
            rows.append(row | ({} if failed else ruled(score, score, score) | {"score_l": score}))
    tables, marks = scores(tmp_path, {"m": rows})
    compared = side_by_side("longen", tables, marks)
    frame = pq.read_table(tables["m"].path).to_pandas()
    board = leaderboard_rows("d", [("m", frame)], {}, missing="exclude", prices={}, judge_prices={})
    whole = next(row for row in board if row["slice_kind"] == "all")
    assert compared and compared.lines[0].n == whole["n_scored_l"] == 560
    for place in compared.lines[0].places:  # all three rules gave the same scores
        shown = (place.score.value, place.score.low, place.score.high)
        assert shown == (whole["score_l"], whole["score_l_low"], whole["score_l_high"])


def length_row(required: int, words: int, status: str = "ok") -> Row:
    return {"required": required, "range": f"[{required},{required + 1})", "words": words, "status": status}


def test_where_a_model_gives_up(tmp_path: Path) -> None:
    steps = (1000, 2000, 5000, 10000)
    courses = {
        "keeps": [length_row(x, x) for x in steps],
        "level": [length_row(x, min(x, 1500)) for x in steps],
        "dips": [length_row(x, x // 10 if x == 2000 else x) for x in steps],  # one short step, then long texts again
        "half": [length_row(x, x // 2) for x in steps],  # half is not under half
        "none": [length_row(x, 0, "empty") for x in steps],
        "limited": [length_row(x, min(x, 1500), "truncated" if x > 1500 else "ok") for x in steps],
        "always": [length_row(x, x * 56 // 100, "truncated") for x in steps],
        "last": [length_row(x, x, "truncated" if x == 10000 else "ok") for x in steps],
        "before": [length_row(x, min(x, 500), "truncated" if x == 10000 else "ok") for x in steps],
        "few": [length_row(x, x, status) for x in steps for status in ("truncated", "ok", "ok")],
        "evenly": [length_row(x, x, status) for x in steps[1:] for status in ("truncated", "ok")],
        "failed": [length_row(x, 0, "failed") for x in steps],
    }
    reached = reach(*scores(tmp_path, courses))
    assert reached and [step.name for step in reached.steps] == ["1,000", "2,000", "5,000", "10,000"]
    ends = {line.mark.name: (line.ends and line.ends.name, line.limited) for line in reached.lines}
    assert ends == {
        "keeps": (None, False),
        "level": ("5,000", False),
        "dips": (None, False),
        "half": (None, False),
        "none": ("1,000", False),
        "limited": ("2,000", True),
        "always": ("1,000", True),
        "last": ("10,000", True),
        "before": ("2,000", False),  # it has given up when the limit comes
        "few": (None, False),
        "evenly": ("2,000", True),
    }
    assert [line.longest for line in reached.lines] == [
        10000,
        1500,
        10000,
        5000,
        0,
        1500,
        5600,
        10000,
        500,
        10000,
        10000,
    ]


def test_steps_of_different_lengths(tmp_path: Path) -> None:
    def at(label: str, *pairs: tuple[int, int]) -> list[Row]:
        return [{"range": label, "required": required, "words": words} for required, words in pairs]

    rows = (
        at("[500,2000)", (600, 500), (800, 700), (1900, 1000)) + at("[0,500)", (100, 100)) + at("[2000,∞)", (3000, 1))
    )
    reached = reach(*scores(tmp_path, {"m": [*rows, {"words": 7}, length_row(10, 10, "failed")]}))
    assert reached and [(step.name, step.required) for step in reached.steps] == [
        ("100", 100),
        ("[500,2000)", 800),
        ("3,000", 3000),
    ]
    cell = reached.lines[0].cells[1]
    assert cell and (cell.n, cell.words, cell.share) == (3, 700, 700 / 800)
    assert reach(*scores(tmp_path, {"m": rows[:4]})) is None  # two steps are no course


def test_page_and_leaderboard_have_the_same_numbers(tmp_path: Path) -> None:
    """The leaderboard is made by its own code here, from the same tables of scores."""
    run = make_run(tmp_path, ["writer-a", "writer-b", "writer-c"], [], prompts=40)
    tables = {path.parent.name: Source(path, "d", path.parent.name) for path in run.tables("scores")}
    marks = marks_of(tables, ())
    ruler, texts = reach(tables, marks), health_counts(tables, marks)
    compared = side_by_side("longbench-write", tables, marks)
    assert ruler and compared and len(texts) == 3
    for line, health_of, places in zip(
        ruler.lines, texts, sorted(compared.lines, key=lambda x: x.mark.name), strict=True
    ):
        frame = pq.read_table(tables[line.mark.name].path).to_pandas()
        rows = list(leaderboard_rows("d", [("m", frame)], {}, missing="exclude", prices={}, judge_prices={}))
        (whole,) = (row for row in rows if row["slice_kind"] == "all")
        medians = {
            row["slice"]: (row["words_median"], row["n_truncated"]) for row in rows if row["slice_kind"] == "range"
        }
        assert {s.label: (c.words, c.cut) for s, c in zip(ruler.steps, line.cells, strict=True) if c} == medians
        assert line.longest == whole["words_max"]
        assert [place.score.value for place in places.places] == [
            pytest.approx(whole[name]) for name in ("longbench_write", "longen", "lifebench")
        ]
        first_place = places.places[0].score
        assert (first_place.low, first_place.high) == (whole["score_l_low"], whole["score_l_high"])
        assert places.words[0] == pytest.approx(whole["words_mean"])
        counts = [
            health_of.texts,
            health_of.cut.n,
            health_of.looped.n,
            health_of.unclosed.n,
            health_of.other_language.n,
        ]
        names = ("n_answered", "n_truncated", "n_looped", "n_unclosed", "n_other_language")
        assert counts == [whole[name] for name in names]
        assert health_of.repeated == pytest.approx(100 * whole["repeated_13gram_share"])
        assert 20 <= health_of.onset_share <= 70 if health_of.looped.n else health_of.onset_share is None
    assert sum(line.cut.n for line in texts) and sum(line.looped.n for line in texts)


def test_health_that_was_not_measured_is_not_shown(tmp_path: Path) -> None:
    assert health_counts(*scores(tmp_path, {"m": [{"status": "ok"}, {"status": "truncated"}]})) == []


@pytest.fixture
def longen(tmp_path: Path) -> Run:
    return make_run(tmp_path, ["writer-a", "writer-b"], ["judge"], datasets=("longen",), rule="longen")


def test_page_shows_what_the_tables_hold(longen: Run) -> None:
    html = build(longen)
    sources = {path.parent.name: Source(path, "longen", path.parent.name) for path in longen.tables("scores")}
    ruled = side_by_side("longen", sources, marks_of(sources, ()))
    assert ruled and ruled.lines[0].n < 24 * 3 / 4 + 1  # a quarter are ranges, which two of the rules do not know
    shown = cells(section(html, "Length rules side by side"))
    for row, line in zip(shown, ruled.lines, strict=True):
        expected = [line.mark.name, str(line.n)]
        for place in line.places:
            moved = {1: " ▲1", -1: " ▼1"}.get(place.rise, "")
            expected += [wording.fixed(place.score.value), place.rank + moved]
        assert row == expected + [wording.integer(words) for words in line.words]
    assert ruled.agreement in Page(html).text
    reached = reach(sources, marks_of(sources, ()))
    assert reached
    for row, course in zip(cells(section(html, "How far a model reaches")), reached.lines, strict=True):
        assert row[:2] == [course.mark.name, wording.integer(course.longest)]
        ends = f"{'cut off at ' if course.limited else ''}{course.ends.name}" if course.ends else "nowhere"
        assert row[2] == ends
        assert row[3:] == [f"{c.words:,.0f}" + (f" {c.cut} cut" if c.cut else "") if c else "—" for c in course.cells]
    health_section, lines = section(html, "Text health"), health_counts(sources, marks_of(sources, ()))
    for row, line in zip(cells(health_section), lines, strict=True):
        assert row[1:4] == [str(line.texts), str(line.cut.n), str(line.looped.n)]
        assert row[5:7] == [str(line.unclosed.n), str(line.other_language.n)]
    loud = [count.n for line in lines for count in (line.cut, line.looped, line.other_language) if count.n]
    quiet = [line.unclosed.n for line in lines if line.unclosed.n]
    assert quiet and any(line.other_language.n for line in lines)
    assert re.findall(r'<span class="flag number">(\d+)<', health_section) == [str(n) for n in loud]
    assert re.findall(r'<span class="flag number quiet">(\d+)<', health_section) == [str(n) for n in quiet]


def test_constraints_are_told(longen: Run) -> None:
    html = build(longen)
    page = Page(html)
    prompts = pq.read_table(longen.tables("prompts")[0]).to_pylist()
    ends = [row[name] for row in prompts for name in ("required", "required_min", "required_max") if row[name]]
    assert f"{min(ends):,} to {max(ends):,} words required" in page.text
    summaries = [Page(each).text for each in re.findall(r"<summary>(.*?)</summary>", html, re.S)]
    assert len(summaries) == 3 and all("words required" in each for each in summaries)
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
