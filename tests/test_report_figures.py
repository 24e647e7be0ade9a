"""The report's figures: drawn for the page and for papers, with the leaderboard's numbers; nothing in them runs."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from report_page import build, foreign
from report_run import Run, make_run

from longhand.charts import library
from longhand.charts.drawn import svg_of
from longhand.charts.scores import Mean, Stage, standing, stepwise
from longhand.charts.words import WrittenLength, texts
from longhand.program.errors import LonghandError
from longhand.report.drawings.ranges import drawings
from longhand.report.figures import LARGEST_SVG, inline_svg, json_in_page, shown_figure
from longhand.report.marks import Mark, colour_rules, marks_of
from longhand.report.page_files import PageFiles
from longhand.report.page_tables import Page
from longhand.summary.settings import read_settings

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'\u2028<!--"
MODELS = ["writer-a", "writer-b"]

QUOTED = HOSTILE.replace("\u2028", "")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, str]:
    """A run with two judges whose unread verdicts count in a published way, and its page."""
    folder = tmp_path_factory.mktemp("drawn")
    run = make_run(folder, MODELS, ["judge-a", "judge-b"], missing="neutral")
    run.draw()
    return run, build(run)


def values(spec: Any) -> list[dict[str, Any]]:
    """The rows of a chart's first layer with data."""
    return spec["datasets"][spec["data"]["name"]]


def test_each_figure_is_there_for_the_page_and_for_papers(drawn: tuple[Run, str]) -> None:
    run, html = drawn
    names = {path.relative_to(run.figures).with_suffix("").as_posix() for path in run.figures.rglob("*.*")}
    expected = ["standing", "score_l-judge-a", "score_q-judge-a", "score_q-judge-b", "reach", "rules"]
    expected += [f"words-{model}" for model in MODELS]
    assert names == {f"longbench-write/{name}" for name in expected}
    for name in names:
        assert (run.figures / f"{name}.svg").read_text(encoding="utf-8").startswith("<svg")
        assert (run.figures / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (run.figures / f"{name}.json").exists()
    assert html.count('<figure class="chart"') == html.count('<script type="application/json">') == len(names)
    assert foreign(html) == [] and len(html) < 1_500_000
    labels = re.findall(r'<figure class="chart" role="group" aria-label="(.*?)">', html)
    published = "unread verdicts as published (EvalScope)"
    assert f"S_Q by required words, judge judge-a, {published}" in labels
    assert "S_L by required words" in labels


def test_a_figure_has_the_leaderboards_numbers(drawn: tuple[Run, str]) -> None:
    """Each of the metrics by itself: two columns that were swapped would show."""
    run, _ = drawn
    rows = pq.read_table(run.leaderboard).to_pylist()
    names = {"S̄": "score", "S_L": "score_l", "S_Q": "score_q"}
    spec = json.loads((run.figures / "longbench-write/standing.json").read_text())
    shown = {(v["judge"], v["model"], names[v["group"]]): v for v in values(spec)}
    svg = (run.figures / "longbench-write/standing.svg").read_text(encoding="utf-8")
    for order in (["S̄", "S_L", "S_Q"], ["judge judge-a", "judge judge-b"]):
        heads = re.findall(f">({'|'.join(order)})<", svg)
        assert list(dict.fromkeys(heads)) == order, "in the order of the page"
    whole = [row for row in rows if row["slice_kind"] == "all"]
    assert len(shown) == len(whole) * 3 == 12
    for row in whole:
        for metric in names.values():
            value = shown[f"judge {row['judge']}", row["model"], metric]
            columns = (metric, f"{metric}_low", f"{metric}_high", f"{metric}_leads", f"n_prompts_{metric}")
            keys = ("mean", "low", "high", "leads", "n")
            assert [value[key] for key in keys] == [row[column] for column in columns]
    for metric in ("score_l", "score_q"):
        spec = json.loads((run.figures / f"longbench-write/{metric}-judge-a.json").read_text())
        ranges = {
            (row["model"], row[metric]) for row in rows if row["slice_kind"] == "range" and row["judge"] == "judge-a"
        }
        assert {(v["model"], v["value"]) for v in values(spec)} == ranges


def test_points_are_the_responses(drawn: tuple[Run, str]) -> None:
    run, _ = drawn
    for path in run.tables("scores"):
        rows = [row for row in pq.read_table(path).to_pylist() if row["judge"] == "judge-a"]
        spec = json.loads((run.figures / f"longbench-write/words-{path.parent.name}.json").read_text())
        points = [(v["required"], v["words"], v["cut"]) for v in values(spec) for _ in range(v["n"])]
        sized = [row for row in rows if row["required"] and row["status"] != "failed"]
        assert sorted(points) == sorted((r["required"], r["words"], r["status"] == "truncated") for r in sized)


def test_what_is_over_the_top_lies_on_it_and_keeps_its_value() -> None:
    marks = [Mark("writer", "#0072b2", "circle")]
    over, on = (
        stepwise([Stage("writer", "1", value, 150.0, high, 9)], ["1"], marks, "Title", "", 200)
        for value, high in ((350.0, 500.0), (200.0, 200.0))
    )
    assert svg_of(over) == svg_of(on)
    assert [(row["value"], row["high"]) for row in values(over)] == [(350, 500)], "the tooltip has them"


def test_hostile_words_stay_words() -> None:
    """In names, places and titles; in the picture, and in the data that a script reads."""
    mark = Mark(HOSTILE, "#0072b2", "circle")
    specs = [
        standing([Mean(HOSTILE, HOSTILE, HOSTILE, 50.0, 40.0, 60.0, True, 9)], [mark], HOSTILE, HOSTILE),
        stepwise(
            [Stage(QUOTED, HOSTILE, 50.0, None, None, 9)],
            [HOSTILE],
            [Mark(QUOTED, "#0072b2", "circle")],
            HOSTILE,
            HOSTILE,
        ),
        texts([WrittenLength(100, 90, False)], mark, (50.0, 200.0), "required", HOSTILE),
    ]
    for spec in specs:
        assert foreign(inline_svg(svg_of(spec), "k")) == []
        stored = json_in_page(spec)
        assert not re.search("[<>&\u2028]", stored) and json.loads(stored) == spec
        assert HOSTILE in json.dumps(spec, ensure_ascii=False).replace('\\"', '"')


def test_a_picture_loses_all_that_is_no_drawing() -> None:
    """Should a file of results/figures hold more than vl-convert writes."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" '
        'viewBox="0 0 9 9" onload="alert(1)"><script>alert(2)</script><style>*{}</style>'
        '<foreignObject><p>x</p></foreignObject><a xlink:href="https://example.org"><text>y</text></a>'
        '<image href="https://example.org/x.png"/>'
        '<g id="c" clip-path="url(#c)" fill="url(https://example.org)" style="x"><path d="M0 0"/></g></svg>'
    )
    kept = inline_svg(svg, "k")
    assert foreign(kept) == [] and "example" not in kept and "alert" not in kept and "style" not in kept
    assert 'id="k-c"' in kept and 'clip-path="url(#k-c)"' in kept and "<path" in kept
    assert "width" not in kept and 'viewBox="0 0 9 9"' in kept


def test_many_points_are_one_picture(tmp_path: Path) -> None:
    points = [WrittenLength(100 + i, 50 + i * 7 % 900, False) for i in range(1500)]
    spec = texts(points, Mark("writer", "#0072b2", "circle"), (50.0, 2000.0), "required", "1,500 responses.")
    svg = svg_of(spec)
    assert len(svg) > LARGEST_SVG
    (tmp_path / "x.svg").write_text(svg)
    (tmp_path / "x.png").write_bytes(b"\x89PNG")
    (tmp_path / "x.json").write_text(json.dumps(spec))
    html = shown_figure(tmp_path, "x")
    assert 'src="data:image/png;base64,' in html and "<svg" not in html and len(html) < 200_000


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_a_damaged_figure_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    (tmp_path / "x.svg").write_text("<svg")
    with pytest.raises(LonghandError, match=r"x\.json.*delete results/figures"):
        shown_figure(tmp_path, "x")
    assert shown_figure(tmp_path, "y") == ""


def test_the_script_of_charts_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def bundle(snippet: str) -> str:
        made.append(snippet)
        return "script"

    monkeypatch.setattr("vl_convert.javascript_bundle", bundle)
    monkeypatch.setattr(library, "user_cache_path", lambda name: tmp_path / "cache" / name)
    assert [library.vega_script() for _ in range(2)] == ["script"] * 2 and len(made) == 1
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(library, "user_cache_path", lambda name: tmp_path / "file" / name)
    assert library.vega_script() == "script" and len(made) == 2, "where nothing can be kept, it is made again"


@pytest.mark.parametrize("damage", ["empty", "torn", "changed", "foreign", "folder"])
def test_a_damaged_script_of_charts_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    """It would run in every page from then on, or no chart would be drawn. Nothing is left of what cannot be kept."""
    monkeypatch.setattr("vl_convert.javascript_bundle", lambda snippet: "script" * 500)
    monkeypatch.setattr(library, "user_cache_path", lambda name: tmp_path)
    assert library.vega_script() == "script" * 500
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    if damage == "folder":
        kept.unlink()
        kept.mkdir()
    else:
        changed = whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:]
        kept.write_bytes({"empty": b"", "torn": whole[:-9], "changed": changed, "foreign": b"alert(1);"}[damage])
    assert library.vega_script() == "script" * 500
    assert [*tmp_path.iterdir()] == [kept] and (damage == "folder" or kept.read_bytes() == whole)


def test_a_script_of_charts_that_is_another_users_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = iter(["first", "second"])
    monkeypatch.setattr("vl_convert.javascript_bundle", lambda snippet: next(made))
    monkeypatch.setattr(library, "user_cache_path", lambda name: tmp_path)
    assert library.vega_script() == "first"
    monkeypatch.setattr(library.os, "geteuid", lambda: os.getuid() + 1)
    assert library.vega_script() == "second"


def test_marks_differ_and_have_a_lighter_colour_for_the_dark() -> None:
    marks = marks_of(map(str, range(84)), ())
    assert len({(mark.colour, mark.shape) for mark in marks.values()}) == 84
    rules = colour_rules(marks.values())
    assert rules.count('[fill="') == rules.count('[stroke="') == len({mark.colour for mark in marks.values()})


def test_lengths_are_drawn_once_where_judges_agree_on_them(drawn: tuple[Run, str]) -> None:
    """Also where the judges rank the models in other orders; S_Q is each judge's own."""
    run, _ = drawn
    files = PageFiles({path.stem: path for path in run.summary()}, run.leaderboard)
    page = Page(files, read_settings(run.folder / "settings.json"), datetime.now(UTC))
    first, second = page.boards["longbench-write"]
    assert first.ranges is not None and second.ranges is not None
    turned = replace(second, ranges=replace(second.ranges, lines=second.ranges.lines[::-1]))
    page.boards["longbench-write"] = [first, turned]
    names = [drawing.name for drawing in drawings(page, "longbench-write")]
    assert names == [f"longbench-write/{name}" for name in ("score_l-judge-a", "score_q-judge-a", "score_q-judge-b")]
